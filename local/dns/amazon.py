"""What Amazon's own zones answer to those who send through SES.

`amazonses.com` has the SPF record that `include:amazonses.com` needs; `TOKEN.dkim.amazonses.com` a public key;
`feedback-smtp.REGION.amazonses.com` an address; and ours, `ns1.local.test`, is the name server of every hosted zone.
A dedicated IP is named `aN-N-N-N.smtp-out.amazonses.com`, which leads back to it.
Sources: SES Developer Guide, "Authenticating email with SPF", "Easy DKIM" (verified 2026-11-23). Addresses and keys are
inventions; the names of dedicated IPs have the shape that mail headers show, which AWS does not document.
"""

from __future__ import annotations

import base64
import re
from functools import cache

import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from local.dns.answer import Message, longest, negative, record_set, reply

_SES = dns.name.from_text("amazonses.com.")
_DKIM = dns.name.from_text("dkim.amazonses.com.")
_LOCAL = dns.name.from_text("local.test.")
_NAME_SERVER = dns.name.from_text("ns1.local.test.")
_LEASED = re.compile(r"a(\d+-\d+-\d+-\d+)\.smtp-out\.amazonses\.com")
SPF = "v=spf1 ip4:203.0.113.0/24 -all"
SMTP_ADDRESS = "203.0.113.25"


def pointer(ip: str) -> str:
    """The reverse name of a dedicated IP."""
    return f"a{ip.replace('.', '-')}.smtp-out.amazonses.com"


@cache
def public_key() -> str:
    """The key that every Easy DKIM token leads to, in base64."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    return base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def records(name: dns.name.Name, rtype: str) -> list[dns.rrset.RRset]:
    """The records of a name of Amazon's, or of the local name server; empty when there are none."""
    value = _value(name, rtype)
    return [record_set(name, rtype, [value])] if value else []


def _value(name: dns.name.Name, rtype: str) -> str | None:
    if name == _SES:
        return f'"{SPF}"' if rtype == "TXT" else None
    if name.is_subdomain(_DKIM) and name != _DKIM:
        return _dkim_key() if rtype == "TXT" else None
    if rtype != "A":
        return None
    if name == _NAME_SERVER:
        return "127.0.0.1"
    leased = _LEASED.fullmatch(name.to_text(omit_final_dot=True))
    if leased:
        return leased[1].replace("-", ".")
    return SMTP_ADDRESS if name.labels[0].endswith(b"-smtp") and name.is_subdomain(_SES) else None


def _dkim_key() -> str:
    text = f"p={public_key()}"
    return " ".join(f'"{text[start : start + 255]}"' for start in range(0, len(text), 255))


class AmazonZones:
    """Answers for amazonses.com and local.test."""

    def zone_of(self, name: dns.name.Name) -> dns.name.Name | None:
        return longest(name, (_SES, _LOCAL))

    def respond(self, query: Message, *, over_tcp: bool) -> Message | None:
        question = query.question[0]
        zone = self.zone_of(question.name) or dns.name.root
        found = records(question.name, dns.rdatatype.to_text(question.rdtype))
        if not found:
            others = any(records(question.name, rtype) for rtype in ("A", "TXT"))
            return negative(query, zone, dns.rcode.NOERROR if others else dns.rcode.NXDOMAIN)
        made = reply(query)
        made.answer.extend(found)
        return made
