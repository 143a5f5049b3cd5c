"""Whether a domain's DMARC policy may go a step further: none, quarantine, reject."""
