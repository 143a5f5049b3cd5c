"""What each picture says, and that a day without data never looks green."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html import unescape
from ipaddress import ip_address

from hypothesis import given
from hypothesis import strategies as st

from local.made_up_sender import NOW, facts, incident, tally
from staygreen.core.dmarc.readiness.answer import Condition, Readiness, Standing
from staygreen.core.finding import Severity
from staygreen.core.incidents.incident import Kind
from staygreen.core.pictures import (
    coverage,
    incident_timeline,
    page,
    refusals,
    reputation_calendar,
    ses_rates,
    short_verdict,
)
from staygreen.core.pictures.facts import Doing, Facts, Rates, Runs
from staygreen.core.pictures.lived import Step, lived
from staygreen.core.pictures.period import Period, Stretch, stretches
from staygreen.core.pictures.reported import dmarc, ladder
from staygreen.core.pictures.shapes.level import Level
from staygreen.core.pictures.shapes.ranking import Rank, ranking
from staygreen.core.pictures.shapes.sparkline import sparkline
from staygreen.core.records.dmarc import Policy
from staygreen.core.replies.decode import Cause
from staygreen.core.reports import services
from staygreen.core.reports.summary import Summary
from staygreen.core.snds.history import Day, Mark
from staygreen.core.snds.rows import Colour

IP = ip_address("192.0.2.1")
PERIOD = Period.until(NOW, timedelta(days=30))
LISTED = NOW - timedelta(days=10)


def known(**changes):
    return replace(Facts(sender="acme", period=PERIOD, now=NOW, addresses={IP: "mail-1"}), **changes)


def graded(on, colour):
    counts = dict.fromkeys(("rcpt_commands", "data_commands", "recipients", "complaint_rate", "trap_hits"))
    return Day(ip=IP, on=on, source="snds_rest", filter_result=colour, **counts)


def lanes(of):
    (standing,) = reputation_calendar.standings(of)
    return standing.lanes


def cell(of, lane, day):
    return lanes(of)[lane][PERIOD.place(day)]


def plain(markup):
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", markup)))


# --- the calendar --------------------------------------------------------------------------------------------------


@given(
    st.sets(st.sampled_from(list(PERIOD))),
    st.sets(st.sampled_from(list(PERIOD))),
    st.sets(st.sampled_from(list(PERIOD))),
)
def test_no_day_is_green_of_which_nobody_said_so(rows, reads, runs):
    of = known(
        days={IP: [graded(day, Colour.GREEN) for day in rows]},
        reads={"snds_rest": {day: Mark(read_at=NOW, rows=1) for day in reads}},
        runs={"blocklist": Runs(ran=frozenset(runs)), "refusals": Runs(ran=frozenset(runs))},
    )
    grades, listings, replies = lanes(of)
    for day, *cells in zip(PERIOD, grades, listings, replies, strict=True):
        assert (cells[0].level is Level.GOOD) == (day in rows)
        assert (cells[1].level is Level.GOOD) == (day in runs)
        assert cells[2].level is (Level.QUIET if day in runs else Level.NO_DATA)


def test_a_cell_says_why_it_has_no_data():
    day = NOW.date() - timedelta(days=3)
    assert cell(known(), 0, day).text == "SNDS was not read"
    read = known(reads={"snds_rest": {day: Mark(read_at=NOW, rows=4)}})
    assert cell(read, 0, day).text == "SNDS was read and has no row"
    assert cell(known(), 1, day).text == "no run of the check blocklist is on record"


def test_missing_days_are_named_with_their_source():
    shown = plain(reputation_calendar.calendar(known(days={IP: []})))
    assert "SNDS: no data of 29 days (1 to 29 Nov 2026); it was not read, or nothing is kept." in shown
    assert "Blocklists: no data of 30 days" in shown


def test_a_listing_covers_the_days_of_its_episode_and_no_other():
    of = known(incidents=(incident("blocklist", str(IP), "zen", LISTED, LISTED + timedelta(days=2)),))
    bad = [day for day, each in zip(PERIOD, lanes(of)[1], strict=True) if each.level is Level.BAD]
    assert bad == [LISTED.date() + timedelta(days=n) for n in range(3)]
    assert cell(of, 1, LISTED.date()).text == "listed on zen"


def test_a_refused_day_says_how_many_messages_and_why():
    of = known(tallies=(tally(str(IP), LISTED, 7),))
    assert cell(of, 2, LISTED.date()).text == "7 messages (ip blocked)"
    assert cell(of, 2, LISTED.date()).level is Level.BAD


def test_the_table_lists_only_what_is_not_green_and_joins_days():
    days = [graded(date(2026, 11, n), Colour.YELLOW if 3 <= n <= 6 else Colour.GREEN) for n in range(1, 20)]
    shown = plain(reputation_calendar.calendar(known(days={IP: days})))
    assert "192.0.2.1 3 to 6 Nov 2026 SNDS yellow" in shown
    assert shown.count("SNDS yellow") == 3  # the legend, the picture's title, the table


def test_of_many_addresses_the_worst_are_drawn_and_the_rest_have_a_line():
    shown = reputation_calendar.calendar(facts(60))
    assert shown.count('class="grid" role="img"') == 50
    assert "The other 10 addresses" in shown


# --- the timeline --------------------------------------------------------------------------------------------------


def test_an_incident_that_came_twice_has_two_episodes():
    one = incident("blocklist", str(IP), "zen", LISTED, None)
    before = LISTED - timedelta(days=5)
    steps = [
        Step(Kind.OPENED, before),
        Step(Kind.REMINDER, before + timedelta(days=1)),
        Step(Kind.CLEARED, before + timedelta(days=2)),
        Step(Kind.OPENED, LISTED + timedelta(hours=1)),
    ]
    first, second = lived(one.incident, steps).episodes
    assert (first.begun, first.ended) == (before, before + timedelta(days=2))
    assert (second.begun, second.ended) == (LISTED, None)


def test_marks_carry_the_numbers_of_their_table():
    of = known(
        incidents=(incident("snds", str(IP), "yellow", LISTED, None, severity=Severity.WARNING),),
        doings=(
            Doing(at=LISTED - timedelta(days=1), text="DKIM of example.com changed", kind="deployment"),
            Doing(at=LISTED + timedelta(days=1), text="moved to another pool", kind="repair", subject=str(IP)),
        ),
    )
    shown = incident_timeline.timeline(of)
    assert shown.count("<title>1: DKIM of example.com changed</title>") == 1
    assert "1 2026-11-19 12:00 deployment DKIM of example.com changed" in plain(shown)
    assert "2 2026-11-21 12:00 repair 192.0.2.1: moved to another pool" in plain(shown)
    assert "proves no cause" in shown


def test_what_was_done_outside_the_period_is_left_out():
    of = known(doings=(Doing(at=NOW - timedelta(days=60), text="long ago", kind="deployment"),))
    assert "long ago" not in incident_timeline.timeline(of)


# --- replies, rates, complaints ------------------------------------------------------------------------------------


def test_refusals_are_no_share_of_a_provider():
    of = known(
        tallies=(tally(str(IP), LISTED, 7),),
        rates=Rates(bounces={}, complaints={}, sent={LISTED.date(): 1000, date(2020, 1, 1): 9}),
    )
    shown = plain(refusals.refusals(of))
    assert "SES sent 1,000 messages in these days" in shown
    assert "no share of a provider follows" in shown
    assert "Outlook.com: ip blocked" in shown


def test_the_threshold_is_in_view_whatever_the_rate():
    of = known(rates=Rates(bounces={NOW.date(): 0.001}, complaints={}, sent={}))
    shown = ses_rates.rates(of)
    assert "AWS reviews accounts from: 5.00%" in plain(shown)
    assert "AWS may pause them from: 10.00%" not in shown
    assert "SES's complaint rate: no data of 30 days" in plain(shown)
    high = ses_rates.rates(known(rates=Rates(bounces={NOW.date(): 0.06}, complaints={}, sent={})))
    assert "AWS may pause them from: 10.00%" in plain(high)


def test_complaints_older_than_are_kept_are_no_data():
    of = known(complaints=(), complaints_since=NOW.date() - timedelta(days=9))
    assert "Complaints: no data of 20 days" in ses_rates.complaints(of)


def test_a_source_that_was_not_read_has_no_picture():
    assert refusals.refusals(known()) == ses_rates.rates(known()) == ses_rates.complaints(known()) == ""
    assert dmarc.dmarc(known()) == coverage.coverage(known()) == ""


def test_coverage_tells_a_run_in_part_from_none():
    day = NOW.date() - timedelta(days=2)
    of = known(runs={"blocklist": Runs(ran=frozenset({day, NOW.date()}), silent={day: 3})})
    shown = plain(coverage.coverage(of))
    assert "28 Nov 2026: a source did not answer in full in one run or more" in shown
    assert "blocklist 1 to 27 Nov 2026, 29 Nov 2026" in shown


def test_reports_without_a_day_are_drawn_as_missing():
    shown = dmarc.dmarc(known(reports=Summary(None, services.load())))
    assert "DMARC reports: no data of 30 days" in shown


def answer(domain, standing, *met, **more):
    conditions = tuple(
        Condition(id=f"R{n}", title=f"thing {n}", value=f"{n} %", limit="9 %", is_met=is_met, act="Wait.")
        for n, is_met in enumerate(met, 1)
    )
    counts = dict.fromkeys(("own_messages", "own_failing", "forwards_lost"), 0)
    given = {"present": Policy.NONE, "next": Policy.QUARANTINE, "not_asked": (), "window_days": 35, **counts, **more}
    return Readiness(domain=domain, on=NOW.date(), standing=standing, conditions=conditions, **given)


def test_the_ladder_has_a_rung_for_each_domain_and_names_what_is_not_met():
    shown = plain(
        ladder.ladder(
            known(
                readiness=(
                    answer("near.example", Standing.NOT_YET, True, False, None),
                    answer("ready.example", Standing.READY, True, True, True),
                    answer("home.example", Standing.STAY, True, False, present=Policy.QUARANTINE, next=Policy.REJECT),
                    answer("last.example", Standing.DONE, present=Policy.REJECT, next=None),
                    answer("<b>.example", Standing.GO_BACK, present=Policy.QUARANTINE, next=Policy.NONE),
                )
            )
        )
    )
    assert "ready.example 3 at none: ready for quarantine" in shown
    assert "near.example 1 at none: 1 of 3 for quarantine" in shown
    assert "home.example 1 at quarantine: its end state, since people post from it" in shown
    assert "last.example 0 at reject: the last step" in shown
    assert "<b>.example 0 at quarantine: go back to none" in shown
    missing = shown.partition("Conditions of the next step that are not met")[2]
    assert "near.example R2: thing 2 2 % 9 % not met Wait. near.example R3: thing 3 3 % 9 % not known" in missing
    assert "home.example" not in missing


# --- the three sentences -------------------------------------------------------------------------------------------


def test_what_was_not_asked_stands_above_the_verdict():
    drawn = page.report(known(unread=("SNDS (it is not read)", "DMARC reports (none were handed in)")))
    assert drawn.index("Not in here: SNDS (it is not read)") < drawn.index("Today nothing is held against")


def test_three_sentences_say_standing_past_and_next_step():
    first, second, third = short_verdict.sentences(facts(50))
    assert first.startswith("Today mail is at risk for 198.18.0.")
    assert second.startswith("From 2 Sep to 30 Nov 2026: 10 incidents, 10 of them critical, ")
    assert "messages refused and 0 slowed down, of those that were counted" in second
    assert third.startswith("First, for 198.18.0.")


def test_nothing_known_claims_nothing():
    first, second, third = short_verdict.sentences(known())
    assert first == "Today nothing is held against acme, as far as was asked."
    assert "SNDS" not in second
    assert third == "Nothing was found to repair."


# --- shapes --------------------------------------------------------------------------------------------------------


def test_a_sparkline_has_a_bar_for_each_day_with_a_value():
    year = Period.until(NOW, timedelta(days=365))
    drawn = sparkline({day: 1 + n % 7 for n, day in enumerate(year)}, year, "messages by day")
    assert drawn.count("M") == 365


def test_a_ranking_counts_what_it_leaves_out():
    rows = [Rank(f"cause {n}", n) for n in range(1, 21)]
    shown = plain(ranking(rows, caption="c", columns=("cause", "messages", "codes")))
    assert "cause 20 20" in shown
    assert "5 others 15" in shown


def test_more_kinds_than_can_be_told_apart_are_drawn_as_others():
    causes = (Cause.IP_BLOCKED, Cause.RANGE_BLOCKED, Cause.IP_THROTTLED, Cause.CONNECTION_LIMIT, Cause.AUTHENTICATION)
    tallies = tuple(tally(str(IP), LISTED, 9 - n, cause) for n, cause in enumerate((*causes, Cause.SENDER_BANNED)))
    more = (tally(str(IP), LISTED, 1, Cause.THIRD_PARTY_LIST),)
    assert "2 others" in plain(refusals.refusals(known(tallies=(*tallies, *more))))


# --- days ----------------------------------------------------------------------------------------------------------


@given(st.sets(st.dates(min_value=date(2024, 1, 1), max_value=date(2026, 12, 31)), max_size=40))
def test_stretches_hold_every_day_once(days):
    found = stretches(days)
    told = [each.first + timedelta(days=n) for each in found for n in range((each.last - each.first).days + 1)]
    assert told == sorted(days)


def test_a_stretch_reads_as_a_person_writes_it():
    assert str(Stretch(date(2026, 11, 3), date(2026, 11, 3))) == "3 Nov 2026"
    assert str(Stretch(date(2026, 11, 3), date(2026, 11, 9))) == "3 to 9 Nov 2026"
    assert str(Stretch(date(2026, 10, 30), date(2026, 11, 2))) == "30 Oct to 2 Nov 2026"
    assert str(Stretch(date(2025, 12, 30), date(2026, 1, 2))) == "30 Dec 2025 to 2 Jan 2026"


def test_a_day_ends_by_utc():
    late = datetime(2026, 11, 30, 1, tzinfo=UTC).astimezone(tz=datetime.now().astimezone().tzinfo)
    assert Period.until(late, timedelta(days=2)) == Period(date(2026, 11, 29), date(2026, 11, 30))


# --- size ----------------------------------------------------------------------------------------------------------


def test_fifty_addresses_and_ninety_days_fit_into_a_mail_even_when_no_day_is_like_the_one_before():
    assert len(page.report(facts(50, worst=True)).encode()) < 1_000_000


def test_a_page_drawn_twice_is_the_same():
    assert page.report(facts(5)) == page.report(facts(5))
