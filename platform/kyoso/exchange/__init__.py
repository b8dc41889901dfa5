"""Between towns (広域・共創ネットワーク): what towns share under their agreement."""
