"""The schema that editors use is the one that files are checked with."""

import json
import re
from pathlib import Path
from typing import ClassVar

import pytest
import yaml
from jsonschema import Draft202012Validator

from omneo_reconcile.spec.schema import is_handle, schema_text

SCHEMA = json.loads(schema_text())


def parts(value, path="#"):
    if isinstance(value, dict):
        yield path, value
        for key, child in value.items():
            if key not in {"examples", "enum"}:
                yield from parts(child, f"{path}/{key}")


def examples():
    for path, part in parts(SCHEMA):
        for example in part.get("examples", []) if isinstance(part.get("examples", []), list) else []:
            yield pytest.param(part, example, id=f"{path}-{example}")


def test_the_schema_is_valid_draft_2020_12():
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(("part", "example"), list(examples()))
def test_the_schema_accepts_each_example_in_it(part, example):
    Draft202012Validator({**part, "$defs": SCHEMA["$defs"]}).validate(example)


def shown(part):
    """What an editor shows of a part: what it says itself, else what it refers to says."""
    return (SCHEMA["$defs"][part["$ref"].rpartition("/")[2]] if "$ref" in part else {}) | part


def values():
    """Everything that a person can write: each key, each definition, each entry of a list or a mapping."""
    for path, part in parts(SCHEMA):
        group, name = ["", *path.split("/")][-2:]
        if group in {"properties", "$defs"} or name in {"items", "additionalProperties"}:
            yield pytest.param(shown(part), id=path)


@pytest.mark.parametrize("value", list(values()))
def test_each_value_is_described_in_sentences_with_examples_and_its_default(value):
    assert value["description"][0].isupper()
    assert value["description"].endswith(".")
    assert value["examples"]
    told = value["description"].partition("Left out: ")[2]
    if "default" in value:
        assert told == json.dumps(value["default"]).strip('"') + "."


def test_the_defaults_that_editors_show_are_those_that_hold(folder):
    spec = folder.write("a.yaml", "version: 1\nstatuses: {s: {}}").load().spec
    status, limits = spec.statuses["s"], SCHEMA["$defs"]["limits"]["properties"]
    assert SCHEMA["properties"]["timezone"]["default"] == spec.timezone
    assert SCHEMA["$defs"]["status"]["properties"]["mode"]["default"] == status.mode
    assert SCHEMA["$defs"]["status"]["properties"]["allow_empty"]["default"] is status.allow_empty
    assert str(limits["max_adds"]["default"]) == str(status.limits.max_adds)
    assert limits["max_removals"]["default"] == str(status.limits.max_removals)


class Editor(yaml.SafeLoader):
    """Reads YAML 1.2 as editors do: a date is text, and so is what only YAML 1.1 took for a truth value."""

    yaml_implicit_resolvers: ClassVar = {}


for name, pattern, starts in (
    ("bool", "(true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("null", "(~|null)?$", ["~", "n", ""]),
    ("int", "[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"[-+]?[0-9]+\.[0-9]+$", "-+0123456789"),
):
    Editor.add_implicit_resolver(f"tag:yaml.org,2002:{name}", re.compile(pattern), list(starts))


def is_fine_in_an_editor(text):
    tree = json.loads(json.dumps(yaml.load(text, Editor)))  # keys are always text
    return Draft202012Validator(SCHEMA).is_valid(tree)


@pytest.mark.parametrize("folder", ["specs", "tests/cases"])
def test_each_worked_example_is_fine_in_an_editor(folder):
    examples = (Path(__file__).parents[2] / folder).rglob("*.yaml")
    marked = [path for path in examples if not is_fine_in_an_editor(path.read_text(encoding="utf-8"))]
    assert {path.parts[-3] for path in marked} <= {"every-fault-of-a-spec-in-one-run"}


@pytest.mark.parametrize(
    ("is_fine", "text"),
    [
        (True, "statuses: {s: {members: [{email: a@x.org, until: 2026-12-31}]}}"),
        (True, "statuses: {s: {members: [{email: a@x.org, until: '2026-12-31', reason: 123}]}}"),
        (True, 'statuses: {s: {members: [\'"a b"@x.org\', " É@bücher.example "]}}'),
        (True, "statuses: {on: {owner: no, mode: exclusive, allow_empty: True}, 123: {absent: [a@x.org]}}"),
        (True, "tenant: 123\nlimits: {max_adds: 0, max_removals: 2.5%}\nprofiles: {a@x.org: [1, on]}"),
        (False, "statuses: {s: {members: [{email: a@x.org, until: 31.12.2026}]}}"),
        (False, "statuses: {s: {members: [{email: a@x.org, until: 2026-13-01}]}}"),
        (False, "statuses: {s: {members: [{email: a@x.org, until: [2026-12-31]}]}}"),
        (False, "statuses: {s: {absent: [{email: a@x.org, until: 2026-12-31}]}}"),
        (False, "statuses: {s: {protected: [jane]}}"),
        (True, "statuses: {s: {max_members: 999999999999999}}"),
        (False, "statuses: {s: {max_members: 1000000000000000}}"),
        (False, "statuses: {s: {members: [{until: 2026-12-31}]}}"),
        (False, "statuses: {s: {members: [jane]}}"),
        (False, "statuses: {s: {members: }}"),
        (False, "statuses: {s: {members_from: [l.xlsx]}}"),
        (False, "statuses: {s: {mode: Exclusive}}"),
        (False, "statuses: {s: {mode: exclusive, allow_empty: yes}}"),
        (False, "statuses: {s: {membres: []}}"),
        (False, "statuses: {a b: {}}"),
        (False, "statuses: {s: }"),
        (False, "profiles: {a@x.org: s}"),
        (False, "profiles: {jane: [s]}"),
        (False, "limits: {max_adds: -1}"),
        (False, "limits: {max_adds: 1.5}"),
        (False, "limits: {max_adds: '1000'}"),
        (False, "limits: {max_removals: 101%}"),
        (False, "tenant: ACME"),
        (False, "tenants: acme"),
    ],
)
def test_an_editor_marks_what_the_loader_refuses_and_nothing_else(folder, is_fine, text):
    text = f"version: 1\n{text}\n"
    assert is_fine_in_an_editor(text) is is_fine
    folder.write("a.yaml", text)
    assert bool(folder.load() if is_fine else folder.faults())


@pytest.mark.parametrize("text", ["{}", "version: 2", "version: '1'", "[version]"])
def test_an_editor_and_the_loader_insist_on_the_version(folder, text):
    assert not is_fine_in_an_editor(text)
    assert folder.write("a.yaml", text).faults()


def test_the_example_of_the_whole_is_a_spec(folder):
    (example,) = SCHEMA["examples"]
    spec = folder.write("a.yaml", json.dumps(example)).write("lists/vip.csv", "email\nx@x.org").load().spec
    assert list(spec.statuses) == ["influencer", "media", "vip"]


@pytest.mark.parametrize("handle", ["", " ", "a b", "a\n", "\x00", "a\u200b", "\u202ea", "a\x85", "\ufeff"])
def test_a_handle_has_no_space_and_nothing_invisible(handle):
    assert not is_handle(handle)
