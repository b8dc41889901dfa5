"""The work on a project (活動): its team, milestones, tasks, decisions on the way and reports."""
