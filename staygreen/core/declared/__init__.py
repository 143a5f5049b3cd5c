"""The DNS records that a configuration declares."""
