"""Networks (広域・共創ネットワーク): towns under one agreement, who is in today, and on what terms."""
