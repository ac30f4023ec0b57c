"""`sandbox load`: a simulated tenant with the customers of a CSV, all of them or none."""

import json
from pathlib import Path

import pytest

from omneo_reconcile.cli.customers import read_customers
from omneo_reconcile.errors import InvalidUse
from omneo_reconcile.sandbox.samples import PROFILE_TYPES
from simulated import CommandLine


@pytest.fixture
def customers(tmp_path: Path):
    """Returns the customers of a text: email, type, statuses and id."""

    def read(text: str | bytes) -> list[tuple[object, ...]]:
        (tmp_path / "customers.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
        return [customer[:4] for customer in read_customers(tmp_path / "customers.csv", PROFILE_TYPES)]

    return read


def held(cli: CommandLine) -> list[tuple[str, str]]:
    return [(row["status"], row["email"]) for row in json.loads(cli("sandbox", "show", "--format", "json").out)]


@pytest.mark.parametrize(
    "text",
    [
        "email,statuses\na@x.org,vip media\n",
        "\ufeffCountry;EMAIL ;Statuses\r\nAU; a@x.org ;vip | media\r\n\r\n;;\r\n",
        'Statuses,Email\n"vip,media",a@x.org',
        'Statuses;Email\n"vip;\nmedia;";a@x.org',
        "email,statuses\na@x.org,vip\nA@X.org,media\na@x.org,vip\n",
    ],
)
def test_a_file_is_read_as_excel_or_a_crm_writes_it(customers, text):
    assert customers(text) == [("a@x.org", "active", ("vip", "media"), None)]


def test_one_person_is_one_id_or_one_email_without_an_id(customers):
    text = "email,statuses,profile_id\na@x.org,vip,1\na@x.org,vip,2\na@x.org,media,1\nb@x.org,,\n,staff,\n,staff,\n"
    assert customers(text) == [
        ("a@x.org", "active", ("vip", "media"), "1"),
        ("a@x.org", "active", ("vip",), "2"),
        ("b@x.org", "active", (), None),
        (None, "active", ("staff",), None),
        (None, "active", ("staff",), None),
    ]


def test_a_type_is_read_in_any_case(customers):
    assert customers("email,profile_type\na@x.org,System\n") == [("a@x.org", "system", (), None)]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("name\nJane\n", ["1:1: no column `email`"]),
        ("email,Email\na@x.org,b@x.org\n", ["1:1: two columns `email`"]),
        (b"email\nJos\xe9@x.org\n", ["2:4: not UTF-8 text"]),
        ('email,statuses\na@x.org,"vip\n', ["2:1: not valid CSV"]),
        ("statuses;email\nvip;n/a\n;a@x.org\n;b@\n", ["2:5: not an email address", "4:2: not an email address"]),
        ("email,profile_type\na@x.org,Aktiv\n", ["2:9: not a type of profile"]),
        ("email,statuses\na@x.org,v\u200bip\n", ["2:9: not the handle of a status"]),
        (
            "email,profile_id\na@x.org,a/b\nb@x.org,.\nc@x.org,..\n",
            [f"{line}:9: not a profile id" for line in (2, 3, 4)],
        ),
        ("email,statuses\na@x.org,vip\nb@x.org,vip,media\n", ["3:13: a row with more fields than the first line"]),
        ("email,Status\na@x.org,vip\n", ["1:7: no column `statuses`"]),
        ("E-Mail,statuses\na@x.org,vip\n", ["1:1: no column `email`"]),
        ("email,n,Profile ID\na@x.org,vip,1\n", ["1:9: no column `profile_id`"]),
        ("email,statuses\na@x.org," + "v" * 200_000, ["2:1: a field of more than 131072 characters"]),
        (
            "email,profile_id\na@x.org,1\nA@x.org,\nb@x.org,\nb@x.org,2\nc@x.org,\n",
            [
                f"{at}: of one email only one of two rows has a `profile_id`, the other is on line {on}"
                for at, on in (("3:9", 2), ("5:9", 4))
            ],
        ),
        ("profile_id,email\n7,a@x.org\n7", ["3:2: another `email` of one person than on line 2"]),
        ('email,x,profile_id\na@x.org,"1\n2",7\nb@x.org,,7\n', ["4:1: another `email` of one person than on line 2"]),
        (
            "email,profile_type\na@x.org,\na@x.org,system\n",
            ["3:9: another `profile_type` of one person than on line 2"],
        ),
    ],
)
def test_each_row_that_cannot_be_used_is_told_with_its_place_and_nobody_is_named(customers, text, places):
    with pytest.raises(InvalidUse) as refused:
        customers(text)
    told = [f"{fault.where.partition('customers.csv:')[2]}: {fault.what}" for fault in refused.value.faults]
    assert len(told) == len(places)
    assert all(one.startswith(place) for one, place in zip(told, places, strict=True))
    assert "@" not in "".join(map(str, refused.value.faults))


@pytest.mark.parametrize("header", ["email,e-mail,statuses,status,until", "email,country,state,statuses,mails"])
def test_other_columns_are_ignored_also_those_like_a_known_one_that_is_there(customers, header):
    assert customers(f"{header}\na@x.org,,vip,,,\n")[0][0] == "a@x.org"


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("", "Invalid value for 'FILE': name a file or folder"),
        ("a\0b", "Invalid value for 'FILE': name a file or folder"),
        ("n" * 300, "it cannot be read (File name too long), file nnn"),
        ("file/customers.csv", "it cannot be read (Not a directory), file file/customers.csv"),
        (".", "the file cannot be read, .:1:1"),
    ],
)
def test_a_name_that_no_file_can_be_read_by_is_wrong_usage(cli, file, said):
    (cli.folder / "file").touch()
    ran = cli("sandbox", "load", file)
    assert ran.code == 64
    assert ran.err.startswith(f"error[usage]: {said}")


def test_a_file_that_is_not_there_is_told(cli):
    ran = cli("sandbox", "load", "none.csv")
    assert ran.code == 64
    assert ran.err == "error[usage]: no such file, file none.csv; check the path\n"


def test_a_file_with_one_bad_row_changes_nothing(cli):
    before = held(cli)
    (cli.folder / "customers.csv").write_text("email,statuses\na@x.org,vip\nb,vip\n")
    assert cli("sandbox", "load", "customers.csv").code == 64
    assert held(cli) == before


def test_the_customers_of_the_file_take_the_place_of_those_before_and_reset_brings_the_samples_back(cli):
    samples = held(cli)
    for email in ("a@x.org", "b@x.org"):
        (cli.folder / "customers.csv").write_text(f"email,statuses\n{email},vip\n")
        assert cli("sandbox", "load", "customers.csv").code == 0
        assert held(cli) == [("vip", email)]
    cli("sandbox", "reset")
    assert held(cli) == samples


def test_statuses_of_the_file_of_the_samples_and_named_ones_are_defined(cli):
    (cli.folder / "customers.csv").write_text("email,statuses\na@x.org,gold vip\n")
    (cli.folder / "spec.yaml").write_text("version: 1\nstatuses: {gold: {}, silver: {}, vip: {}, staff: {}}\n")
    ran = cli("sandbox", "load", "customers.csv", "--status", "silver", "--status", "gold", "--status", "vip")
    assert ran.out.startswith(
        "The simulated tenant holds 1 customer and 2 memberships of 7 statuses:\n        1  gold\n"
    )
    assert cli("plan", "spec.yaml", "--sandbox").code == 0


def test_a_handle_that_no_status_can_have_is_refused(cli):
    (cli.folder / "customers.csv").write_text("email\n")
    ran = cli("sandbox", "load", "customers.csv", "--status", "two words")
    assert ran.code == 64
    assert ran.err.startswith("error[usage]: not the handle of a status, --status; ")
