"""Reviews (審査): who was asked to judge a proposal, and what each of them thinks."""
