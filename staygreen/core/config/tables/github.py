"""`[github]` and `[[acknowledge]]`: reviews of pull requests."""

from __future__ import annotations

from dataclasses import dataclass

from staygreen.core.config.field import key

ISSUER = "token.actions.githubusercontent.com"
"""Who signs the tokens of workflows; an OpenID Connect provider of an account is named after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHub:
    """Reviews of pull requests on GitHub that compare with what is deployed (docs/review.md)."""

    repository: str = key("owner/name: its pull requests may read deployed templates. Empty: nothing is made.", "")
    owner_id: int = key(
        "GitHub's number of the owner: gh api repos/OWNER/NAME --jq .owner.id; goes with repository_id.", 0
    )
    repository_id: int = key(
        "GitHub's number of the repository: gh api repos/OWNER/NAME --jq .id. Needed for a repository that was made, "
        "renamed or transferred since 2026-07-15.",
        0,
    )
    branch: str = key(
        "The default branch: only its .github/workflows/deployed.yml may read deployed templates.", "main"
    )
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
