"""Days keep every message that was reported, whatever does not fit, and can be stored and read again."""

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_address, ip_network

from hypothesis import given
from hypothesis import strategies as some

from staygreen.core.codec import decoded, encoded
from staygreen.core.dmarc.day import MOST_CELLS, MOST_DAY_CELLS, MOST_PARTS, DomainDay, ReportSummary
from staygreen.core.dmarc.roll_up import roll_up
from staygreen.core.dmarc.summarize import Summarizer
from staygreen.core.reports.estate import DeclaredSender, Estate
from staygreen.core.reports.report import (
    AggregateReport,
    DkimResult,
    Evidence,
    Generation,
    OverrideReason,
    PublishedPolicy,
    Quality,
    Row,
    Rows,
    SpfResult,
)

DAY = date(2026, 3, 4)
BEGIN = datetime(2026, 3, 4, tzinfo=UTC)
ESTATE = Estate(
    domains=frozenset({"brand.example"}),
    networks=(ip_network("192.0.2.0/28"),),
    selectors=frozenset({("brand.example", "s1")}),
    senders=(DeclaredSender(name="crm", selectors=frozenset({"crm1"}), networks=(ip_network("198.51.100.0/28"),)),),
)
POLICY = PublishedPolicy(domain="brand.example", p="none")

_words = some.sampled_from(("none", "quarantine", "reject", "pass"))
_evidence = some.builds(
    Evidence,
    header_from=some.sampled_from(("brand.example", "news.brand.example")),
    envelope_from=some.sampled_from((None, "", "bounce.brand.example")),
    envelope_to=some.sampled_from((None, "person.example")),
    disposition=_words,
    eval_dkim=some.sampled_from(("pass", "fail")),
    eval_spf=some.sampled_from(("pass", "fail")),
    reasons=some.lists(
        some.builds(OverrideReason, some.sampled_from(("forwarded", "other")), some.text(max_size=9))
    ).map(lambda found: tuple(found[:2])),
    dkim=some.lists(
        some.builds(
            DkimResult, some.just("brand.example"), some.sampled_from(("s1", "x")), some.sampled_from(("pass", "fail"))
        ),
        max_size=2,
    ).map(tuple),
    spf=some.lists(
        some.builds(SpfResult, some.just("brand.example"), some.just("mfrom"), some.sampled_from(("pass", "fail"))),
        max_size=1,
    ).map(tuple),
)
_addresses = some.one_of(
    some.none(),
    some.integers(1, 40).map(lambda number: ip_address(f"192.0.2.{number}")),
    some.just(ip_address("2001:db8::1")),
)
_rows = some.lists(some.builds(Row, _addresses, some.integers(0, 1000), _evidence), max_size=12)
_reports = some.lists(
    some.tuples(
        _rows, some.sampled_from(("google.com", "Yahoo")), some.booleans(), some.sampled_from(("none", "reject"))
    ),
    max_size=6,
)


def evidence(**changed: object) -> Evidence:
    plain = Evidence("brand.example", None, None, "none", "fail", "fail", (), (), ())
    return plain._replace(**changed)  # type: ignore[arg-type]


def summary(
    rows: list[Row],
    org: str = "google.com",
    *,
    estate: Estate | None = ESTATE,
    policy: PublishedPolicy = POLICY,
    is_proven: bool = True,
    quality: Quality = Quality.WHOLE,
    report_id: str = "1",
) -> ReportSummary:
    summarizer = Summarizer(estate)
    summarizer.add(Rows(policy, rows))
    report = AggregateReport(
        quality=quality,
        org=org,
        report_id=report_id,
        begin=BEGIN,
        end=BEGIN + timedelta(hours=24),
        policy=policy,
        rows=len(rows),
        messages=sum(row.messages for row in rows),
        submitter=org,
    )
    made = summarizer.end(report, is_proven=is_proven)
    assert made is not None
    return made


@given(_reports)
def test_no_message_is_lost_and_none_is_counted_twice(given_reports: list[tuple[list[Row], str, bool, str]]) -> None:
    made = [
        summary(rows, org, is_proven=proven, policy=PublishedPolicy(domain="brand.example", p=p), report_id=str(number))
        for number, (rows, org, proven, p) in enumerate(given_reports)
    ]
    day = roll_up("brand.example", DAY, made, ESTATE)

    sent = sum(row.messages for rows, *_ in given_reports for row in rows)
    assert day.messages == sent
    assert sum(cell.messages for cell in day.cells) + sum(part.rest.messages for part in day.parts) == sent
    by_org = Counter[str]()
    for rows, org, *_ in given_reports:
        by_org[org] += sum(row.messages for row in rows)
    reported = Counter[str]()
    for part, row in day.counted():
        reported[part.org] += row.messages
    assert +reported == +by_org


@given(_reports, some.randoms())
def test_a_day_is_the_same_in_whatever_order_its_reports_come(
    given_reports: list[tuple[list[Row], str, bool, str]], chance: object
) -> None:
    made = [
        summary(rows, org, is_proven=proven, report_id=str(n)) for n, (rows, org, proven, _) in enumerate(given_reports)
    ]
    shuffled = list(made)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert roll_up("brand.example", DAY, made) == roll_up("brand.example", DAY, shuffled)


@given(_reports)
def test_what_is_stored_is_read_again_as_it_was(given_reports: list[tuple[list[Row], str, bool, str]]) -> None:
    made = [
        summary(rows, org, is_proven=proven, report_id=str(n)) for n, (rows, org, proven, _) in enumerate(given_reports)
    ]
    for each in made:
        assert decoded(ReportSummary, json.loads(json.dumps(encoded(each)))) == each
    day = roll_up("brand.example", DAY, made)
    assert decoded(DomainDay, json.loads(json.dumps(encoded(day)))) == day


def test_an_estate_is_read_again_as_it_was() -> None:
    assert decoded(Estate, json.loads(json.dumps(encoded(ESTATE)))) == ESTATE


def test_a_campaign_from_thousands_of_addresses_crowds_out_nothing_of_ours() -> None:
    spoofs = [Row(ip_address(f"198.18.{n // 256}.{n % 256}"), 50, evidence()) for n in range(30_000)]
    ours = [
        Row(ip_address("192.0.2.1"), 3, evidence()),
        Row(ip_address("198.51.100.1"), 2, evidence()),
        Row(ip_address("203.0.113.1"), 1, evidence(dkim=(DkimResult("brand.example", "s1", "fail"),))),
    ]
    found = summary([*spoofs, *ours])

    assert len(found.cells) == MOST_CELLS
    kept = {cell.source: cell.messages for cell in found.cells}
    assert all(kept[row.source_ip] == row.messages for row in ours)
    assert sum(kept.values()) + found.rest.messages == 30_000 * 50 + 6


def test_totals_of_what_is_lumped_say_what_passed_and_what_was_stopped() -> None:
    passing = evidence(dkim=(DkimResult("brand.example", "s1", "pass"),))
    stopped = evidence(disposition="reject")
    rows = [Row(ip_address(f"198.18.1.{n}"), 1, stopped) for n in range(150)]
    rows += [Row(ip_address(f"198.18.2.{n}"), 2, passing) for n in range(MOST_CELLS)]
    rest = summary(rows).rest
    assert (rest.messages, rest.aligned, rest.stopped) == (150, 0, 150)


def test_evidence_too_long_to_be_kept_is_counted_all_the_same() -> None:
    endless = evidence(dkim=tuple(DkimResult("brand.example", f"s{n}" * 20, "fail") for n in range(100)))
    found = summary([Row(ip_address("192.0.2.1"), 7, endless)])
    assert not found.cells
    assert found.rest.messages == 7


def test_records_about_domains_that_are_not_ours_are_left_out_and_counted() -> None:
    rows = [Row(None, 5, evidence(header_from="other.example")), Row(None, 2, evidence())]
    found = summary(rows)
    assert (found.messages, found.foreign_messages) == (2, 5)
    assert summary(rows, estate=None).messages == 7


def test_nothing_that_could_point_to_a_person_is_kept() -> None:
    told = evidence(
        envelope_to="tiny.example", reasons=(OverrideReason("local_policy", "arc=pass for joe@tiny.example"),)
    )
    (kept,) = summary([Row(None, 1, told)]).evidence
    assert kept.envelope_to is None
    assert kept.reasons == (OverrideReason("local_policy", "arc=pass"),)


def test_a_refused_report_makes_no_summary_and_leaves_nothing_behind_for_the_next() -> None:
    summarizer = Summarizer()
    summarizer.add(Rows(POLICY, [Row(None, 9, evidence())]))
    assert summarizer.end(AggregateReport(quality=Quality.REFUSED), is_proven=True) is None
    whole = AggregateReport(quality=Quality.WHOLE, begin=BEGIN, end=BEGIN + timedelta(days=1), policy=POLICY)
    after = summarizer.end(whole, is_proven=True)
    assert after is not None and not after.cells


def test_a_report_counts_on_the_utc_day_of_its_middle() -> None:
    begin = datetime(2026, 3, 3, 17, tzinfo=UTC)
    report = AggregateReport(quality=Quality.WHOLE, begin=begin, end=begin + timedelta(hours=24), policy=POLICY)
    made = Summarizer().end(report, is_proven=False)
    assert made is not None and made.day == DAY


def test_a_day_is_provisional_until_three_days_after_its_end() -> None:
    day = DomainDay(domain="brand.example", day=DAY)
    assert day.is_provisional(datetime(2026, 3, 7, 23, 59, tzinfo=UTC))
    assert not day.is_provisional(datetime(2026, 3, 8, tzinfo=UTC))


def test_a_day_stays_small_under_a_flood_of_reporters() -> None:
    rows = [Row(ip_address(f"198.18.0.{n}"), 1, evidence()) for n in range(10)]
    made = [summary(rows, f"reporter{n}.example", report_id=str(n)) for n in range(MOST_PARTS + 50)]
    proven_last = summary(rows, "google.com", report_id="g")
    day = roll_up("brand.example", DAY, [*(_unproven(each) for each in made), proven_last])

    assert len(day.cells) <= MOST_DAY_CELLS
    assert len(day.parts) == MOST_PARTS
    assert day.messages == 10 * (MOST_PARTS + 51)
    assert day.parts[0].org == "google.com", "who is proven comes before who is not"


def test_one_reporter_under_two_policies_keeps_both_apart() -> None:
    changed = PublishedPolicy(domain="brand.example", p="quarantine")
    made = [summary([Row(None, 1, evidence())]), summary([Row(None, 2, evidence())], policy=changed, report_id="2")]
    day = roll_up("brand.example", DAY, made)
    assert {(part.policy.p, part.messages) for part in day.parts} == {("none", 1), ("quarantine", 2)}
    assert {part.generation for part in day.parts} == {Generation.RFC_7489}


def test_partial_reports_are_counted_apart() -> None:
    made = [summary([], quality=Quality.PARTIAL), summary([], report_id="2")]
    (part,) = roll_up("brand.example", DAY, made).parts
    assert (part.reports, part.partial) == (2, 1)


def _unproven(made: ReportSummary) -> ReportSummary:
    return replace(made, is_proven=False)
