"""Rules about the sender, its pools and configuration sets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from difflib import get_close_matches

from staygreen.core.account_share import is_identity
from staygreen.core.config.config import Config
from staygreen.core.config.line_numbers import Path
from staygreen.core.config.problem import Problem, closest, suggestion
from staygreen.core.config.regions import OTHER_PARTITIONS, REGIONS
from staygreen.core.config.tables.pool import PoolKind
from staygreen.core.naming import ENVIRONMENTS, TAG_PREFIX
from staygreen.core.records.name import is_host_name

_SENDER_NAME = re.compile(r"[a-z]([a-z0-9-]{0,18}[a-z0-9])?")
_ACCOUNT = re.compile(r"[0-9]{12}")
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)?-(central|(north|south)?(east|west)?)(?<!-)-[0-9]{1,2}")
_SES_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+")
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}")
_BRANCH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]{0,199}")
_PROVIDER = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/token\.actions\.githubusercontent\.com")
_RULE_ID = re.compile(r"[a-z]+(-[a-z]+)*")
_ARN = re.compile(r"arn:aws[a-z-]*:(sqs|lambda):([a-z0-9-]+):([0-9]{12}):(.+)")


def is_mail_address(text: str) -> bool:
    """Whether the text is a plain mail address: a dot-atom and a host name (RFC 5321 §4.1.2)."""
    local, _, domain = text.rpartition("@")
    return len(local) <= 64 and _MAILBOX.fullmatch(local) is not None and is_host_name(domain.lower())


def repeated(names: Iterable[str], key: str, what: str) -> Iterator[Problem]:
    """Give a problem for each entry of the array `key` whose name an earlier one has."""
    seen: dict[str, int] = {}
    for index, name in enumerate(names):
        if name in seen and name:
            yield Problem((key, index, "name"), f"is also the name of {what}[{seen[name]}]")
        seen.setdefault(name, index)


def sender(config: Config) -> Iterator[Problem]:
    """Name, account and region have the form that AWS names need, and no name can be read as that of another sender."""
    given = config.sender
    if not _SENDER_NAME.fullmatch(given.name):
        yield Problem(
            ("sender", "name"),
            f'"{given.name}" is not a name: a lower-case letter, then letters, digits and inner hyphens, at most 20',
        )
    for word in given.name.split("-"):
        if word in ENVIRONMENTS:
            yield Problem(
                ("sender", "name"),
                f'"{given.name}" has the word "{word}" in it, an environment: what is deployed could not be told from '
                f"what another sender deploys. Leave the word out; `environment` says which copy this is",
            )
            break
    if not _ACCOUNT.fullmatch(given.account):
        yield Problem(("sender", "account"), f'"{given.account}" is not an AWS account: 12 digits')
    if given.region.startswith(OTHER_PARTITIONS):
        text = "is outside the partition aws: names and endpoints differ there, and nobody has tried what is deployed"
        yield Problem(("sender", "region"), f'"{given.region}" {text}')
    if given.region not in REGIONS:
        near = _near(given.region)
        if _REGION.fullmatch(given.region):
            text = f'"{given.region}" is no region that is known here{near}'
            yield Problem(("sender", "region"), text, is_warning=not near or not _is_misspelt(given.region))
        else:
            yield Problem(("sender", "region"), f'"{given.region}" is not a region{near or ", such as eu-central-1"}')


def _near(region: str) -> str:
    """The regions that may be meant, as a question; empty: none is near."""
    found = get_close_matches(region.lower(), sorted(REGIONS), n=3, cutoff=0.8)
    return f"; did you mean {' or '.join(found)}?" if found else ""


def _is_misspelt(region: str) -> bool:
    """Whether no region has all but the number of this one: a new number may be a new region."""
    return region.rpartition("-")[0] not in {each.rpartition("-")[0] for each in REGIONS}


def only(config: Config) -> Iterator[Problem]:
    """`only` names what SES has as SES names it, and with it all identities and pools that are declared."""
    names = config.sender.only
    if names is None:
        return
    for index, name in enumerate(names):
        text = _not_in_ses(name) or (f'"{name}" appears twice' if name in names[:index] else "")
        if text:
            yield Problem(("sender", "only", index), text)
    declared = _declared_in_ses(config)
    missing = [name for name in declared if name not in names]
    undeclared = [name for name in names if name not in declared]
    for name in missing:
        misspelt = closest(name, undeclared)
        if misspelt:
            text = f'nothing declared is called "{misspelt}", and "{name}" is missing; did you mean {name}?'
            yield Problem(("sender", "only", names.index(misspelt)), text)
        else:
            text = f'"{name}" is not in sender.only, so it would be another sender\'s: add it there'
            yield Problem(declared[name], text)


def _not_in_ses(name: str) -> str:
    """Why a name cannot be that of an identity or pool; empty when it can."""
    if is_identity(name):
        text = f'"{name}" is not a domain: lower case, no trailing dot, and identities are named by their domain'
        return "" if is_host_name(name) else text
    return "" if _SES_NAME.fullmatch(name) else _ses_name(name)


def _declared_in_ses(config: Config) -> Mapping[str, Path]:
    """Where the configuration declares identities and dedicated IP pools, by name."""
    identities = ((index, each) for index, each in enumerate(config.domains) if each.ses and not each.parked)
    places: dict[str, Path] = {each.name: ("domain", index, "name") for index, each in identities}
    return {**places, **{each.name: ("pool", index, "name") for index, each in enumerate(config.pools)}}


def tags(config: Config) -> Iterator[Problem]:
    """Tags are what AWS accepts on every resource."""
    for key, value in config.sender.tags.items():
        path: Path = ("sender", "tags", key)
        if key.lower().startswith("aws:") or key.startswith(TAG_PREFIX):
            yield Problem(path, "begins with a prefix that is reserved")
        if not 1 <= len(key) <= 128 or len(value) > 256:
            yield Problem(path, "is too long: 128 characters for the key, 256 for the value")


def pools(config: Config) -> Iterator[Problem]:
    """Pool names are unique and usable; at most one pool is the quarantine."""
    yield from repeated((pool.name for pool in config.pools), "pool", "pool")
    quarantine = ""
    for index, pool in enumerate(config.pools):
        if not _SES_NAME.fullmatch(pool.name):
            yield Problem(("pool", index, "name"), _ses_name(pool.name))
        if pool.kind is PoolKind.QUARANTINE and quarantine:
            yield Problem(("pool", index, "kind"), f'"{quarantine}" is the quarantine already: there is one')
        if pool.kind is PoolKind.QUARANTINE:
            quarantine = pool.name
    if quarantine and all(pool.kind is not PoolKind.STANDARD for pool in config.pools):
        index = next(i for i, pool in enumerate(config.pools) if pool.kind is PoolKind.QUARANTINE)
        yield Problem(
            ("pool", index, "kind"),
            "quarantine needs a standard pool to take addresses from; SES does not move those of managed pools",
        )


def configuration_sets(config: Config) -> Iterator[Problem]:
    """Set names are unique and usable, and each set sends from a pool that exists and may send."""
    yield from repeated((each.name for each in config.configuration_sets), "configuration_set", "configuration_set")
    kinds = {pool.name: pool.kind for pool in config.pools}
    for index, given in enumerate(config.configuration_sets):
        path: Path = ("configuration_set", index)
        if not _SES_NAME.fullmatch(given.name):
            yield Problem((*path, "name"), _ses_name(given.name))
        if given.pool and given.pool not in kinds:
            yield Problem((*path, "pool"), f'there is no pool "{given.pool}"{suggestion(given.pool, kinds)}')
        if kinds.get(given.pool) is PoolKind.QUARANTINE:
            yield Problem((*path, "pool"), f'"{given.pool}" is a quarantine: nothing is sent from it')


def _ses_name(name: str) -> str:
    return f'"{name}" is not a name in SES: letters, digits, hyphens and underscores, at most 64'


def acknowledgements(config: Config) -> Iterator[Problem]:
    """An acknowledgement names a rule and a subject, says why, and ends."""
    for index, each in enumerate(config.acknowledgements):
        path: Path = ("acknowledge", index)
        if not _RULE_ID.fullmatch(each.rule):
            yield Problem((*path, "rule"), f'"{each.rule}" is not a rule, such as dmarc-weakened')
        for key in ("subject", "reason"):
            if not getattr(each, key).strip():
                yield Problem((*path, key), "is empty")
        if not _is_day(each.expires):
            yield Problem((*path, "expires"), f'"{each.expires}" is not a day, such as 2027-01-31')


def github(config: Config) -> Iterator[Problem]:
    """A repository has an owner, numbers come in pairs, and a provider is GitHub's."""
    repository, provider = config.github.repository, config.github.provider
    numbers = {"owner_id": config.github.owner_id, "repository_id": config.github.repository_id}
    for name, number in numbers.items():
        if number < 0 or (not number and any(numbers.values())):
            given = "owner_id and repository_id go together: GitHub's numbers, such as 123456"
            yield Problem(("github", name), given)
    if not _BRANCH.fullmatch(config.github.branch):
        yield Problem(("github", "branch"), f'"{config.github.branch}" is not the name of a branch, such as main')
    if repository and not _REPOSITORY.fullmatch(repository):
        yield Problem(("github", "repository"), f'"{repository}" is not a repository on GitHub: owner/name')
    if provider and not _PROVIDER.fullmatch(provider):
        yield Problem(
            ("github", "provider"),
            f'"{provider}" is not the ARN of GitHub\'s provider, such as '
            f"arn:aws:iam::{config.sender.account}:oidc-provider/token.actions.githubusercontent.com",
        )


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


RULES = (sender, only, tags, pools, configuration_sets, github, acknowledgements)
