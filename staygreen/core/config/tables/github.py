"""`[github]` and `[[acknowledge]]`: reviews of pull requests."""

from __future__ import annotations

from dataclasses import dataclass

from staygreen.core.config.field import key


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHub:
    """Reviews of pull requests on GitHub that compare with what is deployed (docs/review.md)."""

    repository: str = key("owner/name: its pull requests may read deployed templates. Empty: nothing is made.", "")
    provider: str = key(
        "ARN of the account's OpenID Connect provider for GitHub; empty: it is made, once for an account.", ""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """A finding of `staygreen review` that is accepted; it stays visible, and counts again after its last day."""

    rule: str = key("The rule's id as the review prints it, such as dmarc-weakened.")
    subject: str = key("What the finding is about, as the review prints it, such as TXT _dmarc.example.com.")
    reason: str = key("Why it is accepted, for whoever reads the review.")
    expires: str = key("The last day on which it counts, such as 2027-01-31.")
