"""Reputation calendar: each address by day, with Microsoft's grade, listings and refusals as lanes of one cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from ipaddress import ip_address

from staygreen.core.finding import IPAddress, Severity
from staygreen.core.pictures.facts import Facts
from staygreen.core.pictures.figure import figure
from staygreen.core.pictures.lived import Lived
from staygreen.core.pictures.markup import NOTHING, Markup
from staygreen.core.pictures.period import Gap, Period, runs, stretches
from staygreen.core.pictures.shapes.grid import Cell, Row, grid, key
from staygreen.core.pictures.shapes.level import Level
from staygreen.core.pictures.shapes.table import table
from staygreen.core.replies.decode import Cause
from staygreen.core.snds.history import Day
from staygreen.core.snds.rows import Colour
from staygreen.core.wording import plural

IN_FULL = 50
"""Addresses that have a row of their own; of more, the worst do."""
MOST_LINES = 500
_GRADES = {
    Colour.GREEN: Cell(Level.GOOD, "SNDS green"),
    Colour.YELLOW: Cell(Level.MIDDLE, "SNDS yellow"),
    Colour.RED: Cell(Level.BAD, "SNDS red"),
}
_NO_COLOUR = Cell(Level.NO_DATA, "SNDS has a row without a colour that is known")
_NO_ROW = Cell(Level.NO_DATA, "SNDS was read and has no row")
_NOT_READ = Cell(Level.NO_DATA, "SNDS was not read")
_ON_NONE = Cell(Level.GOOD, "on none of the lists that answered")
_NOT_ASKED = Cell(Level.NO_DATA, "no run of the check blocklist is on record")
_NONE_COUNTED = Cell(Level.QUIET, "no refusal was counted")
_NOT_COUNTED = Cell(Level.NO_DATA, "no run of the check refusals is on record")
_KEY = (
    (Level.BAD, "SNDS red, a listing, or refused"),
    (Level.MIDDLE, "SNDS yellow, a listing that only a few ask, or slowed down"),
    (Level.GOOD, "SNDS green, or on no list that answered"),
    (Level.QUIET, "no refusal counted, which may mean that nothing was sent"),
    (Level.NO_DATA, "no data: nobody said anything"),
)

_Lanes = tuple[tuple[Cell, ...], tuple[Cell, ...], tuple[Cell, ...]]


@dataclass(frozen=True, slots=True)
class Standing:
    """One address over the days: grades, listings, refusals."""

    address: IPAddress
    label: str
    lanes: _Lanes

    @property
    def badness(self) -> tuple[int, int, int]:
        """Sorts the worst first when negated: bad days, middling days, days of which anything is known."""
        levels = Counter(cell.level for lane in self.lanes for cell in lane)
        return levels[Level.BAD], levels[Level.MIDDLE], levels[Level.GOOD]


def calendar(facts: Facts, in_full: int = IN_FULL) -> Markup:
    """The picture of every address that anything is known of; the worst `in_full` in full, of the rest a line each."""
    found = standings(facts)
    if not found:
        return NOTHING
    shown, rest = found[:in_full], found[in_full:]
    rows = [Row(str(each.address), each.label, each.lanes, _summary(each)) for each in shown]
    told = (row for each in shown for row in _table_rows(each, facts.period))
    tables = [table("Days that are not green", ("address", "days", "what"), told, most=400)]
    if rest:
        lines = ((str(each.address), _summary(each)) for each in rest)
        tables.append(table(f"The other {len(rest)} addresses", ("address", "in short"), lines, most=MOST_LINES))
    return figure(
        "calendar",
        "Reputation by day",
        "Each row is an address, each column a day (UTC), the newest on the right. A cell has three lanes: at the top "
        "Microsoft's grade in SNDS, in the middle blocklists, at the bottom what receiving servers answered. "
        "The taller, the worse.",
        key(_KEY),
        grid(rows, facts.period),
        gaps=gaps(facts),
        tables=tables,
    )


def standings(facts: Facts) -> list[Standing]:
    """Every address with its lanes, the worst first."""
    listed = _by_address(facts.incidents, "blocklist")
    refused = _refused(facts)
    days = facts.days or {}
    known = {*facts.addresses, *days}
    texts = {*map(str, known), *listed, *refused}
    of_text: dict[str, IPAddress] = {str(each): each for each in known}
    addresses = [of_text[text] if text in of_text else ip_address(text) for text in texts]
    found = [
        Standing(
            address,
            facts.addresses.get(address, ""),
            (
                _grades(days.get(address, ()), facts),
                _listings(listed.get(str(address), ()), facts),
                _refusals(refused.get(str(address), {}), facts),
            ),
        )
        for address in addresses
    ]
    return sorted(found, key=lambda each: (tuple(-n for n in each.badness), each.address.version, int(each.address)))


def gaps(facts: Facts) -> Iterator[Gap]:
    """Days of which a whole source says nothing."""
    read = {day for marks in facts.reads.values() for day in marks}
    # SNDS has a day's data on the day after
    unread = tuple(day for day in facts.period if day not in read and day != facts.period.last)
    yield Gap(
        "SNDS", unread, "it was not read, or nothing is kept" if facts.days is not None else "it is not read here"
    )
    for check, name in (("blocklist", "Blocklists"), ("refusals", "Receivers' replies")):
        missing = tuple(day for day in facts.period if not facts.ran(check, day))
        yield Gap(name, missing, f"no run of the check {check} is on record")


def _grades(rows: Sequence[Day], facts: Facts) -> tuple[Cell, ...]:
    by_day = {row.on: row for row in rows}
    read = {day for marks in facts.reads.values() for day in marks}
    return tuple(_grade(by_day.get(day), is_read=day in read) for day in facts.period)


def _grade(row: Day | None, *, is_read: bool) -> Cell:
    if row is None:
        return _NO_ROW if is_read else _NOT_READ
    return _GRADES[row.filter_result] if row.filter_result else _NO_COLOUR


def _listings(incidents: Sequence[Lived], facts: Facts) -> tuple[Cell, ...]:
    return tuple(_listing(incidents, day, is_asked=facts.ran("blocklist", day)) for day in facts.period)


def _listing(incidents: Sequence[Lived], day: date, *, is_asked: bool) -> Cell:
    on = [each.incident for each in incidents if any(episode.touches(day) for episode in each.episodes)]
    if not on:
        return _ON_NONE if is_asked else _NOT_ASKED
    names = ", ".join(sorted({each.finding.cause for each in on}))
    is_minor = all(each.severity is Severity.INFO for each in on)
    return Cell(Level.MIDDLE if is_minor else Level.BAD, f"listed on {names}")


def _refusals(by_day: Mapping[date, Counter[Cause]], facts: Facts) -> tuple[Cell, ...]:
    return tuple(_refusal(by_day.get(day), is_counted=facts.ran("refusals", day)) for day in facts.period)


def _refusal(counted: Counter[Cause] | None, *, is_counted: bool) -> Cell:
    if not counted:
        return _NONE_COUNTED if is_counted else _NOT_COUNTED
    is_block = any(cause.is_block for cause in counted)
    told = ", ".join(f"{plural(number, 'message')} {_WORDS[cause]}" for cause, number in counted.most_common())
    return Cell(Level.BAD if is_block else Level.MIDDLE, told)


_WORDS = {cause: f"({cause.value.replace('_', ' ')})" for cause in Cause}


def _by_address(incidents: Iterable[Lived], check: str) -> Mapping[str, list[Lived]]:
    found: dict[str, list[Lived]] = {}
    for each in incidents:
        if each.incident.finding.check == check and not each.is_coverage and each.episodes:
            subject = each.incident.subject
            if subject.kind.value == "ip":
                found.setdefault(subject.id, []).append(each)
    return found


def _refused(facts: Facts) -> Mapping[str, Mapping[date, Counter[Cause]]]:
    """Messages about our standing or set-up, by address and day."""
    found: dict[str, dict[date, Counter[Cause]]] = {}
    for tally in facts.tallies or ():
        combination = tally.combination
        day = tally.hour.date()
        if combination.subject.kind.value == "ip" and combination.cause.is_ours and day in facts.period:
            of_day = found.setdefault(combination.subject.id, {}).setdefault(day, Counter())
            of_day[combination.cause] += tally.messages
    return found


def _summary(standing: Standing) -> str:
    """The row in a sentence: how many days were how."""
    grades, listings, refusals = (Counter(cell.level for cell in lane) for lane in standing.lanes)
    return "; ".join(
        (
            _counted("SNDS", grades, ("red", "yellow", "green")),
            _counted("blocklists", listings, ("listed", "listed by few", "on none")),
            _counted("replies", refusals, ("refused", "slowed down", "")),
        )
    )


def _counted(name: str, levels: Counter[Level], words: tuple[str, str, str]) -> str:
    said = zip((Level.BAD, Level.MIDDLE, Level.GOOD, Level.NO_DATA), (*words, "without data"), strict=True)
    parts = [f"{plural(levels[level], 'day')} {word}" for level, word in said if levels[level]]
    return f"{name} {', '.join(parts) or 'nothing counted'}"


def _table_rows(standing: Standing, period: Period) -> Iterator[tuple[str, str, str]]:
    """What is bad or middling, day by day; days in a row with the same are one line."""
    days = list(period)
    for lane in standing.lanes:
        for start, end, cell in runs(lane):
            if cell.level in (Level.BAD, Level.MIDDLE):
                (stretch,) = stretches(days[start:end])
                yield str(standing.address), str(stretch), cell.text
