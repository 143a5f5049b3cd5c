"""Every reader of what others wrote, with damaged inputs: `python -m tests.fuzz --help`."""
