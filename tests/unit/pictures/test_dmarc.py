"""Reports by class, source, reporter and day."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape

from local.made_up_sender import month
from staygreen.core.pictures.reported import dmarc
from staygreen.core.reports import estate_file, services
from staygreen.core.reports.read import reports
from staygreen.core.reports.summary import Summary
from tests.unit.reports.building import METADATA, record, xml

ESTATE = 'addresses = ["192.0.2.0/28"]\n[[domain]]\nname = "example.com"\nselectors = ["s1"]\n'
UNSIGNED = "<spf><domain>other.example</domain><result>none</result></spf>"
FACTS = month()


def metadata(reporter, day):
    """One day of one reporter."""
    begin = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    return re.sub(
        r"<begin>.*</end>",
        f"<begin>{begin}</begin><end>{begin + 86399}</end>",
        METADATA.replace("Receiver Example", reporter).replace("r-1", f"{reporter} {day}"),
    )


def summary(estate=ESTATE, days=None):
    """A month of two reporters: one every day, one every third; a server of ours forgets to sign from the 20th on."""
    found = Summary(estate_file.parse(estate, "mine.toml") if estate else None, services.load())
    for number, day in enumerate(days or FACTS.period):
        own = record("192.0.2.10", str(400 + 10 * number))
        forgets = [record("192.0.2.11", "25", results=UNSIGNED)] if number >= 20 else []
        for reporter in ("big.example", "small.example") if number % 3 == 0 else ("big.example",):
            document = xml(
                own, *forgets, record("203.0.113.9", "7", results=UNSIGNED), metadata=metadata(reporter, day)
            )
            for item in reports([document.encode()]):
                found.add(item)
    return found


def plain(markup):
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", markup)))


def test_faults_of_our_own_mail_stand_first_with_their_days():
    shown = dmarc.dmarc(replace(FACTS, reports=summary()))
    rows = re.findall(r'<th scope="row">(\S+)</th><td>([^<]+)</td><td>([\d,]+)</td>', shown)
    assert rows[0][:2] == ("192.0.2.11", "mine, unsigned")
    assert "192.0.2.11: messages by day" in shown


def test_reporters_are_seen_on_the_days_that_they_reported_and_silent_on_the_others():
    shown = plain(dmarc.dmarc(replace(FACTS, reports=summary())))
    assert "big.example: reported on 30 days" in shown
    assert "small.example: reported on 10 days" in shown


def test_days_without_a_report_are_named():
    shown = plain(dmarc.dmarc(replace(FACTS, reports=summary(days=list(FACTS.period)[:10]))))
    assert "DMARC reports: no data of 20 days (11 to 30 Nov 2026)" in shown


def test_without_an_estate_nothing_is_called_ours():
    shown = plain(dmarc.dmarc(replace(FACTS, reports=summary(estate=""))))
    assert "not judged: nothing says what is yours" in shown
    assert "mine" not in shown


def test_a_source_is_counted_by_day():
    (source,) = (each for each in summary().sources if each.name == "192.0.2.11")
    first = FACTS.period.first + timedelta(days=20)
    assert min(source.days) == first
    assert sum(source.days.values()) == source.messages
