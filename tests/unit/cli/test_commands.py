"""Each command is imported when it is asked for: none waits for the libraries of another."""

import pytest
from typer.testing import CliRunner

from staygreen import __version__
from staygreen.cli.main import MODULES, app, registered


@pytest.mark.parametrize("module", sorted(set(MODULES.values())))
def test_each_command_is_found_in_the_module_that_registers_it(module):
    assert set(registered(module)) == {name for name, file in MODULES.items() if file == module}


def test_every_command_is_listed_in_its_order():
    shown = CliRunner().invoke(app, ["--help"]).stdout
    places = [shown.index(f"\n  {name} ") for name in MODULES]
    assert places == sorted(places)


def test_a_typing_error_is_told_with_the_nearest_command():
    done = CliRunner().invoke(app, ["incidnets"])
    assert done.exit_code == 2
    assert "Did you mean 'incidents'" in done.output


def test_the_version_is_printed():
    done = CliRunner().invoke(app, ["--version"])
    assert (done.exit_code, done.stdout) == (0, f"staygreen {__version__}\n")
