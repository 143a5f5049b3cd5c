"""What templates say about mail: their resources, the facts in them, and which fact of one side is which of another."""
