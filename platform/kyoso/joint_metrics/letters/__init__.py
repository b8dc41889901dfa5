"""The monthly letter (毎月のたより): a network's month, mailed to coordinators and mayors' offices."""
