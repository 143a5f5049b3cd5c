"""SES identities: AWS::SES::EmailIdentity and the v2 API, verified only by what DNS says.

* Easy DKIM: three tokens; SUCCESS when the three CNAMEs lead to `TOKEN.dkim.amazonses.com`. BYODKIM: the selector's TXT
  holds a key. MAIL FROM: the MX is `10 feedback-smtp.REGION.amazonses.com`. Until then PENDING.
  SES may take hours (up to 72); here the answer is as fresh as the question.
* CloudFormation attributes DkimDNSTokenName1..3 and DkimDNSTokenValue1..3; identity names are the import identifier.

Sources: SES Developer Guide, "Creating and verifying identities", "Using a custom MAIL FROM domain"; CloudFormation
User Guide, AWS::SES::EmailIdentity (verified 2026-11-23).
"""

from __future__ import annotations

from typing import Any

from ministack.core.responses import get_region, json_response
from ministack.services import ses, ses_v2
from ministack.services.cloudformation import provisioners

from local.aws import records
from local.aws.cloudformation import Existing, Made, Properties, ResourceType
from local.aws.ses_routes import Answer, Body, Query, decoded, missing, route

Identity = dict[str, Any]


def install() -> None:
    """Register the resource type and the truth about verification."""
    original = provisioners._ses_email_identity_apply

    def apply(name: str, properties: Properties) -> Identity | None:
        original(name, properties)
        _apply_signing(name, properties)
        return refresh(name)

    provisioners._ses_email_identity_apply = apply
    ResourceType(
        name="AWS::SES::EmailIdentity",
        create=_create,
        delete=provisioners._ses_email_identity_delete,
        update=_update,
        adopt=lambda identifier: (identifier["EmailIdentity"], _attributes(identifier["EmailIdentity"])),
        existing=Existing(keys=("EmailIdentity",), known=lambda: ses_v2._identities, noun="Email identity"),
        replaced_by=("EmailIdentity",),
        tags=("Tags", "list"),
        read=_read,
        compared=frozenset({"EmailIdentity", "ConfigurationSetAttributes", "MailFromAttributes"}),
    ).register()
    _unverify_new_identities()


def dkim_records(name: str) -> list[tuple[str, str]]:
    """The CNAME records that Easy DKIM asks for: names and targets."""
    return [(f"{token}._domainkey.{name}", f"{token}.dkim.amazonses.com") for token in ses._dkim_tokens(name)]


def refresh(name: str, look: records.Look = records.values) -> Identity | None:
    """Bring the statuses of one identity up to date with DNS, as SES's own poller would."""
    identity: Identity | None = ses_v2._identities.get(name)
    if identity is None:
        return None
    verified = identity["IdentityType"] != "DOMAIN" or _domain_is_verified(name, identity, look)
    status = "SUCCESS" if verified else "PENDING"
    identity["VerificationStatus"], identity["VerifiedForSendingStatus"] = status, verified
    _refresh_mail_from(identity, look)
    version1 = ses._identities.get(name)
    if version1 and identity["IdentityType"] == "DOMAIN":
        version1["VerificationStatus"] = version1["DkimVerificationStatus"] = status.capitalize()
    return identity


def _domain_is_verified(name: str, identity: Identity, look: records.Look) -> bool:
    dkim = identity["DkimAttributes"]
    if dkim.get("SigningAttributesOrigin") == "EXTERNAL":
        selectors = [f"{selector}._domainkey.{name}" for selector in dkim["Tokens"]]
        verified = any("p=" in value for each in selectors for value in look(each, "TXT"))
    else:
        verified = all(
            target in [value.rstrip(".").lower() for value in look(each, "CNAME")]
            for each, target in dkim_records(name)
        )
    dkim["Status"] = "SUCCESS" if verified else "PENDING"
    return verified


def _refresh_mail_from(identity: Identity, look: records.Look) -> None:
    mail_from = identity.get("MailFromAttributes") or {}
    domain = mail_from.get("MailFromDomain")
    if domain:
        wanted = f"10 feedback-smtp.{get_region()}.amazonses.com"
        found = [value.rstrip(".").lower() for value in look(domain, "MX")]
        mail_from["MailFromDomainStatus"] = "SUCCESS" if wanted in found else "PENDING"


def _apply_signing(name: str, properties: Properties) -> None:
    identity = ses_v2._identities[name]
    signing = properties.get("DkimSigningAttributes") or {}
    known = identity["DkimAttributes"]
    if not signing and known.get("Tokens"):
        # a template that does not name the key leaves it (assumed: docs/assumptions.md)
        known["SigningEnabled"] = bool((properties.get("DkimAttributes") or {}).get("SigningEnabled", True))
    elif identity["IdentityType"] == "DOMAIN":
        selector = signing.get("DomainSigningSelector")
        identity["DkimAttributes"] = {
            "SigningEnabled": bool((properties.get("DkimAttributes") or {}).get("SigningEnabled", True)),
            "Status": "PENDING",
            "SigningAttributesOrigin": "EXTERNAL" if selector else "AWS_SES",
            "Tokens": [selector] if selector else ses._dkim_tokens(name),
            "NextSigningKeyLength": signing.get("NextSigningKeyLength", "RSA_2048_BIT"),
        }
    configuration_set = identity["ConfigurationSetName"]
    if configuration_set and configuration_set not in ses_v2._config_sets:
        raise ValueError(f"Configuration set <{configuration_set}> does not exist. (Service: SesV2, Status Code: 404)")


def _attributes(name: str) -> dict[str, Any]:
    attributes: dict[str, Any] = {"EmailIdentity": name}
    if "@" not in name:
        for number, (record, target) in enumerate(dkim_records(name), 1):
            attributes[f"DkimDNSTokenName{number}"] = record
            attributes[f"DkimDNSTokenValue{number}"] = target
    return attributes


def _create(logical_id: str, properties: Properties, stack_name: str) -> Made:
    name = properties["EmailIdentity"]
    if name in ses_v2._identities:
        raise ValueError(
            f"Email identity {name} already exists. (Service: SesV2, Status Code: 400, AlreadyExistsException)"
        )
    provisioners._ses_email_identity_apply(name, properties)
    return name, _attributes(name)


def _update(name: str, old: Properties, new: Properties, stack_name: str) -> Made:
    provisioners._ses_email_identity_apply(name, new)
    return name, _attributes(name)


def _read(name: str, properties: Properties) -> Properties | None:
    identity = refresh(name)
    if identity is None:
        return None
    declared = properties.get("MailFromAttributes") or {}
    mail_from = {key: value for key, value in identity["MailFromAttributes"].items() if key in declared}
    return {
        "EmailIdentity": name,
        "ConfigurationSetAttributes": {"ConfigurationSetName": identity.get("ConfigurationSetName", "")},
        "MailFromAttributes": mail_from,
    }


def _unverify_new_identities() -> None:
    """The emulator verifies at creation; SES does not."""
    original = ses_v2.handle_request

    async def handle(method: str, path: str, headers: Any, body: Any, query: Query) -> Any:
        answer = await original(method, path, headers, body, query)
        if (method, path.rstrip("/"), answer[0]) != ("POST", "/v2/email/identities", 200):
            return answer
        identity = refresh(decoded(body)["EmailIdentity"]) or {}
        if identity["DkimAttributes"].get("Tokens"):
            # Easy DKIM signs as soon as it is verified (SES Developer Guide, "Easy DKIM", read 2026-12-01)
            identity["DkimAttributes"]["SigningEnabled"] = True
            identity["DkimAttributes"].setdefault("NextSigningKeyLength", "RSA_2048_BIT")
        return json_response(
            {key: identity[key] for key in ("IdentityType", "VerifiedForSendingStatus", "DkimAttributes")}
        )

    ses_v2.handle_request = handle


@route("PUT", "/identities/([^/]+)/mail-from")
def put_mail_from(body: Body, query: Query, name: str) -> Answer:
    """PutEmailIdentityMailFromAttributes."""
    if name not in ses_v2._identities:
        return missing("Email identity", name)
    ses_v2._identities[name]["MailFromAttributes"] = {
        "MailFromDomain": body.get("MailFromDomain", ""),
        "BehaviorOnMxFailure": body.get("BehaviorOnMxFailure", "USE_DEFAULT_VALUE"),
    }
    return {}


@route("PUT", "/identities/([^/]+)/dkim")
def put_dkim(body: Body, query: Query, name: str) -> Answer:
    """PutEmailIdentityDkimAttributes."""
    if name not in ses_v2._identities:
        return missing("Email identity", name)
    ses_v2._identities[name]["DkimAttributes"]["SigningEnabled"] = bool(body.get("SigningEnabled"))
    return {}


@route("PUT", "/identities/([^/]+)/dkim/signing")
def put_dkim_signing(body: Body, query: Query, name: str) -> Answer:
    """PutEmailIdentityDkimSigningAttributes."""
    identity = ses_v2._identities.get(name)
    if identity is None:
        return missing("Email identity", name)
    external = body.get("SigningAttributesOrigin") == "EXTERNAL"
    length = (body.get("SigningAttributes") or {}).get("NextSigningKeyLength")
    if length:
        identity["DkimAttributes"]["NextSigningKeyLength"] = length
    tokens = [body["SigningAttributes"]["DomainSigningSelector"]] if external else ses._dkim_tokens(name)
    dkim = identity["DkimAttributes"]
    dkim.update(SigningAttributesOrigin=body["SigningAttributesOrigin"], Tokens=tokens)
    refresh(name)
    return {"DkimStatus": dkim["Status"], "DkimTokens": dkim["Tokens"]}


@route("PUT", "/identities/([^/]+)/configuration-set")
def put_configuration_set(body: Body, query: Query, name: str) -> Answer:
    """PutEmailIdentityConfigurationSetAttributes."""
    if name not in ses_v2._identities:
        return missing("Email identity", name)
    ses_v2._identities[name]["ConfigurationSetName"] = body.get("ConfigurationSetName", "")
    return {}


@route("PUT", "/identities/([^/]+)/feedback")
def put_feedback(body: Body, query: Query, name: str) -> Answer:
    """PutEmailIdentityFeedbackAttributes."""
    if name not in ses_v2._identities:
        return missing("Email identity", name)
    ses_v2._identities[name]["FeedbackForwardingStatus"] = bool(body.get("EmailForwardingEnabled"))
    return {}


@route("GET", "/identities/([^/]+)")
def get_identity(body: Body, query: Query, name: str) -> Answer:
    """GetEmailIdentity: the emulator answers, after a look at DNS."""
    refresh(name)


@route("POST", "/list-identities")
def list_identities(body: Body, query: Query) -> Answer:
    """ListEmailIdentities, paged."""
    summaries = []
    look = records.snapshot()
    for name in list(ses_v2._identities):
        identity = refresh(name, look) or {}
        summaries.append(
            {
                "IdentityType": identity["IdentityType"],
                "IdentityName": name,
                "SendingEnabled": identity["VerifiedForSendingStatus"],
                "VerificationStatus": identity["VerificationStatus"],
            }
        )
    page, token, problem = ses_v2._paginate(summaries, ses_v2._body_paging(body), 1000, maximum=1000)
    return problem or {"EmailIdentities": page, **({"NextToken": token} if token else {})}
