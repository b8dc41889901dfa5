"""A person's own shares, 人材シェア: what towns ask of them, their answer, and what became of it."""
