"""`staygreen reports`: what a person and a program see of reports on disk and on standard input."""

import json
import tarfile

import pytest
from typer.testing import CliRunner

from staygreen.cli.main import app
from tests.unit.reports.building import METADATA, mail, packed, part, record, xml, zipped

ESTATE = """
addresses = ["192.0.2.0/28"]

[[domain]]
name = "example.com"
selectors = ["s1"]

[[domain.sender]]
name = "the shop"
selectors = ["shop"]
"""
UNSIGNED = record("192.0.2.11", "40", results="<spf><domain>other.example</domain><result>none</result></spf>")


def run(*arguments, stdin=None):
    """Run the command in this process."""
    return CliRunner().invoke(app, ["reports", *map(str, arguments)], input=stdin)


def lines(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


def reported(number: int, *records: str) -> str:
    return xml(*records, metadata=METADATA.replace("r-1", f"r-{number}"))


@pytest.fixture
def folder(tmp_path):
    reports = tmp_path / "reports"
    (reports / "mail").mkdir(parents=True)
    (reports / "a.xml").write_text(reported(1))
    (reports / "b.zip").write_bytes(zipped(("x.xml", reported(2, record("192.0.2.2"), UNSIGNED).encode())))
    (reports / "mail" / "c.eml").write_bytes(mail(part(packed(reported(3)))))
    return reports


def test_json_has_a_line_for_each_report_and_below_it_for_each_of_its_records(folder):
    result = run("read", folder, "--json")
    assert result.exit_code == 0
    found = lines(result)
    assert [line["kind"] for line in found] == ["report", "row", "report", "row", "row", "report", "row"]
    report, row = found[:2]
    assert (report["org"], report["report_id"], report["policy_domain"]) == ("Receiver Example", "r-1", "example.com")
    assert (report["begin"], report["end"]) == ("2026-10-01T00:00:00+00:00", "2026-10-01T23:59:59+00:00")
    assert report["quality"] == "whole"
    assert (row["source_ip"], row["count"], row["header_from"]) == ("192.0.2.10", 3, "example.com")
    assert row["dkim"] == [{"domain": "example.com", "selector": "s1", "result": "pass"}]
    assert (row["aligned_dkim"], row["aligned_spf"], row["report"]) == (True, True, report["report"])


def test_rows_carry_a_class_only_where_something_says_what_is_ours(folder, tmp_path):
    (tmp_path / "estate.toml").write_text(ESTATE)
    assert all("class" not in line for line in lines(run("read", folder, "--json")))
    judged = [
        line for line in lines(run("read", folder, "--json", "--config", tmp_path / "estate.toml")) if "class" in line
    ]
    assert [(line["class"], line["class_row"]) for line in judged] == [
        ("mine", 1),
        ("mine", 1),
        ("mine, unsigned", 5),
        ("mine", 1),
    ]


def test_faults_of_our_own_mail_come_first_and_are_bad_news(folder, tmp_path):
    (tmp_path / "estate.toml").write_text(ESTATE)
    result = run("read", folder, "--config", tmp_path / "estate.toml")
    assert result.exit_code == 1
    assert "3 reports: 3 whole" in result.stdout
    sources = result.stdout[result.stdout.index("source ") :].splitlines()
    assert sources[1].startswith("192.0.2.11  mine, unsigned")
    assert "Sign mail from this address with DKIM" in result.stdout


def test_without_a_configuration_nobody_is_accused(folder):
    result = run("read", folder)
    assert result.exit_code == 0
    assert "--config" in result.stdout
    assert "unsigned" not in result.stdout


def test_standard_input_is_read():
    assert [line["kind"] for line in lines(run("read", "-", "--json", stdin=packed(xml())))] == ["report", "row"]


def test_what_cannot_be_read_is_named_and_costs_coverage(tmp_path):
    (tmp_path / "broken.xml").write_text(xml(record(count="-3"), record()))
    (tmp_path / "none.gz").write_bytes(b"unused")
    result = run("read", tmp_path)
    assert result.exit_code == 3
    assert "2 reports: 1 partial, 1 refused" in result.stdout
    assert "the count -3" in result.stdout
    found = lines(run("read", tmp_path, "--json"))
    assert [(line["kind"], line["quality"]) for line in found] == [
        ("report", "partial"),
        ("row", "partial"),
        ("report", "refused"),
    ]


def test_rows_of_a_refused_report_are_neither_shown_nor_counted(tmp_path):
    deep = "<x>" * 40 + "</x>" * 40
    (tmp_path / "deep.xml").write_text(xml(*[record()] * 200, deep))
    assert [line["quality"] for line in lines(run("read", tmp_path, "--json"))] == ["refused"]
    assert lines(run("sources", tmp_path, "--json")) == []


def test_a_report_that_comes_again_counts_once(tmp_path):
    (tmp_path / "a.xml").write_text(xml())
    (tmp_path / "b.gz").write_bytes(packed(xml()))
    result = run("read", tmp_path)
    assert "1 report came again and counted once" in result.stdout
    assert "3 messages" in result.stdout


def test_days_and_sources(folder):
    assert lines(run("days", folder, "--json")) == [
        {
            "kind": "day",
            "day": "2026-10-01",
            "policy_domain": "example.com",
            "reports": 3,
            "reporters": 1,
            "messages": 49,
            "aligned": 9,
            "classes": {},
        }
    ]
    (source,) = lines(run("sources", folder, "--json"))
    assert (source["name"], source["messages"], source["aligned"]) == ("192.0.2.0/24", 49, 9)
    assert (source["first"], source["last"]) == ("2026-10-01", "2026-10-01")
    assert "2026-10-01  example.com" in run("days", folder).stdout
    assert "192.0.2.0/24" in run("sources", folder).stdout


def test_many_rows_wait_on_disk_and_keep_their_order(tmp_path):
    records = [record(f"198.51.100.{number % 250}", str(number + 1)) for number in range(9000)]
    (tmp_path / "large.gz").write_bytes(packed(xml(*records)))
    found = lines(run("read", tmp_path, "--json"))
    assert [line["count"] for line in found[1:]] == list(range(1, 9001))


def test_a_configuration_says_what_is_ours(folder, tmp_path):
    (tmp_path / "mine.toml").write_text(
        '[sender]\nname = "x"\naccount = "111122223333"\nregion = "eu-central-1"\n'
        '[subjects]\nips = ["192.0.2.10"]\n[[configuration_set]]\nname = "all"\n'
        '[[domain]]\nname = "example.com"\n[[domain.sender]]\nname = "other"\nnetworks = ["192.0.2.11/32"]\n'
    )
    found = lines(run("sources", folder, "--json", "--config", tmp_path / "mine.toml"))
    assert {(line["name"], line["class_row"]) for line in found} >= {("other", 9), ("192.0.2.10", 1)}


def test_a_wrong_estate_file_names_its_place(tmp_path, folder):
    (tmp_path / "estate.toml").write_text('addresses = ["192.0.2.300"]\n[[domain]]\nnam = "example.com"\n')
    result = run("read", folder, "--config", tmp_path / "estate.toml")
    assert result.exit_code == 2
    assert 'estate.toml:1: addresses[0]: "192.0.2.300" is no address or network' in result.stderr
    assert "did you mean name?" in result.stderr


def test_a_path_that_does_not_exist_is_wrong_usage(tmp_path):
    assert run("read", tmp_path / "none").exit_code == 2


def test_tls_failures_are_bad_news(tmp_path):
    policy = {
        "policy": {"policy-type": "sts", "policy-domain": "example.com"},
        "summary": {"total-successful-session-count": 90, "total-failure-session-count": 10},
        "failure-details": [{"result-type": "certificate-expired", "failed-session-count": 10}],
    }
    report = {
        "organization-name": "Receiver Example",
        "date-range": {"start-datetime": "2026-10-01T00:00:00Z", "end-datetime": "2026-10-01T23:59:59Z"},
        "report-id": "t-1",
        "policies": [policy],
    }
    (tmp_path / "tls.json").write_text(json.dumps(report))
    result = run("read", tmp_path)
    assert result.exit_code == 1
    assert "certificate-expired 10" in result.stdout
    (line,) = lines(run("read", tmp_path, "--json"))
    assert (line["kind"], line["type"], line["policy_domain"], line["quality"]) == (
        "report",
        "tls",
        "example.com",
        "whole",
    )


def test_failures_of_tls_to_us_have_a_step_and_name_the_mail_exchanger(tmp_path):
    policy = {"policy-type": "sts", "policy-domain": "example.com"}
    failure = {"result-type": "certificate-expired", "receiving-mx-hostname": "mx.example.com"}
    report = {
        "organization-name": "Reporter",
        "date-range": {"start-datetime": "2026-11-30T00:00:00Z", "end-datetime": "2026-11-30T23:59:59Z"},
        "report-id": "t-1",
        "policies": [
            {
                "policy": policy,
                "summary": {"total-successful-session-count": 530, "total-failure-session-count": 30},
                "failure-details": [{**failure, "failed-session-count": 30}],
            }
        ],
    }
    path = tmp_path / "tls.json"
    path.write_text(json.dumps(report))
    result = run("read", path)
    assert result.exit_code == 1
    told = "certificate-expired (mx.example.com): Renew the certificate of the mail exchanger."
    assert told in result.stdout.partition("What to do")[2]


def test_a_tar_archive_is_refused_rather_than_read_in_part(tmp_path):
    for number in (1, 2):
        (tmp_path / f"{number}.xml").write_text(reported(number))
    archive = tmp_path / "reports.tar.gz"
    with tarfile.open(archive, "w:gz") as written:
        for number in (1, 2):
            written.add(tmp_path / f"{number}.xml", f"{number}.xml")
    result = run("read", archive)
    assert result.exit_code == 3
    assert "unpack it" in result.stdout


LUNCH = (
    "From: a@friend.example\nTo: c@example.com\nSubject: lunch\nDate: Mon, 30 Nov 2026 09:15:09 +0000\n"
    "Message-ID: <1@friend.example>\n\nLunch is at noon, and there will be enough for everybody.\n"
)


def test_a_mailbox_with_other_mail_and_other_files_in_it_is_clean(folder):
    (folder / "README.txt").write_text("These are reports.\n")
    (folder / ".DS_Store").write_bytes(b"\0\0\0\1Bud1\0\0\x10\0")
    (folder / "lunch.eml").write_text(LUNCH)
    result = run("read", folder)
    assert result.exit_code == 0
    assert "3 reports: 3 whole" in result.stdout
    assert "3 files or mails hold no report" in result.stdout
    assert [line["kind"] for line in lines(run("read", folder, "--json"))].count("other") == 3


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cut.xml", b"\0\0"),
        ("named.eml", mail(part(b"unused"))),
        ("announced.eml", LUNCH.replace("lunch\n", "Report Domain: example.com Submitter: a\n", 1).encode()),
    ],
)
def test_what_is_named_like_a_report_and_cannot_be_read_is_lost_coverage(folder, name, content):
    (folder / name).write_bytes(content)
    result = run("read", folder)
    assert result.exit_code == 3
    assert "1 refused" in result.stdout


def test_where_nothing_was_read_coverage_is_lost(tmp_path):
    assert run("read", tmp_path).exit_code == 3
    (tmp_path / "lunch.eml").write_text(LUNCH)
    assert run("read", tmp_path).exit_code == 3


def test_a_whole_copy_makes_up_for_a_partial_one(tmp_path):
    whole = xml(record(count="5"), record("192.0.2.11", count="7"))
    (tmp_path / "a.xml").write_text(whole[: whole.index("192.0.2.11")])
    assert run("read", tmp_path).exit_code == 3
    (tmp_path / "b.xml").write_text(whole)
    assert run("read", tmp_path).exit_code == 0


def test_addresses_that_a_configuration_knows_by_name_only_are_named_first(folder, tmp_path):
    (tmp_path / "mine.toml").write_text(
        '[sender]\nname = "x"\naccount = "111122223333"\nregion = "eu-central-1"\n[[configuration_set]]\nname = "all"\n'
        '[[domain]]\nname = "example.com"\n[[address]]\nname = "mta1"\nptr = "mta1.example.com"\n'
    )
    (tmp_path / "estate.toml").write_text(ESTATE)
    configured = ("--config", tmp_path / "mine.toml")
    for command in ("read", "sources", "days"):
        assert "addresses of mta1 are not known" in run(command, folder, *configured).stdout.splitlines()[0]
    listed = run("read", folder, *configured, "--config", tmp_path / "estate.toml")
    assert "mta1" not in listed.stdout


def test_mail_that_nothing_authenticates_has_a_step_and_its_addresses(folder, tmp_path):
    (tmp_path / "estate.toml").write_text(ESTATE.replace("192.0.2.0/28", "198.51.100.1"))
    words = (folder, "--config", tmp_path / "estate.toml")
    result = run("read", *words)
    assert "unauthenticated: Look whether one of the addresses is a server of yours" in result.stdout
    source = next(line for line in lines(run("sources", *words, "--json")) if line["class"] == "unauthenticated")
    assert source["addresses"] == {"192.0.2.11": 40}
    row = next(line for line in result.stdout.splitlines() if "  unauthenticated  " in line)
    assert "192.0.2.11" in row


def test_a_failure_report_is_shown(tmp_path):
    feedback = (
        "Feedback-Type: auth-failure\r\nVersion: 1\r\nAuth-Failure: dmarc\r\nSource-IP: 203.0.113.50\r\n"
        "Reported-Domain: example.com\r\nArrival-Date: Mon, 30 Nov 2026 09:15:09 +0000\r\n"
        "DKIM-Domain: example.com\r\nDKIM-Selector: s1\r\nDelivery-Result: reject\r\n\r\n"
    )
    made = f"Content-Type: message/feedback-report\r\n\r\n{feedback}".encode()
    (tmp_path / "failure.eml").write_bytes(mail(made, kind="multipart/report; report-type=feedback-report"))
    shown = run("read", tmp_path).stdout
    row = next(line for line in shown.splitlines() if line.startswith("2026-11-30 09:15 UTC"))
    assert all(word in row for word in ("example.com", "203.0.113.50", "dmarc", "s1 of example.com", "reject"))


def test_a_count_of_tls_sessions_that_cannot_be_read_is_not_zero(tmp_path):
    policy = {
        "policy": {"policy-type": "sts", "policy-domain": "example.com"},
        "summary": {"total-successful-session-count": 90, "total-failure-session-count": "many"},
        "failure-details": [{"result-type": "certificate-expired", "failed-session-count": 16}],
    }
    report = {
        "organization-name": "Receiver Example",
        "date-range": {"start-datetime": "2026-10-01T00:00:00Z", "end-datetime": "2026-10-01T23:59:59Z"},
        "report-id": "t-1",
        "policies": [policy],
    }
    (tmp_path / "tls.json").write_text(json.dumps(report))
    result = run("read", tmp_path)
    assert result.exit_code == 1, "the details alone say that sixteen failed"
    assert "not known  not known  certificate-expired 16" in " ".join(result.stdout.split(" ")).replace("   ", "  ")
    assert lines(run("read", tmp_path, "--json"))[0]["failed"] is None
