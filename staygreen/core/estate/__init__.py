"""What an account and its DNS hold already: how it is written down, compared with a file, and taken over."""
