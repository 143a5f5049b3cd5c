"""How long something is waited for."""

PATIENCE = 180.0
"""Seconds after which it is taken for not happening. Many: that a machine is busy must fail nothing."""
