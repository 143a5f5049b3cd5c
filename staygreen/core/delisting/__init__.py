"""Delisting cases: their facts, letters and life."""
