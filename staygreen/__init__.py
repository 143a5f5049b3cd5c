"""staygreen: keeps the addresses and domains that a company sends mail from on AWS in good standing."""
