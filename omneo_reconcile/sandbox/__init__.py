"""A simulated Omneo tenant: a Starlette application over one SQLite file.

It behaves as ``omneo-api.md`` says, and where that does not know, as its `Dialect` says. It is unkind on purpose: each
unkindness names the line it copies. Faults are a script. It imports nothing else of this project, and uvicorn only in
``omneo_reconcile.sandbox.server``, so that a tenant in process costs no server::

    store = Store.open(":memory:", dialect=Dialect.parse(["status_filter=neither", "page_size_max=50"]))
    store.reset()
    app = create_app(store, faults=load_faults('{"nth": 3, "status": 429, "headers": {"Retry-After": "2"}}'))
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sandbox.test/api/v3")
"""

from omneo_reconcile.sandbox.app import BASE_PATH, create_app, requests_of
from omneo_reconcile.sandbox.dialect import Dialect
from omneo_reconcile.sandbox.faults import Fault, load_faults
from omneo_reconcile.sandbox.people import NewProfile
from omneo_reconcile.sandbox.samples import read_customers, sample_customers
from omneo_reconcile.sandbox.store import DEFAULT_TOKENS, Store

__all__ = [
    "BASE_PATH",
    "DEFAULT_TOKENS",
    "Dialect",
    "Fault",
    "NewProfile",
    "Store",
    "create_app",
    "load_faults",
    "read_customers",
    "requests_of",
    "sample_customers",
]
