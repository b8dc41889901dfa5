"""Annual reports (年次報告): a fiscal year of the co-creation programme, for council and residents."""
