"""One run of `validate` tells what is wrong and what is odd, in every format."""

import json

import pytest

SPEC = "version: 1\nstatuses:\n  vip: {members: [jane@gmial.com, x], absent: []}\n"


@pytest.fixture
def spec(cli):
    (cli.folder / "spec.yaml").write_text(SPEC)
    return "spec.yaml"


def test_lines_of_both_kinds_stand_in_the_order_of_the_file_and_quiet_drops_the_warnings(cli, spec):
    ran = cli("validate", spec)
    assert ran.code == 64
    assert [line.partition(":")[0] for line in ran.err.splitlines()] == ["warning", "error[invalid_spec]", "warning"]
    assert [line[:5] for line in cli("validate", spec, "-q").err.splitlines()] == ["error"]


def test_json_is_one_object_with_both(cli, spec):
    told = json.loads(cli("validate", spec, "--format", "json").out)
    assert told["failure_reason"] == "invalid_spec"
    assert [error["where"] for error in told["errors"]] == ["spec.yaml:3:35"]
    assert [odd["where"] for odd in told["warnings"]] == ["spec.yaml:3:19", "spec.yaml:3:47"]


def test_a_forge_is_given_marks_of_both_levels(cli, spec):
    marks = [line for line in cli("validate", spec, "--format", "github").out.splitlines() if line.startswith("::")]
    assert [mark.partition(" ")[0] for mark in marks] == ["::error", "::warning", "::warning"]
    assert all("file=spec.yaml,line=3" in mark for mark in marks)


@pytest.mark.parametrize("format_name", ["markdown", "html"])
def test_a_page_and_a_comment_show_both(cli, spec, format_name):
    out = cli("validate", spec, "--format", format_name).out
    assert "not an email address" in out
    assert "did you mean gmail.com?" in out


def test_strict_makes_errors_of_all_of_them_in_an_invalid_spec_too(cli, spec):
    ran = cli("validate", spec, "--strict", "--format", "json")
    assert ran.code == 64
    told = json.loads(ran.out)
    assert (len(told["errors"]), told["warnings"]) == (3, [])
    assert [line.partition(":")[0] for line in ran.err.splitlines()] == ["error[invalid_spec]"] * 3
