"""Gates (ゲート): what must be there before a project goes on, and what was judged on the way."""
