"""Mends XML that is not well-formed, in the ways that reporters break it.

Used only after expat refused the same bytes: tags of a stray schema go, characters that XML does not have go, and a
`<` or `&` that begins no markup is taken as text.
"""

from __future__ import annotations

import re

NAMES = (
    "feedback|version|report_metadata|org_name|email|extra_contact_info|report_id|date_range|begin|end|error|generator"
    "|policy_published|domain|adkim|aspf|p|sp|np|pct|fo|testing|discovery_method|record|row|source_ip|count"
    "|policy_evaluated|disposition|dkim|spf|reason|type|comment|identifiers|identities|header_from|envelope_from"
    "|envelope_to|auth_results|selector|result|human_result|scope|extension"
)
_CONTROLS = bytes(byte for byte in range(32) if byte not in b"\t\n\r")
_SCHEMA_TAG = re.compile(rb"</?xsd?:schema\b[^<>]{0,1000}>?")
_NO_CHARACTER = re.compile(rb"&#(?:0*(?:[0-8]|1[124-9]|2[0-9]|3[01]|11|12)|x0*(?:[0-8bcBC]|[eE]|[fF]|1[0-9a-fA-F]));")
_LONE_AMPERSAND = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});)")
_LONE_BRACKET = re.compile(
    rb"<(?!/?(?:"
    + NAMES.encode()
    + rb")[\s/>]|\?xml\b|!--|!\[CDATA\[|!DOCTYPE|/?[A-Za-z_][\w.\-]{0,60}:[\w.\-]{1,60}[\s/>])"
)
_PREFIXED = re.compile(rb"</?([A-Za-z_][\w.\-]{0,60}):[\w.\-]{1,60}(?:\s[^<>]{0,1000})?/?>")
_DECLARED_PREFIX = re.compile(rb"\bxmlns:([A-Za-z_][\w.\-]{0,60})\s{0,10}=")


def repaired(xml: bytes, root: bytes = b"") -> bytes:
    """The same text with what breaks it mended.

    Args:
        xml: UTF-8.
        root: The start tag of the root, where it is not in `xml`; it may declare prefixes.
    """
    xml = xml.translate(None, _CONTROLS).replace(b"\xef\xbf\xbe", b"").replace(b"\xef\xbf\xbf", b"")
    xml = _SCHEMA_TAG.sub(b"", xml)
    xml = _NO_CHARACTER.sub(b"", xml)
    xml = _LONE_AMPERSAND.sub(b"&amp;", xml)
    xml = _LONE_BRACKET.sub(b"&lt;", xml)
    known = {b"xml", *_DECLARED_PREFIX.findall(root), *_DECLARED_PREFIX.findall(xml)}
    return _PREFIXED.sub(lambda tag: tag[0] if tag[1] in known else b"", xml)
