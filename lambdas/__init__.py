"""What runs: one thin module for each deployed function, and what they share."""
