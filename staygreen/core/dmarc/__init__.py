"""What stored DMARC and TLS reports say of a domain: days, incidents, and whether its policy may go a step further.

A day holds evidence and no class: whose mail it is, is judged when it is read, by what was ours on that day.
"""
