"""What SES says of an identity: fires, does not fire, unknown."""

import pytest

from staygreen.core.published import ses_identity
from staygreen.core.ses.identity import SesIdentity
from tests.unit.published.dns_world import states


def identity(**changed):
    given_by_ses = {
        "name": "d.test",
        "is_verified": True,
        "verification": "SUCCESS",
        "dkim_status": "SUCCESS",
        "mail_from": "b.d.test",
        "mail_from_status": "SUCCESS",
        "configuration_set": "main",
    }
    return SesIdentity(**{**given_by_ses, **changed})


@pytest.mark.parametrize(
    ("changed", "explained", "found"),
    [
        ({}, False, {}),
        ({"is_verified": False, "verification": "FAILED"}, False, {"ses_unverified": "BAD"}),
        ({"is_verified": False, "verification": "FAILED", "dkim_status": "FAILED"}, True, {}),
        ({"is_verified": False, "verification": "PENDING"}, False, {"ses_unverified": "UNKNOWN"}),
        ({"dkim_status": "TEMPORARY_FAILURE"}, False, {"ses_dkim": "BAD"}),
        ({"signing_enabled": False}, False, {"ses_dkim": "BAD"}),
        ({"mail_from": "", "mail_from_status": ""}, False, {"ses_mail_from": "BAD"}),
        ({"mail_from_status": "FAILED"}, False, {"ses_mail_from": "BAD"}),
        ({"mail_from_status": "FAILED"}, True, {}),
        ({"mail_from_status": "PENDING"}, False, {"ses_mail_from": "UNKNOWN"}),
        ({"configuration_set": ""}, False, {"ses_configuration_set": "BAD"}),
    ],
)
def test_what_ses_says_counts_where_dns_does_not_explain_it(changed, explained, found):
    judged = ses_identity.judge(
        identity(**changed), mail_from="b.d.test", is_dkim_explained=explained, is_mail_from_explained=explained
    )
    assert states(judged) == found
