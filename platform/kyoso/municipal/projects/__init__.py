"""Projects (プロジェクト): adopted proposals and the town's own initiatives, numbered by town."""
