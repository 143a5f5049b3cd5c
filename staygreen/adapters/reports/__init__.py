"""DMARC and TLS reports as they are stored: rows in S3, summaries and days in a table."""
