"""A thousand identities at the pace of SES, with the local cloud's control plane throttled."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.config import Config

from local.cloud import LocalCloud
from staygreen.adapters.ses.identities import Identities
from staygreen.adapters.ses.pace import Pace
from staygreen.adapters.store.identity_details import IdentityDetails
from staygreen.core.ses.identity import is_old
from tests.adapters.store.test_incidents import create

THOUSAND = 1000
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud(enforce=False) as running:
        sesv2 = running.client("sesv2")
        for number in range(THOUSAND):
            sesv2.create_email_identity(EmailIdentity=f"d{number:04d}.example")
        sesv2.put_email_identity_mail_from_attributes(
            EmailIdentity="d0007.example", MailFromDomain="bounce.d0007.example"
        )
        running.throttle_ses(1)
        yield running


@pytest.fixture(scope="module")
def kept(cloud: LocalCloud) -> IdentityDetails:
    dynamodb: Any = cloud.client("dynamodb")
    return IdentityDetails(dynamodb, create(dynamodb))


def reading(cloud: LocalCloud, kept: IdentityDetails, at: datetime) -> Identities:
    """One run, which waits by moving the clock on."""
    pace = Pace(
        pause=lambda seconds: cloud.advance(timedelta(seconds=seconds)) and None,
        now=lambda: cloud.now().timestamp(),
        burst=0,
    )
    # botocore's own repetitions wait in real time
    once = Config(retries={"total_max_attempts": 1})
    sesv2, ses = (cloud.session.client(name, endpoint_url=cloud.endpoint, config=once) for name in ("sesv2", "ses"))
    return Identities(sesv2=sesv2, ses=ses, now=at, kept=kept, pace=pace)


def test_all_mail_from_domains_are_read_in_seconds(cloud: LocalCloud, kept: IdentityDetails) -> None:
    run, began = reading(cloud, kept, NOON), cloud.now()
    found = dict(run.mail_from())
    assert len(found) == THOUSAND
    assert found["d0007.example"] == "bounce.d0007.example"
    assert cloud.now() - began < timedelta(seconds=40), "of the two minutes that the check has"


def test_details_are_read_on_in_each_run_and_said_to_be_missing_until_then(
    cloud: LocalCloud, kept: IdentityDetails
) -> None:
    began = cloud.now()
    first = list(reading(cloud, kept, NOON).all())
    assert cloud.now() - began < timedelta(minutes=4), "of the five minutes that the check has"
    assert all(each.verification for each in first), "what the old API tells is there at once"
    second = list(reading(cloud, kept, NOON + timedelta(hours=1)).all())
    known = [{each.name for each in run if not each.lacks_details} for run in (first, second)]
    assert known[0] < known[1]
    assert THOUSAND / len(known[0]) < 24, "all within a day of hourly runs"
    assert cloud.throttle_ses(1) < THOUSAND / 50, "hardly a call is refused"
    later = NOON + timedelta(days=1, minutes=30)
    assert sum(is_old(each, later) for each in second) == THOUSAND - len(known[1]) + len(known[0])


def test_one_that_is_deleted_meanwhile_has_nothing_but_its_name(cloud: LocalCloud, kept: IdentityDetails) -> None:
    run = reading(cloud, kept, NOON)
    few = {"d0001.example": "SUCCESS", "gone.example": ""}
    run._listed = lambda: few  # type: ignore[method-assign]
    found = {each.name: each for each in run.all()}
    assert found["gone.example"].lacks_details
    assert not found["gone.example"].is_verified
    assert not found["d0001.example"].lacks_details
