"""Incidents: confirmed, held, cleared and stored."""
