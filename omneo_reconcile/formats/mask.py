"""Hides who people are, and keeps them apart: a plan or receipt in, the same with masked emails out."""

from collections.abc import Iterable
from typing import TypeVar, assert_never

from msgspec.structs import replace

from omneo_reconcile.core.changes import Change, Held, Unresolved
from omneo_reconcile.core.emails import normal_form
from omneo_reconcile.core.plan import Plan
from omneo_reconcile.core.receipt import Receipt, ResultRow
from omneo_reconcile.core.spec_diff import SpecDiff, StatusDiff
from omneo_reconcile.core.spec_members import MemberChange
from omneo_reconcile.formats.escape import replace_emails

Row = TypeVar("Row", Change, Held, Unresolved, ResultRow, MemberChange)


class Masks:
    """A mask for each person: the first letter and a number, `j… #17`, the same wherever the person stands.

    It holds neither local part, domain nor hash, so nothing can be looked up from it. Source: contract, Commands.
    """

    def __init__(self, emails: Iterable[str | None]) -> None:
        """Numbers the people in the order given, from 1."""
        self._numbers: dict[str, int] = {}
        for email in emails:
            if email is not None:
                self._numbers.setdefault(normal_form(email), len(self._numbers) + 1)

    def of(self, email: str) -> str:
        """Returns the mask of a person; one who has no number is only hidden."""
        number = self._numbers.get(normal_form(email))
        return "…" if number is None else f"{normal_form(email)[:1]}… #{number}"

    def in_text(self, text: str | None) -> str | None:
        """Returns free text with every email in it masked."""
        return text and replace_emails(text, self.of)


def mask(document: Plan | Receipt | SpecDiff) -> Plan | Receipt | SpecDiff:
    """Returns the document with every email masked, in free text too.

    People are numbered in the order of changes first, so a receipt gives them the numbers of its plan.
    """
    match document:
        case Plan():
            return _mask_plan(document)
        case Receipt():
            masks = Masks(row.email for rows in (document.changes, document.held, document.unresolved) for row in rows)
            rows = tuple(replace(_email(row, masks), detail=masks.in_text(row.detail)) for row in document.changes)
            held = tuple(_email(row, masks) for row in document.held)
            unresolved = tuple(_email(row, masks) for row in document.unresolved)
            return replace(document, changes=rows, held=held, unresolved=unresolved)
        case SpecDiff():
            masks = Masks(row.email for status in document.statuses for row in status.members)
            statuses = tuple(_mask_status(status, masks) for status in document.statuses)
            return replace(document, statuses=statuses)
        case _:
            assert_never(document)


def _mask_plan(plan: Plan) -> Plan:
    masks = Masks(row.email for rows in (plan.changes, plan.held, plan.unresolved) for row in rows)
    return replace(
        plan,
        statuses=tuple(replace(status, owner=masks.in_text(status.owner)) for status in plan.statuses),
        changes=tuple(replace(_email(change, masks), note=masks.in_text(change.note)) for change in plan.changes),
        held=tuple(_email(held, masks) for held in plan.held),
        unresolved=tuple(_email(unresolved, masks) for unresolved in plan.unresolved),
    )


def _mask_status(status: StatusDiff, masks: Masks) -> StatusDiff:
    settings = tuple(
        replace(setting, before=masks.in_text(setting.before), after=masks.in_text(setting.after))
        for setting in status.settings
    )
    members = tuple(replace(_email(row, masks), note=masks.in_text(row.note)) for row in status.members)
    return replace(status, owner=masks.in_text(status.owner), settings=settings, members=members)


def _email(row: Row, masks: Masks) -> Row:
    email: str | None = row.email
    return row if email is None else replace(row, email=masks.of(email))
