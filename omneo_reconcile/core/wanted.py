"""What still has to be asked for a plan: whole lists, and people."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date

from omneo_reconcile.core.emails import normal_form
from omneo_reconcile.core.limits import LimitName
from omneo_reconcile.core.matching import match
from omneo_reconcile.core.model import Count, Mode, Profile, Spec, StatusSpec
from omneo_reconcile.core.policies import Question, questions
from omneo_reconcile.core.reading import Rows, of_people


def needs_holders(status: StatusSpec, as_of: date, overridden: Collection[LimitName]) -> bool:
    """Tells whether this status cannot be planned without its whole list of holders.

    True for an exclusive status, where a policy sets how many may hold it, and where a limit is a share of the live
    holders and could matter.

    Args:
        overridden: The limits of this status that an exact count replaces.
    """
    listed = status.listed(as_of)
    adds_need = (
        not isinstance(status.limits.max_adds, Count) and LimitName.MAX_ADDS not in overridden and bool(listed.declared)
    )
    removals_need = (
        not isinstance(status.limits.max_removals, Count)
        and LimitName.MAX_REMOVALS not in overridden
        and len(listed.leaving) > 1
    )
    is_bounded = bool(status.policies.min_members or status.policies.max_members)
    return status.mode is Mode.EXCLUSIVE or is_bounded or adds_need or removals_need


Wanted = dict[str, tuple[str, ...]]
"""People to look up: each email in normal form, with the forms in which the spec and lists of holders spell it."""


def emails_to_look_up(spec: Spec, as_of: date, holders: Mapping[str, Rows], seen: tuple[Profile, ...] = ()) -> Wanted:
    """Returns whom the lists of holders leave open.

    A declared person seen holding the status needs nothing. One to be removed is looked up only if seen as a holder
    (another profile with the same email would make the person ambiguous), or if the list was not read. Where a policy
    asks about a status whose list was not read, those are looked up whom it asks.

    Args:
        seen: Rows of lists that were not read to their end.
    """
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for handle, status in spec.statuses.items():
        people = status.listed(as_of)
        rows = _listed(handle, holders, seen)
        for email, entry in match({handle: people.declared}, rows).missing[handle].items():
            wanted[email].add(entry.email)
        leaving = people.leaving
        profiles = of_people(leaving.keys(), rows)
        for email, entry in leaving.items():
            if handle not in holders or email in profiles:
                wanted[email] |= {entry.email, *(profile.email for profile in profiles.get(email, ()) if profile.email)}
    for email, form in _asked(spec, holders, seen):
        wanted[email].add(form)
    return {email: tuple(sorted(forms)) for email, forms in wanted.items()}


def _listed(handle: str, holders: Mapping[str, Rows], seen: tuple[Profile, ...]) -> Collection[Profile]:
    return holders[handle].values() if handle in holders else seen


def _asked(spec: Spec, holders: Mapping[str, Rows], seen: tuple[Profile, ...]) -> Iterator[tuple[str, str]]:
    """Yields everybody of whom policies ask what no list tells: the email in normal form, and as it is spelled."""
    for handle, asked in questions(spec).items():
        if handle not in holders:
            for question in asked:
                yield from _people_of(question, _listed(question.status.handle, holders, seen))


def _people_of(question: Question, rows: Iterable[Profile]) -> Iterator[tuple[str, str]]:
    status, of_named = question
    named = {**status.members, **status.absent}
    if of_named:
        for email, entry in named.items():
            yield email, entry.email
    if status.mode is Mode.EXCLUSIVE:
        strangers = match({status.handle: named}, rows).others[status.handle]
        yield from ((normal_form(row.email), row.email) for row in strangers if row.email)
