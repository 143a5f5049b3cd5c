"""The least permissions of each function."""
