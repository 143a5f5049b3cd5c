"""Decides what facts about mail mean. No I/O, no clock, no environment, no AWS."""
