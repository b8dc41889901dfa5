"""Calendar of dates (予定): pilots, milestones, tasks and reports, on a page and as a feed."""
