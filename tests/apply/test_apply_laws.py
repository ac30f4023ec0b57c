"""What holds for every plan, on every tenant, however it answers and whatever it forgets."""

import dataclasses
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omneo_reconcile.core.changes import Add
from omneo_reconcile.core.run import Outcome
from omneo_reconcile.errors import AccessError
from omneo_reconcile.sandbox import Dialect, Fault

NAMES = ("ann", "bob", "cyd", "dan")
OPEN = [
    f"{field.name}={word}"
    for field in dataclasses.fields(Dialect)
    if field.name.startswith("batch_")
    for word in Dialect.choices()[field.name]
] + ["batch_size_max=1", "batch_hidden_reads=3", "queue_seconds=3", "queue_seconds=90"]
BATCH = "/profile/status/batch.json"

names = st.sets(st.sampled_from(NAMES)).map(lambda chosen: " ".join(sorted(chosen)))
worlds = st.fixed_dictionaries({"vip": names, "media": names})
faults = st.lists(
    st.one_of(
        st.builds(Fault, method=st.sampled_from(["POST", "DELETE"]), nth=st.integers(1, 2), forget=st.just(True)),
        st.builds(Fault, path=st.just(BATCH), nth=st.integers(1, 3), status=st.sampled_from([403, 422, 500])),
        st.builds(Fault, path=st.just(BATCH), status=st.just(500), after=st.just(True), times=st.just(9)),
        st.builds(Fault, path=st.just("/profiles/"), nth=st.integers(1, 9), status=st.sampled_from([401, 403, 503])),
        st.builds(Fault, path=st.just("/batches/"), nth=st.integers(1, 9), status=st.sampled_from([403, 404, 503])),
    ),
    max_size=2,
)


def lists_of(plan):
    """The changes of a plan for what is held and what is wanted."""
    held, wanted = plan
    add = {handle: " ".join(sorted(set(wanted[handle].split()) - set(held[handle].split()))) for handle in held}
    remove = {handle: " ".join(sorted(set(held[handle].split()) - set(wanted[handle].split()))) for handle in held}
    return add, remove


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.tuples(worlds, worlds),
    st.lists(st.sampled_from(OPEN), max_size=4, unique_by=lambda line: line.partition("=")[0]),
    faults,
    st.integers(1, 3),
)
def test_what_is_told_is_true_and_no_removal_goes_before_its_adds(scene_in, plan, dialect, script, size):
    held, _ = plan
    add, remove = lists_of(plan)
    with tempfile.TemporaryDirectory() as folder:
        here = scene_in(Path(folder), dialect, script, held)
        try:
            results = here.apply(add, remove, batch_size=size).results
        except AccessError:  # nothing was let in
            results = ()
        told = {(result.change.status, result.change.profile_id): result for result in results}
        live = here.tenant.memberships
    for membership, result in told.items():
        if result.outcome is Outcome.ADDED:
            assert membership in live
        if result.outcome is Outcome.REMOVED:
            assert membership not in live
        if result.outcome in {Outcome.REMOVED, Outcome.FAILED, Outcome.UNCONFIRMED} and not isinstance(
            result.change, Add
        ):
            adds = [each for each in results if each.change.status == membership[0] and isinstance(each.change, Add)]
            assert all(each.outcome is Outcome.ADDED for each in adds)
        if result.outcome is Outcome.HELD:
            assert (membership in live) is not isinstance(result.change, Add)
    changed = live ^ {(handle, f"p-{name}") for handle in held for name in held[handle].split()}
    asked = {(handle, f"p-{name}") for part in (add, remove) for handle in part for name in part[handle].split()}
    assert changed <= asked
