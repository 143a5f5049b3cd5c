"""The `staygreen` command: thin, over the same core and adapters as the functions."""
