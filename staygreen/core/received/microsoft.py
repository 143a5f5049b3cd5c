"""What Exchange Online and Outlook.com write into a message about how they filed it.

Microsoft writes these fields below those of the sender, so their place alone does not prove them. It removes
``X-MS-Exchange-Organization-*`` from mail of strangers (header firewall); what stands in one run behind such a field is
Microsoft's. A report about another address, or of an outbound message, is not. Microsoft writes a report into every
message, so a single one is its own; the other fields must stand in its block. Where two reports cannot be told apart,
neither counts.

Sources: data/received/codes.toml; Microsoft, "Understanding header firewall"; verified 2026-12-01.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from staygreen.core.finding import IPAddress
from staygreen.core.received import codes
from staygreen.core.received.fields import Field, Header
from staygreen.core.received.trace import address

REPORT = "x-forefront-antispam-report"
ANTISPAM = "x-microsoft-antispam"
DELIVERY = "x-microsoft-antispam-mailbox-delivery"
CONSUMER_TENANT = "84df9e7f-e9f6-40af-b435-aaaaaaaaaaaa"
"""The tenant that stands in messages to mailboxes of people (seen in public header sets)."""
CONSUMER_DOMAINS = re.compile(r"(?:outlook|hotmail|live|msn|passport)(?:\.[a-z]{2,3}){1,2}")
_PAIR = re.compile(r"[ \t]{0,8}([A-Za-z][A-Za-z0-9_]{0,30})[ \t]{0,4}:(.{0,2000})", re.DOTALL)
_OF_MICROSOFT = re.compile(
    r"x-(?:ms-|microsoft-|forefront-|eop|incoming|exchange-|sid-|message|auth-result|tmn|store-info|originatororg|ld-)"
    r"|return-path$|mime-version$|content-"
)
_OLD = frozenset({"x-store-info", "x-message-delivery", "x-sid-result"})
_PROTECTED = "x-ms-exchange-organization-"
_BLOCKS = (_PROTECTED, "x-eop")
_LONGEST = 8000
_MOST_PAIRS = 100
_MOST_OF_A_KIND = 20
"""Fields of one name: a message has one or two."""
_SCL = re.compile(r"\bSCL=(-?\d{1,2})\b")
_DIAGNOSTIC = frozenset(
    {"sfs", "eng", "srvr", "sfp", "ara", "lang", "ctry", "h", "fpr", "mx", "a", "mlv", "spf", "prd"}
)
"""Fields that name no code of Microsoft's: the greeting, the country, its own diagnostics."""
_CODED = ("CAT", "SFV", "SRV", "IPV", "DIR", "SFTY", "SCL")
_OF_DELIVERY = frozenset(["abwl", "wl", "pcwl", "kl", "iwl", "dwl", "dkl", "rwl", "ucf", "jmr", "ex", "auth", "eng"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """What Microsoft's fields say."""

    report: Mapping[str, str] = field(default_factory=dict)
    """X-Forefront-Antispam-Report, names in capitals."""
    antispam: Mapping[str, str] = field(default_factory=dict)
    delivery: Mapping[str, str] = field(default_factory=dict)
    organization_scl: str = ""
    message_delivery: str = ""
    """X-Message-Delivery, decoded."""
    organization: Mapping[str, str] = field(default_factory=dict)
    """Further ``X-MS-Exchange-Organization-*``, by the end of the name: PCL, AuthAs, MessageDirectionality."""
    custom_spam: str = ""
    """X-CustomSpam: the Advanced Spam Filter setting of the organization that matched."""
    is_contested: bool = False
    """Two reports stand in the message that cannot be told apart."""

    @property
    def scl(self) -> int | None:
        """The spam confidence level, -1 to 9."""
        found = _SCL.search(self.message_delivery)
        for text in (self.report.get("SCL", ""), self.organization_scl, found[1] if found else ""):
            if re.fullmatch(r"-1|[0-9]", text.strip()):
                return int(text)
        return None

    @property
    def bcl(self) -> int | None:
        """The bulk complaint level, 0 to 9."""
        text = self.antispam.get("BCL", "") or self.report.get("BCL", "")
        return int(text) if re.fullmatch(r"[0-9]", text) else None

    @property
    def category(self) -> str:
        """CAT, in capitals."""
        return self.report.get("CAT", "").upper()

    @property
    def verdict(self) -> str:
        """SFV, in capitals."""
        return self.report.get("SFV", "").upper()

    @property
    def folder(self) -> str:
        """The letter of the folder; empty where the mailbox does not say."""
        return self.delivery.get("DEST", "").upper()

    @property
    def is_any(self) -> bool:
        """Whether Microsoft says anything at all of how it filed the message."""
        return bool(self.report or self.antispam or self.delivery or self.organization_scl or self.message_delivery)

    def coded(self) -> Iterator[tuple[str, str]]:
        """Each field with a code, and the code."""
        for name in _CODED:
            if self.report.get(name, ""):
                yield name, self.report[name]
        if "SCL" not in self.report and (self.scl is not None or self.organization_scl):
            yield "SCL", self.organization_scl if self.scl is None else str(self.scl)
        level = self.antispam.get("BCL", "") or self.report.get("BCL", "")
        if level:
            yield "BCL", level[:100]
        yield from ((name, code) for name, code in self.organization.items() if code)
        for name, key in (("dest", "DEST"), ("OFR", "OFR"), ("RF", "RF")):
            if self.delivery.get(key, ""):
                yield name, self.delivery[key]

    def unknown(self) -> Iterator[str]:
        """Codes and fields that no table explains."""
        for name, code in self.coded():
            if codes.meaning(name, code) is None:
                yield f"{name}:{code}"
        known = {*_CODED, "CIP", "PTR", "BCL"}
        for name, value in self.report.items():
            if value and name not in known and name.lower() not in _DIAGNOSTIC:
                yield f"{name}:{value[:60]}"
        for name, value in self.delivery.items():
            if name not in ("DEST", "OFR", "RF") and name.lower() not in _OF_DELIVERY:
                yield f"{name.lower()}:{value[:60]}"


def pairs(value: str) -> dict[str, str]:
    """The ``NAME:value;`` pairs of a field, names in capitals; the first of a name counts."""
    found: dict[str, str] = {}
    for part in value[:_LONGEST].split(";")[:_MOST_PAIRS]:
        pair = _PAIR.match(part)
        if pair:
            found.setdefault(pair[1].upper(), pair[2].strip())
    return found


def filed(header: Header, ends: int, ip: IPAddress | None) -> tuple[Filed, frozenset[int]]:
    """What Microsoft says, and the places of the fields that were believed.

    Args:
        header: The message's fields.
        ends: Microsoft wrote every field in front of this place.
        ip: The address that handed the message over; None when it is not known.
    """
    believed: set[int] = set()
    values: dict[str, dict[str, str]] = {}
    is_contested = False
    # Hotmail's older fields stand above; then nothing below is Microsoft's
    is_old = any(each.key in _OLD for each in header.fields[:ends])
    for key in (REPORT, ANTISPAM, DELIVERY):
        places = [at for at, each in enumerate(header.fields) if each.key == key and _may_be(each, ip)]
        if is_old:
            places = [at for at in places if at < ends]
        if len(places) > _MOST_OF_A_KIND:
            is_contested = True
            continue
        chosen = _chosen(header, places, ends)
        if chosen is None:
            is_contested = is_contested or bool(places)
            continue
        if key != REPORT and chosen >= ends and not _is_beside_report(header, chosen, min(believed, default=None)):
            continue
        believed.add(chosen)
        values[key] = pairs(header.fields[chosen].value)
    scl, scl_at = _organization(header, "SCL")
    stamps = {name: _organization(header, name) for name in ("PCL", "AuthAs", "MessageDirectionality")}
    coded, coded_at = _message_delivery(header, ends)
    custom = next((at for at, each in enumerate(header.fields) if each.key == "x-customspam"), None)
    is_custom = custom is not None and (custom < ends or _is_beside_report(header, custom, min(believed, default=None)))
    filed_as = Filed(
        report=values.get(REPORT, {}),
        antispam=values.get(ANTISPAM, {}),
        delivery=values.get(DELIVERY, {}),
        organization_scl=scl,
        message_delivery=coded,
        organization={name: code for name, (code, _) in stamps.items() if code},
        custom_spam=header.fields[custom].value[:100] if is_custom and custom is not None else "",
        is_contested=is_contested,
    )
    stamped = frozenset(at for _, places in stamps.values() for at in places)
    custom_at = frozenset({custom} if is_custom and custom is not None else ())
    return filed_as, frozenset(believed | scl_at | coded_at | stamped | custom_at)


def by_exchange(header: Header) -> tuple[Filed, frozenset[int]]:
    """What an organization's own Exchange server says, and the places of the fields that were believed.

    Its header firewall takes out strangers' ``X-MS-Exchange-Organization-*`` and nothing else: Microsoft's other fields
    pass it as the sender wrote them.
    """
    scl, scl_at = _organization(header, "SCL")
    return Filed(organization_scl=scl), scl_at


def _may_be(each: Field, ip: IPAddress | None) -> bool:
    """Whether a report can be about this message's arrival."""
    if each.key != REPORT:
        return True
    found = pairs(each.value)
    if found.get("DIR", "").upper() == "OUT" or found.get("CIP", "") == "255.255.255.255":
        return False
    named = address(found.get("CIP", ""))
    return ip is None or named is None or named == ip


def _chosen(header: Header, places: list[int], ends: int) -> int | None:
    """The place of the field that Microsoft wrote: in front of the boundary, else in its block; None: not decided."""
    above = [at for at in places if at < ends]
    if above:
        return above[0]
    if len({header.fields[at].value for at in places}) == 1:
        return places[0]
    in_block = [at for at in places if _is_in_block(header, at)]
    return in_block[0] if len({header.fields[at].value for at in in_block}) == 1 else None


def _is_beside_report(header: Header, at: int, report: int | None) -> bool:
    """Whether a single field other than the report can only be Microsoft's, by its place."""
    if _is_in_block(header, at):
        return True
    if report is not None:
        return at > report or not _is_in_block(header, report)
    return not any(each.key.startswith(_BLOCKS) for each in header.fields)


def _is_in_block(header: Header, at: int) -> bool:
    """Whether a field stands behind one that begins Microsoft's block, with nothing but Microsoft's between.

    The header firewall protects ``X-MS-Exchange-Organization-*``. Where none is left, as in a .msg file, the last
    ``X-EOP…`` field is Microsoft's, because it appends.
    """
    protected = any(each.key.startswith(_PROTECTED) for each in header.fields)
    last_eop = max((n for n, each in enumerate(header.fields) if each.key.startswith("x-eop")), default=-1)
    for place in range(at - 1, -1, -1):
        key = header.fields[place].key
        if key.startswith(_PROTECTED) or (not protected and place == last_eop):
            return True
        if not _OF_MICROSOFT.match(key):
            return False
    return False


def _organization(header: Header, name: str) -> tuple[str, frozenset[int]]:
    """The value of an ``X-MS-Exchange-Organization-*`` field, and its place; the first of a name counts."""
    key = f"{_PROTECTED}{name.lower()}"
    places = [at for at, each in enumerate(header.fields) if each.key == key]
    return (header.fields[places[0]].value.strip()[:100], frozenset(places[:1])) if places else ("", frozenset())


def _message_delivery(header: Header, ends: int) -> tuple[str, frozenset[int]]:
    """Outlook.com's X-Message-Delivery: ``V=1.1;us=0;…;SCL=6`` in base64; only where Microsoft surely wrote it."""
    for at, each in enumerate(header.fields[:ends]):
        if each.key == "x-message-delivery":
            try:
                raw = base64.b64decode("".join(each.value[:_LONGEST].split()) + "===")
            except (binascii.Error, ValueError):
                return "", frozenset()
            return raw.decode("ascii", "replace"), frozenset({at})
    return "", frozenset()


def is_consumer(header: Header, recipient: str) -> bool | None:
    """Whether the mailbox is a person's; None: the headers do not say."""
    tenant = [each.value for each in header.fields if each.key == "x-eoptenantattributedmessage"]
    if tenant:
        return tenant[-1].lower().startswith(CONSUMER_TENANT)
    if any(each.key in _OLD for each in header.fields):
        return True
    return True if recipient and CONSUMER_DOMAINS.fullmatch(recipient) else None
