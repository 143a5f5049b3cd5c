"""Which deployment a function is part of, and what of SES is its sender's."""

from __future__ import annotations

import os

from staygreen.core.account_share import WHOLE, AccountShare
from staygreen.core.naming import ResourceNames


def resource_names() -> ResourceNames:
    """Return the names of the deployment that the function is part of."""
    return ResourceNames(sender=os.environ["STAYGREEN_SENDER"], environment=os.environ["STAYGREEN_ENVIRONMENT"])


def account_share() -> AccountShare:
    """Read what of SES is this sender's: everything, unless the configuration names it.

    Raises:
        SourceUnavailable: The parameter holds no JSON object.
        ClientError: AWS did not let it be read.
    """
    parameter = os.environ.get("STAYGREEN_ONLY_PARAMETER", "")
    if not parameter:
        return WHOLE
    from staygreen.adapters.aws.account_share import read_share
    from staygreen.adapters.aws.clients import client

    return read_share(client("ssm"), parameter)
