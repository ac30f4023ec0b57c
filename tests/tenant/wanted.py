"""Specs built by hand, for tests that read a tenant."""

from datetime import date

from omneo_reconcile.core.emails import normal_form
from omneo_reconcile.core.model import Entry, Mode, Spec, StatusSpec

AS_OF = date(2026, 6, 18)


def entries(*emails):
    return {normal_form(email): Entry(email, None, None, "s.yaml", line) for line, email in enumerate(emails, 1)}


def status(handle, mode=Mode.ADDITIVE, members=(), absent=(), **more):
    return StatusSpec(handle, mode, members=entries(*members), absent=entries(*absent), **more)


def spec_of(*statuses):
    return Spec(None, "UTC", {each.handle: each for each in statuses}, ("s.yaml",), "d" * 64)
