"""Logs of mail servers: one reader for each form of line, and one way in."""
