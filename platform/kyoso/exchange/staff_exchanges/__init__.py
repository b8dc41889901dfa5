"""Staff exchanges (旅する公務員): a town asks for another's staff for some days, or offers its own."""
