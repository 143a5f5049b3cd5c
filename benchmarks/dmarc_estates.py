"""Makes estates whose mail is known, and the aggregate reports that receivers would send about them.

Each record comes from a story: who really sent, what the way did to the message, what the receiver could look up. The
story says which row of the table (docs/reports.md) the record belongs to; the rules that are measured by it are not
looked at, and nothing of the library is imported. `PARAMETERS` are the parameters of all published figures.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

ROWS = range(19)
Signature = tuple[str, str, str]
Spf = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """How the made world differs from the textbook's; shares of records."""

    per_row: int = 40
    """Records of each row of the table, in each estate."""
    subdomain: float = 0.25
    """From domain is a subdomain, the signature is of the domain."""
    no_spf: float = 0.05
    """The receiver reports no SPF result."""
    spf_temperror: float = 0.005
    no_selector: float = 0.05
    """The receiver reports signatures without their selectors (RFC 7489 leaves them out)."""
    capitals: float = 0.03
    last_dot: float = 0.01
    empty_signature: float = 0.03
    """A failed signature with an empty domain stands beside the real ones."""
    third_signature: float = 0.15
    """Somebody on the way signed as well."""
    wrong_evaluation: float = 0.02
    """The reporter's own word on alignment differs from its results."""
    forged_signature: float = 0.003
    """Spoofs that carry a made-up signature with a selector of ours."""
    strict: float = 0.1
    """Estates with strict alignment for DKIM."""
    unknown_ranges: float = 0.5
    """Estates that do not know the ranges of SES."""
    ipv6: float = 0.2


PARAMETERS = Parameters()
TUNING_SEEDS = range(1, 11)
"""Estates that may be looked at."""
MEASURED_SEEDS = range(101, 131)
"""Estates that figures are measured on."""
FORWARDERS = ("lists.school.example", "alumni.example", "forward.host.example")
SERVICES = ("sendgrid.net", "mcsv.net", "mailgun.org")
"""Return paths of services that any catalogue knows."""
_OTHERS = ("gateway.example", "scanner.example")


@dataclass(slots=True)
class Made:
    """One record: its story, and what is reported of it."""

    row: int
    """The row of the table that the story belongs to."""
    is_own: bool
    """We, or a sender that we declared, really sent it."""
    is_spoof: bool
    header_from: str
    source_ip: str = ""
    envelope_from: str = ""
    dkim: list[Signature] = field(default_factory=list)
    spf: list[Spf] = field(default_factory=list)
    reasons: list[tuple[str, str]] = field(default_factory=list)
    count: int = 1


class World:
    """One estate: who sends for it, from where, with which keys."""

    def __init__(self, seed: int, parameters: Parameters = PARAMETERS) -> None:
        self.chance = random.Random(seed)
        self.parameters = parameters
        self.domain = f"brand{seed}.example"
        self.parked = f"old{seed}.example"
        self.missing = f"nothing.brand{seed}.example"
        self.bounce = f"bounce.{self.domain}"
        self.selectors = ("s1", "s2")
        self.tokens = tuple("".join(self.chance.choices("abcdefghijklmnopqrstuvwxyz234567", k=32)) for _ in range(3))
        self.lists_tokens = self.chance.random() < 0.5
        self.is_strict = self.chance.random() < parameters.strict
        self.knows_ranges = self.chance.random() >= parameters.unknown_ranges
        self.own_octet = self.chance.randrange(1, 200)
        self.stories: dict[int, tuple[Callable[[Made], None], ...]] = {
            0: (self._parked, self._missing),
            1: (self._own_signed,),
            2: (self._own_spf_alone,),
            3: (self._own_not_looked_up,),
            4: (self._own_broken,),
            5: (self._own_unsigned,),
            6: (self._ses_signed, self._ses_signed, self._ses_mail_from_alone),
            7: (self._ses_other,),
            8: (self._sender_signed, self._sender_by_spf),
            9: (self._sender_broken,),
            10: (self._relayed, self._relayed_with_other_sender),
            11: (self._unknown_key,),
            12: (self._spf_alone,),
            13: (self._altered_by_list,),
            14: (self._altered_silently,),
            15: (self._forwarded_unsigned,),
            16: (self._service,),
            17: (self._foreign_not_looked_up,),
            18: (self._spoof,),
        }

    # addresses: documentation and benchmarking networks only (RFC 5737, RFC 2544, RFC 3849)

    def own_address(self) -> str:
        if self.chance.random() < self.parameters.ipv6:
            return f"2001:db8:{self.own_octet:x}::{self.chance.randrange(1, 200):x}"
        return f"192.0.2.{self.own_octet + self.chance.randrange(8)}"

    def ses_address(self) -> str:
        return f"203.0.113.{self.chance.randrange(256)}"

    def sender_address(self) -> str:
        return f"198.51.100.{self.chance.randrange(16)}"

    def foreign_address(self) -> str:
        if self.chance.random() < self.parameters.ipv6:
            return f"2001:db8:ffff:{self.chance.randrange(65536):x}::{self.chance.randrange(65536):x}"
        return f"198.{18 + self.chance.randrange(2)}.{self.chance.randrange(256)}.{self.chance.randrange(256)}"

    def selector(self) -> str:
        return self.chance.choice(self.selectors)

    def estate(self) -> str:
        """What the company knows of itself, as the file that the command reads."""
        selectors = [*self.selectors, *(self.tokens if self.lists_tokens else ())]
        ranges = '["203.0.113.0/24"]' if self.knows_ranges else "[]"
        own = ", ".join(f'"192.0.2.{self.own_octet + number}"' for number in range(8))
        return (
            f'addresses = [{own}, "2001:db8:{self.own_octet:x}::/64"]\nses_ranges = {ranges}\n\n'
            f'[[domain]]\nname = "{self.domain}"\nselectors = {selectors!r}\n'
            f"easy_dkim = {str(not self.lists_tokens).lower()}\n"
            f'mail_from = ["{self.bounce}"]\nnonexistent = ["{self.missing}"]\n\n'
            '[[domain.sender]]\nname = "crm"\nselectors = ["crm1"]\nspf_domains = ["return.crm.example"]\n\n'
            '[[domain.sender]]\nname = "invoices"\nnetworks = ["198.51.100.0/28"]\n\n'
            f'[[domain]]\nname = "{self.parked}"\nparked = true\n'
        )

    def records(self) -> list[Made]:
        """The records of all stories, shuffled."""
        made = []
        for row, stories in self.stories.items():
            for number in range(self.parameters.per_row):
                made.append(self._record(row, stories[number % len(stories)]))
        self.chance.shuffle(made)
        return made

    def _record(self, row: int, story: Callable[[Made], None]) -> Made:
        is_sub = self.chance.random() < self.parameters.subdomain and not self.is_strict
        header_from = f"{self.chance.choice(('news', 'shop', 'mail'))}.{self.domain}" if is_sub else self.domain
        made = Made(row=row, is_own=row in range(1, 10) and row != 7, is_spoof=row in (0, 18), header_from=header_from)
        made.count = self.chance.choice((1, 1, 1, 2, 5, 40))
        story(made)
        self._as_reported(made)
        return made

    # stories

    def _parked(self, made: Made) -> None:
        made.header_from = self.chance.choice((self.parked, f"www.{self.parked}"))
        self._from_a_spoofer(made)

    def _missing(self, made: Made) -> None:
        made.header_from = self.missing
        self._from_a_spoofer(made)

    def _from_a_spoofer(self, made: Made) -> None:
        made.source_ip = self.foreign_address()
        made.envelope_from = self.chance.choice((made.header_from, "bulk.example"))
        made.spf = [(made.envelope_from, "mfrom", self.chance.choice(("fail", "softfail", "none")))]

    def _own_signed(self, made: Made) -> None:
        made.source_ip = self.own_address()
        made.envelope_from = self.chance.choice((self.domain, "mta.provider.example", ""))
        made.spf = [(made.envelope_from or self.domain, "mfrom", self.chance.choice(("pass", "pass", "fail", "none")))]
        made.dkim = [(self.domain, self.selector(), "pass")]

    def _own_spf_alone(self, made: Made) -> None:
        made.source_ip = self.own_address()
        made.envelope_from = made.header_from
        made.spf = [(made.header_from, "mfrom", "pass")]
        made.dkim = self.chance.choice(([], [(self.domain, self.selector(), "fail")], [(_OTHERS[0], "a", "pass")]))

    def _own_not_looked_up(self, made: Made) -> None:
        made.source_ip = self.own_address()
        made.envelope_from = self.domain
        made.spf = [(self.domain, "mfrom", self.chance.choice(("pass", "temperror")))]
        made.dkim = [(self.domain, self.selector(), "temperror")]

    def _own_broken(self, made: Made) -> None:
        made.source_ip = self.own_address()
        made.envelope_from = "mta.provider.example"
        made.spf = [(made.envelope_from, "mfrom", self.chance.choice(("pass", "none")))]
        made.dkim = [(self.domain, self.selector(), self.chance.choice(("fail", "fail", "policy", "neutral")))]

    def _own_unsigned(self, made: Made) -> None:
        made.source_ip = self.own_address()
        made.envelope_from = "mta.provider.example"
        made.spf = [(made.envelope_from, "mfrom", self.chance.choice(("pass", "none", "softfail")))]
        made.dkim = self.chance.choice(([], [("mta.provider.example", "k", "pass")]))

    def _ses_signed(self, made: Made) -> None:
        made.source_ip = self.ses_address()
        made.envelope_from = self.chance.choice((self.bounce, "eu-central-1.amazonses.com", "amazonses.com"))
        made.spf = [(made.envelope_from, "mfrom", "pass")]
        made.dkim = [(self.domain, self.chance.choice(self.tokens), "pass"), ("amazonses.com", "x1", "pass")]

    def _ses_mail_from_alone(self, made: Made) -> None:
        made.source_ip = self.ses_address()
        made.envelope_from = self.bounce
        made.spf = [(self.bounce, "mfrom", "pass")]
        made.dkim = [("amazonses.com", "x1", "pass")]
        made.header_from = self.domain

    def _ses_other(self, made: Made) -> None:
        made.source_ip = self.ses_address()
        made.envelope_from = self.chance.choice(("us-east-1.amazonses.com", "amazonses.com"))
        made.spf = [(made.envelope_from, "mfrom", "pass")]
        made.dkim = [("amazonses.com", "x1", "pass")]

    def _sender_signed(self, made: Made) -> None:
        made.source_ip = self.foreign_address()
        made.envelope_from = "return.crm.example"
        made.spf = [(made.envelope_from, "mfrom", "pass")]
        made.dkim = [(self.domain, "crm1", "pass"), ("crm.example", "k", "pass")]

    def _sender_by_spf(self, made: Made) -> None:
        made.source_ip = self.sender_address()
        made.envelope_from = made.header_from
        made.spf = [(made.header_from, "mfrom", "pass")]
        made.dkim = self.chance.choice(([], [(self.domain, "inv1", "pass")]))

    def _sender_broken(self, made: Made) -> None:
        if self.chance.random() < 0.5:
            made.source_ip, made.envelope_from = self.sender_address(), "invoices.example"
        else:
            made.source_ip, made.envelope_from = self.foreign_address(), "return.crm.example"
        made.spf = [(made.envelope_from, "mfrom", "pass")]
        made.dkim = self.chance.choice(([], [("crm.example", "k", "pass")]))

    def _relayed(self, made: Made) -> None:
        made.source_ip = self.foreign_address()
        made.envelope_from = self.domain
        made.spf = [(self.domain, "mfrom", self.chance.choice(("fail", "softfail")))]
        made.dkim = [(self.domain, self.selector(), "pass")]
        made.reasons = self.chance.choice(([], [("forwarded", "")], [("local_policy", "arc=pass")]))

    def _relayed_with_other_sender(self, made: Made) -> None:
        made.source_ip = self.foreign_address()
        made.envelope_from = self.chance.choice(FORWARDERS)
        made.spf = [(made.envelope_from, "mfrom", "pass")]
        made.dkim = [(self.domain, self.selector(), "pass")]

    def _unknown_key(self, made: Made) -> None:
        made.source_ip = self.foreign_address()
        made.envelope_from = self.chance.choice(SERVICES)
        made.spf = [(made.envelope_from, "mfrom", "pass")]
        made.dkim = [(self.domain, self.chance.choice(("mk1", "hs2", "zendesk1")), "pass")]

    def _spf_alone(self, made: Made) -> None:
        made.source_ip = self.foreign_address()
        made.envelope_from = made.header_from
        made.spf = [(made.header_from, "mfrom", "pass")]
        made.dkim = self.chance.choice(([], [("other.example", "k", "pass")]))

    def _altered_by_list(self, made: Made) -> None:
        self._altered_silently(made)
        how = self.chance.randrange(4)
        if how == 3:
            made.envelope_from = self.chance.choice(FORWARDERS)
            made.spf = [(made.envelope_from, "mfrom", "pass")]
        else:
            made.reasons = [(("mailing_list", ""), ("forwarded", "list"), ("local_policy", "arc=pass as.1.x"))[how]]

    def _altered_silently(self, made: Made) -> None:
        made.source_ip = self.foreign_address()
        made.envelope_from = self.domain
        made.spf = [(self.domain, "mfrom", self.chance.choice(("fail", "softfail")))]
        made.dkim = [(self.domain, self.selector(), "fail")]

    def _forwarded_unsigned(self, made: Made) -> None:
        made.source_ip = self.foreign_address()
        made.envelope_from = self.chance.choice(FORWARDERS)
        made.spf = [(made.envelope_from, "mfrom", "pass")]
        if self.chance.random() < 0.3:
            made.envelope_from = self.domain
            made.spf = [(self.domain, "mfrom", "fail")]
            made.reasons = [("trusted_forwarder", "")]

    def _service(self, made: Made) -> None:
        made.source_ip = self.foreign_address()
        made.envelope_from = self.chance.choice(SERVICES)
        made.spf = [(made.envelope_from, "mfrom", "pass")]
        made.dkim = self.chance.choice(([], [(made.envelope_from, "k", "pass")]))

    def _foreign_not_looked_up(self, made: Made) -> None:
        made.source_ip = self.foreign_address()
        made.envelope_from = self.domain
        made.spf = [(self.domain, "mfrom", self.chance.choice(("fail", "softfail")))]
        made.dkim = [(self.domain, self.selector(), "temperror")]

    def _spoof(self, made: Made) -> None:
        made.source_ip = self.foreign_address()
        made.envelope_from = self.chance.choice((self.domain, "bulk.example"))
        made.spf = [(made.envelope_from, "mfrom", self.chance.choice(("fail", "softfail", "none", "neutral")))]
        if self.chance.random() < self.parameters.forged_signature:
            made.dkim = [(self.domain, self.selector(), "fail")]

    # what receivers make of it

    def _as_reported(self, made: Made) -> None:
        chance, parameters = self.chance.random, self.parameters
        is_spf_the_story = made.row in (2, 6, 7, 8, 9, 12, 13, 15, 16)
        if chance() < parameters.spf_temperror:
            made.spf = [(domain, scope, "temperror") for domain, scope, _ in made.spf]
        if chance() < parameters.no_spf and not is_spf_the_story:
            made.spf = []
        if made.dkim and chance() < parameters.third_signature:
            made.dkim.append((_OTHERS[1], "s", "fail"))
        if made.dkim and chance() < parameters.empty_signature:
            made.dkim.insert(0, ("", "", "fail"))
        # which key it was is then not in the report, so stories that rest on another's key are not told without it
        if chance() < parameters.no_selector and made.row not in (8, 11):
            made.dkim = [(domain, "", result) for domain, _, result in made.dkim]
        if chance() < parameters.capitals:
            made.header_from = made.header_from.title()
            made.dkim = [(domain.upper(), selector, result.title()) for domain, selector, result in made.dkim]
        if chance() < parameters.last_dot:
            made.header_from += "."


def report(world: World, records: list[Made], number: int = 1) -> str:
    """The records as the XML of one report."""
    mode = "s" if world.is_strict else "r"
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>\n<feedback><report_metadata><org_name>receiver.example</org_name>'
        f"<email>dmarc@receiver.example</email><report_id>{number}</report_id><date_range><begin>1790812800</begin>"
        f"<end>1790899199</end></date_range></report_metadata><policy_published><domain>{world.domain}</domain>"
        f"<adkim>{mode}</adkim><aspf>r</aspf><p>none</p></policy_published>\n"
    ]
    lines += [_record(world, made) for made in records]
    lines.append("</feedback>\n")
    return "".join(lines)


def _record(world: World, made: Made) -> str:
    wrong = world.chance.random() < world.parameters.wrong_evaluation
    passes = "fail" if wrong else "pass"
    dkim = passes if any(result.lower() == "pass" for _, _, result in made.dkim) else "fail"
    spf = passes if any(result == "pass" for _, _, result in made.spf) else "fail"
    reasons = "".join(f"<reason><type>{kind}</type><comment>{text}</comment></reason>" for kind, text in made.reasons)
    signatures = "".join(
        f"<dkim><domain>{domain}</domain>{f'<selector>{selector}</selector>' if selector else ''}"
        f"<result>{result}</result></dkim>"
        for domain, selector, result in made.dkim
    )
    senders = "".join(
        f"<spf><domain>{domain}</domain><scope>{scope}</scope><result>{result}</result></spf>"
        for domain, scope, result in made.spf
    )
    return (
        f"<record><row><source_ip>{made.source_ip}</source_ip><count>{made.count}</count><policy_evaluated>"
        f"<disposition>none</disposition><dkim>{dkim}</dkim><spf>{spf}</spf>{reasons}</policy_evaluated></row>"
        f"<identifiers><envelope_from>{made.envelope_from}</envelope_from><header_from>{made.header_from}</header_from>"
        f"</identifiers><auth_results>{signatures}{senders}</auth_results></record>\n"
    )
