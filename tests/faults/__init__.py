"""Histories with injected faults, over the real adapters and doubles of what stands behind boto3 and sockets."""
