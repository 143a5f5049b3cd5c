"""A file beside an estate: what a deployment would create, adopt, change and leave alone."""
