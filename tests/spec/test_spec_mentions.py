"""Every line that names a person is found again, also those that the merge forgets."""

from omneo_reconcile.spec.mentions import mentions


def found(folder, email="a@x.org"):
    return [
        (mention.status, str(mention.kind), str(mention.source).replace(f"{folder.path.as_posix()}/", ""))
        for mention in mentions(folder.load().documents, email)
    ]


def test_each_line_is_told_in_the_order_of_files_and_lines(folder):
    folder.write("b.yaml", "version: 1\nstatuses:\n  t:\n    absent: [a@X.org]\n")
    folder.write(
        "a.yaml",
        "version: 1\nstatuses:\n  s:\n    members_from: [l.csv]\n    members:\n      - b@x.org\n      - ' A@x.org '\n"
        "profiles:\n  a@x.org: [s, r]\n",
    )
    folder.write("l.csv", "email\na@x.org\nb@x.org\nA@x.org\n")
    assert found(folder) == [
        ("s", "members", "a.yaml:7"),
        ("r", "profiles", "a.yaml:9"),
        ("s", "profiles", "a.yaml:9"),
        ("t", "absent", "b.yaml:4"),
        ("s", "members_from", "l.csv:2"),
        ("s", "members_from", "l.csv:4"),
    ]
    assert found(folder, "c@x.org") == []
    assert found(folder.write("b.yaml", "version: 1\nstatuses: {t: {protected: [c@x.org]}}"), "c@x.org") == [
        ("t", "protected", "b.yaml:2")
    ]


def test_a_line_is_told_as_it_is_written(status):
    folder = status(
        "members:\n  - {email: 'A@X.org', until: 2030-01-31, reason: Gold}\n  - {email: a@x.org, until: 2030-01-31}"
    )
    told = [(row.email, str(row.until), row.reason) for row in mentions(folder.load().documents, "a@x.org")]
    assert told == [("A@X.org", "2030-01-31", "Gold"), ("a@x.org", "2030-01-31", None)]


def test_a_list_that_two_statuses_name_is_told_for_each_and_one_named_twice_once(folder):
    folder.write(
        "a.yaml", "version: 1\nstatuses:\n  s: {members_from: [l.txt, ./l.txt]}\n  t: {members_from: [l.txt]}\n"
    )
    folder.write("l.txt", "a@x.org\n")
    assert found(folder) == [("s", "members_from", "l.txt:1"), ("t", "members_from", "l.txt:1")]
