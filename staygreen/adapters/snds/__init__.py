"""Microsoft's SNDS: its REST API, report links, tokens and history."""
