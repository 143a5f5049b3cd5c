"""Pictures of what DMARC and TLS reports say."""
