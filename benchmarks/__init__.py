"""Side-by-side measurements with peers; each module is one command."""
