"""Reports on what a network's towns published (広域の報告): files, PDF, a page for mayors."""
