"""The pace: how long a run takes and how much is refused, against every kind of limit, in virtual time."""

import asyncio
import math
from itertools import pairwise, product

import pytest

from omneo_reconcile.tenant.pace import Pace, following_slot, grown_in_flight
from omneo_reconcile.tenant.period import Period
from simulated import LoopClock, in_virtual_time


class Sliding:
    """So many in any second."""

    def __init__(self, rate):
        self.rate = rate
        self.times = []

    def ask(self, now):
        """Returns how many remain, or None if it refuses, and the seconds until it would not."""
        self.times = [time for time in self.times if time > now - 1 + 1e-9]
        if len(self.times) >= self.rate:
            return None, self.times[0] + 1 - now
        self.times.append(now)
        return self.rate - len(self.times), 0.0


class Bucket:
    """So many at once as it holds, and as many a second as flow in."""

    def __init__(self, rate, holds_seconds):
        self.rate = rate
        self.size = self.level = rate * holds_seconds
        self.seen = 0.0

    def ask(self, now):
        self.level = min(self.size, self.level + (now - self.seen) * self.rate)
        self.seen = now
        if self.level < 1 - 1e-9:
            return None, (1 - self.level) / self.rate
        self.level -= 1
        return int(self.level + 1e-9), 0.0


class Minute:
    """So many in a minute, counted from the first request of each, or from the minutes of a clock."""

    def __init__(self, rate, seconds_into=None):
        self.size = self.left = rate * 60
        self.seconds_into = seconds_into
        self.ends = -math.inf

    def ask(self, now):
        if now >= self.ends:
            into = 0.0 if self.seconds_into is None else (now + self.seconds_into) % 60
            self.ends, self.left = now - into + 60, self.size
        if not self.left:
            return None, self.ends - now
        self.left -= 1
        return self.left, 0.0


async def run(limit, count, *, latency, concurrency, rate=None, told=True, remaining=False, stalled_until=0.0):
    """Returns seconds, refused requests, and the pace, of so many requests.

    A tenant that is stalled counts from half a second on nothing until that time, and then all at once.
    """
    pace = Pace(LoopClock(), concurrency, rate)
    refused = 0
    queue = iter(range(count))

    async def passes():
        nonlocal refused
        started = await pace.turn()
        await asyncio.sleep(latency / 2)
        if 0.5 < LoopClock().now() < stalled_until:
            await asyncio.sleep(stalled_until - LoopClock().now())
        left, wait = limit.ask(LoopClock().now())
        await asyncio.sleep(latency / 2)
        if left is None:
            refused += 1
            pace.refused(started, math.ceil(wait) if told else 0.0)
        else:
            pace.passed(started, left if remaining else None)
        pace.left()
        return left is not None

    async def worker():
        for _ in queue:
            while not await passes():
                pass

    await asyncio.gather(*(worker() for _ in range(concurrency)))
    return LoopClock().now(), refused, pace


LIMITS = {
    "sliding second": Sliding,
    "bucket of 1 s": lambda rate: Bucket(rate, 1),
    "bucket of 5 s": lambda rate: Bucket(rate, 5),
    "bucket of 10 s": lambda rate: Bucket(rate, 10),
    "minute from the first": Minute,
    "minute of the clock": lambda rate: Minute(rate, 23.0),
}
CASES = [  # requests a second, latency, concurrency; every one can be reached: concurrency / latency > rate
    (5, 0.005, 16),
    (5, 0.2, 32),
    (20, 0.05, 32),
    (20, 0.2, 16),
    (100, 0.05, 16),
    (100, 0.2, 32),
]


def requests_for(name, rate):
    """More than two minutes' worth where the limit is by the minute, else twenty seconds' worth."""
    return rate * (150 if "minute" in name else 20) if rate > 5 else max(200, 150 * 5 * ("minute" in name))


def least_seconds(name, rate, count):
    """What the windows force, even if all of a window's requests passed at once."""
    windows = math.ceil(count / (rate * 60)) - 1
    return {"minute from the first": windows * 60, "minute of the clock": windows * 60 - 23}.get(name, 0)


@pytest.mark.untraced
@pytest.mark.parametrize(
    ("name", "rate", "latency", "concurrency"),
    # 15,000 requests for a minute's limit of 100 a second say nothing that the smaller ones do not
    [(name, *case) for name, case in product(LIMITS, CASES) if case[0] < 100 or "minute" not in name],
)
def test_a_limit_that_nobody_told_costs_a_quarter_at_most_and_refuses_few(name, rate, latency, concurrency):
    count = requests_for(name, rate)
    for told, remaining in product((True, False), repeat=2):
        work = run(LIMITS[name](rate), count, latency=latency, concurrency=concurrency, told=told, remaining=remaining)
        seconds, refused, _ = in_virtual_time(work)
        assert seconds <= 1.25 * max(count / rate, least_seconds(name, rate, count))
        assert refused < 0.1 * (count + refused)


@pytest.mark.untraced
@pytest.mark.parametrize("stall", [0.05, 0.1, 0.3, 0.8])
@pytest.mark.parametrize(("rate", "latency"), [(5, 0.2), (20, 0.005), (50, 0.005), (50, 0.1), (100, 0.05)])
def test_a_tenant_that_stalls_meets_no_crowd_at_the_rate_that_was_chosen(rate, latency, stall):
    work = run(Sliding(rate), rate * 20, latency=latency, concurrency=16, rate=rate, stalled_until=0.5 + stall)
    seconds, refused, _ = in_virtual_time(work)
    assert refused == 0
    assert seconds <= 1.03 * 20 + stall + 0.5


@pytest.mark.parametrize("rate", [0.3, 0.5, 1, 1.5, 2.5, 7])
def test_a_rate_that_is_no_whole_number_is_kept_too(rate):
    seconds, _, _ = in_virtual_time(run(Sliding(1000), 60, latency=0.05, concurrency=16, rate=rate))
    assert 59 / rate <= seconds <= 1.05 * 60 / rate + 0.1


@pytest.mark.untraced
@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize(("rate", "latency", "concurrency"), CASES)
def test_the_rate_that_was_chosen_is_kept_within_a_tenth_and_nothing_is_refused(name, rate, latency, concurrency):
    count = max(200, rate * 10)
    work = run(LIMITS[name](rate), count, latency=latency, concurrency=concurrency, rate=rate, remaining=True)
    seconds, refused, pace = in_virtual_time(work)
    assert seconds <= 1.10 * count / rate
    assert refused == 0
    assert pace.learned_requests_per_second is None


class Nothing:
    """No limit, and something to say about what remains."""

    def __init__(self, remaining):
        self.remaining = remaining

    def ask(self, _):
        return self.remaining, 0.0


@pytest.mark.parametrize("remaining", [0, 5, 10**9])
def test_a_tenant_without_a_limit_that_always_says_the_same_remains_is_not_taken_at_its_word(remaining):
    work = run(Nothing(remaining), 1000, latency=0.05, concurrency=32, remaining=True)
    seconds, _, pace = in_virtual_time(work)
    assert pace.learned_requests_per_second is None
    assert seconds <= 1000 * 0.05 / min(32, remaining or 32) * 1.05 + 1.0


def test_a_told_countdown_is_heeded_before_anything_is_refused():
    _, refused, pace = in_virtual_time(run(Sliding(20), 20, latency=0.05, concurrency=32, remaining=True))
    assert refused == 0
    assert pace.learned_requests_per_second == pytest.approx(20, rel=0.1)


def test_the_pace_learned_from_a_minute_holds_for_the_run():
    work = run(Minute(20), 2500, latency=0.05, concurrency=16)
    _, refused, pace = in_virtual_time(work)
    assert refused <= 32
    assert pace.learned_requests_per_second == pytest.approx(20, rel=0.1)


async def refusals(pace, count, retry_after=0.0):
    pauses = []
    for _ in range(count):
        pace.refused(await pace.turn(), retry_after)
        pauses.append(pace.refused(-math.inf, 0.0).seconds)
        pace.left()
    return pauses


def test_a_pause_that_nobody_told_doubles_while_nothing_passes_and_starts_anew_after():
    async def main():
        pace = Pace(LoopClock(), 4, None)
        in_vain = await refusals(pace, 8)
        pace.passed(await pace.turn())
        pace.left()
        return in_vain, await refusals(pace, 1)

    assert in_virtual_time(main()) == ([1, 2, 4, 8, 16, 32, 60, 60], [1])


def test_one_request_goes_alone_after_a_pause_until_something_passes():
    async def main():
        pace = Pace(LoopClock(), 16, None)
        pace.refused(await pace.turn(), 5.0)
        pace.left()
        turns = [asyncio.create_task(pace.turn()) for _ in range(16)]
        await asyncio.sleep(6)
        alone = sum(turn.done() for turn in turns)
        pace.passed(await turns[0])
        pace.left()
        await asyncio.sleep(0)
        await asyncio.gather(*(task for task in turns if task.cancel()), return_exceptions=True)
        return alone

    assert in_virtual_time(main()) == 1


@pytest.mark.parametrize(("passed", "late", "more"), [(40, "earlier", 1), (40, "later", 0), (1, "earlier", None)])
def test_an_answer_that_a_refusal_overtook_counts_if_its_request_went_before_and_enough_passed(passed, late, more):
    async def main():
        pace = Pace(LoopClock(), 16, None)
        for _ in range(passed):
            pace.passed(await pace.turn())
            pace.left()
        started = {}
        for name in ("earlier", "refused", "later"):
            started[name] = await pace.turn()
            await asyncio.sleep(0.01)
        pace.refused(started["refused"], 1.0)
        pace.passed(started[late])
        return pace.learned_requests_per_second

    expected = None if more is None else pytest.approx((passed + more) / 1.03)  # a second, with some headroom
    assert in_virtual_time(main()) == expected


def test_a_request_that_is_given_up_while_it_waits_holds_nobody_up():
    async def main():
        pace = Pace(LoopClock(), 1, None)
        await pace.turn()
        waiting = asyncio.create_task(pace.turn())
        await asyncio.sleep(0)
        waiting.cancel()
        pace.left()
        async with asyncio.timeout(1):
            await pace.turn()

    in_virtual_time(main())


def test_late_wake_ups_do_not_slow_the_average_and_never_make_a_burst():
    assert following_slot(10.0, 10.004, 0.1) == pytest.approx(10.1)
    slots = [following_slot(10.0, 12.0, 0.1)]
    for _ in range(3):
        slots.append(following_slot(slots[-1], slots[-1], 0.1))
    assert slots[0] >= 12.05
    assert all(later - earlier == pytest.approx(0.1) for earlier, later in pairwise(slots))


def test_the_crowd_grows_with_time_and_with_what_has_passed():
    assert [grown_in_flight(seconds, 10**6) for seconds in (0, 0.09, 0.1, 0.25, 0.35)] == [3, 3, 6, 12, 24]
    assert [grown_in_flight(10.0, passed) for passed in (0, 4, 40)] == [3, 5, 23]
    assert grown_in_flight(1e9, 10**9) > 1000


@pytest.mark.parametrize(
    ("period", "seconds"),
    [
        (Period(0.05, 20, 20, None, 1.0, told=True), 1 / 20),
        (Period(1.5, 140, 100, None, 1.0, told=False), 1 / 100),
        (Period(2.2, 300, 290, None, 58.0, told=True), 60 / 300),
        (Period(33.0, 300, 0, None, 32.0, told=False), 60 / 300),
        (Period(1.0, 100, 100, None, 9.0, told=True), 9 / 100),
        (Period(4.0, 100, 25, 5.0, 1.0, told=True), 5 / 100),
        (Period(1.0, 1, 1, None, 59.0, told=True), 60.0),
    ],
)
def test_a_spacing_is_learned_from_what_passed_until_the_limit_was_exhausted(period, seconds):
    assert period.spacing_seconds() == pytest.approx(seconds, rel=0.04)


def partly_used(limit, **left):
    for name, value in left.items():
        setattr(limit, name, value)
    return limit


@pytest.mark.untraced
@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize(
    ("limit", "count", "most_seconds"),
    [
        (lambda: partly_used(Minute(20), left=5, ends=30.0), 1000, 240),
        (lambda: partly_used(Minute(20), left=300, ends=30.0), 1000, 80),
        (lambda: partly_used(Bucket(20, 5), level=3), 1000, 60),
        (lambda: partly_used(Sliding(20), times=[-0.5] * 18), 1000, 100),
    ],
)
def test_a_limit_that_an_earlier_run_had_used_up_is_not_taken_for_a_small_one(limit, count, most_seconds, told):
    seconds, _, pace = in_virtual_time(run(limit(), count, latency=0.05, concurrency=16, told=told))
    assert seconds <= most_seconds
    assert (pace.learned_requests_per_second or 20) > 15


class Stray:
    """No limit, but one refusal."""

    def __init__(self, number, wait):
        self.number, self.wait = number, wait

    def ask(self, _):
        self.number -= 1
        return (None, self.wait) if self.number == 0 else (10**6, 0.0)


class Leaky:
    """So many at once, then one each so often: the limit of some web servers."""

    def __init__(self, rate, burst):
        self.rate, self.burst, self.full_until = rate, burst, 0.0

    def ask(self, now):
        wait = max(self.full_until, now) - now - (self.burst - 1) / self.rate
        if wait > 1e-9:
            return None, wait
        self.full_until = max(self.full_until, now) + 1 / self.rate
        return 1, 0.0


class Grows(Sliding):
    """A limit that is five times as large after twenty seconds: others stopped."""

    def ask(self, now):
        self.rate = 100 if now > 20 else 20
        return super().ask(now)


@pytest.mark.untraced
@pytest.mark.parametrize("rate", [None, 20])
@pytest.mark.parametrize(("number", "wait"), [(3, 1), (3, 60), (50, 1)])
def test_one_stray_refusal_costs_its_pause_and_little_more(number, wait, rate):
    """After fifty the pace of those fifty is taken for the limit at first."""
    seconds, _, _ = in_virtual_time(run(Stray(number, wait), 1000, latency=0.05, concurrency=16, rate=rate))
    assert seconds <= wait + 1.05 * (1000 / rate if rate else 5 if number < 10 else 17)


@pytest.mark.parametrize("burst", [1, 5, 10])
def test_a_limit_without_room_for_a_burst_is_kept_at_the_rate_that_was_chosen(burst):
    seconds, refused, _ = in_virtual_time(run(Leaky(20, burst), 1000, latency=0.05, concurrency=16, rate=18))
    assert (refused, seconds <= 1.1 * 1000 / 18) == (0, True)


@pytest.mark.parametrize("burst", [1, 5, 10])
def test_a_limit_without_room_for_a_burst_is_found_in_the_end(burst):
    seconds, refused, _ = in_virtual_time(run(Leaky(20, burst), 1000, latency=0.05, concurrency=16))
    assert seconds <= 3 * 50
    assert refused < 20


def test_a_limit_that_grows_is_noticed():
    seconds, _, pace = in_virtual_time(run(Grows(20), 3000, latency=0.05, concurrency=16))
    assert seconds < 100
    assert pace.learned_requests_per_second > 50


@pytest.mark.parametrize("a_minute", [6, 10, 30])
def test_a_very_low_limit_is_kept_without_an_end_to_the_tries(a_minute):
    seconds, refused, _ = in_virtual_time(run(Bucket(a_minute / 60, 60 / a_minute), 60, latency=0.05, concurrency=16))
    assert seconds <= 1.6 * 60 * 60 / a_minute
    assert refused < 40


def test_what_one_client_learned_the_next_one_of_the_command_goes_on_with():
    limit = Sliding(20)

    async def half(pace):
        clock = LoopClock()
        pace = pace or Pace(clock, 16, None)
        pace.begin()
        refused = 0
        for _ in range(100):
            started = await pace.turn()
            left, wait = limit.ask(clock.now())
            if left is None:
                refused += 1
                pace.refused(started, math.ceil(wait))
            else:
                pace.passed(started)
            pace.left()
        return pace, refused

    async def both():
        pace, first = await half(None)
        _, second = await half(pace)
        return first, second

    first, second = in_virtual_time(both())
    assert (first > 0, second) == (True, 0)
