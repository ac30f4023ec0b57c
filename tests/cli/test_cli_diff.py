"""`diff`: what a pull request changes of the spec, without a token and without a tenant."""

import json

import pytest

BEFORE = """version: 1
statuses:
  vip:
    mode: exclusive
    members: [ann@example.com, bob@example.com]
  media:
    members: [cyd@example.com]
"""
AFTER = """version: 1
statuses:
  vip: {mode: exclusive, members: [ann@example.com, dan@example.com]}
  media: {members: [cyd@example.com]}
"""


@pytest.fixture
def changed(cli, commit):
    """The command line in a repository whose spec differs from what was committed."""
    (cli.folder / "specs").mkdir()
    (cli.folder / "specs" / "a.yaml").write_text(BEFORE)
    commit()
    (cli.folder / "specs" / "a.yaml").write_text(AFTER)
    return cli


def told(ran):
    assert ran.err == ""
    return json.loads(ran.out)


def test_it_shows_the_dangerous_first_and_ends_with_the_numbers(changed):
    ran = changed("diff", "specs", "--base", "HEAD", "--emails", "full")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[1:] == [
        "The spec would take a status from 1 named person and give one to 1 person.",
        "",
        "vip (exclusive: the list is complete, everybody else who holds it loses it)",
        "  2 listed before, 2 now",
        "  Would lose it, if they hold it 1:",
        "    - bob@example.com  no longer listed (stood at specs/a.yaml:5)",
        "  Would gain it, if they do not hold it 1:",
        "    + dan@example.com  now listed (specs/a.yaml:3)",
        "",
        "The tenant was not looked at: this is what the spec says, not what a plan would do.",
        "Spec: 1 listed, 1 dropped, 0 absent, 0 no longer absent, 0 other last days, 0 settings, 1 danger, "
        "0 other reasons, in 1 status.",
    ]


def test_json_is_one_object_the_same_to_the_byte_and_names_both_sides(changed, git):
    command = ["diff", "specs", "--base", "HEAD", "--format", "json"]
    found = told(changed(*command))
    head = git("rev-parse", "HEAD")
    assert (found["kind"], found["format_version"], found["as_of"]) == ("diff", "1.0", "2026-06-15")
    assert found["base"] == {"revision": "HEAD", "commit": head}
    assert found["spec"]["commit"] == f"{head}-dirty"
    assert [(row["step"], row["effect"], row["danger"]) for row in found["statuses"][0]["members"]] == [
        ("dropped", "loses", "dropped"),
        ("listed", "gains", None),
    ]
    changed.clock.waited += 60
    assert changed(*command).out == changed(*command).out == json.dumps(found, indent=2) + "\n"


def test_emails_are_full_on_a_terminal_and_in_json_and_masked_in_a_pipe(changed):
    command = ["diff", "specs", "--base", "HEAD"]
    assert "bob@example.com" in changed(*command, terminal=True).out
    assert "bob@example.com" in changed(*command, "--format", "json").out
    for masked in (changed(*command), changed(*command, "--format", "json", "--emails", "masked")):
        assert "@example.com" not in masked.out
        assert "b… #1" in masked.out


def test_the_exit_code_tells_whether_anything_differs_if_asked(changed, commit):
    command = ["diff", "specs", "--base", "HEAD", "--detailed-exitcode"]
    assert changed(*command).code == 2
    commit()
    ran = changed(*command)
    assert (ran.code, ran.last_line) == (0, "No changes to the spec.")


def test_another_style_and_other_files_are_no_change(changed):
    (changed.folder / "specs" / "a.yaml").write_text("version: 1\nstatuses: {vip: {mode: exclusive}}\n")
    (changed.folder / "specs" / "b.yaml").write_text(
        "version: 1\nprofiles: {CYD@example.com: [media], bob@example.com: [vip], ann@example.com: [vip]}\n"
    )
    assert changed("diff", "specs", "--base", "HEAD").last_line == "No changes to the spec."


def test_only_the_statuses_named_are_shown_on_whichever_side_they_are(changed):
    (changed.folder / "specs" / "a.yaml").write_text("version: 1\nstatuses: {new: {members: [ann@example.com]}}\n")
    found = told(changed("diff", "specs", "--base", "HEAD", "--status", "media", "--status", "new", "--format", "json"))
    assert [(status["handle"], status["presence"]) for status in found["statuses"]] == [
        ("media", "gone"),
        ("new", "new"),
    ]
    ran = changed("diff", "specs", "--base", "HEAD", "--status", "none")
    assert (ran.code, ran.err) == (64, "error[usage]: the spec has no such status, status none; check the options\n")


def test_the_day_is_the_same_for_both_sides(changed):
    member = "version: 1\nstatuses: {media: {members: [{email: cyd@example.com, until: 2026-07-01}]}}\n"
    (changed.folder / "specs" / "a.yaml").write_text(member)
    command = ["diff", "specs", "--base", "HEAD", "--status", "media", "--format", "json", "-q"]
    effects = {
        day: told(changed(*command, "--as-of", day))["statuses"][0]["members"][0]["effect"]
        for day in ("2026-07-01", "2026-07-02")
    }
    assert effects == {"2026-07-01": "keeps", "2026-07-02": "loses"}


def test_a_spec_that_was_not_there_is_all_new_and_says_so(changed):
    (changed.folder / "new.yaml").write_text("version: 1\nstatuses: {new: {members: [ann@example.com]}}\n")
    ran = changed("diff", "new.yaml", "--base", "HEAD")
    assert ran.code == 0
    assert "new.yaml did not exist at HEAD: everything in it is new." in ran.out.splitlines()
    assert "1 listed, 0 dropped" in ran.last_line


@pytest.mark.parametrize(
    ("revision", "error"),
    [
        ("none", "error[usage]: no such revision, none; check its name, or get it with `git fetch`\n"),
        ("ann@example.com", "error[usage]: no such revision, <email>; check its name, or get it with"),
        ("broken", "error[invalid_spec]: not an email address, broken:specs/a.yaml:2:28; write one address"),
    ],
)
def test_a_base_that_cannot_be_read_is_an_error_and_never_no_change(changed, git, commit, revision, error):
    (changed.folder / "specs" / "a.yaml").write_text("version: 1\nstatuses: {vip: {members: [a]}}\n")
    commit()
    git("tag", "broken")
    (changed.folder / "specs" / "a.yaml").write_text(AFTER)
    ran = changed("diff", "specs", "--base", revision)
    assert (ran.code, ran.out) == (64, "")
    assert ran.err.startswith(error)
    failed = json.loads(changed("diff", "specs", "--base", revision, "--format", "json").out)
    assert error.startswith(f"error[{failed['failure_reason']}]")


def test_it_needs_neither_a_token_nor_a_tenant_and_keeps_no_state(changed):
    changed.environment.clear()
    assert changed("diff", "specs", "--base", "HEAD").code == 0
    assert not (changed.folder / ".omneo-reconcile").exists()


def test_without_a_base_it_says_what_is_missing(changed):
    ran = changed("diff", "specs")
    assert (ran.code, ran.err.startswith("error[usage]: Missing option '--base'")) == (64, True)


def test_a_guard_that_is_loosened_is_marked_and_says_what_it_means(changed):
    (changed.folder / "specs" / "a.yaml").write_text(
        "version: 1\ntenant: acme\nstatuses:\n"
        "  vip: {mode: exclusive, owner: x, allow_empty: true, unresolved: skip, limits: {max_removals: 50%}}\n"
    )
    lines = changed("diff", "specs", "--base", "HEAD").out.splitlines()
    assert [line.strip() for line in lines if " and is " in line or "Look at" in line] == [
        "= tenant  was not given and is acme",
        "Look at: nobody is listed any more",
        "! allow_empty  was false and is true: an empty list is no error any more (specs/a.yaml:4)",
        "! limits.max_removals  was 25% and is 50%: one plan may change more (specs/a.yaml:4)",
        "! unresolved  was hold and is skip: people who are not found refuse or hold back less (specs/a.yaml:4)",
        "= owner  was not given and is x (specs/a.yaml:4)",
    ]


def test_another_reason_alone_is_a_difference(changed, commit):
    commit()
    spec = changed.folder / "specs" / "a.yaml"
    spec.write_text(AFTER.replace("[cyd@example.com]", "[{email: cyd@example.com, reason: asked for}]"))
    ran = changed("diff", "specs", "--base", "HEAD", "--detailed-exitcode", "--emails", "full")
    assert ran.code == 2
    assert "    = cyd@example.com  another reason (asked for; specs/a.yaml:4)" in ran.out.splitlines()
    assert "1 other reason, in 1 status." in ran.last_line


def test_a_revision_or_path_that_is_no_text_is_shown_by_its_bytes(changed, git):
    git("tag", "v\udcff")
    (changed.folder / "new\udcff").mkdir()
    (changed.folder / "new\udcff" / "b.yaml").write_text("version: 1\n")
    for format_name in ("json", "text", "markdown", "github", "html"):
        ran = changed("diff", "specs", "new\udcff", "--base", "v\udcff", "--format", format_name)
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.encode()
    found = told(changed("diff", "specs", "new\udcff", "--base", "v\udcff", "--format", "json"))
    assert found["base"]["revision"] == "v\\udcff"
    assert found["notes"][1] == "new\\udcff did not exist at v\\udcff: everything in it is new."


def test_a_fault_of_the_base_is_marked_at_no_line_of_now(changed, commit):
    (changed.folder / "specs" / "a.yaml").write_text("version: 1\nstatuses: {vip: {members: [a]}}\n")
    commit()
    (changed.folder / "specs" / "a.yaml").write_text(AFTER)
    ran = changed("diff", "specs", "--base", "HEAD", "--format", "github")
    assert ran.code == 64
    assert "::error title=invalid_spec::not an email address" in ran.out
    assert "HEAD:specs/a.yaml:2:28" in ran.out
    assert "file=" not in ran.out
