"""Holds the people of a spec against the profiles of a tenant, by email, in one pass over each."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from omneo_reconcile.core.emails import normal_form
from omneo_reconcile.core.model import Entry, Profile
from omneo_reconcile.core.reading import DELETED


class Matched(NamedTuple):
    """What people of some statuses, and profiles that hold these, leave of each other.

    Attributes:
        missing: By status, the people of whom no profile holds it, by email in normal form.
        others: By status, the profiles that hold it and are of nobody else among its people.
        open: All profiles but those of whoever is in sync in each of the statuses: nobody asks about these again.
        untold: Those of them that do not tell their statuses.
    """

    missing: Mapping[str, dict[str, Entry]]
    others: Mapping[str, list[Profile]]
    open: list[Profile]
    untold: list[Profile]


def match(people: Mapping[str, Mapping[str, Entry]], profiles: Iterable[Profile]) -> Matched:
    """Returns how people and profiles differ.

    Args:
        people: By status, those who are to hold it, by email in normal form.
        profiles: In any order. Several may have one email; those that are deleted hold nothing.
    """
    missing = {handle: dict(named) for handle, named in people.items()}
    others: dict[str, list[Profile]] = {handle: [] for handle in people}
    open_: list[Profile] = []
    for profile in profiles:
        in_sync = 0
        for handle in () if profile.type == DELETED else profile.statuses or ():
            if handle not in people:
                continue
            if missing[handle].pop(profile.email or "", None) is not None:  # stored in normal form, as nearly all are
                in_sync += 1
            elif profile.email is None or (email := normal_form(profile.email)) not in people[handle]:
                others[handle].append(profile)
            else:
                missing[handle].pop(email, None)
        if in_sync < len(people):
            open_.append(profile)
    return Matched(missing, others, open_, [profile for profile in open_ if profile.statuses is None])
