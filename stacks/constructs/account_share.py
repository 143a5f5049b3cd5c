"""What of SES is the sender's, for functions that find identities, addresses or sets in the account at run time."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import Stack
from constructs import Construct

from stacks.constructs.settings import add_settings, pages
from stacks.constructs.statement import Statements, allow, settings_arn
from staygreen.core.account_share import to_document
from staygreen.core.config.config import Config


def add_account_share(scope: Construct, config: Config) -> None:
    """Make the parameter that says it; none where `sender.only` is absent."""
    if config.sender.only is None:
        return
    document = to_document(config.share)
    add_settings(Construct(scope, "Only"), config.names.only_parameter, document, "What of SES is this sender's")


def share_variables(config: Config) -> Mapping[str, str]:
    """Return the environment of a function that reads the parameter."""
    return {} if config.sender.only is None else {"STAYGREEN_ONLY_PARAMETER": config.names.only_parameter}


def share_statements(stack: Stack, config: Config) -> Statements:
    """Return the permission to read the parameter."""
    if config.sender.only is None:
        return ()
    names = pages(config.names.only_parameter, to_document(config.share))
    return (allow("ReadShare", ("ssm:GetParameter",), *(settings_arn(stack, each) for each in names)),)
