"""How the people whom a spec lists and the profiles that hold its statuses differ."""

from hypothesis import given

from omneo_reconcile.core.emails import normal_form
from omneo_reconcile.core.matching import match
from omneo_reconcile.core.model import Entry, Profile
from omneo_reconcile.core.reading import holds
from worlds import AS_OF, profiles, specs

ANN = {"ann@example.com": Entry("Ann@example.com", None, None, "spec.yaml", 1)}
VIP = frozenset({"vip"})


def person(profile: Profile) -> str | None:
    return None if profile.email is None else normal_form(profile.email)


@given(specs(), profiles())
def test_missing_is_whoever_no_profile_holds_it_of_and_others_are_those_of_nobody_declared(spec, world) -> None:
    declared = {handle: status.listed(AS_OF).declared for handle, status in spec.statuses.items()}
    found = match(declared, world)
    for handle, people in declared.items():
        holders = [row for row in world if holds(row, handle)]
        assert found.missing[handle].keys() == people.keys() - set(map(person, holders))
        assert found.others[handle] == [row for row in holders if person(row) not in people]


@given(specs(), profiles())
def test_every_profile_is_open_of_whoever_is_missing_somewhere_or_not_declared_everywhere(spec, world) -> None:
    declared = {handle: status.listed(AS_OF).declared for handle, status in spec.statuses.items()}
    found = match(declared, world)
    settled = set.intersection(*({*people} - {*found.missing[handle]} for handle, people in declared.items()))
    assert all(row in found.open or person(row) in settled for row in world)


def test_a_second_profile_of_a_declared_person_is_no_other_and_stays_open():
    first, second = (Profile(name, "ann@example.com", "active", VIP) for name in ("p1", "p2"))
    found = match({"vip": ANN}, [first, second])
    assert (found.missing, found.others, found.open) == ({"vip": {}}, {"vip": []}, [second])


def test_a_profile_that_does_not_tell_its_statuses_holds_none_and_is_said_to_be_untold():
    untold = Profile("p1", "ann@example.com", "active", None)
    found = match({"vip": ANN}, [untold])
    assert (found.missing, found.untold) == ({"vip": ANN}, [untold])
