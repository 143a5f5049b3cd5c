"""Which deployed sender a command talks to: that of a configuration file, or one by name and environment."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Concatenate, ParamSpec, TypeVar, get_type_hints

import typer

from staygreen.cli import config_file
from staygreen.core.naming import ENVIRONMENTS, ResourceNames

if TYPE_CHECKING:
    from staygreen.core.config.config import Config

VARIABLE = "STAYGREEN_CONFIG"
ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", envvar=VARIABLE, help="The deployed sender's configuration file; says the region too."),
]
OnlyConfigFile = Annotated[
    Path | None, typer.Option("--config", help="The deployed sender's configuration file; says the region too.")
]
Sender = Annotated[str, typer.Option("--sender", help="The deployed sender's name, where its file is not at hand.")]
Environment = Annotated[
    str, typer.Option("--environment", "-e", help=f"Which copy of that sender: {', '.join(ENVIRONMENTS)}.")
]

P = ParamSpec("P")
R = TypeVar("R")


def with_deployment(command: Callable[Concatenate[ResourceNames, P], R]) -> Callable[..., R]:
    """A command about a deployed sender: it takes the names, and gets the options that say them."""

    @wraps(command)
    def run(
        *given: Any, context: typer.Context, config: Path | None, sender: str, environment: str, **options: Any
    ) -> R:
        file = _meant(context, config, sender, environment)
        return command(required(file, sender, environment), *given, **options)

    return _with_options(command, run, ConfigFile)


def with_deployment_and_file(command: Callable[Concatenate[ResourceNames, Path | None, P], R]) -> Callable[..., R]:
    """The same; it takes the configuration that said the names too, or None where options did."""

    @wraps(command)
    def run(
        *given: Any, context: typer.Context, config: Path | None, sender: str, environment: str, **options: Any
    ) -> R:
        file = _meant(context, config, sender, environment)
        return command(required(file, sender, environment), file, *given, **options)

    return _with_options(command, run, ConfigFile, taken=2)


def _meant(context: typer.Context, config: Path | None, sender: str, environment: str) -> Path | None:
    """The file, unless only the shell says it: what is typed beats that."""
    is_typed = _source_of(context, "config") != "ENVIRONMENT"
    return config if is_typed or not (sender or environment) else None


def _source_of(context: typer.Context, parameter: str) -> str:
    """Where a parameter's value comes from, such as ``COMMANDLINE`` or ``ENVIRONMENT``."""
    source = context.get_parameter_source(parameter)
    return source.name if source else ""


def with_deployment_if_any(command: Callable[Concatenate[ResourceNames | None, P], R]) -> Callable[..., R]:
    """A command that works without a deployed sender too: it takes the names, or None when no option says any."""

    @wraps(command)
    def run(
        *given: Any, context: typer.Context, config: Path | None, sender: str, environment: str, **options: Any
    ) -> R:
        del context
        return command(chosen(config, sender, environment), *given, **options)

    # whoever keeps cases in files does not move them by a variable of the shell
    return _with_options(command, run, OnlyConfigFile)


def _with_options(command: Callable[..., R], run: Callable[..., R], config: Any, taken: int = 1) -> Callable[..., R]:
    """Give `run` the signature that Typer reads: that of the command, with options in the place of what it is handed.

    Args:
        command: the command.
        run: what is called instead.
        config: the option that names the file.
        taken: how many of the command's first parameters are handed to it.
    """
    hints = get_type_hints(command, include_extras=True)
    others = list(inspect.signature(command).parameters.values())[taken:]
    own = [each.replace(annotation=hints[each.name]) for each in others]
    added = {"config": (config, None), "sender": (Sender, ""), "environment": (Environment, "")}
    options = [
        inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context),
        *(
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hint)
            for name, (hint, default) in added.items()
        ),
    ]
    signature = inspect.Signature([*own, *options], return_annotation=hints["return"])
    run.__signature__ = signature  # type: ignore[attr-defined]  # how a signature is overridden
    run.__annotations__ = {each.name: each.annotation for each in (*own, *options)} | {"return": hints["return"]}
    return run


def required(config: Path | None, sender: str, environment: str) -> ResourceNames:
    """The names of the deployment that the options say; exit status 2, and what is missing, when they say none."""
    names = chosen(config, sender, environment)
    if names is None:
        raise typer.BadParameter(
            f"which deployed sender? Give its file (--config FILE, or the variable {VARIABLE}), or --sender NAME and "
            f"--environment NAME",
            param_hint="--config",
        )
    return names


def chosen(config: Path | None, sender: str, environment: str) -> ResourceNames | None:
    """The same; None where no option says anything."""
    if config is not None:
        if sender or environment:
            given = "--sender" if sender else "--environment"
            raise typer.BadParameter(f"{config} says which sender already: leave it out", param_hint=given)
        return load(config).names
    if not sender and not environment:
        return None
    if not sender:
        raise typer.BadParameter(f"is missing beside --environment {environment}", param_hint="--sender")
    if not environment:
        raise typer.BadParameter(f"is missing beside --sender {sender}", param_hint="--environment")
    if environment not in ENVIRONMENTS:
        known = ", ".join(ENVIRONMENTS)
        raise typer.BadParameter(f'"{environment}" is not an environment: {known}', param_hint="--environment")
    return ResourceNames(sender=sender, environment=environment)


def load(path: Path) -> Config:
    """The configuration in a file; whatever is asked of AWS from now on is asked in its region and of its account."""
    import boto3

    config = config_file.load(path).config
    boto3.setup_default_session(region_name=config.sender.region)
    refuse_other_account(config)
    return config


def refuse_other_account(config: Config) -> None:
    """Exit status 2, and both accounts, when the credentials are not of the account that the configuration names."""
    found = _account_of_credentials()
    if found not in (None, config.sender.account):
        raise typer.BadParameter(
            f"the credentials belong to the account {found}; the configuration says {config.sender.account}: "
            "set AWS_PROFILE, or log in to that account",
            param_hint="--config",
        )


def _account_of_credentials() -> str | None:
    """The account that the credentials belong to; None where STS does not say."""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        # GetCallerIdentity needs no permission: whoever has credentials may ask whose they are
        return str(boto3.client("sts").get_caller_identity()["Account"])
    except (BotoCoreError, ClientError):
        # a command that needs AWS meets the same fault where it asks, and says it there; others go on without
        return None
