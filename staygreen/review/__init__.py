"""Reads two cloud assemblies and explains the difference in mail terms. Needs no AWS."""
