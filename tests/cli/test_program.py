"""The program as a shell runs it: pipes whose reader leaves, terminals, files, and how it ends."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = str(ROOT / "config" / "examples" / "one-domain.toml")
PROGRAM = [sys.executable, "-c", "import sys; from staygreen.cli.main import main; sys.argv[0] = 'staygreen'; main()"]
TABLE = (
    "from staygreen.cli.output import Styled, print_table;"
    "print_table(('subject', 'state'), [('2001:db8::1', Styled('BAD', 'bold red'))])"
)
LOG = b"".join(
    b"Nov 30 10:00:00 mx postfix/smtp[1]: %010X: to=<a@example.net>, relay=x[192.0.2.1]:25, dsn=5.1.1, "
    b"status=bounced (host x[192.0.2.1] said: 550 5.1.1 user unknown (in reply to RCPT TO command))\n" % n
    for n in range(2000)
)
ESCAPE = b"\x1b["


def environment(**more):
    colours = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERM", "GITHUB_ACTIONS")
    return {name: value for name, value in os.environ.items() if name not in colours} | more


@pytest.fixture
def nobody():
    """The writing end of a pipe that nobody reads any more."""
    reading, writing = os.pipe()
    os.close(reading)
    yield writing
    os.close(writing)


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["--version"], ["config", "keys"], ["records", EXAMPLE], ["decode"], ["decode", "--json"]],
    ids=" ".join,
)
def test_when_the_reader_leaves_the_program_ends_without_a_word_as_a_signal_would_end_it(nobody, arguments):
    done = subprocess.run(
        [*PROGRAM, *arguments],
        input=LOG,
        stdout=nobody,
        stderr=subprocess.PIPE,
        env=environment(),
        check=False,
    )
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize("module", ["staygreen", "staygreen.cli.main"])
def test_it_can_be_run_as_a_module(module):
    done = subprocess.run(
        [sys.executable, "-m", module, "--version"], capture_output=True, text=True, env=environment(), check=False
    )
    assert (done.returncode, done.stdout[:10]) == (0, "staygreen ")


def test_so_it_does_when_both_streams_go_there(nobody):
    done = subprocess.run([*PROGRAM, "nonsense"], stdout=nobody, stderr=nobody, env=environment(), check=False)
    assert done.returncode == 141


def test_head_gets_its_lines_and_ends_a_long_run(tmp_path):
    log = tmp_path / "mail.log"
    log.write_bytes(LOG)
    with subprocess.Popen(
        [*PROGRAM, "decode", str(log)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    ) as running:
        assert running.stdout.readline() == b"a@example.net\n"
        running.stdout.close()
        assert (running.wait(), running.stderr.read()) == (141, b"")


def test_a_full_disk_is_told_and_is_no_bad_news_about_mail():
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*PROGRAM, "config", "keys"], stdout=full, stderr=subprocess.PIPE, env=environment(), check=False
        )
    assert done.returncode == 3
    assert done.stderr.startswith(b"the output cannot be written: ")
    assert done.stderr.count(b"\n") == 1


def test_a_character_that_the_encoding_lacks_is_written_as_an_escape():
    text = "550 5.7.1 Größe überschritten\n".encode()
    ascii_only = environment(PYTHONIOENCODING="ascii")
    done = subprocess.run([*PROGRAM, "decode"], input=text, capture_output=True, env=ascii_only, check=False)
    assert done.returncode == 0
    assert b"Gr\\xf6\\xdfe" in done.stdout


@pytest.mark.parametrize("variable", ["FORCE_COLOR", "GITHUB_ACTIONS", "PY_COLORS"])
@pytest.mark.parametrize("arguments", [["--help"], ["check", "--help"], ["nonsense"], ["check", "rdns", "nonsense"]])
def test_help_and_errors_have_no_colours_and_no_frames_in_a_file(variable, arguments):
    done = subprocess.run([*PROGRAM, *arguments], capture_output=True, env=environment(**{variable: "1"}), check=False)
    printed = done.stdout + done.stderr
    assert printed
    assert ESCAPE not in printed
    assert "╭".encode() not in printed


@pytest.mark.parametrize(
    ("variables", "is_coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True)],
    ids=["plain", "NO_COLOR", "empty NO_COLOR"],
)
def test_a_terminal_has_colours_unless_it_wants_none(variables, is_coloured):
    printed = at_terminal([sys.executable, "-c", TABLE], TERM="xterm-256color", **variables)
    assert b"2001:db8::1" in printed
    assert (b"31m" in printed) is is_coloured


def at_terminal(command, **variables):
    """What a program prints at a terminal."""
    ours, its = pty.openpty()
    try:
        subprocess.run(command, stdin=its, stdout=its, stderr=its, env=environment(**variables), check=True)
        return os.read(ours, 65_536)
    finally:
        os.close(ours)
        os.close(its)


@pytest.mark.parametrize("arguments", [["--version"], ["decode"], ["config", "check", EXAMPLE]], ids=" ".join)
def test_a_command_imports_no_library_that_it_does_not_use(arguments):
    program = (
        f"import sys; sys.argv = ['staygreen', *{arguments!r}]\n"
        "from staygreen.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "names = {'boto3', 'botocore', 'dns', 'rich', 'cryptography', 'yaml'}\n"
        "print(sorted(names & sys.modules.keys()), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input="550 5.1.1 user unknown\n", capture_output=True, text=True, check=True
    )
    assert done.stderr.splitlines()[-1] == "[]"
