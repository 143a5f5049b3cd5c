"""What the days of a domain say: whether its own mail is in order, who else sends, and whether reports come at all."""
