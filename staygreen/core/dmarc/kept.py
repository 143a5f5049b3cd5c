"""How long is kept what comes of reports."""

from __future__ import annotations

from datetime import timedelta

ROWS_KEPT = timedelta(days=400)
"""Rows, summaries and what was ours on each day: a year can be compared with the one before it."""
DAYS_KEPT = timedelta(days=800)
"""What all reports say of a domain and day."""
UNREADABLE_KEPT = timedelta(days=35)
"""That a report could not be read."""
ANSWERS_KEPT = timedelta(days=7)
"""Answers of Athena."""
