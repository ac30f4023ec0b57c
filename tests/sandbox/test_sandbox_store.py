"""The tenant at rest: one file, whole calls or none, sample customers."""

import sqlite3
import subprocess
import sys
from threading import Thread

import pytest

from omneo_reconcile.sandbox import NewProfile, Store, read_customers, sample_customers


@pytest.fixture
def path(tmp_path):
    return tmp_path / "tenant.db"


@pytest.fixture
def opened(path, clock):
    store = Store.open(path, now=clock)
    yield store
    store.close()


def test_a_new_file_is_for_its_owner_only_and_an_old_one_keeps_its_mode(path, opened):
    assert path.stat().st_mode & 0o777 == 0o600
    opened.close()
    path.chmod(0o640)
    Store.open(path).close()
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_file_that_cannot_be_made_is_an_error_of_sqlite(tmp_path):
    with pytest.raises(sqlite3.OperationalError):
        Store.open(tmp_path / "no folder" / "tenant.db")


def test_a_new_file_is_empty_and_a_reset_fills_it_with_the_samples(opened):
    assert opened.is_empty
    opened.reset()
    assert not opened.is_empty
    held = [handle for handle, _, _ in opened.memberships()]
    assert {handle: held.count(handle) for handle in held} == {
        "influencer": 1,
        "media": 5,
        "staff": 4,
        "vip": 10,
        "wholesale": 2,
    }
    assert len(opened.memberships(include_deleted=True)) == len(held) + 1


def test_a_reset_ends_in_the_same_tenant_whatever_was_there(opened):
    opened.reset()
    first = opened.memberships()
    opened.add_definition("extra", "Extra")
    opened.detach(first[0][1], [first[0][0]])
    opened.add_profile("more@example.com", statuses=["extra"])
    opened.reset()
    assert opened.memberships() == first


def test_the_samples_hold_the_traps_that_the_worked_examples_speak_of():
    emails = [customer.email for customer in sample_customers()]
    assert {"twin@example.com", "Twin@example.com", "chloé.dubois@example.com", None} <= set(emails)
    assert {customer.profile_type for customer in sample_customers()} == {
        "active",
        "incomplete",
        "temporary",
        "deleted",
    }


def test_ids_depend_only_on_the_order_of_adding(clock):
    ids = []
    for _ in range(2):
        store = Store.open(":memory:", now=clock)
        ids.append([store.add_profile("jane@example.com"), store.add_profile("kim@example.com")])
        store.close()
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 2


def test_many_profiles_are_added_at_once_and_keep_their_statuses(opened):
    opened.add_definition("vip", "VIP")
    rows = (NewProfile(f"p{number}@example.com", statuses=("vip",) * (number % 2)) for number in range(25_000))
    assert opened.add_profiles(rows) == 25_000
    assert len(opened.memberships()) == 12_500


def test_adding_profiles_is_all_or_nothing(opened):
    with pytest.raises(ValueError, match="no status definition 'vpi'"):
        opened.add_profiles([NewProfile("jane@example.com"), NewProfile("kim@example.com", statuses=["vpi"])])
    assert opened.is_empty


def test_customers_from_a_csv_bring_the_definitions_they_need(opened):
    opened.add_definition("vip", "The best")
    text = "\ufeffname,email,statuses\r\nJane,jane@example.com,vip gold\r\nKim,,\r\n"
    assert opened.fill(read_customers(text)) == 2
    assert [(handle, email) for handle, _, email in opened.memberships()] == [
        ("gold", "jane@example.com"),
        ("vip", "jane@example.com"),
    ]
    assert [row["name"] for row in opened.definitions()] == ["The best", "Gold"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: no column 'email'"),
        ("name\nJane\n", "line 1"),
        ("email,profile_type\na@x,\nb@x,gone\n", "line 3: no"),
    ],
)
def test_a_csv_that_is_none_of_customers_is_an_error_with_its_line(text, message):
    with pytest.raises(ValueError, match=message):
        read_customers(text)


def test_statuses_are_attached_and_detached_at_once_and_only_to_profiles_that_live(opened):
    opened.add_definition("vip", "VIP")
    jane = opened.add_profile("jane@example.com")
    opened.attach(jane, ["vip", "vpi"])
    assert len(opened.memberships()) == 1
    opened.detach(jane, ["vip"])
    assert opened.memberships() == []
    opened.delete_profile(jane)
    for write in (opened.attach, opened.detach):
        with pytest.raises(KeyError):
            write(jane, ["vip"])


def test_a_handle_is_defined_once(opened):
    opened.add_definition("vip", "VIP")
    with pytest.raises(sqlite3.IntegrityError):
        opened.add_definition("vip", "VIP")


def test_a_batch_accepted_before_a_restart_is_carried_out_after_it(path, clock, tenant):
    before = Store.open(path, now=clock)
    before.add_definition("vip", "VIP")
    jane = before.add_profile("jane@example.com")
    tenant.store.close()
    tenant.store = before
    tenant.__post_init__()
    tenant.batch(jane, "vip")
    before.close()
    tenant.wait()
    after = Store.open(path, now=clock)
    assert after.memberships() == [("vip", jane, "jane@example.com")]
    after.close()


_KILLED = """
import os, sys
from omneo_reconcile.sandbox import NewProfile, Store

def rows():
    yield from (NewProfile(f"p{number}@example.com", statuses=["vip"]) for number in range(30_000))
    os._exit(9)

store = Store.open(sys.argv[1])
store.add_definition("vip", "VIP")
store.add_profile("jane@example.com", statuses=["vip"], profile_id="jane")
store.add_profiles(rows())
"""


def test_a_process_killed_in_the_middle_leaves_all_calls_before_and_nothing_of_that_one(path):
    killed = subprocess.run([sys.executable, "-c", _KILLED, str(path)], check=False)
    assert killed.returncode == 9
    store = Store.open(path)
    assert store.memberships() == [("vip", "jane", "jane@example.com")]
    store.close()


def test_two_processes_share_a_file_and_a_batch_is_carried_out_once(path, opened, clock):
    opened.add_definition("vip", "VIP")
    jane = opened.add_profile("jane@example.com")
    other = Store.open(path, now=clock)
    opened.attach(jane, ["vip"])
    assert other.memberships() == opened.memberships() == [("vip", jane, "jane@example.com")]
    other.close()


def test_threads_that_write_at_once_lose_nothing(opened):
    opened.add_definition("vip", "VIP")

    def add(name):
        for number in range(50):
            opened.add_profile(f"{name}{number}@example.com", statuses=["vip"])

    threads = [Thread(target=add, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened.memberships()) == 200
