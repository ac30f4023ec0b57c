"""One normal form of emails, and what counts as an address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omneo_reconcile.core.emails import is_address, normal_form, spellings


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        (" Jane@Example.COM ", "jane@example.com"),
        ("jane+news@example.com", "jane+news@example.com"),
        ("JOSE\u0301@example.com", "josé@example.com"),
        ("zoë@BÜCHER.example", "zoë@xn--bcher-kva.example"),
        ("zoë@xn--bcher-kva.example", "zoë@xn--bcher-kva.example"),
        ('"A B"@example.com', '"a b"@example.com'),
        (" Bücher", "bücher"),
    ],
)
def test_emails_that_are_the_same_have_one_normal_form(written, normal):
    assert normal_form(written) == normal


@given(st.text())
def test_the_normal_form_of_a_normal_form_is_itself(text):
    assert normal_form(normal_form(text)) == normal_form(text)


@pytest.mark.parametrize(
    "email",
    [
        "jane@example.com",
        "j.o'brien+x@mail.example.co",
        "john..doe@example.jp",
        '"a b"@example.com',
        '"zoë b"@example.com',
        "zoë@bücher.example",
    ],
)
def test_an_address_is_one(email):
    assert is_address(email)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "jane",
        "jane@",
        "@example.com",
        "jane@localhost",
        "Jane <jane@example.com>",
        "mailto:jane@example.com",
        "jane@example.com, sam@example.com",
        "jane@example..com",
        "jane@-example.com",
        "jane @example.com",
        "ja\u202ene@example.com",
        '"ja\u202ene"@example.com',
        '"ja\u00a0ne"@example.com',
        '"ja\u2028ne"@example.com',
        '"ja\u0085ne"@example.com',
        '"ja\ue000ne"@example.com',
        "jane@example.com\n",
        "j" * 250 + "@example.com",
    ],
)
def test_what_is_not_one_address_is_none(text):
    assert not is_address(text)


@pytest.mark.parametrize(
    ("email", "known", "forms"),
    [
        ("jane@example.com", ["jane@example.com"], ["jane@example.com"]),
        (
            "jane@example.com",
            ["Jane@Example.com", " JANE@example.com "],
            ["jane@example.com", "Jane@Example.com", "JANE@example.com"],
        ),
        ("jane@xn--exmple-cua.com", [], ["jane@xn--exmple-cua.com", "jane@exämple.com", "jane@exa\u0308mple.com"]),
        ("rené@example.com", ["rené@example.com"], ["rené@example.com", "rene\u0301@example.com"]),
        ("jane@xn--.com", [], ["jane@xn--.com"]),
    ],
)
def test_spellings_are_all_forms_that_a_server_may_have_stored_the_normal_form_first(email, known, forms):
    assert list(spellings(email, known)) == forms
    assert {normal_form(form) for form in forms} == {normal_form(email)}
