"""docs/template-contract.md and the templates say the same."""

from __future__ import annotations

import json
import tomllib
from typing import Any

from tests.assemblies import EXAMPLES, ROOT

ROWS = tomllib.loads((ROOT / "tests" / "stacks" / "contract.toml").read_text())["row"]


def value(properties: Any, path: str) -> Any:
    for name in path.split("."):
        properties = properties.get(name) if isinstance(properties, dict) else None
    return properties


def test_every_property_that_the_contract_names_is_in_an_example(example, synthesised):
    adopted = (
        (ROOT / "config/examples/one-domain.toml")
        .read_text()
        .replace('allocation_id = "" ', 'allocation_id = "eipalloc-0123456789abcdef0" ')
    )
    assemblies = [*map(example, EXAMPLES), synthesised(adopted)]
    resources = [r for each in assemblies for part in each.templates for r in each.resources(part).values()]
    missing = {
        (kind, path)
        for row in ROWS
        for kind in row["types"]
        for path in row["properties"]
        if not any(r["Type"] == kind and value(r.get("Properties"), path) is not None for r in resources)
    }
    assert ROWS
    assert missing == set()


def test_every_output_that_the_contract_names_is_there(one_domain):
    outputs = {part: set(template.get("Outputs", {})) for part, template in one_domain.templates.items()}
    assert {"IncidentTable", "AlertsTopic", "OperationsTopic"} <= outputs["state"]
    assert outputs["sending"] == {"ProductionAccess"}
    assert outputs["addresses"] == {"AddressMail1", "AdoptMail1", "LiftPort25"}
    assert outputs["domain-example-com"] == {
        f"Dkim{kind}{number}" for kind in ("Name", "Value") for number in (1, 2, 3)
    }


def test_names_are_as_the_contract_says(one_domain):
    names = json.dumps(one_domain.templates["monitoring"])
    for name in (
        "staygreen-example-production-check-blocklist",
        "/staygreen/example/production/check/blocklist",
        "rate(60 minutes)",
        "staygreen-example-production-check-blocklist-has-not-run",
    ):
        assert f'"{name}"' in names


def test_records_easy_dkim_and_reverse_names_look_as_the_contract_says(one_domain):
    identity = one_domain.only("domain-example-com", "AWS::SES::EmailIdentity")["Properties"]
    assert identity["DkimSigningAttributes"] == {"NextSigningKeyLength": "RSA_2048_BIT"}
    assert identity["ConfigurationSetAttributes"] == {"ConfigurationSetName": "transactional"}
    assert identity["MailFromAttributes"]["MailFromDomain"] == "bounce.example.com"
    dkim = one_domain.resources("domain-example-com")["RecordDkim1"]["Properties"]
    assert dkim["Name"]["Fn::Join"][1][0] == {"Fn::GetAtt": ["Identity", "DkimDNSTokenName1"]}
    reverse = one_domain.only("addresses", "Custom::ReverseDns")["Properties"]
    assert (reverse["PtrName"], reverse["Release"], reverse["Adopted"]) == ("mail.example.com", "false", "false")
