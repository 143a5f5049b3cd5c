"""Independent readers of what was deployed: they ask the local cloud's DNS, over the network, as receivers do."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.message import EmailMessage
from typing import Any
from unittest.mock import patch

import checkdmarc.dmarc
import checkdmarc.spf
import checkdmarc.utils
import dkim
import dns.resolver

from local.cloud import LocalCloud
from staygreen.adapters.sources.world import connect
from staygreen.core.checks import auth_records, reverse_dns
from staygreen.core.config.config import Config
from staygreen.core.declared.record import Purpose
from staygreen.core.declared.zone import records
from staygreen.core.finding import State

with warnings.catch_warnings():
    # A module of 2020: its patterns are written without r"".
    warnings.simplefilter("ignore")
    import spf

SES, STRANGER = "203.0.113.25", "198.51.100.99"
"""SES's address is one of those that the local amazonses.com has."""


def found_by_our_checks(config: Config, cloud: LocalCloud) -> set[tuple[str, str, str]]:
    """What the checks of records find about a deployed sender, from here as from a function: subject, cause, state."""
    with patch.dict(os.environ, cloud.client_variables()):
        # nothing is kept from run to run: where records alone are deployed, there is no table for it
        ask = replace(connect(config.names), kept=None)
        reports = [check.run(check.settings(config), ask) for check in (auth_records, reverse_dns)]
    assert all(each.is_full for report in reports for each in report.coverage)
    return {
        (each.subject.id, each.cause, each.state.value)
        for report in reports
        for each in report.findings
        if each.state is not State.OK
    }


class Judges:
    """checkdmarc, pyspf and dkimpy at one DNS server.

    Args:
        config: what was deployed: it only says which names to look at.
        dns_address: ADDR:PORT.
    """

    def __init__(self, config: Config, dns_address: str) -> None:
        self.config = config
        self.names = {(record.name, record.purpose) for record in records(config) if "${" not in record.name}
        address, _, port = dns_address.partition(":")
        self.resolver = dns.resolver.Resolver(configure=False)
        self.resolver.nameservers, self.resolver.port = [address], int(port)

    def judge(self) -> int:
        """Every judge reads every name. Gives how many names were judged."""
        return sum((self.checkdmarc_accepts(), self.pyspf_tells_ours_from_strangers()))

    def of(self, *purposes: Purpose) -> list[str]:
        return sorted({name for name, purpose in self.names if purpose in purposes})

    def checkdmarc_accepts(self) -> int:
        checkdmarc.utils.DNS_CACHE.clear()
        parked = {domain.name for domain in self.config.domains if domain.parked}
        with_spf, with_dmarc = self.of(Purpose.APEX_TXT, Purpose.MAIL_FROM_SPF), self.of(Purpose.DMARC)
        for name in with_spf:
            result = checkdmarc.spf.check_spf(name, parked=name in parked, resolver=self.resolver)
            assert result["valid"], result
        for name in (each.removeprefix("_dmarc.") for each in with_dmarc):
            result = checkdmarc.dmarc.check_dmarc(name, parked=name in parked, resolver=self.resolver)
            assert result["valid"], result
            assert not [line for line in result["warnings"] if "authori" in line or "does not indicate" in line], result
        for domain in self.config.domains:
            if domain.ses and domain.manage and domain.mail_from_name and not domain.parked:
                (exchange,) = self.resolver.resolve(domain.mail_from_name, "MX")
                assert exchange.exchange.to_text() == f"feedback-smtp.{self.config.sender.region}.amazonses.com."
        return len(with_spf) + len(with_dmarc)

    def pyspf_tells_ours_from_strangers(self) -> int:
        mail_from, apex = self.of(Purpose.MAIL_FROM_SPF), self.of(Purpose.APEX_TXT)
        with self._pyspf_asks_here():
            for name in mail_from:
                assert self._spf(SES, name) == "pass", name
                assert self._spf(STRANGER, name) in ("fail", "softfail"), name
            for name in apex:
                assert self._spf(STRANGER, name) in ("fail", "softfail"), name
            for domain in self.config.domains:
                for mechanism in domain.spf.mechanisms if domain.spf and domain.manage else ():
                    kind, _, host = mechanism.value.partition(":")
                    if kind == "a":
                        server = self.resolver.resolve(host, "A")[0].to_text()
                        assert self._spf(server, domain.name) == "pass", (server, domain.name)
        return len(mail_from) + len(apex)

    def dkimpy_verifies(self, domain: str, selector: str, private_key: bytes) -> bool:
        """Whether a message that the key signed is right by the published record."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = f"someone@{domain}", "reader@example.org", "Signed"
        message.set_content("Signed with the private half; the public half is in DNS.\n")
        raw = message.as_bytes().replace(b"\n", b"\r\n")
        signature = dkim.sign(raw, selector.encode(), domain.encode(), private_key)
        return bool(dkim.verify(signature + raw, dnsfunc=self._txt))

    def _txt(self, name: bytes | str, timeout: int = 5) -> bytes | None:
        text = name.decode() if isinstance(name, bytes) else name
        try:
            return b"".join(self.resolver.resolve(text, "TXT")[0].strings)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return None

    def _spf(self, ip: str, domain: str) -> str:
        return str(spf.check2(i=ip, s=f"someone@{domain}", h=f"helo.{domain}")[0])

    @contextmanager
    def _pyspf_asks_here(self) -> Iterator[None]:
        """Pyspf takes a look-up function and no server."""
        original = spf.DNSLookup
        spf.DNSLookup = self._pyspf_lookup
        try:
            yield
        finally:
            spf.DNSLookup = original

    def _pyspf_lookup(self, name: str, qtype: str, *_args: Any, **_kwargs: Any) -> list[tuple[tuple[str, str], Any]]:
        try:
            answers = self.resolver.resolve(name, qtype)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        return [((name, qtype), _pyspf_value(qtype, each)) for each in answers]


def _pyspf_value(qtype: str, answer: Any) -> Any:
    if qtype == "TXT":
        return answer.strings
    if qtype == "MX":
        return answer.preference, answer.exchange.to_text(True)
    return answer.to_text()
