"""Explains the difference between two cloud assemblies in mail terms."""
