"""Work hours (働いた時間): what a person worked for each engagement, day by day, as they logged it."""
