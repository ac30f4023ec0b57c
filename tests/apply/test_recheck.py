"""The people of a saved plan are read again before anything is sent."""

import asyncio

import pytest

from omneo_reconcile.apply.recheck import read_people
from omneo_reconcile.core.model import Profile
from omneo_reconcile.core.reading import Gone
from omneo_reconcile.errors import IncompleteReading
from omneo_reconcile.sandbox import Fault
from omneo_reconcile.tenant.read_back import ReadBack
from omneo_reconcile.tenant.reader import Reader


def read(here, plan):
    async def work():
        async with here.tenant.client() as client:
            return await read_people(plan.changes, ReadBack(Reader(client), {}))

    return asyncio.run(work())


def test_everyone_is_told_as_they_are_now_and_who_is_gone_as_gone(scene, make_plan):
    here = scene(vip="ann")
    here.tenant.store.delete_profile("p-bob")
    people = read(here, make_plan({"vip": "ann bob", "media": "ann"}))
    assert people == {"p-ann": Profile("p-ann", "ann@example.com", "active", frozenset({"vip"})), "p-bob": Gone()}


def test_who_cannot_be_read_is_named_and_nothing_is_concluded(scene, make_plan):
    here = scene(faults=[Fault(path="/profiles/p-bob", status=503, times=None)])
    with pytest.raises(IncompleteReading) as caught:
        read(here, make_plan({"vip": "ann bob"}))
    assert [fault.where for fault in caught.value.faults] == ["profile p-bob"]


def test_who_does_not_tell_a_type_is_not_read(scene, make_plan):
    here = scene("profile_type=missing")
    with pytest.raises(IncompleteReading, match="not told"):
        read(here, make_plan({"vip": "ann"}))
