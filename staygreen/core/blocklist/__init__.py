"""Blocklists: the catalogue, what is asked and how often, what an answer means, and what is reported."""
