"""Find the few rules that a reply may match, by the codes, words and phrases that each rule asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from staygreen.core.replies.reply import ReplyText, junctions


class Selective(Protocol):
    """What a rule tells about the replies that it can match."""

    @property
    def keys(self) -> frozenset[str]:
        """Codes or beginnings of words, one of which the reply has; empty when the rule asks for none."""

    @property
    def phrases(self) -> tuple[str, ...]:
        """Phrases in lower case, one of which the reply has; empty when the rule asks for none."""


R = TypeVar("R", bound=Selective)


@dataclass(frozen=True, slots=True)
class RuleIndex(Generic[R]):
    """Rules in the order in which they are tried, and the places of those that ask for a thing."""

    rules: tuple[R, ...]
    always: tuple[int, ...]
    by_key: Mapping[str, tuple[int, ...]]
    by_junction: Mapping[str, tuple[tuple[str, int], ...]]
    """Phrases of several words, each under the rarest of its junctions, with the place of its rule."""
    single: tuple[tuple[str, int], ...]
    """Phrases of one word, with the places of their rules."""

    def candidates(self, said: ReplyText) -> Iterator[R]:
        """The rules that a reply may match, in order."""
        places = set(self.always)
        for keys in (said.enhanced, said.markers, said.beginnings):
            for key in keys:
                places.update(self.by_key.get(key, ()))
        lower = said.lower
        for junction in junctions(lower) & self.by_junction.keys():
            places.update(place for phrase, place in self.by_junction[junction] if phrase in lower)
        places.update(place for phrase, place in self.single if phrase in lower)
        return map(self.rules.__getitem__, sorted(places))


def index(rules: Iterable[R]) -> RuleIndex[R]:
    """Arrange rules by what each asks for."""
    ordered = tuple(rules)
    by_key: dict[str, list[int]] = {}
    phrases: list[tuple[str, int]] = []
    for place, rule in enumerate(ordered):
        for key in rule.keys:
            by_key.setdefault(key, []).append(place)
        if not rule.keys:
            phrases.extend((phrase, place) for phrase in rule.phrases)
    common = Counter(junction for phrase, _ in phrases for junction in junctions(phrase))
    by_junction: dict[str, list[tuple[str, int]]] = {}
    for phrase, place in phrases:
        if found := junctions(phrase):
            by_junction.setdefault(min(found, key=lambda each: (common[each], each)), []).append((phrase, place))
    return RuleIndex(
        rules=ordered,
        always=tuple(place for place, rule in enumerate(ordered) if not rule.keys and not rule.phrases),
        by_key={key: tuple(places) for key, places in by_key.items()},
        by_junction={junction: tuple(found) for junction, found in by_junction.items()},
        single=tuple((phrase, place) for phrase, place in phrases if not junctions(phrase)),
    )
