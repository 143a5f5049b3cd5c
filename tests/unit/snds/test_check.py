"""From a reading to findings: no data is never green, and each way of failing is told apart."""

from datetime import UTC, date, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from staygreen.adapters.memory.world import MemoryAsk
from staygreen.core.checks import snds
from staygreen.core.finding import Severity, State, Subject, SubjectKind
from staygreen.core.snds import advice
from staygreen.core.snds.history import Day, Mark, dates_to_read, window
from staygreen.core.snds.judgement import months_since
from staygreen.core.snds.own_sending import Sends
from staygreen.core.snds.rest_answer import Reason
from staygreen.core.snds.rows import Colour, ComplaintRate, StatusRow
from staygreen.core.snds.run_result import Reading, SourceReading

NOW = datetime(2026, 9, 14, 6, tzinfo=UTC)
TODAY = NOW.date()
OURS = IPv4Address("192.0.2.10")
RUNBOOK = Path(__file__).parents[3] / "docs/runbooks/snds.md"
SETTINGS = {"token_secret": "staygreen/snds-login"}


def day(back, colour=Colour.GREEN, rate=None, **options):
    values = {"rcpt_commands": 1000, "data_commands": 900, "recipients": 990, "trap_hits": None, **options}
    return Day(
        ip=OURS,
        on=TODAY - timedelta(days=back),
        source="snds_rest",
        filter_result=colour,
        complaint_rate=rate or ComplaintRate("<", 0.001),
        **values,
    )


def range_row(first, last, *, blocked, details="Blocked due to user complaints"):
    return StatusRow(
        first_ip=IPv4Address(first), last_ip=IPv4Address(last), blocked=blocked, details=details, line=1, raw="raw"
    )


def run(days=(), status=(), settings=None, **source):
    reading = Reading(
        sources=(SourceReading(source="snds_rest", asked=1, answered=1, **{"last_good": NOW, **source}),),
        days={OURS: tuple(days)} if days else {},
        status=status,
    )
    eip = Subject(SubjectKind.IP, str(OURS), "mail.example.com")
    return snds.run({**SETTINGS, **(settings or {})}, MemoryAsk(at=NOW, found_elastic_ips=(eip,), found_snds=reading))


def of(report, cause, subject=str(OURS)):
    return next(finding for finding in report.findings if (finding.subject.id, finding.cause) == (subject, cause))


def test_a_green_day_is_in_order():
    report = run([day(2)])
    assert of(report, "filter_result").state is State.OK
    assert of(report, "status").state is State.OK


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ({}, "no_data"),
        ({"reason": Reason.NO_DATA}, "no_data"),
        ({"reason": Reason.AUTH_EXPIRED}, "auth_expired"),
        ({"reason": Reason.ACCESS_LAPSED}, "access_lapsed"),
        ({"reason": Reason.SCHEMA_DRIFT}, "schema_drift"),
        ({"reason": Reason.SOURCE_DOWN}, "source_down"),
        ({"last_good": NOW - timedelta(hours=49)}, "stale"),
    ],
)
def test_no_data_is_never_green_and_has_its_reason(source, reason):
    findings = [finding for finding in run(**source).findings if finding.subject.id == str(OURS)]
    assert {(finding.state, finding.reason) for finding in findings} == {(State.UNKNOWN, reason)}


def test_a_day_that_is_too_old_says_nothing_about_today():
    assert of(run([day(9, Colour.RED)]), "filter_result").reason == "no_data"


def test_a_recent_day_goes_on_counting_while_the_source_fails():
    report = run([day(2, Colour.RED)], status=None, reason=Reason.AUTH_EXPIRED)
    assert of(report, "filter_result").state is State.BAD
    assert of(report, "status").reason == "auth_expired"


def test_red_is_critical_at_once_and_yellow_a_warning_on_its_second_day():
    assert of(run([day(1, Colour.RED)]), "filter_result").severity is Severity.CRITICAL
    assert of(run([day(1, Colour.YELLOW), day(2)]), "filter_result").state is State.OK
    second = of(run([day(1, Colour.YELLOW), day(2, Colour.YELLOW)]), "filter_result")
    assert (second.state, second.severity) == (State.BAD, Severity.WARNING)


def test_yellow_after_red_is_not_yet_an_all_clear():
    assert of(run([day(1, Colour.YELLOW), day(2, Colour.RED)]), "filter_result").state is State.BAD


@pytest.mark.parametrize(
    ("rate", "state", "severity"),
    [
        (ComplaintRate("<", 0.001), State.OK, Severity.WARNING),
        (ComplaintRate("<", 0.5), State.OK, Severity.WARNING),
        (ComplaintRate("=", 0.001), State.BAD, Severity.WARNING),
        (ComplaintRate("=", 0.003), State.BAD, Severity.CRITICAL),
        (ComplaintRate(">", 0.05), State.BAD, Severity.CRITICAL),
        (ComplaintRate(">=", 0.001), State.BAD, Severity.WARNING),
    ],
)
def test_only_a_rate_that_is_certain_counts(rate, state, severity):
    finding = of(run([day(1, rate=rate)]), "complaints")
    assert (finding.state, finding.severity) == (state, severity)


@pytest.mark.parametrize(("hits", "state"), [(None, State.UNKNOWN), (0, State.OK), (1, State.BAD)])
def test_empty_trap_hits_are_not_zero(hits, state):
    assert of(run([day(1, trap_hits=hits)]), "traps").state is state


def test_more_than_a_tenth_of_recipients_not_accepted_is_a_warning():
    assert of(run([day(1, recipients=900)]), "recipients").state is State.OK
    assert of(run([day(1, recipients=899)]), "recipients").state is State.BAD


def test_a_range_counts_for_the_addresses_inside_it_and_is_never_expanded():
    wide = range_row("0.0.0.0", "255.255.255.255", blocked=True)
    beside = range_row("192.0.2.11", "192.0.2.255", blocked=True)
    assert of(run([day(1)], status=(wide,)), "status").severity is Severity.CRITICAL
    assert of(run([day(1)], status=(beside,)), "status").state is State.OK


def test_not_blocked_in_the_status_report_is_junked_even_without_a_recent_day():
    finding = of(run(status=(range_row("192.0.2.0", "192.0.2.255", blocked=False),)), "status")
    assert (finding.state, finding.evidence[0].data["state"]) == (State.BAD, "junked")


def test_silence_about_a_steady_sender_is_a_finding_of_its_own():
    steady = {"steady": [str(OURS)]}
    assert of(run([day(9)], settings=steady), "data_stopped").state is State.BAD
    assert of(run([day(9)]), "data_stopped").state is State.UNKNOWN
    assert of(run([day(9)], settings=steady, reason=Reason.SOURCE_DOWN), "data_stopped").state is State.UNKNOWN
    assert of(run([day(2)], settings=steady), "data_stopped").state is State.OK


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        (Reason.AUTH_EXPIRED, "auth_expired"),
        (Reason.ACCESS_LAPSED, "access_lapsed"),
        (Reason.SCHEMA_DRIFT, "schema_drift"),
        (Reason.SOURCE_DOWN, "coverage"),
    ],
)
def test_each_failure_of_a_source_is_one_incident_and_clears_none_of_the_others(reason, cause):
    about = [finding for finding in run(reason=reason).findings if finding.subject.id == "snds_rest"]
    assert {finding.cause for finding in about if finding.state is State.BAD} == {cause}
    assert {finding.state for finding in about} == {State.BAD, State.UNKNOWN}


@pytest.mark.parametrize(
    ("age", "state", "severity"),
    [(22, State.OK, Severity.INFO), (23, State.BAD, Severity.INFO), (28, State.BAD, Severity.WARNING)],
)
def test_a_link_is_warned_about_at_day_23_and_again_at_28(age, state, severity):
    link = SourceReading(
        source="snds_link", asked=1, answered=1, last_good=NOW, link_created=TODAY - timedelta(days=age)
    )
    report = snds.run({"link_secret": "l"}, MemoryAsk(at=NOW, found_snds=Reading(sources=(link,))))
    finding = of(report, "link_age", "snds_link")
    assert (finding.state, finding.severity) == (state, severity)


@pytest.mark.parametrize(("attested", "state"), [("2025-12-15", State.OK), ("2025-12-14", State.BAD)])
def test_a_network_is_reminded_of_after_nine_months(attested, state):
    networks = [{"network": "192.0.2.0/24", "attested": attested}]
    assert of(run(settings={"networks": networks}), "attestation", "snds:192.0.2.0/24").state is state


def test_without_data_ten_months_after_the_confirmation_access_has_lapsed():
    networks = [{"network": "192.0.2.0/24", "attested": "2025-11-14"}]
    assert of(run(settings={"networks": networks}), "filter_result").reason == "access_lapsed"


def test_an_address_without_a_source_is_unknown_and_says_so():
    eip = Subject(SubjectKind.IP, str(OURS))
    report = snds.run({}, MemoryAsk(at=NOW, found_elastic_ips=(eip,)))
    assert {finding.reason for finding in report.findings} == {"not_enrolled"}


def silence_of_a_dedicated_address(days, sends, **options):
    reading = Reading(
        sources=(SourceReading(source="ses_cloudwatch", asked=1, answered=1, last_good=NOW),),
        days={OURS: tuple(days)},
        sends=sends,
    )
    found = (Subject(SubjectKind.IP, str(OURS), "dedicated IP"),)
    report = snds.run({**SETTINGS, **options}, MemoryAsk(at=NOW, found_dedicated_ips=found, found_snds=reading))
    return of(report, "data_stopped")


def sends(before, after, last=6):
    counts = {TODAY - timedelta(days=back): after if back < last else before for back in range(1, 30)}
    # today is not over: what was sent until now says nothing
    return Sends(of="the account, to all recipients", by_day={**counts, TODAY: 0})


def test_silence_about_a_dedicated_address_is_information_while_ses_sends_as_before():
    regular = [day(back) for back in range(6, 13)]
    found = silence_of_a_dedicated_address(regular, sends(40_000, 38_000))
    assert (found.state, found.severity) == (State.BAD, Severity.INFO)
    assert "38,000 messages a day since, 40,000 in the week before" in found.evidence[0].text
    assert "does not count by recipient" in found.advice.meaning


@pytest.mark.parametrize(
    ("days", "counted"),
    [
        ([day(back) for back in range(6, 13)], None),
        ([day(back) for back in range(6, 13)], sends(40_000, 19_000)),
        ([day(back) for back in range(6, 13)], sends(0, 0)),
        ([day(6), day(9), day(12)], sends(40_000, 40_000)),
    ],
    ids=["nothing is known", "sending fell", "nothing was sent", "it never was regular"],
)
def test_silence_that_our_own_sending_does_not_contradict_stays_unknown(days, counted):
    assert silence_of_a_dedicated_address(days, counted).state is State.UNKNOWN


def test_what_ses_sends_says_nothing_about_addresses_of_other_servers():
    reading = Reading(
        sources=(SourceReading(source="snds_rest", asked=1, answered=1, last_good=NOW),),
        days={OURS: tuple(day(back) for back in range(6, 13))},
        sends=sends(40_000, 40_000),
    )
    eip = Subject(SubjectKind.IP, str(OURS), "mail.example.com")
    report = snds.run(SETTINGS, MemoryAsk(at=NOW, found_elastic_ips=(eip,), found_snds=reading))
    assert of(report, "data_stopped").state is State.UNKNOWN


def test_ipv6_addresses_are_not_judged():
    eip = Subject(SubjectKind.IP, "2001:db8::1")
    assert not snds.run(SETTINGS, MemoryAsk(at=NOW, found_elastic_ips=(eip,))).findings


def test_addresses_are_counted_by_colour():
    values = {metric.name: metric.value for metric in run([day(1, Colour.YELLOW)]).metrics}
    assert values == {"IpsGreen": 0, "IpsYellow": 1, "IpsRed": 0, "IpsUnknown": 0}


@pytest.mark.parametrize(("schedule", "sent"), [(6 * 3600, False), (12 * 3600, True)])
def test_metrics_of_single_addresses_are_sent_once_a_day_when_asked_for(schedule, sent):
    settings = {"per_ip_metrics": True, "schedule_seconds": schedule}
    assert any(metric.dimensions for metric in run([day(1)], settings=settings).metrics) is sent


def test_every_advice_names_a_section_of_the_runbook():
    words = ("red", "yellow", "blocked", "junked", "complaints", "traps", "recipients", "data_stopped")
    told = [advice.about_address(word, "192.0.2.10", "192.0.2.10") for word in words]
    told += [advice.about_source(reason, "snds_rest") for reason in Reason if reason.value in _SOURCE_REASONS]
    told += [advice.about_link_age(23), advice.about_attestation("192.0.2.0/24", date(2026, 1, 1), 9)]
    headings = {line.removeprefix("## ") for line in RUNBOOK.read_text().splitlines() if line.startswith("## ")}
    assert {each.runbook.partition("#")[2] for each in told} <= headings
    assert all("{" not in each.consequence + each.next_step for each in told)


_SOURCE_REASONS = {"auth_expired", "access_lapsed", "schema_drift", "source_down", "stale"}


def test_the_window_is_the_thirty_days_before_today():
    days = list(window(TODAY))
    assert (days[0], days[-1], len(days)) == (TODAY - timedelta(days=1), TODAY - timedelta(days=30), 30)


def test_a_day_is_asked_for_until_it_can_no_longer_change():
    target = TODAY - timedelta(days=4)

    def is_asked(days_after, rows):
        read_at = datetime(target.year, target.month, target.day, tzinfo=UTC) + timedelta(days=days_after)
        return target in dates_to_read(NOW, {target: Mark(read_at=read_at, rows=rows)})

    assert target in dates_to_read(NOW, {})
    assert [is_asked(1, 5), is_asked(3, 5), is_asked(5, 0), is_asked(6, 0)] == [True, False, True, False]


def test_months_are_whole_calendar_months():
    assert months_since(date(2026, 1, 31), date(2026, 2, 28)) == 0
    assert months_since(date(2025, 12, 14), date(2026, 9, 14)) == 9
