"""What a deployment would lose, and what is not possible yet: pure judgements over what DNS and AWS say."""

from __future__ import annotations

from collections.abc import Mapping

from staygreen.core.config.config import Config
from staygreen.core.preflight import account, dns, outside
from staygreen.core.preflight.files import other_files
from staygreen.core.preflight.item import Item, Kind
from staygreen.core.preflight.plan import plan
from staygreen.core.preflight.world import World
from staygreen.core.published.dns_cache import Answers


def judge(
    config: Config, world: World, answers: Answers, others: Mapping[str, Config] | None = None
) -> tuple[Item, ...]:
    """Everything to know before `config` is deployed, what would be lost first.

    Args:
        config: What is to be deployed.
        world: What AWS says; parts that could not be asked are told as unknown.
        answers: What DNS says.
        others: Other files, by name.
    """
    found = (
        *dns.records(config, world, answers),
        *dns.zones(config, world, answers),
        *dns.receiving(config, answers),
        *account.caller(config, world),
        *account.identities(config, world),
        *account.addresses(config, world),
        *account.running(config, world),
        *account.sending(config, world),
        *plan(config, world),
        *account.other_senders(config, world),
        *account.own_share(config, world),
        *account.receiving(config, world),
        *account.reviewing(config, world),
        *outside.outside(config, world),
        *outside.taken_names(config, world),
        *other_files(config, others or {}),
        *(
            Item(kind=Kind.UNKNOWN, subject=what, text=why, next_step="Let the credentials read it, and ask again.")
            for what, why in world.failures.items()
        ),
    )
    return tuple(sorted(found, key=lambda item: (list(Kind).index(item.kind), item.subject, item.text)))
