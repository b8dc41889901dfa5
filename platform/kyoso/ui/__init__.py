"""What every page is built of: base templates, components, the look (画面の部品)."""
