"""Reads what an account and its region hold already. Every call only reads; `core/estate/permissions.py` lists them."""
