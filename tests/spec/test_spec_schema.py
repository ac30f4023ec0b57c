"""The schema that editors use is the one that files are checked with."""

import json

import pytest
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


def test_each_key_has_a_description_and_examples():
    keys = [key for _, part in parts(SCHEMA) for key in part.get("properties", {}).values() if isinstance(key, dict)]
    for key in keys:
        shared = SCHEMA["$defs"][key["$ref"].rpartition("/")[2]] if "$ref" in key else {}
        assert {"description", "examples"} <= key.keys() | shared.keys()


def test_the_example_of_the_whole_is_a_spec(folder):
    (example,) = SCHEMA["examples"]
    spec = folder.write("a.yaml", json.dumps(example)).write("lists/vip.csv", "email\nx@x.org").load().spec
    assert list(spec.statuses) == ["influencer", "media", "vip"]


@pytest.mark.parametrize("handle", ["", " ", "a b", "a\n", "\x00", "a\u200b", "\u202ea", "a\x85", "\ufeff"])
def test_a_handle_has_no_space_and_nothing_invisible(handle):
    assert not is_handle(handle)
