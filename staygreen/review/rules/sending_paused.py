"""`sending-paused`: a configuration set no longer sends."""

from collections.abc import Iterator

from staygreen.core.mail_facts.facts import Fact, Facts, Kind
from staygreen.core.mail_facts.severity import Severity
from staygreen.review.rule import Rule, Said


def _judge(facts: Facts) -> Iterator[Said]:
    for fact in facts.of(Kind.CONFIGURATION_SET):
        if _is_off(fact):
            yield Said(
                severity=Severity.STOP,
                fact=fact,
                after="SendingEnabled false",
                consequence=f"SES refuses mail that names the configuration set {fact.key}, and mail of identities "
                "whose default it is: sending is switched off.",
            )


def _is_off(fact: Fact) -> bool:
    options = fact.value.get("SendingOptions")
    return isinstance(options, dict) and str(options.get("SendingEnabled", True)).lower() == "false"


RULE = Rule(
    id="sending-paused",
    reason="Mail that SES refuses is lost unless the application keeps it.",
    reference="https://docs.aws.amazon.com/ses/latest/dg/sending-sending-pausing.html",
    remedy="Leave SendingEnabled out of the template: pause in an emergency, and where it can be resumed at once.",
    state=_judge,
)
