"""Reads an automated report link: the fallback, which dies 30 days after it was made.

The secret is JSON: ``{"url": "https://...", "created": "2026-11-01"}``. The whole address is the
secret, because the key is in it. That the link takes a ``date`` is inferred from the old feed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo

from staygreen.adapters.snds.rest import BodyTooLarge, Web, judged
from staygreen.core.errors import SourceUnavailable
from staygreen.core.snds.rest_answer import Answer, Reason
from staygreen.core.snds.token import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One report link."""

    url: Secret
    created: date

    @classmethod
    def loads(cls, text: str) -> Link:
        """The link in a secret.

        Raises:
            ValueError: When the text is no such secret; the message does not repeat it.
        """
        try:
            stored = json.loads(text)
            return cls(url=Secret(str(stored["url"])), created=date.fromisoformat(stored["created"]))
        except (ValueError, KeyError, TypeError):
            raise ValueError('the link secret must be {"url": "https://...", "created": "2026-11-01"}') from None


@dataclass(frozen=True, slots=True, kw_only=True)
class SndsLink:
    """The newest report behind one link."""

    link: Link
    zone: tzinfo = UTC
    web: Web = field(default_factory=Web)
    bodies: Callable[[str, bytes], None] = lambda name, body: None

    def newest(self, now: datetime) -> Answer:
        """The rows of the newest report. A dead link answers with a login page: `auth_expired`."""
        try:
            reply = self.web.get(self.link.url.reveal(), {"Accept": "text/csv, */*"})
        except SourceUnavailable as error:
            return Answer(reason=Reason.SOURCE_DOWN, detail=str(error))
        except BodyTooLarge:
            return Answer(reason=Reason.SCHEMA_DRIFT, detail=f"the answer is larger than {self.web.largest_body} bytes")
        return judged(reply, "link", now, self.zone, self.bodies)
