"""Parts of one stack each, which stand over the state and its permissions."""
