"""`staygreen snds login` and `snds status` against the stand-in, with the login in a file."""

import json
import re
import stat
from datetime import timedelta

import pytest
import typer
from typer.testing import CliRunner

from local.snds import Denial, SndsServer
from staygreen.adapters import clock
from staygreen.cli import snds_login
from staygreen.cli.main import app
from staygreen.core.snds.token import LOGIN_COMMAND


@pytest.fixture
def server():
    with SndsServer() as running:
        yield running


@pytest.fixture
def config(tmp_path, server):
    file = tmp_path / "sender.toml"
    file.write_text(
        "[sender]\nname = 'example'\naccount = '111122223333'\nregion = 'eu-central-1'\n"
        f"[monitor.snds]\nenabled = true\nbase_url = '{server.base_url}'\nauthority = '{server.authority}'\n"
        "[[monitor.snds.network]]\nnetwork = '192.0.2.0/24'\nattested = '2026-01-05'\n"
    )
    return file


@pytest.fixture
def kept(tmp_path):
    return tmp_path / "token.json"


def login(server, config, kept, monkeypatch, answer=None):
    """Run the login; the person's browser is the stand-in, asked for the address that is printed."""

    def browse(text, **options):
        return (answer or server.authorize)(printed[0])

    printed = []
    print_text = snds_login.print_text
    monkeypatch.setattr(
        snds_login,
        "print_text",
        lambda text, **o: printed.append(text) if "/authorize?" in text else print_text(text, **o),
    )
    monkeypatch.setattr(typer, "prompt", browse)
    return CliRunner().invoke(app, ["snds", "login", "--config", str(config), "--local", str(kept)])


def report(server, colours):
    yesterday = clock.now().date()
    for back, colour in enumerate(colours, 1):
        day = yesterday - timedelta(days=back)
        on = f"{day.month}/{day.day}/{day.year}"
        server.world.days[day.isoformat()] = (
            f"192.0.2.10,{on} 8:00 AM,{on} 9:00 AM,422,409,422,{colour},< 0.1%,,,,,@example.com,\r\n".encode()
        )


def status(config, kept, *options):
    return CliRunner().invoke(app, ["snds", "status", "--config", str(config), "--local", str(kept), *options])


def test_a_login_is_kept_for_its_owner_and_says_whose_it_is_and_what_it_sees(server, config, kept, monkeypatch):
    report(server, ["GREEN"])
    result = login(server, config, kept, monkeypatch)
    assert result.exit_code == 0, result.output
    assert "postmaster@example.com" in result.stdout
    assert "192.0.2.10/32" in result.stdout
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert server.world.refresh_token not in result.output


def test_the_address_of_another_login_is_refused_and_nothing_is_kept(server, config, kept, monkeypatch):
    result = login(server, config, kept, monkeypatch, lambda url: "http://localhost/?code=stolen&state=other")
    assert result.exit_code == 3, "no login is no news about mail"
    assert "state" in result.output
    assert "stolen" not in result.output
    assert not kept.exists()


def test_who_pastes_nothing_is_not_logged_in(config, kept):
    result = CliRunner().invoke(app, ["snds", "login", "--config", str(config), "--local", str(kept)], input="")
    assert result.exit_code == 3
    assert "Not logged in: nothing was pasted." in result.stderr
    assert not kept.exists()


def test_without_a_place_for_the_login_it_is_wrong_usage():
    assert CliRunner().invoke(app, ["snds", "login"]).exit_code == 2


def test_status_tells_login_network_and_days_as_json(server, config, kept, monkeypatch):
    report(server, ["GREEN", "GREEN", "YELLOW"])
    login(server, config, kept, monkeypatch)
    result = status(config, kept, "--json")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 0, result.output
    assert [line["kind"] for line in lines] == ["login", "network", "day", "day", "day"]
    assert lines[0]["account"] == "postmaster@example.com"
    assert [line["filter_result"] for line in lines[2:]] == ["GREEN", "GREEN", "YELLOW"]
    assert server.world.refresh_token not in result.output


def test_a_red_newest_day_is_bad_news(server, config, kept, monkeypatch):
    report(server, ["RED"])
    login(server, config, kept, monkeypatch)
    assert status(config, kept).exit_code == 1


def test_an_expired_login_is_lost_coverage_and_names_the_command(server, config, kept, monkeypatch):
    login(server, config, kept, monkeypatch)
    server.deny(Denial.INVALID_GRANT)
    result = status(config, kept, "--json")
    assert result.exit_code == 3
    assert LOGIN_COMMAND in json.loads(result.stdout.splitlines()[0])["trouble"]


def test_the_calendar_has_a_letter_for_each_colour_and_blanks_without_data(server, config, kept, monkeypatch):
    report(server, ["RED", "YELLOW", "GREEN"])
    login(server, config, kept, monkeypatch)
    lines = status(config, kept).stdout.splitlines()
    (head,) = [line for line in lines if line.startswith("IP")]
    (row,) = [line for line in lines if line.startswith("192.0.2.10")]
    columns = {found.start(): int(found[0]) for found in re.finditer(r"\d+", head)}
    newest = clock.now().date()
    assert {columns[found.start()]: found[0] for found in re.finditer("[A-Z?]", row)} == {
        (newest - timedelta(days=back)).day: letter for back, letter in ((1, "R"), (2, "Y"), (3, "G"))
    }


def test_networks_are_the_smallest_that_hold_the_addresses():
    from ipaddress import IPv4Address

    addresses = frozenset(IPv4Address(f"192.0.2.{last}") for last in (0, 1, 2, 3, 9))
    assert snds_login.networks_of(addresses) == ("192.0.2.0/30", "192.0.2.9/32")
