"""The two calls that change memberships, and nothing else."""

from collections.abc import Callable

from omneo_reconcile.core.batches import Accepted, Action, Batch, Rejected
from omneo_reconcile.tenant.batches import batch_id, server_words
from omneo_reconcile.tenant.client import BatchMethod, WritingClient

_METHODS: dict[Action, BatchMethod] = {Action.ADD: "POST", Action.REMOVE: "DELETE"}


class Writer:
    """Submits batches: additive adds and targeted removes. It has no other method."""

    def __init__(self, client: WritingClient) -> None:
        """Takes the one kind of client that can write."""
        self._client = client

    async def submit(self, batch: Batch, leaving: Callable[[], None]) -> Accepted | Rejected:
        """Sends one batch.

        Args:
            leaving: Called right before each try leaves; what it raises keeps that try from leaving.

        Raises:
            AccessError: If the token may not write.
            TenantError: If no usable answer came; the batch may have been done all the same.
        """
        body = {
            "profiles": [
                {"profile_id": profile_id, "statuses": list(handles)} for profile_id, handles in batch.profiles
            ]
        }
        answer = await self._client.send_batch(_METHODS[batch.action], body, leaving)
        if answer.ok:
            return Accepted(batch_id(answer.body), answer.repeated)
        return Rejected(answer.status, server_words(answer.body), answer.repeated)
