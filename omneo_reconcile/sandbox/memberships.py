"""Which profile holds which status, and until when."""

import json
from collections import defaultdict
from collections.abc import Collection
from typing import NamedTuple

from omneo_reconcile.sandbox.database import Database

DAY_SECONDS = 86_400


class Membership(NamedTuple):
    """One status held, or once held, by one profile."""

    definition_id: int
    handle: str
    name: str
    expires_at: float | None
    is_active: bool


class Memberships:
    """The statuses of profiles; a profile is named by its number in the file.

    Handles with no definition are ignored in silence, everywhere.

    Source: "A handle with no definition is ignored in silence: a typo seems to succeed and changes nothing."
    """

    def __init__(self, database: Database) -> None:
        """Works on an open database."""
        self._database = database

    def attach(self, profile: int, handles: Collection[str]) -> None:
        """Adds statuses and keeps the others; adding a held one is a no-op, but that it may reset the expiry.

        Source: "A definition may carry an expiry ... Whether adding it again resets the expiry".
        """
        reset = self._database.dialect.expiry_on_readd == "reset"
        now = self._database.now()
        with self._database.transaction():
            stored = self._database.execute(
                """INSERT INTO memberships (profile, definition, expires_at)
                SELECT :profile, id, :now + period_days * :day FROM definitions
                WHERE handle IN (SELECT value FROM json_each(:handles))
                ON CONFLICT DO UPDATE SET expires_at = excluded.expires_at WHERE :reset OR expires_at <= :now""",
                {"profile": profile, "now": now, "handles": _json(handles), "reset": reset, "day": DAY_SECONDS},
            )
            self._touch(profile, stored.rowcount)

    def detach(self, profile: int, handles: Collection[str]) -> None:
        """Removes only the statuses named; removing one not held is a no-op."""
        with self._database.transaction():
            removed = self._database.execute(
                """DELETE FROM memberships WHERE profile = :profile AND definition IN
                (SELECT id FROM definitions WHERE handle IN (SELECT value FROM json_each(:handles)))""",
                {"profile": profile, "handles": _json(handles)},
            )
            self._touch(profile, removed.rowcount)

    def replace(self, profile: int, handles: Collection[str]) -> None:
        """Leaves the profile with exactly these statuses: every other one is gone.

        Source: "both replace the whole set and detach every status not sent".
        """
        with self._database.transaction():
            self._database.execute(
                """DELETE FROM memberships WHERE profile = :profile AND definition NOT IN
                (SELECT id FROM definitions WHERE handle IN (SELECT value FROM json_each(:handles)))""",
                {"profile": profile, "handles": _json(handles)},
            )
            self.attach(profile, handles)

    def of_profiles(self, profiles: Collection[int]) -> dict[int, list[Membership]]:
        """Returns the statuses of each profile by handle, expired ones too; no entry means none."""
        found: dict[int, list[Membership]] = defaultdict(list)
        now = self._database.now()
        rows = self._database.rows(
            """SELECT profile, definition, handle, name, expires_at FROM memberships
            JOIN definitions ON definitions.id = definition
            WHERE profile IN (SELECT value FROM json_each(?)) ORDER BY handle""",
            (_json(profiles),),
        )
        for profile, definition, handle, name, expires_at in rows:
            is_active = expires_at is None or expires_at > now
            found[profile].append(Membership(definition, handle, name, expires_at, is_active))
        return found

    def handles_of(self, profile: int) -> list[str]:
        """Returns the handles a profile holds now, sorted."""
        return [held.handle for held in self.of_profiles([profile]).get(profile, []) if held.is_active]

    def everything(self, *, include_deleted: bool) -> list[tuple[str, str, str | None]]:
        """Returns handle, profile id and email of each membership held now, sorted."""
        rows = self._database.rows(
            """SELECT handle, profiles.id, CASE WHEN ? THEN email_lower ELSE email END FROM memberships
            JOIN definitions ON definitions.id = definition JOIN profiles ON number = profile
            WHERE (expires_at IS NULL OR expires_at > ?) AND (? OR profile_type <> 'deleted')
            ORDER BY handle, profiles.id""",
            (self._database.dialect.email_stored == "lowered", self._database.now(), include_deleted),
        )
        return [(handle, profile_id, email) for handle, profile_id, email in rows]

    def _touch(self, profile: int, changed: int) -> None:
        if changed:
            self._database.execute(
                "UPDATE profiles SET updated_at = ? WHERE number = ?", (self._database.now(), profile)
            )


def _json(values: Collection[str] | Collection[int]) -> str:
    return json.dumps(list(values))
