"""What every area stands on. No word of the domain in here."""
