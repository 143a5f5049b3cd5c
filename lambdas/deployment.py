"""Which deployment a function is part of."""

from __future__ import annotations

import os

from staygreen.core.naming import ResourceNames


def resource_names() -> ResourceNames:
    """Return the names of the deployment that the function is part of."""
    return ResourceNames(sender=os.environ["STAYGREEN_SENDER"], environment=os.environ["STAYGREEN_ENVIRONMENT"])
