"""The tables of what properties mean: whole against CloudFormation's schemas, and one form for what means the same."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from staygreen.core.mail_facts import meanings
from staygreen.review import meanings as listed

# found, not imported: that takes a second, and every worker would
SCHEMAS = Path(find_spec("cfnlint").origin).parent / "data" / "schemas"
TABLE = meanings.table()


def test_somebody_has_said_the_meaning_of_every_property_of_mail():
    assert list(listed.unsaid(SCHEMAS)) == []


@pytest.mark.parametrize("type_name", sorted(TABLE))
def test_a_property_that_does_not_exist_is_known_for_none(type_name):
    described = TABLE[type_name]

    if not described.rest_is_silent:
        assert list(described.unknown({"Perpetuum": {"Mobile": 1}})) == ["Perpetuum/Mobile"]


def test_a_property_that_is_new_in_the_schemas_is_listed(monkeypatch):
    without = {name: one for name, one in TABLE.items() if name != "AWS::SES::ReceiptFilter"}
    monkeypatch.setattr(listed, "table", lambda: without)

    assert list(listed.unsaid(SCHEMAS)) == ["AWS::SES::ReceiptFilter"]


@pytest.mark.parametrize(
    ("type_name", "one", "other"),
    [
        ("AWS::SES::EmailIdentity", {}, {"DkimAttributes": {"SigningEnabled": "true"}}),
        ("AWS::SES::EmailIdentity", {}, {"FeedbackAttributes": {"EmailForwardingEnabled": True}, "Tags": [{}]}),
        ("AWS::SES::ReceiptRule", {"Rule": {}}, {"Rule": {"Enabled": False, "TlsPolicy": "Optional"}}),
        ("AWS::SES::ReceiptRule", {"Rule": {"Recipients": ["a", "b"]}}, {"Rule": {"Recipients": ["b", "a"]}}),
        (
            "AWS::SES::ReceiptRule",
            {"Rule": {"Actions": [{"LambdaAction": {"FunctionArn": "f"}}]}},
            {"Rule": {"Actions": [{"LambdaAction": {"FunctionArn": "f", "InvocationType": "Event"}}]}},
        ),
        ("AWS::IAM::AccessKey", {"Serial": 1}, {"Serial": "1", "Status": "Active"}),
    ],
)
def test_what_means_the_same_has_one_form(type_name, one, other):
    assert meanings.canonical(type_name, one) == meanings.canonical(type_name, other)


def test_the_kind_of_an_action_that_says_nothing_else_is_kept():
    assert meanings.canonical("AWS::SES::MailManagerRuleSet", {"Rules": [{"Actions": [{"Drop": {}}]}]}) == {
        "Rules": [{"Actions": [{"Drop": {}}]}]
    }
