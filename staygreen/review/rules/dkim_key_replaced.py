"""`dkim-key-replaced`: the key changes with no time in which both are published."""

from collections.abc import Iterator

from staygreen.core.mail_facts.facts import Kind
from staygreen.core.mail_facts.pairing import Comparison
from staygreen.core.mail_facts.severity import Severity
from staygreen.core.records import dkim
from staygreen.core.records.fault import Fault
from staygreen.review.rule import Rule, Said
from staygreen.review.rules.dkim_gap import is_dkim, signer
from staygreen.review.texts import has_open


def _judge(comparison: Comparison) -> Iterator[Said]:
    for change in comparison.of(Kind.RECORD):
        before, after = change.before, change.after
        if before is None or after is None or not is_dkim(after) or before.values == after.values:
            continue
        if has_open(after) or has_open(before) or "longest_string" in before.value:  # that was never published
            continue
        if _keys(before.values) == _keys(after.values):
            continue
        yield Said(
            severity=Severity.STOP,
            fact=after,
            before=", ".join(before.values),
            after=", ".join(after.values),
            consequence=f"{signer(after)} changes the key under one selector: until caches have expired, mail is "
            "checked against a key that it was not signed with.",
        )
    for change in comparison.of(Kind.IDENTITY):
        if change.before is None or change.after is None:
            continue
        selector = str(change.now("selector"))
        name = f"{selector}._domainkey.{change.fact.key}"
        if selector and change.differs("selector") and not comparison.base.records("TXT", name):
            yield Said(
                severity=Severity.STOP,
                fact=change.after,
                before=f"selector {change.was('selector') or '(Easy DKIM)'}",
                after=f"selector {selector}",
                consequence=f"SES signs mail of {change.fact.key} with a key that was not published before this "
                "deployment, so receivers may not find it.",
            )
        elif not selector and change.was("selector"):
            yield Said(
                severity=Severity.STOP,
                fact=change.after,
                before=f"selector {change.was('selector')}",
                after="Easy DKIM",
                consequence=f"SES stops signing mail of {change.fact.key} with the key {change.was('selector')}, and "
                "signs with keys of its own only once it has found their records.",
                remedy="Keep the old selector published for a week, and deploy in a quiet hour: the records of Easy "
                "DKIM are known only after the switch.",
            )
        elif selector and change.differs("private_key") and not change.differs("selector"):
            yield Said(
                severity=Severity.STOP,
                fact=change.after,
                before=f"private key {change.was('private_key')} (fingerprint)",
                after=f"private key {change.now('private_key')} (fingerprint)",
                consequence=f"SES signs mail of {change.fact.key} with another private key under the same selector "
                f"{selector}.",
            )


def _keys(values: tuple[str, ...]) -> list[str]:
    parsed = [(value, dkim.parse(value)) for value in values]
    return [value if isinstance(key, Fault) else key.public_key for value, key in parsed]


RULE = Rule(
    id="dkim-key-replaced",
    reason="Mail in transit carries the old signature, and resolvers keep the old key for its TTL.",
    reference="https://www.rfc-editor.org/rfc/rfc6376#section-3.1",
    remedy="Rotate in three deployments: publish a second selector, switch signing to it, remove the first.",
    change=_judge,
)
