"""State machines of custom resources."""
