"""One conversation: what is tried again, for how long, and what every failure becomes."""

import asyncio
import logging
import socket
import time
from itertools import pairwise

import httpx
import pytest

from omneo_reconcile.errors import AccessError, ReconcileError, TenantError
from omneo_reconcile.sandbox import Fault
from omneo_reconcile.tenant.client import Client
from omneo_reconcile.tenant.reader import Reader
from omneo_reconcile.workers import each
from simulated import FakeClock, LoopClock, Tenant, in_virtual_time
from tenant.conftest import run

EMAIL = "jane.doe+x@example.com"
DATE = "Mon, 15 Jun 2026 12:00:{:02} GMT"


def json_answer(status, body, **headers):
    return httpx.Response(status, json=body, headers=headers)


def html(status=200):
    return httpx.Response(status, html="<h1>Gateway</h1>")


@pytest.mark.parametrize("status", [408, 425, 429, 500, 501, 502, 503, 504, 520, 530])
@pytest.mark.parametrize("body", ["<h1>Sorry</h1>", '{"message": "Sorry"}'])
def test_what_may_pass_is_tried_again_whatever_its_body_is(scripted, in_order, status, body):
    tenant = scripted(in_order(httpx.Response(status, text=body), {"data": []}))
    assert tenant.get().ok


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_request_is_tried_at_most_eight_times_and_thirty_seconds(scripted, in_order, status):
    tenant = scripted(in_order(html(status)))
    with pytest.raises(TenantError, match=f"the tenant answered {status}") as caught:
        tenant.get()
    assert caught.value.name == "server_error"
    assert 1 < len(tenant.sent) <= 8
    assert tenant.clock.waited <= 30


def test_tries_that_take_long_end_at_thirty_seconds(scripted):
    def slow(_):
        tenant.clock.waited += 15
        return httpx.ReadTimeout("slow")

    tenant = scripted(slow)
    with pytest.raises(TenantError, match="did not answer in time"):
        tenant.get()
    assert len(tenant.sent) <= 3


@pytest.mark.parametrize("seconds", [0, 2, 5])
def test_refused_connections_and_unknown_names_fail_within_ten_seconds(scripted, seconds):
    def refuse(_):
        tenant.clock.waited += seconds
        return httpx.ConnectError(f"no such name, {EMAIL}")

    tenant = scripted(refuse)
    with pytest.raises(TenantError, match="cannot be reached") as caught:
        tenant.get()
    assert caught.value.name == "network"
    assert EMAIL not in str(caught.value)
    assert tenant.clock.waited <= 10


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("x"),
        httpx.ConnectTimeout("x"),
        httpx.ReadTimeout("x"),
        httpx.ReadError("reset"),
        httpx.RemoteProtocolError("cut"),
        httpx.DecodingError("no gzip"),
    ],
)
def test_a_connection_that_broke_once_does_not_fail_the_request(scripted, in_order, error):
    assert scripted(in_order(error, error, {"data": []})).get().ok


@pytest.mark.parametrize("error", [httpx.ReadError(EMAIL), httpx.DecodingError(EMAIL), httpx.PoolTimeout(EMAIL)])
def test_a_connection_that_keeps_breaking_is_a_network_failure(scripted, in_order, error):
    with pytest.raises(TenantError) as caught:
        scripted(in_order(error)).get()
    assert caught.value.name == "network"
    assert EMAIL not in str(caught.value)


def test_a_try_that_may_have_arrived_is_remembered_through_a_later_refusal(scripted, in_order):
    refusal, accepted = httpx.Response(429), {"data": {"batch_id": "1"}}
    for answers, repeated in [((httpx.ReadError("reset"), refusal, accepted), True), ((refusal, accepted), False)]:
        tenant = scripted(in_order(*answers), may_write=True)
        assert run(tenant.client, lambda client: client.send_batch("POST", {})).repeated is repeated


def test_only_what_can_be_unpacked_is_asked_for(scripted):
    tenant = scripted(lambda _: {"data": []})
    tenant.get()
    assert tenant.sent[0].headers.get("accept-encoding") == "gzip, deflate"


def test_an_answer_that_drips_for_ever_is_given_up(monkeypatch):
    monkeypatch.setattr("omneo_reconcile.tenant.client.TRY_SECONDS", 0.01)

    class Drips(httpx.AsyncByteStream):
        async def __aiter__(self):
            while True:
                yield b" "
                await asyncio.sleep(0.001)

    class Transport(httpx.AsyncBaseTransport):
        async def handle_async_request(self, _):
            return httpx.Response(200, stream=Drips())

    async def main():
        async with Client("https://h/v3", "t", transport=Transport(), clock=FakeClock(), concurrency=1) as client:
            await client.get("/x", scope="s")

    with pytest.raises(TenantError, match="did not answer in time"):
        asyncio.run(main())


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "7.5"}, 7.5),
        ({"retry-after": DATE.format(9), "date": DATE.format(2)}, 7),
        ({"retry-after": "120"}, 120),
    ],
)
def test_retry_after_is_waited_for_in_seconds_and_as_a_date_by_the_servers_clock(
    scripted, in_order, status, headers, seconds
):
    tenant = scripted(in_order(httpx.Response(status, headers=headers), {"data": []}))
    assert tenant.get().ok
    assert tenant.clock.waited == pytest.approx(seconds)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"retry-after": "soon"},
        {"retry-after": "-5"},
        {"retry-after": "0"},
        {"retry-after": DATE.format(9)},
        {"retry-after": DATE.format(2), "date": DATE.format(9)},
        {"retry-after": "Mon, 01 Jan 2024 00:00:00 +99999999999999", "date": DATE.format(9)},
        {"retry-after": "Mon, 01 Jan 2024 00:00:00 -0000", "date": DATE.format(9)},
    ],
)
def test_a_429_that_names_no_usable_time_is_a_pause_of_a_second(scripted, in_order, headers):
    tenant = scripted(in_order(httpx.Response(429, headers=headers), {"data": []}))
    assert tenant.get().ok
    assert tenant.clock.waited == pytest.approx(1)


def test_what_retry_after_asks_is_not_taken_from_the_thirty_seconds(scripted, in_order):
    busy = httpx.Response(503, headers={"retry-after": "60"})
    tenant = scripted(in_order(busy, busy, html(500), {"data": []}))
    assert tenant.get().ok
    assert tenant.clock.waited >= 120


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("wait", ["86400", "99999999999", "9" * 400, "Tue, 16 Jun 2026 12:00:00 GMT"])
def test_a_wait_of_a_day_is_refused_at_once(scripted, in_order, status, wait):
    tenant = scripted(in_order(httpx.Response(status, headers={"retry-after": wait, "date": DATE.format(0)})))
    with pytest.raises(TenantError, match=f"{status} and asks to wait"):
        tenant.get()
    assert (len(tenant.sent), tenant.clock.waited) == (1, 0)


def test_one_429_holds_every_request_back_until_its_time_is_over():
    times = []

    def answer(_):
        times.append(asyncio.get_running_loop().time())
        return httpx.Response(429, headers={"retry-after": "20"}) if len(times) == 1 else json_answer(200, {})

    async def main():
        transport = httpx.MockTransport(answer)
        async with Client("https://h/v3", "t", transport=transport, clock=LoopClock(), concurrency=1) as client:
            await each(lambda _: client.get("/x", scope="s"), range(3), 3)

    in_virtual_time(main())
    assert len(times) == 4
    assert min(times[1:]) - times[0] >= 20


def test_a_wait_at_the_gate_is_not_taken_from_the_thirty_seconds_of_those_who_wait(scripted):
    """The gate is closed for a minute by one request; another then meets a 500 and is tried again all the same."""
    answers = [httpx.Response(429, headers={"retry-after": "60"}), html(500), html(500)]

    def answer(_):
        return answers.pop(0) if answers else json_answer(200, {"data": []})

    tenant = scripted(answer, requests_per_second=0.02)

    async def main():
        async with tenant.client as client:
            return await each(lambda _: client.get("/statuses", scope="s"), range(4), 4)

    assert all(answer.ok for answer in asyncio.run(main()))


def busy_until(seconds, headers=None):
    """Answers 429 until that time of the running loop, after the first ten."""
    sent = []

    def answer(_):
        sent.append(LoopClock().now())
        busy = len(sent) > 10 and LoopClock().now() < seconds
        return httpx.Response(429, headers=headers) if busy else json_answer(200, {})

    return answer


def crowd(answer, count=40):
    async def main():
        chosen = {"transport": httpx.MockTransport(answer), "clock": LoopClock(), "concurrency": 16}
        async with Client("https://h/v3", "t", **chosen) as client:
            await each(lambda _: client.get("/x", scope="s"), range(count), 16)
            return client

    return in_virtual_time(main())


def test_a_minutes_window_is_outlived_also_without_a_retry_after():
    client = crowd(busy_until(60))
    assert client.refused < 20
    assert client.requests == 40 + client.refused


@pytest.mark.parametrize("headers", [None, {"retry-after": "2"}])
def test_a_tenant_that_refuses_everybody_for_ever_fails_within_half_a_minute_of_our_own_waiting(headers):
    sent = []

    def refuse(_):
        sent.append(LoopClock().now())
        return httpx.Response(429, headers=headers)

    with pytest.raises(TenantError, match="answered 429"):
        crowd(refuse)
    assert sent[-1] <= 32
    assert len(sent) <= 10


def test_what_was_seen_of_the_tenant_is_kept(scripted):
    def answer(_):
        tenant.clock.waited += 0.25
        left = 40 - len(tenant.sent)
        return json_answer(200, {}, **{"x-ratelimit-limit": "60", "x-ratelimit-remaining": str(max(0, left))})

    tenant = scripted(answer)
    client = tenant.client
    assert (client.latency_ms, client.limit_told, client.refused, client.requests_a_second) == (None, None, 0, None)
    tenant.get()
    assert (client.latency_ms, client.limit_told, client.refused, client.requests_a_second) == (250, 60, 0, None)


@pytest.mark.parametrize("said", ["", "many", "-1", "1.5", "9" * 40, b"\xb2"])
def test_counts_that_are_nonsense_are_ignored(scripted, said):
    headers = {"x-ratelimit-limit": said, "x-ratelimit-remaining": said}
    tenant = scripted(lambda _: json_answer(200, {}, **headers))
    assert tenant.get().ok
    assert tenant.client.limit_told is None


@pytest.mark.parametrize("told", ["told", "missing"])
@pytest.mark.parametrize("limit", [1, 3])
def test_a_small_limit_that_all_share_slows_everybody_and_fails_nobody(told, limit, using):
    tenant = Tenant([f"rate_limit={limit}", f"rate_retry_after={told}"])

    async def work(client):
        return await each(lambda _: client.get("/auth/verify", scope="s"), range(60), 16)

    assert all(answer.ok for answer in using(tenant.client(), work))


def test_a_crowd_at_a_small_limit_is_spaced_out_rather_than_refused_until_its_tries_are_used_up():
    """Sixteen at once where one in five seconds passes."""
    passed = []

    async def answer(_):
        now = LoopClock().now()
        await asyncio.sleep(0.2)
        if passed and now < passed[-1] + 5:
            return httpx.Response(429, headers={"retry-after": "5"})
        passed.append(now)
        return json_answer(200, {})

    crowd(answer, 24)
    assert len(passed) == 24


def test_virtual_time_does_not_wait_for_a_timer_that_was_called_off():
    async def work():
        loop = asyncio.get_running_loop()
        called_off, kept = loop.call_later(3, loop.stop), asyncio.sleep(5, "done")
        loop.call_soon(called_off.cancel)
        return await kept

    started = time.monotonic()
    assert in_virtual_time(work()) == "done"
    assert time.monotonic() - started < 1


def test_a_rate_spaces_requests_evenly_also_after_a_pause(scripted):
    times = []

    def answer(_):
        times.append(tenant.clock.now())
        return httpx.Response(429, headers={"retry-after": "10"}) if len(times) == 3 else json_answer(200, {})

    tenant = scripted(answer, requests_per_second=2)

    async def main():
        async with tenant.client as client:
            await each(lambda _: client.get("/x", scope="s"), range(8), 4)

    asyncio.run(main())
    assert len(times) == 9
    assert all(later - earlier >= 0.499 for earlier, later in pairwise(times))
    assert times[3] - times[2] >= 10


def test_those_who_wait_for_their_turn_when_the_gate_closes_keep_their_distance_after_it():
    times = []

    async def answer(_):
        times.append(asyncio.get_running_loop().time())
        await asyncio.sleep(0.01)
        return httpx.Response(429, headers={"retry-after": "30"}) if len(times) == 1 else json_answer(200, {})

    async def main():
        transport = httpx.MockTransport(answer)
        chosen = {"clock": LoopClock(), "concurrency": 4, "requests_per_second": 20}
        async with Client("https://h/v3", "t", transport=transport, **chosen) as client:
            await each(lambda _: client.get("/x", scope="s"), range(4), 4)

    in_virtual_time(main())
    assert all(later - earlier >= 0.049 for earlier, later in pairwise(times))


def test_a_token_that_is_refused_ends_everything_at_once(using):
    tenant = Tenant()
    with pytest.raises(AccessError) as caught:
        using(tenant.client(token="wrong"), lambda client: Reader(client).handles())
    assert caught.value.name == "token_refused"
    assert "sandbox.invalid" in str(caught.value)
    assert len(tenant.requests) == 1


def test_a_missing_scope_is_named(using):
    tenant = Tenant()
    tenant.store.add_tokens({"poor": ()})
    for work, scope in (
        (lambda client: Reader(client).handles(), "read-statuses"),
        (lambda client: Reader(client).lookup(EMAIL, [EMAIL]), "read-profiles"),
        (lambda client: Reader(client).profile("1"), "read-profiles"),
    ):
        with pytest.raises(AccessError, match=f"lack the scope `{scope}`") as caught:
            using(tenant.client(token="poor"), work)
        assert caught.value.name == "missing_scope"


@pytest.mark.parametrize("status", [400, 404, 409, 413, 422])
def test_an_answer_about_this_one_request_is_handed_back(scripted, in_order, status):
    answer = scripted(in_order(json_answer(status, {"message": "no"}))).get()
    assert (answer.status, answer.ok, answer.body) == (status, False, b'{"message":"no"}')


@pytest.mark.parametrize("status", [404, 413, 422])
def test_some_of_them_come_without_json(scripted, in_order, status):
    assert scripted(in_order(html(status))).get()[:2] == (status, b"")


@pytest.mark.parametrize("status", [200, 201, 204, 400])
def test_html_where_json_was_asked_for_is_an_unexpected_answer_at_once(scripted, in_order, status):
    tenant = scripted(in_order(html(status)))
    with pytest.raises(TenantError, match=f"answered {status} with text/html") as caught:
        tenant.get()
    assert caught.value.name == "unexpected_answer"
    assert len(tenant.sent) == 1


def test_an_answer_with_nothing_in_it_is_unexpected(scripted, in_order):
    with pytest.raises(TenantError, match="with no known type"):
        scripted(in_order(httpx.Response(200))).get()


@pytest.mark.parametrize("body", [b'{"data": [', b"", b'"\xff"', b"[" * 100_000, b'{"data": [NaN]}'])
def test_json_that_was_cut_on_the_way_is_asked_for_again(scripted, in_order, body):
    cut = httpx.Response(200, content=body, headers={"content-type": "application/json"})
    assert scripted(in_order(cut, {"data": []})).get().ok
    with pytest.raises(TenantError, match="not the JSON asked for"):
        scripted(in_order(cut)).get()


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
@pytest.mark.parametrize("where", ["https://evil.com/", "/api/v3/profiles", "https://[", "http://:80", None])
@pytest.mark.parametrize("body", [{"data": []}, None])
def test_a_redirect_is_an_error_and_never_followed(scripted, in_order, status, where, body):
    headers = {} if where is None else {"location": where}
    tenant = scripted(in_order(httpx.Response(status, json=body, headers=headers)))
    with pytest.raises(TenantError) as caught:
        tenant.get()
    assert caught.value.name == "redirected"
    assert len(tenant.sent) == 1


BAD_ANSWERS = [
    json_answer(401, {"message": EMAIL}),
    json_answer(403, {"message": EMAIL}),
    json_answer(500, {"message": EMAIL}),
    json_answer(429, {"message": EMAIL}, **{"retry-after": "86400"}),
    httpx.Response(200, text=EMAIL, headers={"content-type": f"text/{EMAIL}"}),
    httpx.Response(302, headers={"location": f"https://evil.com/{EMAIL}"}),
    json_answer(404, {"message": EMAIL}),
    json_answer(422, {"message": EMAIL}),
    json_answer(200, {"data": EMAIL}),
    json_answer(200, {"data": [{"email": EMAIL}], "meta": {"total": 5, "per_page": 15}}),
    httpx.ReadError(EMAIL),
    httpx.ConnectError(EMAIL),
]


@pytest.mark.parametrize("bad", BAD_ANSWERS)
def test_no_error_repeats_an_email_or_the_token(scripted, in_order, bad, using, caplog):
    caplog.set_level(logging.DEBUG)
    works = (
        lambda client: Reader(client).lookup(EMAIL, [EMAIL]),
        lambda client: Reader(client).handles(),
        lambda client: Reader(client).profile("1"),
    )
    for work in works:
        try:
            said = str(using(scripted(in_order(bad)).client, work))
        except ReconcileError as error:
            said = str(error)
        for secret in ("jane", "%40", "@", "s3cret"):
            assert secret not in said
    assert "jane" not in caplog.text
    assert "s3cret" not in caplog.text


def test_plus_and_other_signs_travel_so_that_the_tenant_sees_them(using):
    tenant = Tenant()
    emails = ["a+b@example.com", "a&b=c@example.com", "o'hara%41@example.com", "jürgen@example.com"]
    for email in emails:
        tenant.store.add_profile(email)
    for email in emails:
        found = using(tenant.client(), lambda client, email=email: Reader(client).lookup(email, [email]))
        assert [profile.email for profile in found] == [email]
    assert any("a%2Bb" in target for _, target in tenant.requests)


ANSWER = (
    b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\nconnection: close\r\n\r\n{"data":[]}'
)


def over_network(base_url):
    async def main():
        async with Client(base_url, "s3cret", clock=FakeClock(), concurrency=2) as client:
            return await client.get("/statuses", scope="s")

    return asyncio.run(main())


@pytest.mark.enable_socket
def test_no_proxy_and_no_netrc_of_the_environment_is_used(serving, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login eve password evil\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with serving(ANSWER) as (base_url, heard):
        assert over_network(base_url).body == b'{"data":[]}'
    assert heard[0].startswith(b"GET /api/v3/statuses HTTP/1.1")
    assert b"Authorization: Bearer s3cret" in heard[0]


@pytest.mark.enable_socket
def test_a_body_cut_by_a_broken_connection_is_tried_again_and_then_a_network_failure(serving, monkeypatch):
    monkeypatch.setattr("omneo_reconcile.tenant.client.MAX_TRIES", 2)
    broke = pytest.raises(TenantError, match="connection to the tenant broke")
    with serving(ANSWER[:-4]) as (base_url, heard), broke:
        over_network(base_url)
    assert len(heard) == 2


@pytest.mark.enable_socket
def test_a_port_where_nobody_listens_is_a_network_failure(monkeypatch):
    monkeypatch.setattr("omneo_reconcile.tenant.client.MAX_TRIES", 2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(TenantError, match="cannot be reached"):
        over_network(f"http://127.0.0.1:{port}/api/v3")


def test_a_fault_of_the_simulated_tenant_is_outlived(using):
    tenant = Tenant(faults=[Fault(status=429, headers={"Retry-After": "2"}), Fault(nth=2, status=502, body="<h1>")])
    tenant.store.add_definition("vip", "VIP")
    assert using(tenant.client(), lambda client: Reader(client).handles()) == {"vip"}
    assert tenant.clock.waited >= 2


def test_a_token_that_the_tenant_repeats_goes_no_further(scripted):
    tenant = scripted(lambda _: {"data": {"batch_id": "s3cret-token"}, "message": "Bearer s3cret-token"})
    assert "s3cret" not in str(tenant.get().body)
