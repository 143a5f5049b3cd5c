"""staygreen: keeps the addresses and domains that a company sends mail from on AWS in good standing."""

__version__ = "0.1.0"
