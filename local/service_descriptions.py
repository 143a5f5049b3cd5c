"""Descriptions of AWS services, which botocore reads and parses again in every session: 2 MB of JSON for some."""

from __future__ import annotations

from functools import cache

from botocore.loaders import JSONFileLoader, Loader


def read_once() -> None:
    """Keep in this process, and in its copies, what was parsed."""
    Loader.FILE_LOADER_CLASS = _ReadOnce


class _ReadOnce(JSONFileLoader):
    load_file = staticmethod(cache(JSONFileLoader().load_file))
