"""The dialect: settings in, one value out, kept in the file."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omneo_reconcile.sandbox import Dialect, Store

NUMBERS = {name for name, words in Dialect.choices().items() if not words}


def test_every_default_is_one_of_its_own_words():
    for name, words in Dialect.choices().items():
        assert name in NUMBERS or getattr(Dialect(), name) in words


def test_every_field_quotes_the_line_it_comes_from():
    assert list(Dialect.sources()) == [each.name for each in dataclasses.fields(Dialect)]
    assert all(Dialect.sources().values())


@given(st.data())
def test_a_dialect_said_in_settings_survives_json_unchanged(data):
    settings = [
        f"{name}={data.draw(st.sampled_from(words) if words else st.integers(1, 999), label=name)}"
        for name, words in Dialect.choices().items()
    ]
    dialect = Dialect.parse(settings)
    assert [
        f"{name}={value:g}" if name == "queue_seconds" else f"{name}={value}"
        for name, value in dataclasses.asdict(dialect).items()
    ] == settings
    assert Dialect.from_json(dialect.to_json()) == dialect


def test_nothing_said_is_the_default_and_spaces_do_not_matter():
    assert Dialect.parse([]) == Dialect()
    assert Dialect.parse([" timestamps = iso "]).timestamps == "iso"


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("colour=red", "no key 'colour'; known: batch_size_max"),
        ("timestamps", "timestamps= is not one of sql, iso"),
        ("timestamps=unix", "timestamps=unix is not one of sql, iso"),
        ("page_size_max=0", "page_size_max=0 is not a number of at least 1"),
        ("page_size_max=many", "page_size_max=many is not"),
        ("rate_limit=1.5", "rate_limit=1.5 is not"),
        ("queue_seconds=-1", "at least 0"),
        ("queue_seconds=nan", "at least 0"),
        ("queue_seconds=inf", "at least 0"),
    ],
)
def test_a_setting_that_is_not_known_is_an_error_of_one_line_that_names_what_is(setting, message):
    with pytest.raises(ValueError, match=r"^dialect: ") as error:
        Dialect.parse([setting])
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["[]", "{", '{"colour": 1}'])
def test_a_text_that_is_no_dialect_is_an_error(text):
    with pytest.raises(ValueError, match=r"dialect: |Expecting"):
        Dialect.from_json(text)


@pytest.mark.parametrize("stored", ['{"colour": "red"}', '{"timestamps": "unix"}', "{", "[]", "\n"])
def test_a_file_with_a_dialect_that_is_not_known_is_an_error_of_one_line(tmp_path, stored):
    store = Store.open(tmp_path / "tenant.db")
    store.database.execute("INSERT INTO settings VALUES ('dialect', ?)", (stored,))
    store.close()
    with pytest.raises(ValueError, match=r"^the file is of another version of the sandbox: ") as error:
        Store.open(tmp_path / "tenant.db")
    assert "\n" not in str(error.value)


def test_the_dialect_is_kept_in_the_file_until_another_is_given(tmp_path):
    for given_dialect, spoken in ((Dialect(batch_id="number"), "number"), (None, "number"), (Dialect(), "uuid")):
        store = Store.open(tmp_path / "tenant.db", dialect=given_dialect)
        assert store.dialect.batch_id == spoken
        store.close()
