"""Whether what was saved is of the tenant that is meant now."""

from omneo_reconcile.core.plan import Tenant
from omneo_reconcile.errors import FailureName, PlanRejected


def check_place(what: str, made_for: Tenant, tenant: Tenant) -> None:
    """Refuses a plan or a receipt of another tenant.

    Raises:
        PlanRejected: With what it says and what is so.
    """
    if made_for != tenant:
        raise PlanRejected.of(
            FailureName.WRONG_TENANT,
            f"the {what} is for tenant {made_for.name} at {made_for.base_url}",
            f"not for {tenant.name} at {tenant.base_url}",
            f"pass the right --tenant, or the {what} of this one",
        )
