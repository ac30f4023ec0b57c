"""Where a tenant is, by its name."""

import re

from omneo_reconcile.errors import FailureName, InvalidUse

_TENANT_NAME = re.compile(r"[a-z0-9-]{1,63}")  # a part of a host name is no longer


def tenant_url(name: str) -> str:
    """Returns the base URL of a tenant.

    Source: omneo-api.md, Access, errors, limits.

    Raises:
        InvalidUse: If the name is none.
    """
    if not _TENANT_NAME.fullmatch(name):
        raise InvalidUse.of(
            FailureName.USAGE,
            "not a tenant name",
            "--tenant or OMNEO_TENANT",
            "use lower-case letters, digits and hyphens, as in https://api.NAME.getomneo.com",
        )
    return f"https://api.{name}.getomneo.com/api/v3"
