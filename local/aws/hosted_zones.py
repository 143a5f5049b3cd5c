"""Route 53 hosted zones with an id that is known beforehand, as a configuration names them.

PUT /v2/email/_local/hosted-zones/ID {"Name": ...} makes the zone (local only; Route 53 itself chooses ids). The name
servers of every zone are this machine's: `ns1.local.test` leads to 127.0.0.1.
Source: Route 53 API Reference, CreateHostedZone (verified 2026-11-23).
"""

from __future__ import annotations

from ministack.services import route53

from local.aws.ses_routes import Answer, Body, Query, route

NAME_SERVER = "ns1.local.test."


def install() -> None:
    """Name ourselves as every zone's name server."""
    route53._DEFAULT_NS[:] = [NAME_SERVER]


@route("PUT", "/_local/hosted-zones/([A-Z0-9]+)")
def put_zone(body: Body, query: Query, zone_id: str) -> Answer:
    """Make a hosted zone with exactly this id (local only)."""
    if zone_id in route53._zones:
        return {"Created": False}
    name = route53._normalise_name(body["Name"])
    route53._zones[zone_id] = {
        "id": zone_id,
        "name": name,
        "caller_reference": f"local-{zone_id}",
        "comment": "",
        "private": False,
        "vpcs": [],
    }
    route53._records[zone_id] = route53._default_records(name)
    route53._caller_refs[f"local-{zone_id}"] = zone_id
    return {"Created": True}
