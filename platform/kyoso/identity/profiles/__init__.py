"""Profiles (人材プロフィール): what a person can do and wants, theirs over all towns."""
