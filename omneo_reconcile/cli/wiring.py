"""Wires the parts together: which tenant, with which token, over which transport."""

import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from omneo_reconcile.cli.edges import Edges
from omneo_reconcile.cli.simulated import open_sandbox
from omneo_reconcile.core.model import Spec
from omneo_reconcile.core.plan import Tenant
from omneo_reconcile.errors import AccessError, FailureName, InvalidUse, PlanRejected
from omneo_reconcile.tenant.address import tenant_url
from omneo_reconcile.tenant.client import Client, WritingClient
from omneo_reconcile.tenant.guard import checked_base_url, host_of
from omneo_reconcile.tenant.transport import Transport, in_process

if TYPE_CHECKING:
    from omneo_reconcile.sandbox import Store

SANDBOX_NAME = "sandbox"
SANDBOX_URL = "https://sandbox.invalid/api/v3"
_SANDBOX_TOKEN = "sandbox"  # noqa: S105 - opens nothing but a simulated tenant
_AnyClient = TypeVar("_AnyClient", bound=Client)
_OMNEO_HOST = re.compile(r"api\.([a-z0-9-]+)\.getomneo\.com\.?")


@dataclass(frozen=True)
class Connection:
    """What the user said about the tenant, as the options of a command."""

    tenant: str | None
    base_url: str | None
    sandbox: bool
    token_file: str | None
    concurrency: int
    rate: float | None
    state_dir: Path

    @classmethod
    def of(cls, options: dict[str, Any]) -> Self:
        """Takes its own out of the options of a command."""
        return cls(**{field.name: options.pop(field.name) for field in fields(cls)})


def find_tenant(connection: Connection) -> Tenant:
    """Returns which tenant is meant, and where it is.

    Raises:
        InvalidUse: If that is not told, or the token would not be safe there.
    """
    if connection.tenant is not None:
        tenant_url(connection.tenant)  # is it a name at all?
    if connection.sandbox:
        return Tenant(connection.tenant or SANDBOX_NAME, SANDBOX_URL)
    if connection.base_url is None:
        if connection.tenant is None:
            raise InvalidUse.of(FailureName.USAGE, "no tenant is named", "", "pass --tenant or set OMNEO_TENANT")
        return Tenant(connection.tenant, tenant_url(connection.tenant))
    base_url = checked_base_url(connection.base_url)
    host = host_of(base_url)
    known = _OMNEO_HOST.fullmatch(host)
    if connection.tenant is None:
        return Tenant(known[1].removesuffix("-stg") if known else host, base_url)
    if known and known[1] not in {connection.tenant, f"{connection.tenant}-stg"}:
        raise InvalidUse.of(
            FailureName.USAGE,
            f"the base URL is that of tenant {known[1]}",
            f"not of {connection.tenant}",
            "name one tenant",
        )
    return Tenant(connection.tenant, base_url)


def check_tenant(spec: Spec, tenant: Tenant, what: str = "spec") -> None:
    """Refuses a spec that is for another tenant.

    Args:
        what: What to call it.

    Raises:
        PlanRejected: If it is.
    """
    if spec.tenant not in {None, tenant.name}:
        raise PlanRejected.of(
            FailureName.WRONG_TENANT,
            f"the {what} is for tenant {spec.tenant}",
            f"not for {tenant.name}",
            f"pass the right --tenant, or the right {what}",
        )


def open_client(connection: Connection, tenant: Tenant, edges: Edges) -> AbstractAsyncContextManager[Client]:
    """Opens the conversation with the tenant, real or simulated, for reading alone.

    Raises:
        AccessError: If there is no token.
    """
    return _open(Client, connection, tenant, edges)


def open_writing_client(
    connection: Connection, tenant: Tenant, edges: Edges
) -> AbstractAsyncContextManager[WritingClient]:
    """Opens the conversation with the tenant, real or simulated, for reading and for sending batches.

    Raises:
        AccessError: If there is no token.
    """
    return _open(WritingClient, connection, tenant, edges)


@asynccontextmanager
async def _open(
    kind: type[_AnyClient], connection: Connection, tenant: Tenant, edges: Edges
) -> AsyncIterator[_AnyClient]:
    token = _SANDBOX_TOKEN if connection.sandbox else _read_token(connection, edges)
    with open_sandbox(connection.state_dir, edges) if connection.sandbox else nullcontext() as store:
        async with kind(
            tenant.base_url,
            token,
            transport=_in_process(store) if store else None,
            clock=edges.clock,
            concurrency=connection.concurrency,
            requests_per_second=connection.rate,
            pace=edges.pace,
        ) as client:
            edges.pace = client.pace
            yield client


def _in_process(store: "Store") -> Transport:
    from omneo_reconcile.sandbox import create_app  # noqa: PLC0415 - an extra, which `open_sandbox` has found

    return in_process(create_app(store))


def _read_token(connection: Connection, edges: Edges) -> str:
    if connection.token_file is not None:
        try:
            token = Path(connection.token_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise AccessError.of(
                FailureName.MISSING_TOKEN,
                "the token file cannot be read",
                connection.token_file,
                "check --token-file, or set OMNEO_TOKEN instead",
            ) from None
    else:
        token = edges.environment.get("OMNEO_TOKEN", "").strip()
    if not token:
        raise AccessError.of(
            FailureName.MISSING_TOKEN, "there is no token", "", "set OMNEO_TOKEN, or name a file with --token-file"
        )
    edges.secrets.append(token)
    if not (token.isascii() and token.isprintable() and " " not in token):
        raise AccessError.of(
            FailureName.MISSING_TOKEN, "what is given is no token", "", "check OMNEO_TOKEN or --token-file"
        )
    return token
