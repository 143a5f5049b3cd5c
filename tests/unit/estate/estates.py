"""Estates as people really have them, made from a number: the same number makes the same estate."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from random import Random

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from staygreen.core.config.tables.sender import Sender
from staygreen.core.dns.message import Question, Rcode, Reply
from staygreen.core.estate.found import (
    Estate,
    EventDestination,
    FoundAddress,
    FoundPool,
    FoundSet,
    HostedZone,
    Identity,
    IdentityDetails,
    OwnedKind,
    Owner,
    RecordSet,
    Subscription,
)
from staygreen.core.preflight.world import Sending
from staygreen.core.published.dns_cache import Answers
from staygreen.core.records import txt

ACCOUNT, REGION = "000000000000", "eu-central-1"
SENDER = Sender(name="found", account=ACCOUNT, region=REGION)
TTLS = (0, 60, 300, 600, 1800, 3600, 86400)


@cache
def public_key(bits: int = 2048) -> str:
    """A public key, made once for each length."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits).public_key()
    return base64.b64encode(
        key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    ).decode()


@dataclass
class Made:
    """An estate, what public DNS says, and which peculiarities it has."""

    estate: Estate
    answers: Answers
    peculiarities: Counter[str]


@dataclass
class Maker:
    """Makes one estate.

    Args:
        rng: Where its choices come from.
    """

    rng: Random
    records: dict[str, list[RecordSet]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    """Zone names by id, the longest last."""
    seen: Counter[str] = field(default_factory=Counter)
    elsewhere: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    identities: list[Identity] = field(default_factory=list)
    sets: list[FoundSet] = field(default_factory=list)

    def peculiar(self, what: str, chance: float) -> bool:
        """Whether this estate has a peculiarity here."""
        hit = self.rng.random() < chance
        self.seen[what] += hit
        return hit

    def zone(self, name: str) -> str:
        zone_id = f"Z{len(self.names):05d}{''.join(c for c in name.upper() if c.isalnum())}"
        self.names[zone_id] = name
        self.records[zone_id] = [
            RecordSet(name=name, type="NS", ttl=timedelta(days=2), values=("ns1.aws.example.",)),
            RecordSet(name=name, type="SOA", ttl=timedelta(minutes=15), values=("ns1.aws.example. h. 1 2 3 4 5",)),
        ]
        return zone_id

    def publish(self, name: str, rtype: str, *values: str, routed: bool = False, alias: bool = False) -> None:
        """Put a record set into the zone that holds its name, or into public DNS where the account has none."""
        holding = [(len(zone), key) for key, zone in self.names.items() if name == zone or name.endswith(f".{zone}")]
        if not holding:
            texts = tuple(txt.text_of_route53(each) or "" if rtype == "TXT" else each for each in values)
            self.elsewhere[name, rtype] = texts
            return
        zone_id = max(holding)[1]
        if any((each.name, each.type) == (name, rtype) for each in self.records[zone_id]):
            return
        ttl = timedelta(seconds=self.rng.choice(TTLS))
        if routed:
            for part in ("a", "b"):
                self.records[zone_id].append(
                    RecordSet(name=name, type=rtype, ttl=ttl, values=values, routing=f"weighted ({part})")
                )
        elif alias:
            self.records[zone_id].append(RecordSet(name=name, type=rtype, alias="elsewhere.example"))
        else:
            self.records[zone_id].append(RecordSet(name=name, type=rtype, ttl=ttl, values=values))

    # --- record data ------------------------------------------------------------------------------------------------

    def quoted(self, text: str) -> str:
        """A text as Route 53 has it: in one string, or in several."""
        if self.peculiar("split strings", 0.2) and len(text) > 3:
            at = self.rng.randrange(1, len(text))
            return " ".join(txt.route53_value(part) for part in (text[:at], text[at:]))
        return txt.route53_value(text)

    def cased(self, text: str) -> str:
        return text.upper() if self.peculiar("mixed case", 0.15) else text

    def spf(self, name: str) -> str:
        terms = self.rng.sample(
            ["include:_spf.google.com", "include:sendgrid.net", "ip4:192.0.2.0/24", "ip6:2001:db8::/32", "a", "mx",
             f"a:mail.{name}", "exists:%{i}._spf.example.org", "+include:mailgun.org", "?include:odd.example"],
            self.rng.randrange(0, 5),
        )  # fmt: skip
        last = self.rng.choice(["~all", "-all"])
        if self.peculiar("no setting says the SPF record", 0.15):
            last = self.rng.choice(
                ["?all", "+all", "redirect=_spf.example.net", "ptr ~all", "exp=why.example ~all", ""]
            )
        gap = "  " if self.peculiar("two spaces", 0.1) else " "
        return gap.join(["v=spf1", *terms, *filter(None, [last])])

    def apex(self, name: str) -> None:
        texts = [self.spf(name)] if self.rng.random() < 0.85 else []
        if self.peculiar("two SPF records", 0.05):
            texts.append("v=spf1 -all")
        if self.peculiar("odd apex strings", 0.6):
            texts += self.rng.sample(
                ["google-site-verification=abc", 'a "quoted" one', "back\\slash", "MS=ms1234", "grüße", "v=spf2.0/pra",
                 "x" * 300, "it's; odd, {really}", "#no comment", "tab\there", "v=spf10 like"],
                self.rng.randrange(1, 4),
            )  # fmt: skip
        self.rng.shuffle(texts)
        values = [self.quoted(each) for each in texts]
        if self.peculiar("octets that are no text", 0.05):
            values.append('"\\377\\376"')
        if values:
            alias = self.peculiar("alias", 0.03)
            routed = not alias and self.peculiar("weighted record", 0.05)
            self.publish(name, "TXT", *values, routed=routed, alias=alias)

    def dmarc(self, name: str) -> None:
        owner = f"_dmarc.{name}"
        if self.peculiar("DMARC by CNAME", 0.08):
            self.publish(owner, "CNAME", f"{name}.dmarc.vendor.example.")
            return
        policy = self.rng.choice(["none", "quarantine", "reject", "Reject"])
        tags = ["v=DMARC1", f"p={policy}"]
        options = [
            "sp=none", "np=reject", "adkim=s", "aspf=r", "t=y", "pct=50", "fo=1",
            f"rua=mailto:dmarc@{name}", "rua=mailto:Reports@vendor.example!10m", "rua=https://vendor.example/r",
            f"ruf=mailto:ruf@{name}",
        ]  # fmt: skip
        used: set[str] = set()
        for option in self.rng.sample(options, self.rng.randrange(0, 5)):
            if option[:3] not in used:
                used.add(option[:3])
                tags.append(option)
        separator = self.rng.choice(["; ", ";", " ; "])
        text = separator.join(tags) + self.rng.choice(["", ";"])
        values = [self.quoted(text)]
        if self.peculiar("two DMARC records", 0.05):
            values.append('"v=DMARC1; p=none"')
        if self.peculiar("broken DMARC record", 0.05):
            values = [txt.route53_value(self.rng.choice(["v=DMARC1 p=none", "p=reject", "v=DMARC1; p=maybe"]))]
        self.publish(owner, "TXT", *values, routed=self.peculiar("weighted record", 0.05))

    def transport(self, name: str) -> None:
        if self.rng.random() < 0.2:
            self.publish(
                f"_mta-sts.{name}", "TXT", self.rng.choice(['"v=STSv1; id=20261201"', '"v=STSv1;id=a-b;"', '"v=STSv1"'])
            )
        if self.rng.random() < 0.2:
            value = self.rng.choice(
                ['"v=TLSRPTv1; rua=mailto:tls@example.net"', '"v=TLSRPTv1;rua=mailto:A@b.example,mailto:c@d.example"',
                 '"v=TLSRPTv1; rua=https://vendor.example/tls"']
            )  # fmt: skip
            self.publish(f"_smtp._tls.{name}", "TXT", value)

    # --- SES --------------------------------------------------------------------------------------------------------

    def identity(self, name: str) -> None:
        own = self.peculiar("BYODKIM", 0.2)
        half = self.peculiar("half verified", 0.15)
        tokens = (f"S{self.rng.randrange(99)}",) if own else tuple(f"{name.replace('.', '')}t{i}" for i in range(3))
        if own:
            if not self.peculiar("key not in DNS", 0.1):
                key = public_key(1024 if self.peculiar("short key", 0.1) else 2048)
                text = self.rng.choice([f"v=DKIM1; k=rsa; p={key}", f"p={key}", f"v=DKIM1;p={key};"])
                self.publish(f"{tokens[0].lower()}._domainkey.{name}", "TXT", self.quoted(text))
        else:
            dot = self.rng.choice(["", "."])
            for token in tokens[: self.rng.randrange(3) if half else 3]:
                self.publish(f"{token}._domainkey.{name}", "CNAME", f"{self.cased(token + '.dkim.amazonses.com')}{dot}")
        details = None
        if not self.peculiar("details not read", 0.05):
            named = [each.name for each in self.sets]
            details = IdentityDetails(
                is_easy_dkim=not own,
                key_length="" if own else self.rng.choice(["RSA_2048_BIT", "RSA_2048_BIT", "RSA_1024_BIT", ""]),
                configuration_set=self.rng.choice(["", *named]),
            )
        mail_from = ""
        if self.rng.random() < 0.7:
            mail_from = f"{self.rng.choice(['bounce', 'mail', 'a.b'])}.{name}"
            self.mail_from(mail_from)
        self.identities.append(
            Identity(
                name=self.cased(name),
                is_domain=True,
                verification="PENDING" if half else "SUCCESS",
                is_signing=not self.peculiar("signing switched off", 0.1),
                dkim_tokens=tokens,
                mail_from=mail_from,
                rejects_on_mx_failure=self.peculiar("rejects on MX failure", 0.2),
                forwards_feedback=not self.peculiar("no feedback by mail", 0.2),
                details=details,
            )
        )

    def mail_from(self, name: str) -> None:
        region = "us-east-1" if self.peculiar("MAIL FROM of another region", 0.05) else REGION
        if not self.peculiar("MAIL FROM without records", 0.1):
            dot = self.rng.choice(["", "."])
            routed = self.peculiar("weighted record", 0.05)
            self.publish(name, "MX", self.cased(f"10 feedback-smtp.{region}.amazonses.com") + dot, routed=routed)
            self.publish(name, "TXT", self.quoted(f"v=spf1 include:amazonses.com {self.rng.choice(['~', '-'])}all"))

    def configuration_sets(self, pools: Iterable[str]) -> Iterator[FoundSet]:
        for number in range(self.rng.randrange(0, 4)):
            odd = self.peculiar("a set that no setting says", 0.2)
            vdm = self.rng.random() < 0.3
            yield FoundSet(
                name=f"Set_{number}",
                tls_policy=self.rng.choice(["OPTIONAL", "REQUIRE"]),
                pool=self.rng.choice(["", *pools]),
                max_delivery=timedelta(hours=1) if odd else None,
                has_reputation_metrics=self.rng.random() < 0.5,
                is_sending=not self.peculiar("a paused set", 0.1),
                suppressed_reasons=self.rng.choice([None, (), ("BOUNCE",), ("BOUNCE", "COMPLAINT")]),
                tracking_domain=self.rng.choice(["", "click.example.net"]),
                has_engagement=vdm,
                has_shared_delivery=vdm and not self.peculiar("half of VDM", 0.1),
                destinations=(EventDestination(name="sns", kinds=("BOUNCE",), to="arn:aws:sns:eu-central-1:1:t"),)
                if self.rng.random() < 0.4
                else (),
            )

    def addresses(self, zones: list[str]) -> Iterator[FoundAddress]:
        for number in range(self.rng.randrange(0, 4)):
            ip = f"192.0.2.{10 + number}"
            name = f"mx{number}.{self.rng.choice(zones)}"
            if self.peculiar("a generic reverse name", 0.1):
                name = f"ec2-192-0-2-{10 + number}.compute.amazonaws.com"
            elif self.peculiar("an address that shares its name", 0.15):
                self.publish(name, "A", ip, "198.51.100.9")
            elif not self.peculiar("a reverse name that leads nowhere", 0.1):
                self.publish(name, "A", ip, routed=self.peculiar("weighted record", 0.05))
            yield FoundAddress(
                allocation_id=f"eipalloc-{number:017x}",
                ip=ip,
                reverse_name="" if self.peculiar("no reverse name", 0.2) else name,
                attached_to=self.rng.choice(["", "i-0123456789abcdef0"]),
            )

    # --- all of it --------------------------------------------------------------------------------------------------

    def domains(self, zones: list[str]) -> list[str]:
        found = list(zones)
        for name in zones:
            if self.peculiar("a zone below a zone", 0.2):
                self.zone(f"bounce.{name}")
            if self.peculiar("subdomain identity", 0.4):
                found.append(f"news.{name}")
        if self.peculiar("zone elsewhere", 0.4):
            found.append("elsewhere.test")
        if self.peculiar("two names of one stack", 0.05):
            found += [f"x-y.{zones[0]}", f"x.y.{zones[0]}"]
        return found

    def mail_of(self, name: str, receiver: str) -> None:
        if self.rng.random() < 0.85:
            self.identity(name)
        self.apex(name)
        self.dmarc(name)
        self.transport(name)
        if self.peculiar("reports to a zone of the account", 0.2):
            self.publish(f"{name}._report._dmarc.{receiver}", "TXT", '"v=DMARC1;"')

    def hosted_zones(self, first: str) -> Iterator[HostedZone]:
        for key, name in self.names.items():
            servers, records = ("ns1.aws.example",), tuple(self.records[key])
            yield HostedZone(id=key, name=name, servers=servers, is_live=True, records=records)
        if self.peculiar("a zone that DNS does not ask", 0.1):
            yield HostedZone(id="ZOLD", name=first, is_live=False, records=())
        if self.peculiar("a private zone", 0.1):
            yield HostedZone(id="ZPRIVATE", name=first, is_private=True, records=())

    def owners(self) -> dict[tuple[OwnedKind, str], Owner]:
        if not self.peculiar("an owner beside it", 0.15) or not self.identities:
            return {}
        name = self.rng.choice(self.identities).name.lower()
        place = "aws_ses_domain_identity.main"
        return {(OwnedKind.IDENTITY, name): Owner(tool="Terraform", place=place, evidence="the state file names it")}

    def make(self) -> Made:
        zones = [f"{letter}{self.rng.randrange(100)}.example" for letter in "abc"[: self.rng.randrange(1, 4)]]
        for name in zones:
            self.zone(name)
        pools = [f"pool-{number}" for number in range(self.rng.randrange(0, 3))]
        self.sets = list(self.configuration_sets(pools))
        for name in self.domains(zones):
            self.mail_of(name, zones[0])
        if self.peculiar("a mail address as identity", 0.3):
            address = f"Info@{zones[0]}"
            self.identities.append(
                Identity(name=address, is_domain=False, is_signing=False, mail_from="", forwards_feedback=True)
            )
        addresses = tuple(self.addresses(zones))
        subscription = Subscription(topic="arn:aws:sns:r:1:bounces", protocol="email", endpoint="a\x1b[31m@b.example")
        estate = Estate(
            account=ACCOUNT,
            region=REGION,
            identities=tuple(self.identities),
            configuration_sets=tuple(self.sets),
            pools=tuple(FoundPool(name=name, is_managed=self.rng.random() < 0.3) for name in pools),
            zones=tuple(self.hosted_zones(zones[0])),
            addresses=addresses,
            sending=Sending(
                is_production=True, is_paused=False, enforcement="HEALTHY", daily_quota=50000, sent_in_a_day=12
            ),
            subscriptions=(subscription,),
            elsewhere={"us-east-1": 2} if self.peculiar("identities in another region", 0.2) else {},
            owners=self.owners(),
            failures={"tenants": "AccessDenied"} if self.peculiar("a part that could not be read", 0.2) else {},
        )
        return Made(estate, Answers(self._lookup(silent=self.peculiar("DNS is silent", 0.1))), self.seen)

    def _lookup(self, *, silent: bool) -> Callable[[Iterable[Question]], Iterator[Reply]]:
        def lookup(questions: Iterable[Question]) -> Iterator[Reply]:
            for question in questions:
                values = self.elsewhere.get((question.name, question.rtype.value), ())
                rcode = Rcode.SERVFAIL if silent else Rcode.NOERROR if values else Rcode.NXDOMAIN
                yield Reply(question=question, rcode=rcode, values=() if silent else values)

        return lookup


@cache
def estate(number: int) -> Made:
    """The estate of a number, for reading alone: it is made once."""
    return Maker(Random(number)).make()  # noqa: S311 - repeatable, and no secret
