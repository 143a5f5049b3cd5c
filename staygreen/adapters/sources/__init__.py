"""What checks may ask, as AWS, DNS and Microsoft answer it."""
