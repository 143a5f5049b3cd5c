"""`staygreen snds login`: a person logs in once, and the functions go on by themselves."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, collapse_addresses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from staygreen.adapters import clock
from staygreen.cli import deployment
from staygreen.cli.deployment import ConfigFile, Environment, Sender
from staygreen.cli.output import print_text
from staygreen.core.checks import snds as check
from staygreen.core.errors import SourceUnavailable
from staygreen.core.snds.run_result import Places
from staygreen.core.snds.token import Challenge, Denial, Secret, Token, authorize_url, read_redirect

if TYPE_CHECKING:
    from staygreen.adapters.snds.token_store import FileToken, SecretToken

UNREADABLE = 3

LocalFile = Annotated[
    Path | None, typer.Option("--local", help="Keep the login in this file (mode 0600) instead of AWS.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Where the login is kept, and where Microsoft is."""

    places: Places
    keeper: FileToken | SecretToken
    kept_in: str


def login(
    config: ConfigFile = None, sender: Sender = "", environment: Environment = "", local: LocalFile = None
) -> None:
    """Log in to SNDS with a Microsoft account, in any browser.

    The browser ends on an address at http://localhost that does not open: that is expected. Copy
    it from the address bar and paste it here within a minute. Exit status 3 when the login did not come about.
    """
    from botocore.exceptions import BotoCoreError

    from staygreen.adapters.snds.rest import TokenEndpoint

    setting = find_setting(settings_of(config, sender, environment), local)
    challenge = Challenge(verifier=Secret(secrets.token_urlsafe(48)), state=Secret(secrets.token_urlsafe(24)))
    print_text("Open this address, log in with the account that has the networks in SNDS:\n", err=True)
    print_text(authorize_url(setting.places.client, challenge))
    print_text("\nThe browser then shows an address at http://localhost that cannot be opened.", err=True)
    try:
        pasted = typer.prompt("Paste that address here, within a minute", err=True)
    except typer.Abort:
        raise _refused("nothing was pasted") from None
    redirect = read_redirect(pasted, challenge.state)
    if redirect.fault:
        raise _refused(redirect.fault)
    now = clock.now()
    outcome = TokenEndpoint(client=setting.places.client).redeem(redirect.code, challenge, now)
    if isinstance(outcome, Denial):
        raise _refused(f"{outcome.detail}. A code lives about a minute and works once: start again")
    token = Token(refresh_token=outcome.refresh_token, obtained_at=now, account=outcome.account)
    try:
        setting.keeper.login(token)
    except (SourceUnavailable, BotoCoreError, OSError) as error:
        print_text(
            f"The login could not be kept in {setting.kept_in} ({error}). Nothing was stored: start again.", err=True
        )
        raise typer.Exit(UNREADABLE) from None
    print_text(f"Logged in as {outcome.account or 'an account without a name'}; kept in {setting.kept_in}.")
    _tell_networks(setting.places, outcome.access_token)


def settings_of(config: Path | None, sender: str, environment: str) -> Mapping[str, Any]:
    """The settings of the check: as a configuration file says them, else as they are deployed, else none."""
    if config is not None and not (sender or environment):
        return check.settings(deployment.load(config))
    names = deployment.chosen(config, sender, environment)
    if names is None:
        return {}
    import boto3

    from staygreen.adapters.aws.settings import document

    try:
        return document(boto3.client("ssm"), names.check_parameter(check.ID))
    except SourceUnavailable as error:
        print_text(str(error), err=True)
        raise typer.Exit(UNREADABLE) from error


def find_setting(settings: Mapping[str, Any], local: Path | None) -> Setting:
    """Where the login is, and where Microsoft; exit status 2 when nothing names a place for the login."""
    from staygreen.adapters.snds.token_store import FileToken, SecretToken

    places = check.places(settings)
    if local:
        return Setting(places=places, keeper=FileToken(path=local), kept_in=str(local))
    if not places.token_secret:
        raise typer.BadParameter(
            "give --local FILE, or a sender that has monitor.snds.token_secret: --config FILE, or --sender NAME "
            "and --environment NAME",
            param_hint="--config",
        )
    import boto3

    keeper = SecretToken(client=boto3.client("secretsmanager"), secret_id=places.token_secret)
    return Setting(places=places, keeper=keeper, kept_in=f"the secret {places.token_secret}")


def networks_of(addresses: frozenset[IPv4Address]) -> tuple[str, ...]:
    """The smallest set of networks that holds exactly these addresses, as text."""
    return tuple(str(network) for network in collapse_addresses(IPv4Network(address) for address in addresses))


def _tell_networks(places: Places, access_token: Secret) -> None:
    """SNDS has no known list of networks: the newest report shows which addresses have data."""
    from staygreen.adapters.snds.rest import SndsRest

    api = SndsRest(access_token=access_token, refresh=lambda: None, base_url=places.base_url, zone=places.zone)
    answer = api.newest(clock.now())
    if not answer.is_usable:
        print_text(f"The login works, but the report could not be read: {answer.detail}", err=True)
        raise typer.Exit(UNREADABLE)
    networks = networks_of(frozenset(row.ip for row in answer.data))
    if networks:
        print_text(f"It sees data for: {', '.join(networks)}")
    else:
        print_text("It sees no data yet: below about 100 messages a day, or access to the networks is not granted yet.")


def _refused(fault: str) -> typer.Exit:
    print_text(f"Not logged in: {fault}.", err=True)
    return typer.Exit(UNREADABLE)
