"""The desk (今日やること・提案): where staff see what waits for them and do it."""
