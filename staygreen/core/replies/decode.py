"""From a reply to system, cause, scope, route and certainty, by rules that are data.

The rules are the files of `staygreen/core/data/replies`: one for each provider,
`generic.toml` for what the RFCs define, so that a provider is added by adding a
file. A rule names words and codes, never an expression: matching takes time in
proportion to the text. What no rule knows is `unknown`; nothing is guessed.

Whether a refusal is final is the reply's own word: its innermost code decides, and
a rule only where no code is given. A temporary refusal never suppresses a recipient.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache
from typing import Any

from staygreen.core import data
from staygreen.core.replies import reply
from staygreen.core.replies.authentication_verdicts import failed
from staygreen.core.replies.reply import ReplyText
from staygreen.core.replies.rule_index import RuleIndex, index


class System(Enum):
    """Who refused."""

    OUTLOOK_CONSUMER = "outlook_consumer"
    EXCHANGE_ONLINE = "exchange_online"
    TENANT_POLICY = "tenant_policy"
    ON_PREMISES = "on_premises"
    GMAIL = "gmail"
    YAHOO = "yahoo"
    APPLE = "apple"
    OTHER = "other"

    @property
    def is_microsoft(self) -> bool:
        """Whether Microsoft runs it and can lift a block."""
        return self in (System.OUTLOOK_CONSUMER, System.EXCHANGE_ONLINE)


class Cause(Enum):
    """Why."""

    IP_BLOCKED = "ip_blocked"
    RANGE_BLOCKED = "range_blocked"
    IP_THROTTLED = "ip_throttled"
    CONNECTION_LIMIT = "connection_limit"
    SERVER_BUSY = "server_busy"
    AUTHENTICATION = "authentication"
    SENDER_BANNED = "sender_banned"
    RECIPIENT_UNKNOWN = "recipient_unknown"
    MAILBOX_FULL = "mailbox_full"
    CONTENT_POLICY = "content_policy"
    THIRD_PARTY_LIST = "third_party_list"
    UNKNOWN = "unknown"

    @property
    def is_block(self) -> bool:
        """Whether mail is refused for our address or sender until somebody lifts it."""
        return self in (Cause.IP_BLOCKED, Cause.RANGE_BLOCKED, Cause.SENDER_BANNED, Cause.THIRD_PARTY_LIST)

    @property
    def is_throttle(self) -> bool:
        """Whether mail is slowed down for our behaviour."""
        return self in (Cause.IP_THROTTLED, Cause.CONNECTION_LIMIT)

    @property
    def is_ours(self) -> bool:
        """Whether it is about our standing or set-up, and not about a recipient, a message or their servers."""
        return self.is_block or self.is_throttle or self is Cause.AUTHENTICATION


class Scope(Enum):
    """How wide."""

    IP = "ip"
    RANGE = "range"
    DOMAIN = "domain"
    TENANT = "tenant"
    MESSAGE = "message"
    RECIPIENT = "recipient"
    UNKNOWN = "unknown"


class Route(Enum):
    """Where the repair begins."""

    SUPPORT_FORM = "support_form"
    DELIST_PORTAL = "delist_portal"
    DELIST_MAIL = "delist_mail"
    THIRD_PARTY = "third_party"
    AWS_SUPPORT = "aws_support"
    FIX_DNS = "fix_dns"
    SLOW_DOWN = "slow_down"
    WAIT = "wait"
    CONTACT_RECIPIENT = "contact_recipient"
    SUPPRESS_RECIPIENT = "suppress_recipient"
    NONE = "none"


class Certainty(Enum):
    """What the answer rests on: the provider's own text, replies seen in the wild, or our reasoning."""

    DOCUMENTED = "documented"
    OBSERVED = "observed"
    INFERRED = "inferred"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """What one reply says."""

    system: System
    cause: Cause
    scope: Scope
    permanent: bool | None
    ip: str | None
    domain: str | None
    code: str | None
    route: Route
    certainty: Certainty
    text: str
    """The reply on one line."""
    rule: str
    """Id of the rule that decided; empty for `unknown`."""
    meaning: str
    failed: tuple[str, ...] = ()
    """Which of SPF, DKIM and DMARC the reply says did not pass; empty when it names none."""

    @property
    def is_about_address(self) -> bool:
        """Whether the address was refused for its own standing, and not the domain, the message or the recipient."""
        if self.scope in (Scope.DOMAIN, Scope.TENANT, Scope.MESSAGE, Scope.RECIPIENT):
            return False
        if self.cause in (Cause.THIRD_PARTY_LIST, Cause.SENDER_BANNED):
            return self.scope in (Scope.IP, Scope.RANGE) or self.ip is not None
        return self.cause in (Cause.IP_BLOCKED, Cause.RANGE_BLOCKED, Cause.IP_THROTTLED, Cause.CONNECTION_LIMIT)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Decoded:
        """The inverse of `as_json`."""
        return cls(
            **{
                **document,
                "system": System(document["system"]),
                "cause": Cause(document["cause"]),
                "scope": Scope(document["scope"]),
                "route": Route(document["route"]),
                "certainty": Certainty(document["certainty"]),
                "failed": tuple(document.get("failed", ())),
            }
        )

    def as_json(self) -> dict[str, str | bool | list[str] | None]:
        """The object that `staygreen decode --json` prints."""
        return {
            "system": self.system.value,
            "cause": self.cause.value,
            "scope": self.scope.value,
            "permanent": self.permanent,
            "ip": self.ip,
            "domain": self.domain,
            "code": self.code,
            "route": self.route.value,
            "certainty": self.certainty.value,
            "text": self.text,
            "rule": self.rule,
            "meaning": self.meaning,
            "failed": list(self.failed),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One entry of a data file: what a reply must hold, and what it then means."""

    id: str
    file: str
    shared: bool
    """Whether it holds whoever speaks; such a rule leaves the system to the speaker."""
    system: System | None
    cause: Cause
    scope: Scope
    route: Route
    certainty: Certainty
    meaning: str
    example: str
    permanent: bool | None = None
    codes: frozenset[str] = frozenset()
    """Enhanced status codes, any of which must be named."""
    markers: frozenset[str] = frozenset()
    """The provider's own codes, any of which must be named."""
    all: tuple[str, ...] = ()
    any: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    words: tuple[tuple[str, ...], ...] = ()
    """Groups of phrases of whole words, one of each of which must be there, however it is punctuated."""
    _beginnings: tuple[frozenset[str], ...] = ()
    """Of each group, the first letters of its phrases: most groups are turned away by them."""
    without: tuple[str, ...] = ()
    """Phrases of whole words that may not be there."""
    unless_ends: tuple[str, ...] = ()
    """Phrases with which the words may not end: what follows, and may be cut off, would say something else."""
    words_after: int = 0
    """How many words must follow the phrases: they name who refused, and the end of the text may have cut them off."""
    needs_ip: bool = False
    """Whether the reply must name an address of the sender."""
    only_temporary: bool = False
    """Whether the rule holds only for what the server invites to try again."""
    temporary_cause: Cause | None = None
    temporary_route: Route | None = None
    """What it means instead when the server invites another try."""
    domain_after: tuple[str, ...] = ()
    ip_after: tuple[str, ...] = ()
    """Phrases behind which alone an address is the sender's; empty: wherever one stands."""
    zone_after: tuple[str, ...] = ()
    """Phrases, one of which must be followed by the name of a list; a domain name may be cut off by the end."""
    speaker_first: bool = False
    """Whether the host that spoke names the system better than the rule does."""
    names_enhanced: bool = False
    """Whether `code` is the enhanced code rather than the provider's own."""
    names_ip: bool = True
    """Whether the address in the text is the sender's."""
    without_words: bool = False
    """Whether a code of a shared rule is telling even when the reply ends with it: it may be the beginning of another,
    and some codes mean something else with other words."""
    anywhere: bool = False
    """Whether the words are telling enough when it is not known who spoke."""
    marker_systems: Mapping[str, System] | None = None
    """System by the letters of the provider's code, where one text comes from two systems."""

    @property
    def keys(self) -> frozenset[str]:
        """Codes or beginnings of words, one of which a reply that matches has; empty when the rule asks for none."""
        return self.codes or self.markers or (self._beginnings[-1] if self._beginnings else frozenset())

    @property
    def phrases(self) -> tuple[str, ...]:
        """Phrases in lower case, one of which a reply that matches has; empty when the rule asks for none."""
        return self.all[:1] or self.any

    def matches(self, said: ReplyText) -> bool:
        """Whether a reply holds what this rule asks for."""
        # Codes first: they cost least.
        if self.codes and (self.codes.isdisjoint(said.enhanced) or not self._names_code(said)):
            return False
        if self.markers and self.markers.isdisjoint(said.markers):
            return False
        return self._has_words(said) and not self._has_words_against_it(said) and self._holds_of_all(said)

    def _has_words(self, said: ReplyText) -> bool:
        for words in self.all:
            if words not in said.lower:
                return False
        if self.any and not _has_one(self.any, said.lower):
            return False
        spoken = said.words if not self.words_after else said.words.rsplit(" ", self.words_after + 1)[0] + " "
        for begun, group in zip(self._beginnings, self.words, strict=True):
            if begun.isdisjoint(said.beginnings) or not _has_one(group, spoken):
                return False
        return True

    def _has_words_against_it(self, said: ReplyText) -> bool:
        return (
            _has_one(self.none, said.lower)
            or _has_one(self.without, said.words)
            or said.words.endswith(self.unless_ends)
            or self._would_suppress_a_block(said)
        )

    def _holds_of_all(self, said: ReplyText) -> bool:
        """What is dearer to find out than a word, asked last."""
        if self.only_temporary and said.permanent is not False:
            return False
        if self.needs_ip and reply.address(said.text) is None:
            return False
        return not self.zone_after or any(reply.is_followed_by_name(said.text, phrase) for phrase in self.zone_after)

    def _would_suppress_a_block(self, said: ReplyText) -> bool:
        """Whether a rule for a code or word about recipients meets words about the sender's standing."""
        return self.shared and self.route is Route.SUPPRESS_RECIPIENT and _has_one(_standing(), said.words)

    def _names_code(self, said: ReplyText) -> bool:
        needs_words = self.shared and not self.without_words
        return any(code in self.codes and not (needs_words and code == said.last) for code in said.enhanced)


@cache
def _standing() -> tuple[str, ...]:
    """Words about the sender's standing: no reply that holds one suppresses its recipient by a shared rule."""
    return _phrases(["@standing"], _vocabulary())


def _phrases(listed: Iterable[str], vocabulary: Mapping[str, list[str]]) -> tuple[str, ...]:
    """Phrases as they stand in `ReplyText.words`: ``block*`` is the beginning of a word, ``@name`` a vocabulary."""
    out: list[str] = []
    for phrase in listed:
        if phrase.startswith("@"):
            out.extend(_phrases(vocabulary[phrase[1:]], vocabulary))
        else:
            out.append(f" {phrase[:-1]}" if phrase.endswith("*") else f" {phrase} ")
    return tuple(out)


def _has_one(phrases: tuple[str, ...], lower: str) -> bool:
    # No generator: this is what decoding a reply that no rule knows consists of.
    for words in phrases:  # noqa: SIM110
        if words in lower:
            return True
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """How a system is recognised by its hosts or by its words."""

    file: str
    system: System
    hosts: tuple[str, ...]
    texts: tuple[str, ...]
    senders: tuple[str, ...] = ()
    """Parts of the names of those hosts that only send: what they report was said by others."""
    whole_end: str = ""
    """Where it is given, the words tell nothing unless a host is named or the reply ends so: a host may be cut off."""


def _expanded(codes: Iterable[str]) -> frozenset[str]:
    """``5.7.606-649`` stands for each code from the first to the last."""
    out: set[str] = set()
    for code in codes:
        first, _, last = code.partition("-")
        stem, _, low = first.rpartition(".")
        out.update(f"{stem}.{number}" for number in range(int(low), int(last or low) + 1))
    return frozenset(out)


def _rule(file: str, shared: bool, entry: Mapping[str, Any]) -> Rule:
    system = entry.get("system")
    by_marker = entry.get("marker_systems")
    vocabulary = _vocabulary()
    words = tuple(_phrases(group, vocabulary) for group in entry.get("words", ()))
    temporary_cause, temporary_route = entry.get("temporary_cause"), entry.get("temporary_route")
    return Rule(
        id=f"{file}.{entry['id']}",
        file=file,
        shared=shared,
        system=System(system) if system else None,
        cause=Cause(entry["cause"]),
        scope=Scope(entry["scope"]),
        route=Route(entry["route"]),
        certainty=Certainty(entry["certainty"]),
        meaning=entry["meaning"],
        example=entry["example"],
        permanent=entry.get("permanent"),
        codes=_expanded(entry.get("codes", ())),
        markers=frozenset(entry.get("markers", ())),
        all=tuple(entry.get("all", ())),
        any=tuple(entry.get("any", ())),
        none=tuple(entry.get("none", ())),
        words=words,
        _beginnings=tuple(
            frozenset().union(*(reply.beginnings(phrase.split()[0]) for phrase in group)) for group in words
        ),
        without=_phrases(entry.get("without", ()), vocabulary),
        unless_ends=_phrases(entry.get("unless_ends", ()), vocabulary),
        words_after=entry.get("words_after", 0),
        needs_ip=entry.get("needs_ip", False),
        only_temporary=entry.get("only_temporary", False),
        temporary_cause=Cause(temporary_cause) if temporary_cause else None,
        temporary_route=Route(temporary_route) if temporary_route else None,
        domain_after=tuple(entry.get("domain_after", ())),
        ip_after=tuple(entry.get("ip_after", ())),
        zone_after=tuple(entry.get("zone_after", ())),
        speaker_first=entry.get("speaker_first", False),
        names_enhanced=entry.get("names_enhanced", False),
        names_ip=entry.get("names_ip", True),
        without_words=entry.get("without_words", False),
        anywhere=entry.get("anywhere", False),
        marker_systems={k: System(v) for k, v in by_marker.items()} if by_marker else None,
    )


@cache
def _files() -> Mapping[str, Mapping[str, Any]]:
    """The content of each data file by its name, in the order in which they are tried."""
    # Not on import: functions that decode nothing would pay for it at every cold start.
    names = sorted(data.names("replies"), key=lambda name: (name == "replies/generic.toml", name))
    return {name.removeprefix("replies/").removesuffix(".toml"): data.table(name) for name in names}


@cache
def _vocabulary() -> Mapping[str, list[str]]:
    """Lists of phrases that several rules name."""
    return {name: phrases for content in _files().values() for name, phrases in content.get("vocabulary", {}).items()}


@cache
def _load() -> tuple[tuple[Provider, ...], tuple[Rule, ...]]:
    providers: list[Provider] = []
    rules: list[Rule] = []
    for file, content in _files().items():
        providers.extend(
            Provider(
                file=file,
                system=System(p["system"]),
                hosts=tuple(p["hosts"]),
                texts=tuple(p["texts"]),
                senders=tuple(p.get("senders", ())),
                whole_end=p.get("whole_end", ""),
            )
            for p in content.get("provider", ())
        )
        rules.extend(_rule(file, content.get("shared", False), entry) for entry in content["rule"])
    return tuple(providers), tuple(rules)


def providers() -> tuple[Provider, ...]:
    """Every provider, in the order in which they are tried."""
    return _load()[0]


def rules() -> tuple[Rule, ...]:
    """Every rule, in the order in which they are tried."""
    return _load()[1]


def system_of_host(host: str) -> Provider | None:
    """The provider that a host name belongs to."""
    name = host.strip().rstrip(".").lower()
    for provider in providers():
        if any(name.endswith(suffix) for suffix in provider.hosts):
            return provider
    return None


def only_sends(host: str) -> bool:
    """Whether a host is one of a provider's that take no mail from others."""
    provider = system_of_host(host)
    return provider is not None and any(part in host.lower() for part in provider.senders)


def system_of_text(lower: str, host: str = "") -> Provider | None:
    """The provider that a reply's words, in lower case, belong to."""
    for provider in providers():
        is_whole = not provider.whole_end or host or lower.endswith(provider.whole_end)
        if is_whole and _has_one(provider.texts, lower):
            return provider
    return None


@lru_cache(maxsize=4096)
def decode(text: str, host: str = "") -> Decoded:
    """Decode one reply.

    Args:
        text: the reply, folded or wrapped as it came.
        host: the server that said it, when known; its name tells the provider.

    Returns:
        What the reply says; cause `unknown` when no rule knows it.
    """
    said = reply.read(text)
    by_host = system_of_host(host) if host else None
    by_text = system_of_text(said.lower, host)
    # A server's own words name it better than the relay in front of it does.
    speaker = by_host or by_text
    for rule in _applicable(by_host, by_text).candidates(said):
        if rule.matches(said):
            return _decided(rule, said, by_host if rule.speaker_first else speaker)
    return Decoded(
        system=speaker.system if speaker else System.OTHER,
        cause=Cause.UNKNOWN,
        scope=Scope.UNKNOWN,
        permanent=said.permanent,
        ip=None,
        domain=None,
        code=_code(said, preferred=frozenset(), enhanced_first=False),
        route=Route.NONE,
        certainty=Certainty.INFERRED,
        text=said.text,
        rule="",
        meaning="No rule knows this reply. It is recorded as it is; what it means is not guessed.",
    )


@lru_cache(maxsize=256)
def _applicable(by_host: Provider | None, by_text: Provider | None) -> RuleIndex[Rule]:
    """The rules for who speaks."""
    return index(rule for rule in rules() if _applies(rule, by_host, by_text))


def _applies(rule: Rule, by_host: Provider | None, by_text: Provider | None) -> bool:
    if rule.shared:
        return True
    if by_host is not None and by_host.file != rule.file:
        return False
    spoken = by_host or by_text
    return rule.anywhere or (spoken is not None and spoken.file == rule.file)


_TEMPORARY_MEANING = " Its code is a temporary one: the recipient is not suppressed for it."


def _decided(rule: Rule, said: ReplyText, speaker: Provider | None) -> Decoded:
    code = _code(said, preferred=rule.markers, enhanced_first=rule.names_enhanced, wanted=rule.codes)
    ip = _address(rule, said)
    permanent = rule.permanent if said.permanent is None else said.permanent
    cause, route, meaning = rule.cause, rule.route, rule.meaning
    if permanent is False:
        cause, route = rule.temporary_cause or cause, rule.temporary_route or route
        if route is Route.SUPPRESS_RECIPIENT:
            route, meaning = Route.CONTACT_RECIPIENT, meaning + _TEMPORARY_MEANING
    is_range = ip is not None and "/" in ip and cause is Cause.IP_BLOCKED
    names = (reply.name_after(said.text, words) for words in rule.domain_after)
    return Decoded(
        system=_system(rule, said, speaker),
        cause=Cause.RANGE_BLOCKED if is_range else cause,
        scope=Scope.RANGE if is_range else rule.scope,
        permanent=permanent,
        ip=ip,
        domain=next((name for name in names if name), None),
        code=code,
        route=route,
        certainty=rule.certainty,
        text=said.text,
        rule=rule.id,
        meaning=meaning,
        failed=failed(said.text) if cause is Cause.AUTHENTICATION else (),
    )


def _address(rule: Rule, said: ReplyText) -> str | None:
    """The sender's address, as far as the rule says that one is."""
    if rule.ip_after:
        return next((found for words in rule.ip_after if (found := reply.address_after(said.text, words))), None)
    return reply.address(said.text) if rule.names_ip else None


def _system(rule: Rule, said: ReplyText, speaker: Provider | None) -> System:
    if rule.speaker_first and speaker is not None and speaker.file == rule.file:
        return speaker.system
    if rule.system is not None:
        return rule.system
    own = speaker.system if speaker is not None and (rule.shared or speaker.file == rule.file) else _only(rule)
    if rule.marker_systems:
        letters = [marker.rstrip("0123456789") for marker in said.markers]
        return next((rule.marker_systems[each] for each in letters if each in rule.marker_systems), own)
    return own


def _only(rule: Rule) -> System:
    """The system of a rule's file when it describes one system alone."""
    systems = {provider.system for provider in providers() if provider.file == rule.file}
    return systems.pop() if len(systems) == 1 and not rule.shared else System.OTHER


def _code(
    said: ReplyText, *, preferred: frozenset[str], enhanced_first: bool, wanted: frozenset[str] = frozenset()
) -> str | None:
    markers = [marker for marker in said.markers if not preferred or marker in preferred]
    enhanced = [code for code in said.enhanced if not wanted or code in wanted]
    # The last code is the innermost: what wraps it tells only that somebody gave up.
    named = [*enhanced[-1:], *markers[:1]] if enhanced_first else [*markers[:1], *enhanced[-1:]]
    return named[0] if named else None
