"""Which lists of the catalogue, and of a configuration, are asked; and which are not, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from staygreen.core.blocklist.catalogue import (
    Catalogue,
    Code,
    Control,
    Default,
    Entry,
    Means,
    Pattern,
    Scope,
    Target,
    Weight,
)
from staygreen.core.config.known_lists import KnownLists


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCovered:
    """A list that would be asked, and why it is not."""

    id: str
    name: str
    reason: str
    """no_key, key_missing, denied, never or unknown_list."""
    text: str
    is_fault: bool = True
    """False where nothing is wrong: a list that needs a key which nobody promised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What is asked and what is not."""

    asked: tuple[Entry, ...]
    not_covered: tuple[NotCovered, ...] = ()
    promised: frozenset[str] = field(default=frozenset())
    """Ids whose silence is a loss; of the others it was only hoped that they answer."""


def own_entry(row: Mapping[str, Any]) -> Entry:
    """A list from the configuration (`OwnList`, as JSON) in the catalogue's form.

    Raises:
        ValueError: A code or target is malformed; the message names the list.
    """
    targets = frozenset(Target(target) for target in row["targets"])
    scope = Scope.DOMAIN if targets == {Target.DOMAIN} else Scope.HOST
    weight = Weight(row.get("severity", "medium"))
    try:
        listing = tuple(
            Code(match=Pattern.parse(text), means=Means.LISTING, meaning="listed", weight=weight, scope=scope)
            for text in row["listing_codes"]
        )
        refusal = tuple(
            Code(match=Pattern.parse(text), means=Means.REFUSAL, meaning="refused", scope=scope)
            for text in row.get("error_codes", ())
        )
    except ValueError as error:
        raise ValueError(f"{row['id']}: {error}") from error
    return Entry(
        id=row["id"],
        name=row["name"],
        operator="named in the configuration",
        zone=row["zone"].lower().rstrip("."),
        targets=targets,
        kind="block",
        scope=scope,
        codes=listing + refusal,
        positive=own_controls(targets, row.get("positive_test", "127.0.0.2")),
        negative=own_controls(targets, row.get("negative_test", "127.0.0.1")),
        default=Default.ON,
        delist_url=row.get("delist_url", ""),
        certainty="own",
    )


def own_controls(targets: Iterable[Target], name: str) -> tuple[Control, ...]:
    """The same test point for each kind of subject: RFC 5782 §5 names one for each."""
    if not name:
        return ()
    points = {"127.0.0.2": "test", "127.0.0.1": "invalid"}
    controls = []
    for target in sorted(targets, key=lambda one: one.value):
        if target is Target.IPV6:
            mapped = {"127.0.0.2": "::ffff:7f00:2", "127.0.0.1": "::ffff:7f00:1"}.get(name, name)
            controls.append(Control(target=target, name=mapped))
        else:
            controls.append(Control(target=target, name=points.get(name, name) if target is Target.DOMAIN else name))
    return tuple(controls)


def problems(
    catalogue: Catalogue, on: Iterable[str], off: Iterable[str], own: Iterable[Mapping[str, Any]]
) -> tuple[str, ...]:
    """What a configuration asks for that cannot be had, one line each, with the reason."""
    found = []
    for name in (*on, *off):
        if name not in catalogue.by_id and not catalogue.denial(name):
            found.append(f"no blocklist {name!r} in the catalogue")
    for name in on:
        refused = _refused(catalogue, name)
        if refused:
            found.append(refused.text)
    for row in own:
        try:
            entry = own_entry(row)
        except ValueError as error:
            found.append(str(error))
            continue
        denial = catalogue.denial(entry.zone) or catalogue.denial(entry.id)
        if denial:
            found.append(f"own list {entry.id}: {entry.zone} is never asked: {denial.reason}")
        if entry.id in catalogue.by_id:
            found.append(f"own list {entry.id}: the catalogue has a list of that id")
    return tuple(found)


def _refused(catalogue: Catalogue, name: str) -> NotCovered | None:
    """Why a list that the configuration turns on stays off."""
    denial = catalogue.denial(name)
    if denial:
        return NotCovered(id=name, name=name, reason="denied", text=f"{name} is never asked: {denial.reason}")
    entry = catalogue.by_id.get(name)
    if entry is None:
        return NotCovered(id=name, name=name, reason="unknown_list", text=f"{name} is not in the catalogue")
    if entry.default is Default.NEVER:
        return NotCovered(
            id=name, name=entry.name, reason="never", text=f"{name} is never asked: {entry.note or entry.terms}"
        )
    return None


def select(catalogue: Catalogue, settings: Mapping[str, Any], keys: Mapping[str, str]) -> Selection:
    """Which lists to ask, and which not, with the reason.

    Args:
        catalogue: Every known list.
        settings: The check's settings: `on`, `off`, `own`, `keys` (family → name of the secret).
        keys: The keys themselves by family, as far as they could be read.
    """
    on, off = set(settings.get("on", ())), set(settings.get("off", ()))
    not_covered = [refused for name in sorted(on) if (refused := _refused(catalogue, name))]
    asked: list[Entry] = []
    promised: set[str] = set()
    for entry in catalogue.entries:
        if not _is_wanted(entry, on, off):
            continue
        if entry.needs_key and not keys.get(entry.key_family):
            not_covered.append(_without_key(entry, promised=entry.key_family in settings.get("keys", {})))
            continue
        asked.append(entry)
        if entry.id in on or entry.default is not Default.ON_IF_CONTROLS_PASS:
            promised.add(entry.id)
    for row in settings.get("own", ()):
        entry = own_entry(row)
        denial = catalogue.denial(entry.zone) or catalogue.denial(entry.id)
        if denial:
            text = f"{entry.id} ({entry.zone}) is never asked: {denial.reason}"
            not_covered.append(NotCovered(id=entry.id, name=entry.name, reason="denied", text=text))
        else:
            asked.append(entry)
            promised.add(entry.id)
    return Selection(asked=tuple(asked), not_covered=tuple(not_covered), promised=frozenset(promised))


def _is_wanted(entry: Entry, on: set[str], off: set[str]) -> bool:
    if entry.default is Default.NEVER or entry.id in off:
        return False
    return entry.id in on or entry.default is not Default.OPT_IN


def _without_key(entry: Entry, *, promised: bool) -> NotCovered:
    if promised:
        text = f"{entry.name}: not covered: the secret of the {entry.key_family} key is missing or holds no key"
        return NotCovered(id=entry.id, name=entry.name, reason="key_missing", text=text)
    text = f"{entry.name}: not covered: it is asked with a key of {entry.key_family} only, and none is configured"
    return NotCovered(id=entry.id, name=entry.name, reason="no_key", text=text, is_fault=False)


def narrowed(catalogue: Catalogue, ids: Iterable[str]) -> Catalogue:
    """Only the named lists, each as if it were turned on.

    Raises:
        ValueError: A list is unknown or never asked; the message has the reason.
    """
    wanted = tuple(ids)
    for name in wanted:
        refused = _refused(catalogue, name)
        if refused:
            raise ValueError(refused.text)
    entries = tuple(replace(entry, default=Default.ON) for entry in catalogue.entries if entry.id in wanted)
    return Catalogue(entries, catalogue.denied)


def known_lists(catalogue: Catalogue) -> KnownLists:
    """Return what a catalogue knows, as the parser wants it."""
    never = {entry.id: entry.note or entry.terms for entry in catalogue.entries if entry.default is Default.NEVER}

    def refused(name: str) -> str:
        denial = catalogue.denial(name)
        return denial.reason if denial else never.get(name, "")

    return KnownLists(
        ids=frozenset(catalogue.by_id),
        refused=refused,
        key_families=frozenset(entry.key_family for entry in catalogue.entries if entry.key_family),
    )
