"""Own data, 自分のデータ: take a copy away, leave a town, ask for erasure."""
