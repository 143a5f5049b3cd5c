"""DMARC aggregate and failure reports (RFC 9990, RFC 9991) and TLS reports (RFC 8460), read from bytes of any kind.

`read.reports` takes the bytes of a file, a mail or a stream and yields what stands in them: rows in batches, then the
report that they belong to. A report is whole, repaired, partial or refused with a reason, never quietly less.
"""
