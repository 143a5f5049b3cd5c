"""Microsoft's own view of our addresses: Smart Network Data Services (SNDS).

`rows` and `report` read what SNDS writes; `token` decides about the user token that the REST API
asks for; `history` is what is kept; `standing` turns days into a state of an address.
"""
