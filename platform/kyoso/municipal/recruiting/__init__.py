"""Looking for people (参加者の募集): the roles a project wants, and those who answer."""
