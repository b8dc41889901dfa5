"""The town's site (公開ページ): what everybody may read, and the platform's front door."""
