"""What holds for the tests of the core and the command."""

from functools import cache

from typer import testing

# the whole command is built once, not for each call of it
testing._get_command = cache(testing._get_command)
