"""What reports come in: gzip, zip, mails and their encodings, read in one pass."""
