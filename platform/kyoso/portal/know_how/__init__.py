"""A town's know-how that everybody may read (公開しているノウハウ)."""
