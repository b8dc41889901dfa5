"""Share talks (やり取り): the thread of a request, between its two towns and with the person if invited."""
