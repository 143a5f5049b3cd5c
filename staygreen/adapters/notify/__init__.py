"""Channels that announcements leave by, and what comes back from Slack."""
