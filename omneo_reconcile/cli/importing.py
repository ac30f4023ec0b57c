"""The command `import`."""

import os
import shlex
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from omneo_reconcile.cli.edges import Edges
from omneo_reconcile.cli.interrupts import Interrupts, undisturbed
from omneo_reconcile.cli.options import STATE_DIR
from omneo_reconcile.cli.output import print_result, say
from omneo_reconcile.cli.planning import tell_reads
from omneo_reconcile.cli.progress import progress
from omneo_reconcile.cli.replacing import remove_left_over, replace_file, way_out
from omneo_reconcile.cli.wiring import Connection, check_tenant, find_tenant, open_client
from omneo_reconcile.core.importing import Imported, check_modes, import_statuses, question
from omneo_reconcile.core.model import Mode, Profile
from omneo_reconcile.core.plan import Tenant
from omneo_reconcile.errors import FailureName, Fault, InvalidUse, OutputError
from omneo_reconcile.formats.escape import visible
from omneo_reconcile.formats.words import number_of
from omneo_reconcile.spec.files import leads_somewhere
from omneo_reconcile.spec.import_files import Drafted, draft_import
from omneo_reconcile.spec.load import Loaded, load_spec
from omneo_reconcile.spec.schema import is_handle, schema
from omneo_reconcile.spec.trees import WORK_TREE
from omneo_reconcile.tenant.address import tenant_url
from omneo_reconcile.tenant.read import read
from omneo_reconcile.tenant.reader import Reader

_SHARED = 0o666  # permissions of a new file, less what the user's mask takes away


def run(edges: Edges, *, status: Sequence[str], out: Path, mode: str | None, **chosen: Any) -> int:  # noqa: ANN401
    """Writes a spec of who holds the statuses now, and says what it wrote. Returns the exit code.

    Raises:
        InvalidUse: If a status has no definition, or cannot be imported so. Nothing is written; so with all below.
        InvalidSpec: If the folder holds a spec that is invalid.
        PlanRejected: If that spec is for another tenant.
        IncompleteReading: If a list of holders was not read to its end.
        OutputError: If a file cannot be written. Those before it are.
    """
    connection = Connection.of(chosen)
    tenant = find_tenant(connection)
    tenant_url(tenant.name)  # a base URL alone may give a name that no spec can hold
    handles, wanted = _checked(status), Mode(mode) if mode else None
    _load(out, tenant, handles, wanted, edges)  # refuses before the tenant is read, which may take minutes
    holders = Interrupts().run(_read(handles, connection, tenant, edges))
    before = _load(out, tenant, handles, wanted, edges)
    now = edges.clock.today()
    imported = import_statuses(holders, before and before.spec, wanted, before.as_of if before else now.date())
    drafted = draft_import(out, before, tenant.name, imported, now=now)
    with undisturbed():
        _write(drafted, edges)
    print_result(f"{visible(line)}\n" for line in _lines(imported, drafted))
    if drafted.against:
        what = (
            f"warning: who is live breaks policies of the spec (times: {drafted.against}), folder {visible(str(out))}"
        )
        say(f"{what}; see `omneo-reconcile validate` of it, and mend the lists or the policies", edges)
    say(f"Next: {next_command(out, connection)}", edges)
    return 0


def next_command(out: Path, connection: Connection) -> str:
    """Returns the command that plans what was written, for the same tenant; the token is told otherwise."""
    options = {"--tenant": connection.tenant, "--base-url": connection.base_url}
    if connection.state_dir != Path(STATE_DIR):
        options["--state-dir"] = connection.state_dir.as_posix()
    told = [word for name, value in options.items() if value for word in (name, value)]
    sandbox = ["--sandbox"] if connection.sandbox else []
    return shlex.join(["omneo-reconcile", "plan", out.as_posix(), *sandbox, *told])


def _checked(status: Sequence[str]) -> list[str]:
    handles = sorted(set(status))
    what, next_step = "not a handle that a spec can hold", schema()["$defs"]["handle"]["patternErrorMessage"]
    faults = [
        Fault(FailureName.USAGE, what, f"status {handle}", next_step) for handle in handles if not is_handle(handle)
    ]
    if faults:
        raise InvalidUse(faults)
    return handles


def _load(out: Path, tenant: Tenant, handles: Sequence[str], mode: Mode | None, edges: Edges) -> Loaded | None:
    """Returns the spec in the folder, or None if there is none; refuses one that cannot be added to."""
    if not leads_somewhere(str(out), WORK_TREE):
        return None
    loaded = load_spec([str(out)], as_of=None, now=edges.clock.today())
    check_tenant(loaded.spec, tenant)
    check_modes(handles, loaded.spec, mode)
    return loaded


async def _read(
    handles: Sequence[str], connection: Connection, tenant: Tenant, edges: Edges
) -> Mapping[str, Iterable[Profile]]:
    """Returns the complete list of each status's holders. Holds nothing that can write."""
    async with open_client(connection, tenant, edges) as client:
        with progress(edges) as report:
            reading = await read(Reader(client), question(handles), edges.clock.today().date(), {}, report)
    tell_reads(reading.reads, edges)
    return {handle: rows.values() for handle, rows in reading.holders.items()}


def _write(drafted: Drafted, edges: Edges) -> None:
    mask = os.umask(0)
    os.umask(mask)
    for path, draft in drafted.drafts.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            remove_left_over([path.parent], unix=edges.clock.today().timestamp())
            replace_file(path, [draft], stat.S_IMODE(path.stat().st_mode) if path.exists() else _SHARED & ~mask)
        except OSError as error:
            what, where = f"the file cannot be written ({error.strerror})", f"file {drafted.shown[path]}"
            raise OutputError.of(FailureName.NOT_WRITTEN, what, where, way_out(error)) from None


def _lines(imported: Sequence[Imported], drafted: Drafted) -> Iterator[str]:
    for status in imported:
        files = [drafted.shown[path] for path in drafted.touched.get(status.handle, ())]
        counts = [
            (len(status.add), "person", "written"),
            (status.listed, "person", "listed already"),
            (status.left, "person", "left as they are: the spec says that they should not hold it"),
            (status.sharing, "profile", "with the email of another"),
            (len(status.unlisted), "profile", "without an email address, in comments"),
        ]
        told = "".join(f", {number_of(count, noun)} {words}" for count, noun, words in counts if count)
        live = f"{number_of(status.live, 'profile')} {'holds' if status.live == 1 else 'hold'} it now"
        yield f"{status.handle}: {live}{told} ({', '.join(files) or 'no file changed'})"
    written, unlisted = sum(len(status.add) for status in imported), sum(len(status.unlisted) for status in imported)
    numbers = f"{number_of(len(imported), 'status')}, {number_of(written, 'person')} written"
    yield f"Import complete: {numbers}, {number_of(unlisted, 'profile')} without an email address."
