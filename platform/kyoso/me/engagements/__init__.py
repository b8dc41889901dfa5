"""What a person is asked for and does, in every town (関わり)."""
