"""What the account is asked before a deployment, where an answer has to be understood."""

from types import SimpleNamespace

import pytest

from staygreen.cli.account_survey import _github_provider
from staygreen.core.naming import ResourceNames

NAMES = ResourceNames(sender="acme", environment="production")
ARN = "arn:aws:iam::000000000000:oidc-provider/token.actions.githubusercontent.com"
OTHER = "arn:aws:iam::000000000000:oidc-provider/gitlab.test"


def iam(*arns, tags):
    return SimpleNamespace(
        list_open_id_connect_providers=lambda: {"OpenIDConnectProviderList": [{"Arn": each} for each in arns]},
        list_open_id_connect_provider_tags=lambda **_: {"Tags": [{"Key": k, "Value": v} for k, v in tags.items()]},
    )


@pytest.mark.parametrize(
    ("arns", "tags", "found"),
    [
        ((OTHER,), {}, ""),
        ((OTHER, ARN), {}, ARN),
        ((ARN,), {"staygreen:sender": "bravo", "staygreen:environment": "production"}, ARN),
        ((ARN,), {**NAMES.tags, "team": "mail"}, ""),
    ],
)
def test_a_provider_for_github_stands_in_the_way_unless_this_deployment_made_it(arns, tags, found):
    assert _github_provider(iam(*arns, tags=tags), NAMES) == found
