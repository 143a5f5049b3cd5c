"""`staygreen init` without AWS: a watch-only file from DNS alone."""

import json

from typer.testing import CliRunner

from staygreen.cli.main import app
from staygreen.core.config.parser import parse
from staygreen.core.estate.permissions import ACTIONS
from tests.cli.loopback_dns import WORLD, pointed, serving

ZONE = {
    **WORLD,
    **pointed("203.0.113.5", "mail.example.com"),
    ("example.com", "TXT"): ('"v=spf1 include:_spf.example.net -all"',),
    ("example.com", "NS"): ("ns1.example.com.",),
    ("_dmarc.example.com", "TXT"): ('"v=DMARC1; p=reject; rua=mailto:d@example.com"',),
}


def run(*arguments):
    return CliRunner().invoke(app, ["init", *arguments])


def test_a_file_from_dns_alone_watches_and_manages_nothing(tmp_path):
    out = tmp_path / "sender.toml"
    with serving(ZONE) as resolver:
        result = run("--domain", "Example.COM", "--ip", "203.0.113.5", "--out", str(out), "--resolver", resolver)

    assert result.exit_code == 0, result.output
    text = out.read_text()
    config = parse(text, "sender.toml")
    (domain,) = config.domains
    assert (domain.name, domain.manage, domain.dmarc.policy.value, domain.spf.all.value) == (
        "example.com", False, "reject", "-all",
    )  # fmt: skip
    assert [str(ip) for ip in config.subjects.ips] == ["203.0.113.5"]
    assert "203.0.113.5 has the reverse name mail.example.com." in text
    assert "AWS was not asked" in result.output.splitlines()[0]
    assert len([line for line in result.output.splitlines() if line.startswith("  ")]) == 3


def test_a_file_that_is_there_is_left_as_it_is(tmp_path):
    out = tmp_path / "sender.toml"
    out.write_text("mine")
    assert run("--domain", "example.com", "--out", str(out)).exit_code == 2
    assert out.read_text() == "mine"


def test_what_is_no_domain_or_address_is_wrong_usage(tmp_path):
    for option, value in (("--domain", "not a domain"), ("--ip", "203.0.113")):
        assert run(option, value, "--out", str(tmp_path / "x.toml")).exit_code == 2


def test_every_action_of_the_policy_only_reads():
    statement = json.loads(run("--policy").stdout)["Statement"][0]
    assert statement["Action"] == sorted(ACTIONS)
    assert all(action.partition(":")[2].startswith(("Get", "List", "Describe")) for action in ACTIONS)
