"""What a receiver wrote into a message that it accepted: how it filed the message, and why.

Most header fields of a message are the sender's to write. Those count alone that the receiver
wrote itself (RFC 8601 sections 5 and 7.1); everything else is shown as a claim.
"""
