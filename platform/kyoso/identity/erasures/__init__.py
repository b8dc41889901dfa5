"""Erasure, 消去の申出: a person asks for what is theirs to be erased; the operator carries it out."""
