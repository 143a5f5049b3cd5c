"""Whether incidents of DMARC reports are told, soon, and no false ones: on years whose mail is known (`dmarc_year`).

`python -m benchmarks.dmarc_incidents [--seeds 1,2,3] [--json] [--list]`

The judgement runs once a day at 18:00 UTC on the reports that have arrived by then. A second reading of the same rows,
by their stories instead of their evidence, says on which day a breakage first meets the limits. It is *told in time*
when an alert of its cause and target opens within two report days of that day. An alert that no breakage and no
campaign explains is false. Printed are the worst seed and all of them together.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from ipaddress import ip_address, ip_network

from benchmarks.dmarc_year import SEEDS, Event, Made, MadeReport, Sender, Year, parameters
from staygreen.core.config.tables.monitors.dmarc import DmarcLimits
from staygreen.core.dmarc.day import ReportSummary
from staygreen.core.dmarc.judgement import own_mail, strangers
from staygreen.core.dmarc.judgement.own_mail import OwnFault
from staygreen.core.dmarc.judgement.reading import SES, DayReading, Reader
from staygreen.core.dmarc.judgement.share import ShareDay
from staygreen.core.dmarc.judgement.silence import judge_absence, judge_difference, judge_silence
from staygreen.core.dmarc.judgement.strangers import StrangerDay
from staygreen.core.dmarc.roll_up import roll_up
from staygreen.core.dmarc.summarize import Summarizer
from staygreen.core.finding import State
from staygreen.core.records.dmarc import DmarcRecord, Policy
from staygreen.core.reports import services
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

WINDOW = 36
IN_TIME = 2
"""Report days after the first day that meets the limits."""
_LIMITS = DmarcLimits()
Key = tuple[str, str]
"""Cause and target."""


# from made rows to the values that are stored


def estate_of(sender: Sender) -> Estate:
    """What the company knows of itself."""
    server = sender.streams[-1]
    crm = DeclaredSender(name="crm", selectors=frozenset({"crm1"}), spf_domains=frozenset({"return.crm.example"}))
    shop = DeclaredSender(name="shop", networks=(ip_network("198.51.100.200/29"),))
    return Estate(
        domains=frozenset({sender.domain}),
        networks=tuple(ip_network(each) for each in server.addresses),
        ses_ranges=(ip_network("203.0.113.0/24"),),
        selectors=frozenset({(sender.domain, each) for each in ("s1", "s2", *sender.tokens)}),
        mail_from=frozenset({sender.bounce} if sender.own_mail_from else ()),
        senders=tuple(each for each in (crm, shop) if sender.stream(each.name)),
    )


def stored(report: MadeReport, sender: Sender, summarizer: Summarizer) -> ReportSummary:
    """A made report as it is stored."""
    policy = PublishedPolicy(domain=sender.domain, p=report.p, adkim="r", aspf="r")
    begin = datetime.combine(report.day, time(), UTC)
    rows = [Row(ip_address(made.source), number, _evidence(made, sender)) for made, number in report.rows.items()]
    summarizer.add(Rows(policy, rows))
    found = summarizer.end(
        AggregateReport(
            quality=Quality.PARTIAL if report.is_partial else Quality.WHOLE,
            org=report.org,
            report_id=report.id,
            begin=begin,
            end=begin + timedelta(hours=23, minutes=59, seconds=59),
            generation=Generation(report.generation),
            policy=policy,
            rows=len(rows),
            messages=sum(row.messages for row in rows),
            submitter=report.submitter,
        ),
        is_proven=bool(report.submitter),
    )
    if found is None:
        raise ValueError("a made report has a period")
    return found


def _evidence(made: Made, sender: Sender) -> Evidence:
    aligned_spf = any(result == "pass" and name.endswith(sender.domain) for name, result in made.spf)
    signed = any(result == "pass" and name == sender.domain for name, _, result in made.dkim)
    return Evidence(
        header_from=sender.domain,
        envelope_from=made.spf[0][0] if made.spf else None,
        envelope_to=None,
        disposition=made.disposition,
        eval_dkim="pass" if signed else "fail",
        eval_spf="pass" if aligned_spf else "fail",
        reasons=tuple(OverrideReason(*(*each.split(" "), "")[:2]) for each in made.reasons),
        dkim=tuple(DkimResult(*each) for each in made.dkim),
        spf=tuple(SpfResult(name, "mfrom", result) for name, result in made.spf),
    )


# what the judgement says, day by day


@dataclass(slots=True)
class Alert:
    """An incident that opened."""

    cause: str
    target: str
    run: int
    """Day of the year on which it was told."""
    first: int
    """Day of the year on which it began, as it says."""


@dataclass(slots=True)
class _Day:
    reading: DayReading
    shares: dict[tuple[OwnFault, str], ShareDay]
    strangers: StrangerDay


class Watch:
    """One sender's year, judged daily."""

    def __init__(self, year: Year, sender: Sender) -> None:
        self._year = year
        self._sender = sender
        self._estate = estate_of(sender)
        self._reader = Reader(self._estate, services.load())
        self._arrived: dict[int, dict[str, ReportSummary]] = defaultdict(dict)
        self._days: dict[int, _Day] = {}
        self._open: dict[Key, int] = {}
        self.alerts: list[Alert] = []

    def watch(self, made: Iterable[tuple[int, list[MadeReport]]]) -> None:
        """Judge every day of the year."""
        coming: dict[int, list[tuple[int, ReportSummary]]] = defaultdict(list)
        summarizer = Summarizer(self._estate)
        for day, reports in made:
            for report in reports:
                # told at 18:00: what arrives later is read on the next day
                run = day + int(report.arrives + 0.25)
                coming[run].append((day, stored(report, self._sender, summarizer)))
            for of_day, summary in coming.pop(day, ()):
                self._arrived[of_day][summary.identity] = summary
                self._days.pop(of_day, None)
            self._judge(day)

    def _judge(self, run: int) -> None:
        window = [self._day(day) for day in range(max(0, run - WINDOW), run)]
        found = dict(self._states(run, window))
        for key, (state, first) in found.items():
            if state is State.BAD and key not in self._open:
                self._open[key] = run
                self.alerts.append(Alert(*key, run, (first - self._year.begins).days if first else run))
            elif state is State.OK:
                self._open.pop(key, None)
        for key in set(self._open) - set(found):
            del self._open[key]  # nobody asks any more

    def _states(self, run: int, window: list[_Day]) -> Iterator[tuple[Key, tuple[State, date | None]]]:
        readings = [day.reading for day in window]
        now = datetime.combine(self._year.begins + timedelta(days=run), time(18), UTC)
        turned = False
        for each in own_mail.judge_series((day.shares for day in window), _LIMITS):
            yield (each.fault.value, each.target), (each.result.state, each.result.first)
            turned |= (each.fault, each.target, each.result.state) == (OwnFault.UNSIGNED, SES, State.BAD)
        strange = [day.strangers for day in window]
        for stranger in strangers.judge_undeclared(strange, _LIMITS, now.date()):
            if not (turned and stranger.kind is strangers.Undeclared.OTHER_SES_ACCOUNT):
                yield (stranger.kind.value, stranger.service), (stranger.state, stranger.first)
        campaign = strangers.judge_campaign(strange, _LIMITS)
        yield ("campaign", ""), (campaign.state, campaign.first)
        sent = {self._year.begins + timedelta(days=day): number for day, number in self._sender.sent.items()}
        silence = judge_silence(readings, sent, _LIMITS, now)
        yield ("silence", ""), (silence.state, silence.last)
        for absence in judge_absence(readings, _LIMITS, now):
            yield ("absence", absence.reporter.name), (absence.state, absence.last)
        declared = DmarcRecord(policy=Policy(self._sender.policy))
        difference = judge_difference(readings, declared, None, timedelta(hours=1))
        if difference is not None:
            yield ("published_differs", ""), (difference.state, difference.first)

    def _day(self, day: int) -> _Day:
        kept = self._days.get(day)
        if kept is None:
            when = self._year.begins + timedelta(days=day)
            reports = self._arrived[day].values()
            reading = self._reader.read(roll_up(self._sender.domain, when, reports, self._estate))
            kept = self._days[day] = _Day(reading, own_mail.shares(reading), strangers.read(reading))
        return kept


# when a breakage meets the limits, by the stories of the rows


class Truth:
    """What the rows of a year say by their stories."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._taken: dict[tuple[str, int], Counter[str]] = defaultdict(Counter)
        """Messages of an event and day, by reporter."""
        self._all: dict[tuple[str, int], Counter[str]] = defaultdict(Counter)
        """Messages of a stream or address and day, by reporter."""
        self._came: dict[int, set[str]] = defaultdict(set)

    def add(self, day: int, reports: list[MadeReport]) -> None:
        """Count the reports about a day, each once."""
        for report in {each.id: each for each in reports if each.submitter}.values():
            self._came[day].add(report.org)
            for made, number in report.rows.items():
                self._taken[made.story, day][report.org] += number
                is_passed_on = made.source.startswith("198.18.")
                if made.stream and not is_passed_on:
                    for name in (made.stream, made.source, "own"):
                        self._all[name, day][report.org] += number

    def meets(self, event: Event) -> int | None:
        """The first day on which a breakage meets the limits; None: never."""
        days = range(event.first, event.last + 1)
        sender = self._sender
        if event.kind in ("unsigned", "broken_key", "ses_unsigned", "declared_broken"):
            stream = {"ses_unsigned": "ses", "declared_broken": event.target}.get(event.kind, "server")
            of = event.target if event.kind == "unsigned" else stream
            passes = (stream == "server" and sender.spf_aligned) or (stream == "ses" and sender.own_mail_from)
            if passes:
                return self._spf_alone(event, days, of)
            found = [self._broken(event, days, of)]
            if event.kind == "ses_unsigned":
                found.append(self._undeclared(event, days))
            return min((each for each in found if each is not None), default=None)
        if event.kind == "undeclared":
            return self._undeclared(event, days)
        if event.kind in ("reports_stopped", "reporter_stopped"):
            return self._stopped(event, days)
        return next((day for day in days if self._meets_on(event, day)), None)

    def _meets_on(self, event: Event, day: int) -> bool:
        taken = self._taken[event.id, day].total()
        if event.kind == "quarantined":
            return taken >= 10 and taken >= 0.01 * self._all["own", day][event.target]
        if event.kind == "not_looked_up":
            enough = taken >= max(20, 0.02 * self._all["own", day].total())
            return enough and len(self._sayers(event, day, "own", 0.02)) >= 2
        return len(self._came[day]) >= 2  # another policy is found

    def _stopped(self, event: Event, days: range) -> int | None:
        if event.kind == "reports_stopped":
            sent = [self._sender.sent.get(day, 0) for day in days]
            return event.first + 2 if len(sent) >= 3 and min(sent[:4]) >= 100 else None
        before = [event.target in self._came[day] for day in range(event.first - 7, event.first)]
        others = [day for day in days if self._came[day] - {event.target}]
        return others[3] if before[-1] and sum(before) >= 6 and len(others) >= 4 else None

    def _broken(self, event: Event, days: range, of: str) -> int | None:
        much = [
            day
            for day in days
            if (taken := self._taken[event.id, day].total()) >= 20 and taken >= 0.05 * self._all[of, day].total()
        ]
        for day in much:
            alone = any(
                number >= 100 and number >= 0.5 * self._all[of, day][org] and not org.endswith(".example")
                for org, number in self._taken[event.id, day].items()
            )
            if alone or len(self._sayers(event, day, of, 0.05)) >= 2 or day != much[0]:
                return day
        return None

    def _spf_alone(self, event: Event, days: range, of: str) -> int | None:
        run = 0
        for day in days:
            taken, whole = self._taken[event.id, day].total(), self._all[of, day].total()
            run = run + 1 if taken >= 100 and taken >= 0.2 * whole else 0
            if run >= 3:
                return day
        return None

    def _undeclared(self, event: Event, days: range) -> int | None:
        much = [day for day in days if self._taken[event.id, day].total() >= 50]
        for day in much:
            if self._taken[event.id, day].total() >= 500 or day != much[0]:
                return day
        return None

    def _sayers(self, event: Event, day: int, of: str, share: float) -> list[str]:
        return [
            org
            for org, number in self._taken[event.id, day].items()
            if number and number >= share * self._all[of, day][org]
        ]


# what explains what


def explains(event: Event, alert: Alert, sender: Sender) -> bool:
    """Whether an alert is about a breakage or campaign, directly or by its consequence."""
    if not event.first - 1 <= alert.first <= event.last + 1 and event.kind not in ("reports_stopped", "undeclared"):
        return False
    if not event.first <= alert.run <= event.last + WINDOW:
        return False
    own = {"unsigned", "broken_key", "ses_unsigned", "declared_broken"}
    if alert.cause == "stopped":
        return event.kind in own | {"quarantined", "not_looked_up"}
    return alert.cause in _CAUSES[event.kind] and _is_target(event, alert, sender)


_CAUSES = {
    "unsigned": {"unsigned", "spf_alone"},
    "broken_key": {"broken_signature", "spf_alone"},
    "ses_unsigned": {"unsigned", "spf_alone", "other_ses_account"},
    "declared_broken": {"declared_broken"},
    "undeclared": {"other_ses_account", "undeclared_key", "undeclared_spf", "undeclared_service"},
    "quarantined": {"stopped"},
    "reports_stopped": {"silence", "absence"},
    "reporter_stopped": {"absence"},
    "published_differs": {"published_differs"},
    "not_looked_up": {"not_looked_up"},
    "campaign": {"campaign"},
}


def _is_target(event: Event, alert: Alert, sender: Sender) -> bool:
    if event.kind == "unsigned":
        return alert.target == event.target
    if event.kind == "declared_broken":
        return alert.target == event.target
    if event.kind == "broken_key":
        return alert.target.removeprefix("selector ") in {"s1", "s2", *sender.streams[-1].addresses}
    return True


@dataclass(slots=True)
class Figures:
    """What one seed shows."""

    seed: int = 0
    meeting: int = 0
    """Breakages that meet the limits."""
    in_time: int = 0
    late: int = 0
    missed: int = 0
    below: int = 0
    """Breakages that never meet them."""
    below_told: int = 0
    campaigns: int = 0
    campaigns_told: int = 0
    alerts: int = 0
    false: int = 0
    sender_years: int = 0
    days: Counter[int] = field(default_factory=Counter)
    """Report days from the first day that meets the limits until it was told."""
    lines: list[str] = field(default_factory=list)

    @property
    def false_rate(self) -> float:
        """For each sender and year."""
        return self.false / self.sender_years if self.sender_years else 0.0

    def include(self, other: Figures) -> None:
        """Add those of another seed."""
        for name in (
            *("meeting", "in_time", "late", "missed", "below", "below_told"),
            *("campaigns", "campaigns_told", "alerts", "false", "sender_years"),
        ):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.days.update(other.days)
        self.lines += other.lines


def measure(job: tuple[int, int]) -> Figures:
    """Watch one sender of a seed for a year."""
    seed, number = job
    year = Year(seed)
    sender = year.senders[number]
    figures = Figures(seed=seed, sender_years=1)
    truth, watch = Truth(sender), Watch(year, sender)

    def tee() -> Iterator[tuple[int, list[MadeReport]]]:
        for day, reports in year.reports(sender):
            truth.add(day, reports)
            yield day, reports

    watch.watch(tee())
    _count(figures, sender, truth, watch.alerts)
    return figures


def _count(figures: Figures, sender: Sender, truth: Truth, alerts: list[Alert]) -> None:
    figures.alerts += len(alerts)
    for alert in alerts:
        if not any(explains(event, alert, sender) for event in sender.events):
            figures.false += 1
            figures.lines.append(f"false: seed {figures.seed} {sender.domain} {alert}")
    for event in sender.events:
        told = [alert for alert in alerts if explains(event, alert, sender)]
        told = [alert for alert in told if event.kind == "quarantined" or alert.cause != "stopped"]
        if event.kind == "campaign":
            figures.campaigns += 1
            figures.campaigns_told += bool(told)
            continue
        meets = truth.meets(event)
        if meets is None:
            figures.below += 1
            figures.below_told += bool(told)
            continue
        figures.meeting += 1
        # the reports of a day are there on the next
        after = min((alert.run - 1 - meets for alert in told), default=None)
        if after is None:
            figures.missed += 1
            figures.lines.append(f"missed: seed {figures.seed} {sender.domain} {event} met on {meets}")
            continue
        figures.days[after] += 1
        if after <= IN_TIME:
            figures.in_time += 1
        else:
            figures.late += 1
            figures.lines.append(f"late by {after}: seed {figures.seed} {sender.domain} {event} met on {meets}")


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seeds", default=",".join(map(str, SEEDS)))
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--list", action="store_true", help="also what was missed, late or false")
    options = arguments.parse_args()
    seeds = [int(each) for each in options.seeds.split(",")]
    senders = range(parameters()["senders"])
    by_seed = {seed: Figures(seed=seed) for seed in seeds}
    with ProcessPoolExecutor(2) as pool:
        for found in pool.map(measure, [(seed, number) for seed in seeds for number in senders]):
            by_seed[found.seed].include(found)
    measured = list(by_seed.values())
    both = Figures()
    for each in measured:
        both.include(each)
    if options.json:
        print(json.dumps({"benchmark": "dmarc_incidents", "seeds": len(seeds), **_numbers(both)}))
    else:
        _print(measured, both, with_lines=options.list)
    return int(both.late + both.missed > 0 or max(each.false_rate for each in measured) >= 1)


def _numbers(figures: Figures) -> dict[str, object]:
    names = (
        *("meeting", "in_time", "late", "missed", "below", "below_told"),
        *("campaigns", "campaigns_told", "alerts", "false"),
    )
    return {**{name: getattr(figures, name) for name in names}, "false_a_sender_and_year": round(figures.false_rate, 3)}


def _print(measured: list[Figures], both: Figures, *, with_lines: bool) -> None:
    print("seed  meets  in time  late  missed  below  of them told  campaigns told  alerts  false  a sender and year")
    worst = max(measured, key=lambda each: (each.missed + each.late, each.false))
    for figures, name in [*((each, str(each.seed)) for each in measured), (worst, "worst"), (both, "all")]:
        print(
            f"{name:>5} {figures.meeting:6} {figures.in_time:8} {figures.late:5} {figures.missed:7} "
            f"{figures.below:6} {figures.below_told:13} {figures.campaigns_told:7} of {figures.campaigns:4} "
            f"{figures.alerts:8} {figures.false:6} {figures.false_rate:12.2f}"
        )
    print("report days until told: " + ", ".join(f"{day}: {number}" for day, number in sorted(both.days.items())))
    if with_lines:
        for each in measured:
            print("\n".join(each.lines))


if __name__ == "__main__":
    sys.exit(main())
