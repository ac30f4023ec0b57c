"""Where requests may go: what the transport refuses, and where a token may be sent."""

import asyncio
from contextlib import suppress

import httpx
import pytest

from omneo_reconcile.core.reading import Unreadable
from omneo_reconcile.errors import InvalidUse
from omneo_reconcile.tenant.address import tenant_url
from omneo_reconcile.tenant.client import Client, WritingClient
from omneo_reconcile.tenant.guard import ForbiddenCallError, GuardedTransport, checked_base_url
from omneo_reconcile.tenant.reader import Reader
from simulated import Tenant

BASE = "https://api.acme.getomneo.com/api/v3"
BATCH = BASE + "/profile/status/batch.json"
LABEL = "a" * 63
LONGEST = ".".join([LABEL] * 3 + ["a" * 61])  # 253 characters


def passes(method, url, *, may_write, base=BASE):
    sent = []
    inner = httpx.MockTransport(lambda request: sent.append(request) or httpx.Response(200))
    guarded = GuardedTransport(inner, base, may_write=may_write)
    with suppress(ForbiddenCallError):
        asyncio.run(guarded.handle_async_request(httpx.Request(method, url)))
    return bool(sent)


@pytest.mark.parametrize("may_write", [False, True])
@pytest.mark.parametrize(
    "path", ["/profiles", "/profiles/a%20b?include=statuses", "/batches/1", "/profiles?q=a%2Fb/../c"]
)
def test_reading_below_the_base_url_passes(path, may_write):
    assert passes("GET", BASE + path, may_write=may_write)


@pytest.mark.parametrize("may_write", [False, True])
@pytest.mark.parametrize(
    "url",
    [
        BASE,
        BASE + "/",
        BASE + "x/profiles",
        "https://api.acme.getomneo.com/api/v2/profiles",
        "https://api.acme.getomneo.com/",
        "http://api.acme.getomneo.com/api/v3/profiles",
        "https://api.acme.getomneo.com:444/api/v3/profiles",
        "https://api.acme.getomneo.com.evil.com/api/v3/profiles",
        "https://evil.com/api/v3/profiles",
        "https://api.acme.getomneo.com@evil.com/api/v3/profiles",
        BASE + "/profiles/../../../x",
        BASE + "/profiles/..%2F..%2Fx",
        BASE + "/profiles/%2e%2e/%2E%2E/x",
        BASE + "/profiles/.%2e",
        BASE + "/profiles/%5c..%5cx",
        BASE + "/profiles//x",
        BASE + "/profiles/a%2fb?filter[email]=jane@example.com",
    ],
)
def test_no_request_leaves_the_base_url_by_another_host_a_look_alike_or_a_trick_in_the_path(url, may_write):
    assert not passes("GET", url, may_write=may_write)


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_writing_passes_only_to_the_batch_path_and_only_where_it_was_allowed(method):
    assert passes(method, BATCH, may_write=True)
    assert not passes(method, BATCH, may_write=False)


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize(
    "url",
    [
        BASE + "/profiles",
        BASE + "/profiles/batch",
        BATCH + "/",
        BATCH + "?x=1",
        BATCH + "x",
        BASE + "/profile/status%2Fbatch.json",
        BASE + "/profile/status/batch%2Ejson",
        BASE + "//profile/status/batch.json",
        "https://evil.com/api/v3/profile/status/batch.json",
    ],
)
def test_writing_anywhere_else_is_refused_even_where_writing_is_allowed(method, url):
    assert not passes(method, url, may_write=True)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "HEAD", "OPTIONS", "TRACE", "CONNECT"])
@pytest.mark.parametrize("url", [BATCH, BASE + "/profiles/1"])
def test_no_other_method_ever_passes(method, url):
    assert not passes(method, url, may_write=True)


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_a_reading_client_has_no_way_to_write_and_its_transport_refuses_one(tenant: Tenant, using, method):
    assert not hasattr(Client, "send_batch")
    with pytest.raises(ForbiddenCallError):
        using(tenant.client(), lambda client: WritingClient.send_batch(client, method, {"profiles": []}))
    assert tenant.requests == ()


@pytest.mark.parametrize("profile_id", ["../../x?y", "..", ".", "...", "", "a/b", "a\\b", "/statuses", "x" * 300])
def test_an_id_that_would_lead_elsewhere_is_unreadable_and_never_sent(tenant: Tenant, using, profile_id):
    assert isinstance(using(tenant.client(), lambda client: Reader(client).profile(profile_id)), Unreadable)
    assert using(tenant.client(), lambda client: Reader(client).batch(profile_id)) is None
    assert tenant.requests == ()


@pytest.mark.parametrize("profile_id", ["x?include=y", "a b", "%2e%2e", "ä", "a#b", "a&b=c", "a+b"])
def test_any_other_id_is_one_part_of_the_path(tenant: Tenant, using, profile_id):
    tenant.store.add_profile("jane@example.com", profile_id=profile_id)
    assert using(tenant.client(), lambda client: Reader(client).profile(profile_id)).email == "jane@example.com"


@pytest.mark.parametrize(
    ("text", "url"),
    [
        (BASE, BASE),
        (BASE + "/", BASE),
        ("https://API.Acme.getomneo.com:443/api/v3//", BASE),
        ("HTTPS://api.acme.getomneo.com:443/api/v3", BASE),
        ("http://localhost:8000/api/v3", "http://localhost:8000/api/v3"),
        ("http://127.0.0.1/api/v3", "http://127.0.0.1/api/v3"),
        ("http://127.8.9.1/api/v3", "http://127.8.9.1/api/v3"),
        ("http://[::1]:8000/api/v3", "http://[::1]:8000/api/v3"),
        ("https://[2001:db8::1]/api/v3", "https://[2001:db8::1]/api/v3"),
        ("https://api.exämple.com/api/v3", "https://api.xn--exmple-cua.com/api/v3"),
        ("https://api.acme_2.com./api/v3", "https://api.acme_2.com./api/v3"),
        ("https://1.2.3.4a", "https://1.2.3.4a"),
        (f"https://{LABEL}.com", f"https://{LABEL}.com"),
        (f"https://{LONGEST}", f"https://{LONGEST}"),
        (f"https://{LONGEST}.", f"https://{LONGEST}."),
    ],
)
def test_a_base_url_has_one_spelling_whatever_way_it_is_written(text, url):
    assert checked_base_url(text) == url


@pytest.mark.parametrize(
    "text",
    [
        "http://api.acme.getomneo.com/api/v3",
        "http://localhost.evil.com/",
        "http://localhost./",
        "http://127.0.0.1.evil.com/",
        "http://0.0.0.0/",
        "http://10.0.0.1/",
        "http://[2001:db8::1]/",
    ],
)
def test_plain_http_goes_to_this_machine_alone(text):
    with pytest.raises(InvalidUse, match="in the clear"):
        checked_base_url(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "api.acme.getomneo.com",
        "ftp://api.acme.getomneo.com/",
        "file:///etc/passwd",
        "https://",
        "https:///api/v3",
        "https://token@api.acme.getomneo.com/",
        "https://user:s3cret@api.acme.getomneo.com/",
        "http://127.0.0.1\\@evil.com/",
        BASE + "?x=1",
        BASE + "?",
        BASE + "#x",
        BASE + "#",
        "https://h:0/",
        "https://h:99999/",
        "https://h:x/",
        "https://[::1/",
        "https://h/\n",
        " https://h/",
        "https://xn--a/",
        f"https://{LABEL}a.com",
        f"https://{LONGEST}a",
        f"https://{'é' * 60}.com",
        "https://a..b/api/v3",
        "https://a../",
        "https://.a/",
        "https://./",
        "https://a\\b/",
        "https://\\/",
        "https://api.acme.getomneo.com\\.evil.com/",
        "https://[::1%25a\\b]/",
        "https://[::1%25lo]/",
        "https://a%2fb/",
        "https://a%00b/",
        "https://a b/",
        "https://a!b/",
        "https://a*/",
        "https://2130706433/",
        "http://2130706433/",
        "https://1.2.3/",
        "https://127.0.0.1./",
        "https://1.2.3.4.5/",
    ],
)
def test_what_is_no_plain_base_url_is_refused_without_repeating_it(text):
    with pytest.raises(InvalidUse, match="not a base URL") as caught:
        checked_base_url(text)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("name", ["acme", "acme-2", "0", "a" * 63])
def test_a_tenant_name_is_part_of_the_host(name):
    assert tenant_url(name) == f"https://api.{name}.getomneo.com/api/v3"


@pytest.mark.parametrize("name", ["", "Acme", "a.b", "a/b", "a@evil.com", "a\n", "é", "a b", "a#", "a" * 64])
def test_what_is_no_tenant_name_is_refused(name):
    with pytest.raises(InvalidUse, match="not a tenant name"):
        tenant_url(name)


def test_a_refusal_names_the_call_but_not_its_query():
    guarded = GuardedTransport(httpx.MockTransport(lambda _: httpx.Response(200)), BASE, may_write=False)
    url = "https://evil.com/api/v3/profiles?filter[email]=jane@example.com"
    with pytest.raises(ForbiddenCallError, match=r"^refused to send GET /api/v3/profiles$"):
        asyncio.run(guarded.handle_async_request(httpx.Request("GET", url)))
