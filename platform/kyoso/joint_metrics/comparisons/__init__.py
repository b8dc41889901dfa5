"""A town looks at the networks that it belongs to, beside each other (ネットワークの比較)."""
