"""What people read, as it appears: kept as files, so that a change of wording shows in a pull request."""
