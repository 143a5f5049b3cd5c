"""What receiving servers answered: read, decode, count, and say what to do."""
