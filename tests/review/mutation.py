"""Random damage to templates: what people, macros and other tools leave behind."""

import copy

JUNK = (
    None,
    True,
    False,
    0,
    -1,
    3.5,
    "",
    "x",
    "²",
    "\\999",
    '"a',
    "9" * 30,
    "⟨x⟩",
    "{{resolve:ssm:/a}}",
    "0 .",
    "a.⟨b⟩..c.",
    "v=spf1 include:%{x} ip4:⟨a⟩ redirect=",
    "v=DMARC1; p=",
    "v=DKIM1; p=*",
    [],
    {},
    [None],
    [[]],
    [{}],
    {"a": {"b": [1, {"c": None}]}},
    {"Ref": "X"},
    {"Ref": None},
    {"Ref": ["a"]},
    {"Ref": "AWS::NoValue"},
    {"Fn::GetAtt": "A"},
    {"Fn::GetAtt": ["A"]},
    {"Fn::GetAtt": [{"Ref": "A"}, "B"]},
    {"Fn::Sub": "${"},
    {"Fn::Sub": ["${a}", None]},
    {"Fn::Join": [",", None]},
    {"Fn::Join": ["", ["a", {"Ref": "AWS::NoValue"}]]},
    {"Fn::If": None},
    {"Fn::If": ["C", "a", {"Ref": "AWS::NoValue"}]},
    {"Fn::Transform": {"Name": "X"}},
    {"Fn::Select": ["x", [1]]},
    {"Fn::Split": [",", {"Ref": "P"}]},
    {"Fn::FindInMap": ["a", {"Ref": "b"}, "c"]},
    {"Fn::ForEach::A": ["x", ["1"], {"k${x}": 1}]},
    {"Fn::ForEach::A": None},
    {"Fn::ImportValue": {"Fn::Sub": "${AWS::StackName}-x"}},
)
WRAPPERS = ("Fn::If", "Fn::Sub", "Fn::GetAtt", "Ref", "a")
ADDED = ("Fn::Transform", "Ref", "Type", "Properties", "Tags", "Name")


def places(value, path=()):
    yield path
    for key, part in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(part, (*path, key))


def damaged(template, random, types):
    """A copy of a template with one to five places deleted, replaced, wrapped or added to."""
    found = copy.deepcopy(template)
    for _ in range(random.randint(1, 5)):
        paths = [path for path in places(found) if path]
        if paths:
            *way, key = random.choice(paths)
            around = found
            for step in way:
                around = around[step]
            _damage(around, key, random, types)
    return found


def _damage(around, key, random, types):
    what = random.choice(("delete", "replace", "replace", "replace", "add", "list", "wrap", "type"))
    if what == "delete":
        del around[key]
    elif what == "add" and isinstance(around, dict):
        around[random.choice((*ADDED, f"{key}x"))] = copy.deepcopy(random.choice(JUNK))
    elif what == "list":
        around[key] = [around[key]]
    elif what == "wrap":
        around[key] = {random.choice(WRAPPERS): around[key]}
    elif what == "type" and isinstance(around, dict) and isinstance(around.get("Type"), str):
        around["Type"] = random.choice(types)
    else:
        around[key] = copy.deepcopy(random.choice(JUNK))
