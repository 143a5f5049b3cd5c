"""Asks and does: one module for each outside system."""
