"""Members (担当者): what a person is in a town, invitations, the table of rights, the journal."""
