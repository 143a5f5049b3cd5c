"""Record syntax, one module for each kind of record; parse and render are inverses."""
