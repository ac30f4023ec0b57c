"""A simulated tenant whose time a test moves by hand."""

import asyncio
from dataclasses import dataclass, field

import httpx
import pytest

from omneo_reconcile.sandbox import Dialect, Fault, Store, create_app, requests_of

BATCH = "/profile/status/batch.json"


@dataclass
class Clock:
    seconds: float = 1_700_000_000.0

    def __call__(self):
        return self.seconds


@dataclass
class Tenant:
    """A store with two definitions, and an application over it that is asked one request at a time."""

    store: Store
    clock: Clock
    faults: tuple[Fault, ...] = ()
    token: str = "sandbox"
    app: object = field(init=False)

    def __post_init__(self):
        self.app = create_app(self.store, faults=self.faults)

    def ask(self, method, path, *, token=None, **rest):
        """One request; the answer as httpx has it."""
        return asyncio.run(self._ask(method, path, token or self.token, rest))

    async def _ask(self, method, path, token, rest):
        transport = httpx.ASGITransport(app=self.app)
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://sandbox.test/api/v3", headers=headers
        ) as client:
            return await client.request(method, path, **rest)

    def get(self, path, **params):
        return self.ask("GET", path, params=params or None)

    def data(self, path, **params):
        answer = self.get(path, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def batch(self, profile_id, *handles, method="POST"):
        """Sends a batch of one profile and returns its id."""
        body = {"profiles": [{"profile_id": profile_id, "statuses": list(handles)}]}
        answer = self.ask(method, BATCH, json=body)
        assert answer.status_code == 202, answer.text
        return answer.json()["data"]["batch_id"]

    def wait(self, seconds=1.0):
        self.clock.seconds += seconds

    def held(self):
        """Handle and email of each membership."""
        return [(handle, email) for handle, _, email in self.store.memberships()]

    def emails(self, **params):
        return [row["email"] for row in self.data("/profiles", **params)]

    def requests(self):
        return requests_of(self.app)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def tenant_of(clock):
    """Makes a tenant from dialect settings and faults."""
    stores = []

    def make(*settings, faults=(), period_days=None):
        store = Store.open(":memory:", dialect=Dialect.parse(settings), now=clock)
        stores.append(store)
        store.add_definition("vip", "VIP", period_days)
        store.add_definition("media", "Media")
        return Tenant(store, clock, tuple(faults))

    yield make
    for store in stores:
        store.close()


@pytest.fixture
def tenant(tenant_of):
    return tenant_of()
