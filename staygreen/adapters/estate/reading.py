"""All of an estate: one question after another, and a failure of one hides no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, TypeVar

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from staygreen.adapters.estate import addresses, elsewhere, identities, sending, stacks, zones
from staygreen.adapters.ses.pace import Pace
from staygreen.core.estate.found import Estate, Identity, OwnedKey, Owner, StackResource, Subscription
from staygreen.core.estate.owners import of_stacks, of_tags
from staygreen.core.naming import ResourceNames
from staygreen.core.published.dns_cache import Answers

_Answer = TypeVar("_Answer")
_ONCE = Config(retries={"total_max_attempts": 1})
"""Of SES: the pace repeats what was too much."""
_PATIENT = Config(retries={"mode": "standard", "total_max_attempts": 8})
"""Of Route 53, which takes five requests a second of an account, and CloudFormation."""
Tell = Callable[[str], None]


@dataclass(kw_only=True)
class Reader:
    """Reads one region of one account.

    Args:
        session: A boto3 session.
        region: The region.
        answers: Public DNS, to see which zones it asks.
        names: The deployment whose own stacks are no strangers.
        tell: Is told what is being read.
        pace: At which SES is asked.
        reason: What a person is told of an error.
        all_regions: Look for identities in the other regions too.
    """

    session: Any
    region: str
    answers: Answers
    names: ResourceNames
    tell: Tell = lambda text: None
    pace: Pace = field(default_factory=Pace)
    reason: Callable[[BaseException], str] = str
    all_regions: bool = True
    _failures: dict[str, str] = field(default_factory=dict, init=False)

    def read(self) -> Estate:
        """Read everything but the details of identities, of which each takes a call."""
        sesv2, ses = self._client("sesv2", _ONCE), self._client("ses", _ONCE)
        self.tell("the account")
        account = self._asked("credentials", lambda: str(self._client("sts").get_caller_identity()["Account"]))
        self.tell("hosted zones")
        found = self._asked("hosted zones", lambda: tuple(self._zones()))
        self.tell("Elastic IPs")
        eips = self._asked("Elastic IPs", lambda: tuple(addresses.addresses(self._client("ec2", _PATIENT))))
        self.tell("identities")
        known = self._asked("identities", lambda: identities.listed(sesv2, self.pace))
        rules = self._asked("receipt rules", lambda: sending.receipt_rules(ses, self.pace))
        estate = Estate(
            account=account or "",
            region=self.region,
            identities=self._attributed(ses, known),
            configuration_sets=self._asked(
                "configuration sets", lambda: tuple(sending.configuration_sets(sesv2, self.pace))
            ),
            pools=self._asked("dedicated IP pools", lambda: tuple(sending.pools(sesv2, self.pace))),
            tenants=self._asked("tenants", lambda: sending.tenants(sesv2, self.pace)),
            rule_set=rules[0] if rules else "",
            receipt_rules=rules[1] if rules else None,
            zones=found,
            addresses=eips,
            sending=self._asked("SES", lambda: sending.account(sesv2, self.pace)),
        )
        return self._completed(estate)

    def with_details(self, estate: Estate, names: Iterable[str] | None = None) -> Estate:
        """Read the details of identities too: all of them, or those of some names."""
        known = estate.identities
        if not known:
            return estate
        chosen = None if names is None else {name.lower() for name in names}

        def wanted(each: Identity) -> bool:
            return each.is_domain if chosen is None else each.name.lower() in chosen

        sesv2 = self._client("sesv2", _ONCE)
        detailed = self._asked(
            "details of identities",
            lambda: tuple(
                identities.with_details(sesv2, self.pace, known, wanted, self._progress("details of identities"))
            ),
        )
        found = replace(estate, identities=detailed or known, failures=MappingProxyType(dict(self._failures)))
        return self._owned(found, ())

    def _attributed(self, ses: Any, known: tuple[Identity, ...] | None) -> tuple[Identity, ...] | None:
        if not known:
            return known
        found = self._asked(
            "DKIM and MAIL FROM of identities",
            lambda: tuple(identities.with_attributes(ses, self.pace, known, self._progress("identities"))),
        )
        return known if found is None else found

    def _completed(self, estate: Estate) -> Estate:
        self.tell("stacks")
        owned = self._asked("stacks", lambda: tuple(stacks.resources(self._client("cloudformation", _PATIENT))))
        if self.all_regions:
            self.tell("other regions")
            estate = replace(estate, elsewhere=elsewhere.identities(self.session, self.region))
        self.tell("subscriptions")
        unread = sum(each.is_domain and each.details is None for each in estate.identities or ())
        estate = replace(
            estate,
            subscriptions=self._asked("subscriptions", lambda: tuple(self._subscriptions(estate))),
            unread=unread,
        )
        return replace(self._owned(estate, owned or ()), failures=MappingProxyType(dict(self._failures)))

    def _owned(self, estate: Estate, resources: tuple[StackResource, ...]) -> Estate:
        own = f"{self.names.prefix}-"
        foreign = (each for each in resources if not each.stack.startswith(own))
        deployed = frozenset((each.stack, each.logical_id) for each in resources if each.stack.startswith(own))
        owners: Mapping[OwnedKey, Owner] = {
            **dict(of_tags(estate)),
            **estate.owners,
            **dict(of_stacks(foreign, estate)),
        }
        unread = sum(each.is_domain and each.details is None for each in estate.identities or ())
        return replace(estate, owners=MappingProxyType(owners), deployed=estate.deployed | deployed, unread=unread)

    def _zones(self) -> Iterator[Any]:
        route53 = self._client("route53", _PATIENT)
        return zones.zones(route53, self.answers, lambda count: self.tell(f"hosted zones: {count:,} record sets"))

    def _subscriptions(self, estate: Estate) -> Iterator[Subscription]:
        """Those of the topics that configuration sets tell."""
        sns = self._client("sns", _PATIENT)
        topics = {
            each.to
            for found in estate.configuration_sets or ()
            for each in found.destinations
            if each.to.partition(":sns:")[1]
        }
        for topic in sorted(topics):
            for page in sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic):
                for each in page["Subscriptions"]:
                    yield Subscription(topic=topic, protocol=each["Protocol"], endpoint=each["Endpoint"])

    def _progress(self, what: str) -> identities.Progress:
        return lambda done, total: self.tell(f"{what}: {done:,} of {total:,}")

    def _client(self, service: str, config: Config | None = None) -> Any:
        return self.session.client(service, region_name=self.region, config=config)

    def _asked(self, what: str, question: Callable[[], _Answer]) -> _Answer | None:
        try:
            return question()
        except (BotoCoreError, ClientError) as error:
            self._failures[what] = self.reason(error)
            return None
