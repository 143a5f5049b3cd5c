"""What is shown while a command asks others takes nothing from what it prints."""

import io
import sys

import pytest

from staygreen.cli import listing_report
from staygreen.cli.output import print_json
from staygreen.cli.progress import Count, waiting


class Terminal(io.StringIO):
    def isatty(self):
        return True


def at_a_terminal(monkeypatch):
    """Standard output in a pipe, and standard error at a terminal."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stdout", io.StringIO())
    monkeypatch.setattr("sys.stderr", Terminal())
    return sys.stdout, sys.stderr


@pytest.mark.parametrize("shown", [lambda: waiting("asking DNS"), lambda: listing_report.progress(1000, [None])])
def test_what_goes_to_a_pipe_goes_there_while_the_terminal_shows_progress(monkeypatch, shown):
    out, err = at_a_terminal(monkeypatch)
    with shown():
        print_json({"subject": "192.0.2.10"})
    assert out.getvalue() == '{"subject": "192.0.2.10"}\n'
    assert "192.0.2.10" not in err.getvalue()


def test_a_person_sees_what_is_under_way(monkeypatch):
    _, err = at_a_terminal(monkeypatch)
    with waiting("asking DNS"):
        pass
    assert "asking DNS" in err.getvalue()


def test_outside_a_terminal_nothing_is_shown(monkeypatch):
    monkeypatch.setattr("sys.stderr", io.StringIO())
    with waiting("asking DNS"):
        pass
    assert sys.stderr.getvalue() == ""


def test_how_far_reading_is_comes_after_a_while_and_is_gone_before_anything_else_is_printed(monkeypatch):
    _, err = at_a_terminal(monkeypatch)
    at = iter([0.0, 0.1, 0.7, 0.7])
    monkeypatch.setattr("staygreen.cli.progress.time.monotonic", lambda: next(at))
    count = Count()
    count.show("5,000 lines read")
    assert err.getvalue() == ""
    count.show("10,000 lines read")
    assert "10,000 lines read" in err.getvalue()
    count.clear()
    assert err.getvalue().endswith("\r\x1b[K")
    before = err.getvalue()
    count.clear()
    assert err.getvalue() == before
