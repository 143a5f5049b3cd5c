"""AWS services that several adapters share."""
