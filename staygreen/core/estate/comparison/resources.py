"""Every resource of mail that a configuration declares, as its templates have them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from staygreen.core.config.config import Config
from staygreen.core.config.tables.address import Address
from staygreen.core.config.tables.domain import Domain
from staygreen.core.config.tables.pool import ConfigurationSet, Pool
from staygreen.core.declared.identity import has_identity, identity_properties, pool_properties, set_properties
from staygreen.core.declared.zone import address_records, domain_records, filled
from staygreen.core.estate.comparison.beside import Resource, State, state_of
from staygreen.core.estate.comparison.properties import as_found
from staygreen.core.estate.comparison.records import record_resource
from staygreen.core.estate.difference import (
    Difference,
    differences,
    identity_declared,
    identity_found,
    pool_declared,
    pool_found,
    set_declared,
    set_found,
)
from staygreen.core.estate.found import Estate, OwnedKind
from staygreen.core.naming import (
    ADDRESSES_STACK,
    address_output,
    camel,
    dkim_name_output,
    dkim_value_output,
    domain_stack,
)

SENDING_STACK = "sending"


def resources(config: Config, estate: Estate) -> Iterator[Resource]:
    """Give every resource of mail that `config` declares, in the order of its file."""
    for domain in config.domains:
        yield from _domain(config, domain, estate)
    for address in config.addresses:
        yield from _address(config, address, estate)
    stack = config.names.stack(SENDING_STACK)
    yield from (_pool(each, stack, estate) for each in config.pools if each.manage)
    yield from (_set(each, stack, estate) for each in config.configuration_sets if each.manage)


def _domain(config: Config, domain: Domain, estate: Estate) -> Iterator[Resource]:
    stack = config.names.stack(domain_stack(domain.name))
    if has_identity(domain):
        yield _identity(domain, stack, estate)
    live = _dkim_outputs(domain, estate)
    for record in domain_records(config, domain):
        if record.zone is not None:
            yield record_resource(record, filled(record, live), (stack, f"Record{camel(record.key)}"), estate)


def _pool(pool: Pool, stack: str, estate: Estate) -> Resource:
    found, properties = estate.pool(pool.name), pool_properties(pool)
    unlike = differences(pool_found(found), pool_declared(properties)) if found else ()
    logical_id = f"Pool{_letters(pool.name)}Pool"
    is_deployed = _is_deployed(estate, stack, logical_id)
    state = state_of(
        estate, (stack, logical_id), is_read=estate.pools is not None, exists=found is not None, unlike=unlike
    )
    return Resource(
        kind=OwnedKind.POOL,
        name=pool.name,
        key=pool.name,
        stack=stack,
        logical_id=logical_id,
        properties=properties,
        found=as_found(properties, unlike) if found else None,
        state=State.KEEP if state is State.ADOPT and is_deployed else state,
        differences=unlike,
        owner=estate.owner(OwnedKind.POOL, pool.name),
    )


def _set(each: ConfigurationSet, stack: str, estate: Estate) -> Resource:
    found, properties = estate.configuration_set(each.name), set_properties(each)
    unlike = differences(set_found(found), set_declared(properties)) if found else ()
    logical_id = f"ConfigurationSet{_letters(each.name)}ConfigurationSet"
    is_read = estate.configuration_sets is not None
    state = state_of(estate, (stack, logical_id), is_read=is_read, exists=found is not None, unlike=unlike)
    return Resource(
        kind=OwnedKind.CONFIGURATION_SET,
        name=each.name,
        key=each.name,
        stack=stack,
        logical_id=logical_id,
        properties=properties,
        found=as_found(properties, unlike) if found else None,
        state=State.KEEP if state is State.ADOPT and _is_deployed(estate, stack, logical_id) else state,
        differences=unlike,
        owner=estate.owner(OwnedKind.CONFIGURATION_SET, each.name),
    )


def _is_deployed(estate: Estate, stack: str, beginning: str) -> bool:
    """Whether a stack of the sender's own has a logical id; the CDK ends those below a construct in a digest."""
    return any(place == stack and logical_id.startswith(beginning) for place, logical_id in estate.deployed)


def _identity(domain: Domain, stack: str, estate: Estate) -> Resource:
    found, properties = estate.identity(domain.name), identity_properties(domain)
    unlike = differences(identity_found(found), identity_declared(properties)) if found else ()
    return Resource(
        kind=OwnedKind.IDENTITY,
        name=domain.name,
        key=domain.name,
        stack=stack,
        logical_id="Identity",
        properties=properties,
        found=as_found(properties, unlike) if found else None,
        state=state_of(
            estate,
            (stack, "Identity"),
            is_read=estate.identities is not None,
            exists=found is not None,
            unlike=unlike,
        ),
        differences=unlike,
        owner=estate.owner(OwnedKind.IDENTITY, domain.name),
    )


def _dkim_outputs(domain: Domain, estate: Estate) -> Mapping[str, str]:
    """What the stack's outputs of Easy DKIM are for an identity that exists."""
    found = estate.identity(domain.name)
    if found is None or not found.is_easy_dkim:
        return {}
    stack, zone = domain_stack(domain.name), (found.details.dkim_zone if found.details else "") or "dkim.amazonses.com"
    outputs: dict[str, str] = {}
    for number, token in enumerate(found.dkim_tokens, 1):
        outputs[f"{stack}.{dkim_name_output(number)}"] = f"{token}._domainkey.{domain.name}"
        outputs[f"{stack}.{dkim_value_output(number)}"] = f"{token}.{zone}"
    return outputs


def _letters(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


def _address(config: Config, address: Address, estate: Estate) -> Iterator[Resource]:
    if not address.manage:
        return
    stack = config.names.stack(ADDRESSES_STACK)
    found = estate.address(address.allocation_id) if address.allocation_id else None
    letters = _letters(address.name)
    is_deployed = _is_deployed(estate, stack, letters)
    unlike: tuple[Difference, ...] = ()
    if found is not None and found.reverse_name != address.ptr:
        unlike = (Difference("reverse name", found.reverse_name or "none", address.ptr),)
    properties = {"AllocationId": address.allocation_id, "PtrName": address.ptr}
    exists = found is not None or (not address.allocation_id and is_deployed)
    state = state_of(estate, (stack, ""), is_read=estate.addresses is not None, exists=exists, unlike=unlike)
    yield Resource(
        kind=OwnedKind.ADDRESS,
        name=address.name,
        key=address.allocation_id or address.name,
        stack=stack,
        logical_id=f"{letters}ReverseDns",
        properties=properties,
        found={**properties, "PtrName": found.reverse_name} if found else None,
        state=State.KEEP if state is State.ADOPT and is_deployed else state,
        differences=unlike,
        owner=estate.owner(OwnedKind.ADDRESS, address.allocation_id),
    )
    if found is None:
        return
    live = {f"{ADDRESSES_STACK}.{address_output(address.name)}": found.ip}
    for record in address_records(address):
        if record.zone is not None:
            logical_id = f"Record{camel(address.name)}{camel(record.key)}"
            made = record_resource(record, filled(record, live), (stack, logical_id), estate)
            yield replace(made, must_retain=not address.release)
