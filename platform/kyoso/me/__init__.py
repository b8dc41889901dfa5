"""A person's own pages over all towns, わたしのページ: what needs the towns' features too."""
