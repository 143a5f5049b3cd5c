"""The XML of DMARC aggregate reports."""
