"""Makes a year of aggregate reports for senders whose mail is known: who sent, what the way did, what broke and when.

Each row carries its story: the breakage, the campaign or the ordinary mail that it comes from. Nothing of the library
is imported, so that what is measured by it was not made by it. `dmarc_year.toml` has the parameters.
"""

from __future__ import annotations

import math
import random
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

SEEDS = range(1, 11)
ORDINARY = "ordinary"
NOISE = "noise"
Parameters = dict[str, Any]


class Made(NamedTuple):
    """One row, without its count."""

    source: str
    disposition: str
    dkim: tuple[tuple[str, str, str], ...]
    """Domain, selector, result."""
    spf: tuple[tuple[str, str], ...]
    """Domain, result."""
    reasons: tuple[str, ...]
    story: str
    stream: str
    """Whose mail it is: server, ses, crm, shop; empty: somebody else's."""


@dataclass(slots=True)
class MadeReport:
    """One report as it arrives."""

    org: str
    submitter: str
    generation: str
    id: str
    day: date
    arrives: float
    """Days after the report's day has begun."""
    p: str
    rows: Counter[Made]
    is_partial: bool = False


@dataclass(slots=True)
class Event:
    """A breakage or campaign, as it was."""

    id: str
    kind: str
    first: int
    """Day of the year, from 0."""
    last: int
    size: float
    """Share of the mail that it takes; of undeclared senders and campaigns: messages a day."""
    target: str = ""
    """The address, stream, reporter or kind of undeclared sender that it is about."""
    deployed: bool = False

    def is_on(self, day: int) -> bool:
        return self.first <= day <= self.last


@dataclass(slots=True)
class Stream:
    """One of a sender's ways to send."""

    name: str
    share: float
    addresses: tuple[str, ...]


@dataclass(slots=True)
class Sender:
    """One company's domain and its year."""

    domain: str
    policy: str
    volume: float
    weekend: float
    streams: list[Stream]
    """The sender's own servers last."""
    spf_aligned: bool
    own_mail_from: bool
    rates: dict[str, float]
    reporters: list[tuple[dict[str, Any], float]]
    """With each one's share of the recipients."""
    tokens: tuple[str, ...]
    events: list[Event] = field(default_factory=list)
    list_bursts: set[int] = field(default_factory=set)
    lookup_faults: set[tuple[int, str]] = field(default_factory=set)
    outages: set[tuple[int, str]] = field(default_factory=set)
    deployments: set[int] = field(default_factory=set)
    sent: dict[int, int] = field(default_factory=dict)
    """Messages by day, as they were made."""

    @property
    def bounce(self) -> str:
        return f"bounce.{self.domain}"

    def stream(self, name: str) -> Stream | None:
        return next((each for each in self.streams if each.name == name), None)


@dataclass(slots=True)
class _Mail:
    """Mail of one stream from one address."""

    sender: Sender
    stream: str
    address: str
    selector: str

    @property
    def is_signed(self) -> bool:
        return self.stream != "shop"

    @property
    def spf(self) -> tuple[tuple[str, str], ...]:
        if self.stream == "ses":
            return ((self.sender.bounce if self.sender.own_mail_from else "eu-west-1.amazonses.com", "pass"),)
        if self.stream == "crm":
            return (("return.crm.example", "pass"),)
        if self.stream == "shop" or self.sender.spf_aligned:
            return ((self.sender.domain, "pass"),)
        return (("mta.provider.example", "pass"),)

    def row(self, result: str, story: str) -> Made:
        """As it is signed, with what became of the signature."""
        dkim = ((self.sender.domain, self.selector, result),) if self.is_signed else ()
        return self._made(dkim, self.spf, story)

    def without_signature(self, story: str) -> Made:
        """With no signature of ours; what passes by SPF alone comes from another return path."""
        return self._made((), self.spf if self.is_signed else (("shop.example", "pass"),), story)

    def _made(self, dkim: tuple[tuple[str, str, str], ...], spf: tuple[tuple[str, str], ...], story: str) -> Made:
        passes = any(each[-1] == "pass" and each[0].endswith(self.sender.domain) for each in (*dkim, *spf))
        if self.stream == "ses":
            dkim = (*dkim, ("amazonses.com", "x1", "pass"))
        return Made(self.address, "none" if passes else self.sender.policy, dkim, spf, (), story, self.stream)


def parameters() -> Parameters:
    """The parameters of all published figures."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text())


class Year:
    """The senders of one seed, and the reports about each, day by day."""

    def __init__(self, seed: int, given: Parameters | None = None) -> None:
        self.given = given or parameters()
        self.seed = seed
        self.chance = random.Random(seed)
        self.days: int = self.given["days"]
        self.begins: date = self.given["begins"]
        self.senders = [self._sender(number) for number in range(self.given["senders"])]

    def reports(self, sender: Sender) -> Iterator[tuple[int, list[MadeReport]]]:
        """Each day of the year with the reports about it, whenever they arrive."""
        # the same for each sender, whoever was asked about before
        self.chance = random.Random(f"{self.seed} {sender.domain}")
        for day in range(self.days):
            yield day, list(self._day(sender, day))

    # senders and what happens to them

    def _between(self, bounds: list[float]) -> float:
        return self.chance.uniform(*bounds)

    def _magnitude(self, bounds: list[float]) -> float:
        return math.exp(self.chance.uniform(math.log(bounds[0]), math.log(bounds[1])))

    def _sender(self, number: int) -> Sender:
        given, chance = self.given, self.chance
        streams, left = [], 1.0
        for name in ("ses", "crm", "shop"):
            if chance.random() < given["streams"][name]["often"]:
                share = min(self._between(given["streams"][name]["share"]), left * 0.8)
                left -= share
                streams.append(Stream(name, share, self._addresses(name, number)))
        streams.append(Stream("server", left, self._addresses("server", number)))
        silent = self._between(given["reports"]["silent"])
        weights = [
            (each, each["share"] * self._between(given["reports"]["differs"])) for each in self.given["reporter"]
        ]
        total = sum(weight for _, weight in weights)
        made = Sender(
            domain=f"brand{number}.example",
            policy=chance.choices(list(given["policies"]), list(given["policies"].values()))[0],
            volume=self._magnitude(given["volume"]["a_day"]),
            weekend=self._between(given["volume"]["weekend"]),
            streams=streams,
            spf_aligned=chance.random() < given["streams"]["spf_aligned"],
            own_mail_from=chance.random() < given["streams"]["own_mail_from"],
            rates={
                name: self._between(bounds)
                for name, bounds in (*given["way"].items(), *given["noise"].items())
                if isinstance(bounds, list)
            },
            reporters=[(each, weight / total * (1 - silent)) for each, weight in weights],
            tokens=tuple("".join(chance.choices("abcdefghijklmnopqrstuvwxyz234567", k=32)) for _ in range(3)),
        )
        self._befall(made)
        return made

    def _addresses(self, stream: str, number: int) -> tuple[str, ...]:
        if stream == "server":
            return tuple(f"192.0.2.{number * 10 + each + 1}" for each in range(self._count("streams", "addresses")))
        # documentation networks of their own: SES, a service's, a network that one sender has alone
        base = {"ses": "203.0.113.", "crm": "198.51.100.", "shop": "198.51.100."}[stream]
        start = {"ses": 10, "crm": 10, "shop": 200}[stream]
        return tuple(f"{base}{start + each}" for each in range(3))

    def _count(self, table: str, key: str) -> int:
        least, most = self.given[table][key]
        return self.chance.randint(least, most)

    def _befall(self, sender: Sender) -> None:
        given, chance = self.given, self.chance
        sender.deployments = {day for day in range(self.days) if chance.random() < 1 / 7}
        sender.list_bursts = set(chance.sample(range(self.days), given["way"]["list_bursts"]))
        names = [each["org"] for each, _ in sender.reporters]
        for _ in range(given["way"]["reporter_lookup_faults"]):
            sender.lookup_faults.add((chance.randrange(self.days), chance.choice(names)))
        for name in names:
            for _ in range(self._poisson(given["reports"]["outages"])):
                first = chance.randrange(self.days)
                sender.outages |= {(first + each, name) for each in range(self._count("reports", "outage_days"))}
        first = 40
        kinds = given["breakages"]["kinds"]
        room = (self.days - 45 - first) // given["breakages"]["number"]
        for number in range(given["breakages"]["number"]):
            length = self._count("breakages", "days")
            slack = max(0, room - length - given["breakages"]["apart"])
            start = first + number * room + chance.randint(0, slack)
            sender.events.append(self._breakage(sender, number, start, length, kinds))
        for number in range(given["campaigns"]["number"]):
            start = chance.randrange(35, self.days - 10)
            size = self._magnitude(given["campaigns"]["a_day"])
            last = start + self._count("campaigns", "days") - 1
            sender.events.append(Event(f"campaign{number}", "campaign", start, last, size))

    def _breakage(self, sender: Sender, number: int, start: int, length: int, kinds: dict[str, float]) -> Event:
        given, chance = self.given["breakages"], self.chance
        possible = {kind: weight for kind, weight in kinds.items() if self._is_possible(sender, kind)}
        kind = chance.choices(list(possible), list(possible.values()))[0]
        size = 1.0 if chance.random() < given["whole"] else self._magnitude(given["share"])
        target = ""
        if kind == "undeclared":
            size = self._magnitude(given["undeclared"])
            target = chance.choice(("service", "key", "spf", "ses"))
        elif kind == "unsigned":
            target = chance.choice(sender.streams[-1].addresses)
        elif kind == "declared_broken":
            target = chance.choice([each.name for each in sender.streams if each.name in ("crm", "shop")])
        elif kind == "quarantined":
            target = chance.choice([each["org"] for each, _ in sender.reporters[:5]])
        elif kind == "reporter_stopped":
            target = chance.choice([each["org"] for each, _ in sender.reporters[:2]])
            length = max(length, 5)
        deployed = chance.random() < given["deployed"]
        if deployed:
            sender.deployments.add(start)
        return Event(f"breakage{number}", kind, start, start + length - 1, size, target, deployed)

    @staticmethod
    def _is_possible(sender: Sender, kind: str) -> bool:
        if kind == "ses_unsigned":
            return sender.stream("ses") is not None
        return kind != "declared_broken" or bool(sender.stream("crm") or sender.stream("shop"))

    # one day

    def _poisson(self, mean: float) -> int:
        if mean <= 0:
            return 0
        if mean > 40:
            return max(0, round(self.chance.gauss(mean, math.sqrt(mean))))
        limit, product, found = math.exp(-mean), self.chance.random(), 0
        while product > limit:
            product *= self.chance.random()
            found += 1
        return found

    def _some(self, number: int, share: float) -> int:
        """How many of a number it meets that meets each with a probability."""
        if share >= 1:
            return number
        return min(number, self._poisson(number * share))

    def _day(self, sender: Sender, day: int) -> Iterator[MadeReport]:
        when = self.begins + timedelta(days=day)
        volume = self.given["volume"]
        factor = max(0.2, self.chance.gauss(1, volume["spread"]))
        if when.weekday() >= 5:
            factor *= sender.weekend
        if f"{when:%m-%d}" in volume["holidays"]:
            factor *= volume["holiday"]
        total = round(sender.volume * factor)
        sender.sent[day] = total
        events = [each for each in sender.events if each.is_on(day)]
        for reporter, share in sender.reporters:
            rows = self._rows(sender, day, reporter["org"], (self._poisson(total * share), share), events)
            rows = Counter({row: number for row, number in rows.items() if number})
            if rows:
                yield from self._sent(sender, day, reporter, rows, events)

    def _sent(
        self, sender: Sender, day: int, reporter: dict[str, Any], rows: Counter[Made], events: list[Event]
    ) -> Iterator[MadeReport]:
        """The report, unless it is lost; late, in part, or twice."""
        given, chance = self.given["reports"], self.chance
        stopped = any(each.kind == "reports_stopped" for each in events) or any(
            each.kind == "reporter_stopped" and each.target == reporter["org"] for each in events
        )
        if stopped or (day, reporter["org"]) in sender.outages or chance.random() < given["missing"]:
            return
        arrives = 1 + self._between(given["hours"]) / 24
        if chance.random() < given["late"]:
            arrives += self._between(given["late_days"])
        differs = any(each.kind == "published_differs" for each in events)
        report = MadeReport(
            org=reporter["org"],
            submitter=reporter["submitter"],
            generation=reporter["generation"],
            id=f"{sender.domain}-{day}-{reporter['org']}",
            day=self.begins + timedelta(days=day),
            arrives=arrives,
            p={"none": "reject"}.get(sender.policy, "none") if differs else sender.policy,
            rows=rows,
        )
        if chance.random() < given["partial"]:
            report.is_partial = True
            report.rows = Counter(dict(list(rows.items())[: len(rows) // 2]))
        yield report
        if chance.random() < given["twice"]:
            yield MadeReport(
                report.org, report.submitter, report.generation, report.id, report.day,
                arrives + self._between([0.1, 2]), report.p, Counter(report.rows), report.is_partial,
            )  # fmt: skip

    def _rows(
        self, sender: Sender, day: int, org: str, numbers: tuple[int, float], events: list[Event]
    ) -> Counter[Made]:
        number, share = numbers
        rows: Counter[Made] = Counter()
        for stream in sender.streams:
            for address in stream.addresses:
                count = self._poisson(number * stream.share / len(stream.addresses))
                mail = _Mail(sender, stream.name, address, self._selector(sender, stream.name, day))
                for event in events:
                    count -= self._befallen(mail, org, count, event, rows)
                if mail.is_signed:
                    count -= self._faults(mail, org, day, count, rows)
                    count -= self._forwarded(mail, day, count, rows)
                rows[mail.row("pass", ORDINARY)] += max(0, count)
        self._others(sender, share, events, rows)
        return rows

    def _befallen(self, mail: _Mail, org: str, count: int, event: Event, rows: Counter[Made]) -> int:
        """Messages that a breakage takes."""
        kind, stream = event.kind, mail.stream
        is_unsigned = (
            (kind == "unsigned" and stream == "server" and event.target == mail.address)
            or (kind == "ses_unsigned" and stream == "ses")
            or (kind == "declared_broken" and stream == event.target)
        )
        if is_unsigned:
            row, size = mail.without_signature(event.id), event.size
        elif kind == "broken_key" and stream == "server":
            row, size = mail.row("fail", event.id), event.size
        elif kind == "quarantined" and event.target == org:
            row, size = mail.row("pass", event.id)._replace(disposition="quarantine"), event.size
        elif kind == "not_looked_up" and mail.is_signed:
            row, size = mail.row("temperror", event.id), event.size * self.given["breakages"]["not_looked_up"]
        else:
            return 0
        taken = self._some(count, size)
        rows[row] += taken
        return taken

    def _faults(self, mail: _Mail, org: str, day: int, count: int, rows: Counter[Made]) -> int:
        """Messages that meet the faults of every day."""
        rates, taken = mail.sender.rates, 0
        shares = [(rates["broken"], "fail", ORDINARY), (rates["not_looked_up"], "temperror", ORDINARY)]
        if (day, org) in mail.sender.lookup_faults:
            shares.append((self.given["way"]["reporter_lookup_fault"], "temperror", NOISE))
        for share, result, story in shares:
            number = self._some(count - taken, share)
            rows[mail.row(result, story)] += number
            taken += number
        return taken

    def _forwarded(self, mail: _Mail, day: int, count: int, rows: Counter[Made]) -> int:
        """Messages that somebody passes on: with the signature whole, altered, or to where it was never signed."""
        rates = mail.sender.rates
        burst = self.given["way"]["list_burst_factor"] if day in mail.sender.list_bursts else 1
        relayed = self._some(count, rates["relayed"])
        altered = self._some(count - relayed, rates["altered"] * burst)
        unsigned = self._some(count - relayed - altered, rates["forwarded_unsigned"])
        rows[self._passed_on(mail, "pass")] += relayed
        rows[self._passed_on(mail, "fail")] += altered
        rows[self._passed_on(mail, "")] += unsigned
        return relayed + altered + unsigned

    def _passed_on(self, mail: _Mail, result: str) -> Made:
        domain = mail.sender.domain
        spf = (("lists.school.example", "pass"),) if self.chance.random() < 0.7 or not result else ((domain, "fail"),)
        reasons = self.chance.choice((("mailing_list",), ("local_policy arc=pass",), ())) if result == "fail" else ()
        disposition = "none" if result == "pass" or reasons else mail.sender.policy
        source = f"198.18.{self.chance.randrange(4)}.{self.chance.randrange(8)}"
        dkim = ((domain, mail.selector, result),) if result else ()
        return Made(source, disposition, dkim, spf, reasons, ORDINARY, mail.stream)

    def _selector(self, sender: Sender, stream: str, day: int) -> str:
        if stream == "ses":
            return sender.tokens[0]
        return "crm1" if stream == "crm" else ("s1" if day < self.days // 2 else "s2")

    def _others(self, sender: Sender, share: float, events: list[Event], rows: Counter[Made]) -> None:
        """Mail that is not the sender's own."""
        for _ in range(self._poisson(sender.rates["spoof"] * share)):
            rows[self._spoof(sender, self._stranger(), NOISE)] += 1
        small = self._poisson(sender.rates["small_service"] * share)
        rows[self._undeclared(sender, "service", NOISE)] += small
        for event in events:
            if event.kind == "undeclared":
                rows[self._undeclared(sender, event.target, event.id)] += self._poisson(event.size * share)
            elif event.kind == "campaign":
                addresses = self._count("campaigns", "addresses")
                each = event.size * share / addresses
                for number in range(addresses):
                    source = f"198.19.{number // 250}.{number % 250}"
                    rows[self._spoof(sender, source, event.id)] += self._poisson(each)

    def _stranger(self) -> str:
        return f"198.18.{self.chance.randrange(64, 256)}.{self.chance.randrange(256)}"

    def _spoof(self, sender: Sender, source: str, story: str) -> Made:
        return Made(source, sender.policy, (), ((sender.domain, "fail"),), (), story, "")

    def _undeclared(self, sender: Sender, how: str, story: str) -> Made:
        if how == "key":
            dkim: tuple[tuple[str, str, str], ...] = ((sender.domain, "mk1", "pass"),)
            return Made("198.18.32.9", "none", dkim, (("mcsv.net", "pass"),), (), story, "")
        if how == "spf":
            return Made("198.18.33.9", "none", (), ((sender.domain, "pass"),), (), story, "")
        if how == "ses":
            ses = (("amazonses.com", "x1", "pass"),)
            return Made("203.0.113.99", sender.policy, ses, (("us-east-1.amazonses.com", "pass"),), (), story, "")
        return Made("198.18.34.9", sender.policy, (), (("sendgrid.net", "pass"),), (), story, "")
