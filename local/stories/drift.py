"""What is declared drifts, one thing at a time: each is one finding, and one of them is told from alert to recovery."""

from __future__ import annotations

from datetime import timedelta

from local import drifts
from local.drifts import CHECKS, COM, DOMAIN, Drift
from local.stage import Stage
from local.stories.telling import deploy, dig, require, show_mail, step, title

_TOLD = "one Easy DKIM name is lost"
_SHOWN = (
    "the apex TXT records are lost",
    "a second system publishes its own SPF record",
    "eleven lookups",
    "our own key is revoked",
    "the policy is weakened",
    "the MX of another region",
    "signing is switched off",
    "a reverse name that leads elsewhere",
    "readers complain about one kind of mail",
    "a configuration set is switched off",
)
_CLEARS = 3


def play(played: Stage) -> None:
    """Let a DKIM record be lost and found again, then ten other things drift."""
    key = drifts.public_key()
    played.config.write_text(drifts.declared(played.config.read_text(), key))
    played.cloud.prepare(played.config)
    deploy(played)
    (address,) = played.addresses()
    played.cloud.publish(COM, "smtp.example.com", "A", str(address["PublicIp"]))
    every = {each.name: each for each in drifts.drifts(key)}
    with step("the four checks run"):
        for check in CHECKS:
            drifts.run(played, check)
    require(not drifts.found(played), "the sender is clean as deployed")
    _one_in_full(played, every[_TOLD])
    title("Ten other drifts, each found by the next run of its check, and gone after its repair")
    for name in _SHOWN:
        _one(played, every[name])


def _one_in_full(played: Stage, drift: Drift) -> None:
    title("A move of the zone forgets one of the three names of Easy DKIM")
    repair = drift.happens(played)
    with step("an hour passes; the deployed schedule looks: seen once, not told"):
        played.run_check(drift.check)
    require(not played.alerts(), "one sighting raises no alert")
    with step("another hour"):
        played.run_check(drift.check)
        alert = played.wait_for_alert("opened", DOMAIN)
    require(alert["cause"] == drift.cause, f"the alert says {drift.cause}")
    show_mail(played, alert)
    repair()
    tokens = played.cloud.client("sesv2").get_email_identity(EmailIdentity=DOMAIN)["DkimAttributes"]["Tokens"]
    title("The record is put back")
    require(dig(played, f"{tokens[0]}._domainkey.{DOMAIN}", "CNAME"), "it is published again")
    with step("three hours, three clean runs"):
        for _ in range(_CLEARS):
            played.run_check(drift.check, timedelta(hours=1))
        show = played.wait_for_alert("cleared", DOMAIN)
    show_mail(played, show)


def _one(played: Stage, drift: Drift) -> None:
    subject = drift.subject or str(played.addresses()[0]["PublicIp"])
    repair = drift.happens(played)
    drifts.run(played, drift.check)
    seen = drifts.found(played)
    require(seen == {(drift.check, subject, drift.cause)}, f"{drift.name}: {drift.check} says {drift.cause}")
    repair()
    for _ in range(_CLEARS):
        drifts.run(played, drift.check)
        if not drifts.found(played):
            return
    require(not drifts.found(played), "gone after the repair")
