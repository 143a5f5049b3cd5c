"""Names of what is deployed stand in one module and nowhere else; no two deployments share one, and AWS takes each."""

import ast
import inspect
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import botocore.session
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from staygreen.core import naming
from staygreen.core.checks import CHECKS
from staygreen.core.config.config import Config
from staygreen.core.config.rules import sender as sender_rules
from staygreen.core.config.tables.sender import Environment, Sender
from staygreen.core.naming import ENVIRONMENTS, ResourceNames, domain_stack
from staygreen.core.remediations import REMEDIATIONS

ROOT = Path(__file__).resolve().parents[2]
NAMING = Path("staygreen/core/naming.py")
PRODUCT = ("app.py", "stacks", "lambdas", "staygreen", "local")
A_NAME = re.compile(r"(?<![a-z0-9.<])staygreen[-/:](?=[a-z*]|$)")
"""The beginning of a name: ``staygreen-…``, ``/staygreen/…``, ``staygreen:sender``; no sentence, address or path."""
MAY_SPELL = re.compile(r"staygreen[-/:\"']")
"""In the text of every module that spells one: most have it nowhere, and need not be parsed."""
OTHERS = {
    "local/directory.py": {"staygreen-local-", "staygreen-unborn-"},  # directories of this machine
    "local/stage.py": {"staygreen-alerts", "staygreen-chat"},  # queues that play subscribers
    "staygreen/review/render.py": {"<!-- staygreen-review -->"},  # what marks our comment on a pull request
    "stacks/constructs/code_asset.py": {"staygreen-code-", "staygreen/core/checks/*.py"},  # directories of this machine
}
"""What looks like one and is none."""


def spelled(code: str) -> Iterator[tuple[int, str]]:
    """Line and text of every string that is no docstring and has a name in it."""
    if not MAY_SPELL.search(code):
        return
    tree = ast.parse(code)
    docs = {
        id(statement.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        for statement in node.body
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in docs:
            continue
        if A_NAME.search(node.value) and not node.value.startswith("https://"):
            yield node.lineno, node.value


def modules() -> Iterator[Path]:
    for part in PRODUCT:
        place = ROOT / part
        yield from sorted(place.rglob("*.py")) if place.is_dir() else (place,)


def test_no_module_of_the_product_spells_a_name_but_the_one_for_names():
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text!r}; take it from {NAMING}"
        for path in modules()
        if path.relative_to(ROOT) != NAMING
        for line, text in spelled(path.read_text(encoding="utf-8"))
        if text not in OTHERS.get(path.relative_to(ROOT).as_posix(), ())
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "code",
    [
        'f"staygreen-{environment}-incidents"',
        'table = "staygreen-" + environment',
        'f"/staygreen/{environment}/check/{check}"',
        'f"staygreen/{environment}/recipient-key"',
        'TAG = "staygreen:sender"',
        'TAG = "staygreen" ":sender"',
        'f"arn:aws:lambda:*:*:function:staygreen-*-{part}"',
    ],
)
def test_a_name_is_seen_however_it_is_spelled(code):
    assert list(spelled(code))


@pytest.mark.parametrize(
    "code",
    [
        '"""Such as staygreen-production-state."""',
        'typer.echo("run `staygreen incidents list`")',
        'description = "staygreen: checks and the announcer"',
        'schema = "staygreen.alert/1"',
        'url = "https://github.com/staygreen/staygreen/blob/main/docs/runbooks"',
    ],
)
def test_sentences_schemas_and_addresses_are_no_names(code):
    assert not list(spelled(code))


def test_naming_needs_nothing_but_the_standard_library():
    tree = ast.parse((ROOT / NAMING).read_text(encoding="utf-8"))
    imported = {
        name.name if isinstance(node, ast.Import) else str(node.module)
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }
    assert not {name for name in imported if name.partition(".")[0] in ("staygreen", "stacks", "lambdas", "local")}


# --- no two deployments share a name, and AWS takes each -------------------------------------------------------------

NAMED = re.compile(r"[a-zA-Z0-9_-]+")
LIMITS: dict[str, tuple[int, re.Pattern[str]]] = {
    "stack": (128, re.compile(r"[a-zA-Z][a-zA-Z0-9-]*")),
    "function": (64, NAMED),
    "check_function": (64, NAMED),
    "schedule": (64, re.compile(r"[a-zA-Z0-9_.-]+")),
    "event_rule": (64, re.compile(r"[a-zA-Z0-9_.-]+")),
    "state_machine": (80, NAMED),
    "role": (64, re.compile(r"[\w+=,.@-]+")),
    "managed_policy": (128, re.compile(r"[\w+=,.@-]+")),
    "queue": (80, NAMED),
    "topic": (256, NAMED),
    "chat_channel": (128, NAMED),
    "alarm": (255, re.compile(r"[ -~]+")),
    "event_destination": (64, NAMED),
    "log_filter": (512, re.compile(r"[^:*]+")),
    "table": (255, re.compile(r"[a-zA-Z0-9_.-]{3,}")),
    "bucket": (63, re.compile(r"[a-z0-9][a-z0-9-]+[a-z0-9]")),
    "key": (250, re.compile(r"[a-zA-Z0-9/_-]+")),
    "secret": (512, re.compile(r"[a-zA-Z0-9/_+=.@-]+")),
    # 1,011 characters with what stands before the name in its ARN; 15 levels
    "check_parameter": (900, re.compile(r"(/[a-zA-Z0-9_.-]+){1,14}")),
    "remediation_parameter": (900, re.compile(r"(/[a-zA-Z0-9_.-]+){1,14}")),
    "receipt_rule": (64, re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9_.-]*[a-zA-Z0-9])?")),
    "address": (256, re.compile(r"[\w .:/=+@-]+")),
}
"""Longest name of each kind, and the characters that AWS takes in it (API references; recalled, not verified)."""
SCHEMAS = {
    "schedule": ("scheduler", "CreateScheduleInput", "Name"),
    "event_rule": ("events", "PutRuleRequest", "Name"),
    "state_machine": ("stepfunctions", "CreateStateMachineInput", "name"),
    "role": ("iam", "CreateRoleRequest", "RoleName"),
    "managed_policy": ("iam", "CreatePolicyRequest", "PolicyName"),
    "chat_channel": ("chatbot", "CreateSlackChannelConfigurationRequest", "ConfigurationName"),
    "alarm": ("cloudwatch", "PutMetricAlarmInput", "AlarmName"),
    "log_filter": ("logs", "PutSubscriptionFilterRequest", "filterName"),
    "secret": ("secretsmanager", "CreateSecretRequest", "Name"),
}
"""Service, shape and member where botocore's models say how long such a name may be."""
BY_REGION = {"role", "managed_policy", "chat_channel"}
"""Kinds of which an account has one list for all regions."""
BUCKETS = ("mail", "unread", "shards", "snds")
PARTS = sorted(
    {
        *("announce", "digest", "slack-callback", "repair-plan", "repair-act", "approvals", "mail-log", "replies"),
        *(
            "mailbox",
            "receipt-rules",
            "reverse-dns-complete",
            "alerts",
            "operations",
            "chat",
            "repair-sweep",
            "review",
            "approvers",
        ),
        *(f"{kind}-{check.id}" for kind in ("check", "shard", "sweep") for check in CHECKS),
        *(f"check-{check.id}-has-not-run" for check in CHECKS),
        *(entry.id for entry in REMEDIATIONS),
    }
)
REGIONS = ("us-east-1", "eu-central-1", "ap-southeast-2", "us-isof-south-1", "ap-northeast-1")
words = st.text("abcp0123", min_size=1, max_size=9) | st.sampled_from(
    ("prod", "domain", "mail", "stagings", *ENVIRONMENTS)
)


@st.composite
def deployments(draw) -> tuple[ResourceNames, str, str]:
    """Names, account and region of a deployment that the configuration's rules let through; many of the longest."""
    name = draw(st.lists(words, min_size=1, max_size=4).map("-".join) | st.text("abcdefghij", min_size=20, max_size=20))
    environment = draw(st.sampled_from(sorted(ENVIRONMENTS, key=len, reverse=True)))
    account, region = draw(st.sampled_from(("111122223333", "444455556666"))), draw(st.sampled_from(REGIONS))
    config = sender_config(name, environment, account, region)
    assume(not any(sender_rules.sender(config)))
    return config.names, account, region


def sender_config(name: str, environment: str, account: str, region: str) -> Config:
    where = Sender(name=name, environment=Environment(environment), account=account, region=region)
    return Config(sender=where)


parts = st.sampled_from(PARTS) | st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=1, max_size=300).filter(
    lambda text: text[0].isalnum() and text[-1].isalnum()
)
domains = st.lists(words | st.sampled_from(("state", "x" * 60)), min_size=2, max_size=6).map(
    lambda w: domain_stack(".".join(w))
)


def named(names: ResourceNames, kind: str, part: str, account: str, region: str) -> str:
    make = getattr(names, kind)
    if kind == "bucket":
        return make(part, account, region)
    return make(part, region) if kind in BY_REGION else make(part)


def part_of(kind: str, drawn: str) -> str:
    """The drawn part as such a resource may have it."""
    plain = drawn.replace("_", "-") if kind in ("stack", "bucket") else drawn
    return plain.strip("-") or "x"


def test_every_kind_of_name_is_tried():
    made = {
        name
        for name, value in vars(ResourceNames).items()
        if inspect.isfunction(value) and not name.startswith("_") and name not in ("address_name", "may_own")
    }
    assert made == set(LIMITS)


@pytest.mark.parametrize("kind", sorted(SCHEMAS))
def test_the_limits_are_those_of_awss_own_models(kind):
    service, shape, member = SCHEMAS[kind]
    model = botocore.session.get_session().get_service_model(service)
    said = model.shape_for(shape).members[member].metadata
    assert LIMITS[kind][0] <= said["max"]


@given(deployments(), st.data(), st.sampled_from(sorted(LIMITS)))
def test_aws_takes_every_name_however_long_its_parts_are(deployment, data, kind):
    names, account, region = deployment
    part = part_of(kind, data.draw(parts | domains))
    made = named(names, kind, part, account, region)
    longest, characters = LIMITS[kind]
    assert len(made) <= longest
    assert characters.fullmatch(made)
    assert made.endswith(region) or kind not in BY_REGION


@given(deployments(), deployments(), st.data(), st.sampled_from(sorted(LIMITS)))
def test_no_two_deployments_share_a_name(one, other, data, kind):
    part, another = (part_of(kind, data.draw(parts | domains)) for _ in range(2))
    first, second = (named(names, kind, p, *where) for (names, *where), p in ((one, part), (other, another)))
    if one[0] != other[0] or (kind in BY_REGION and one[2] != other[2]) or (kind == "bucket" and one != other):
        assert first != second


@given(deployments(), deployments(), st.data())
def test_a_pattern_for_all_stacks_of_one_deployment_meets_no_other(one, other, data):
    stack = other[0].stack(part_of("stack", data.draw(parts | domains)))
    assert fnmatchcase(stack, one[0].any_stack) == (one[0] == other[0])
    assert naming.deployment_of(stack) == other[0]


@given(deployments(), st.sampled_from(("check", "remediation")), st.sampled_from(PARTS), st.integers(1, 9))
def test_the_name_of_a_parameter_says_whose_it_is(deployment, kind, part, page):
    names, *_ = deployment
    name = getattr(names, f"{kind}_parameter")(part) + (f"/{page}" if page > 1 else "")
    assert naming.settings_parameter(name) == (names, kind, part, page)
    assert naming.kill_switch_of(names.kill_switch) == names
    assert naming.kill_switch_of(name) is None


@given(deployments(), st.integers(1, 9))
def test_the_parameter_of_a_share_says_whose_it_is(deployment, page):
    names, *_ = deployment
    name = names.only_parameter + (f"/{page}" if page > 1 else "")
    assert naming.settings_parameter(name) == (names, "only", "", page)


def test_environments_are_those_of_the_configuration():
    assert tuple(each.value for each in Environment) == ENVIRONMENTS


def test_what_is_nobodys_is_read_as_nobodys():
    for stack in ("staygreen", "staygreen-", "staygreen-production", "staygreen-acme", "other-acme-production-state"):
        assert naming.deployment_of(stack) is None
