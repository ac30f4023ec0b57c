"""The command `init`."""

import stat
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from omneo_reconcile.cli.edges import Edges
from omneo_reconcile.cli.first_files import FirstFile, Known, editor_schema, first_spec, ignore_file, pipeline_file
from omneo_reconcile.cli.output import print_result
from omneo_reconcile.cli.replacing import replace_file, way_out
from omneo_reconcile.cli.repository import FORGES, branch_of, forges_of, is_refused, is_top
from omneo_reconcile.errors import FailureName, InvalidUse, OutputError
from omneo_reconcile.formats.escape import visible
from omneo_reconcile.spec.files import leads_somewhere
from omneo_reconcile.spec.trees import WORK_TREE
from omneo_reconcile.tenant.address import tenant_url

_TOP, _SPECS, _IGNORE = PurePosixPath(), PurePosixPath("specs"), PurePosixPath(".gitignore")
_TOOL = b"omneo-reconcile"
_FOR_ALL = 0o644  # permissions: what is committed is no secret

_NO_PIPELINE = "No pipeline: {}; pass --pipeline github or gitlab."
_NEITHER, _BOTH = "neither a remote nor a file tells which", "the remotes or files are of both GitHub and GitLab"
_OTHER_WORKFLOW = "; it names omneo-reconcile, so no other workflow is written"
_NOT_OURS = "; the jobs to add to it are in docs/pipelines.md of the tool"


def run(edges: Edges, *, folder: Path, tenant: str | None, pipeline: str | None) -> int:
    """Writes the first files of a repository, and says what is left to fill in and what to run next.

    Returns the exit code.

    Raises:
        InvalidUse: If the tenant has no such name, the folder is inside a repository, or something else is in the
            place of a file. Nothing is written.
        OutputError: If a file cannot be written.
    """
    if tenant is not None:
        tenant_url(tenant)  # is it a name at all?
    try:
        _check_is_top(folder)
        forges = [pipeline] if pipeline else forges_of(folder)
        known = Known(tenant, edges.clock.timezone(), branch_of(folder))
        pipelines = [pipeline_file(forge, known) for forge in forges if len(forges) == 1 and forge in FORGES]
        kept, new = _divide(folder, [first_spec(known), editor_schema(), *pipelines])
        for file in new:
            _write(folder.resolve() / file.path, file)
        lines = [*_report(folder, kept, new)]
        if len(forges) != 1:
            lines.append(_NO_PIPELINE.format(_BOTH if forges else _NEITHER))
    except OSError as error:
        what = f"the first files cannot be written ({error.strerror})"
        raise OutputError.of(FailureName.NOT_WRITTEN, what, f"folder {folder}", way_out(error)) from None
    if new:
        lines += [*_to_fill_in(folder, new), *_next_commands(folder, tenant)]
    print_result(f"{visible(line)}\n" for line in lines)
    return 0


def _check_is_top(folder: Path) -> None:
    if is_refused(folder):
        what, next_step = "git refuses the repository of this folder", "run `git status` in it: it says why"
        raise InvalidUse.of(FailureName.USAGE, what, f"folder {folder}", next_step)
    if not is_top(folder):
        what, next_step = "this folder is inside a repository", "name its top folder: forges look only there"
        raise InvalidUse.of(FailureName.USAGE, what, f"folder {folder}", next_step)


def _divide(folder: Path, files: Sequence[FirstFile]) -> tuple[list[PurePosixPath], list[FirstFile]]:
    """Returns what is there already, and what is to be written: the rules that keep emails out of git first."""
    present = [_present(folder, file.path) or _other_workflow(folder, file.path) for file in files]
    rules = (folder / _IGNORE).read_bytes() if _present(folder, _IGNORE) else b""
    wanted = ignore_file(_IGNORE, rules)
    new = [wanted] if wanted.data != rules else []
    new += [file for file, path in zip(files, present, strict=True) if path is None]
    return [path for path in present if path is not None], new


def _present(folder: Path, path: PurePosixPath) -> PurePosixPath | None:
    """Returns what is there in the place of a file: the file, or for a spec the folder, if it holds any.

    Raises:
        InvalidUse: A link, or what is neither file nor folder, is in the way.
    """
    for part in (*reversed(path.parents), path):
        kind, is_kind = ("file", stat.S_ISREG) if part == path else ("folder", stat.S_ISDIR)
        try:
            mode = (folder / part).stat(follow_symlinks=part == _TOP).st_mode
        except FileNotFoundError:
            return None
        if not is_kind(mode):
            what, next_step = f"something else is in the place of a {kind}", "move it away and run this again"
            raise InvalidUse.of(FailureName.USAGE, what, str(folder / part), next_step)
        if part == _SPECS and leads_somewhere(str(folder / part), WORK_TREE):
            return part
    return path


def _other_workflow(folder: Path, path: PurePosixPath) -> PurePosixPath | None:
    """Returns the workflow beside a new one that names the tool already."""
    beside = sorted((folder / path.parent).glob("*.y*ml")) if path.parent.name == "workflows" else []
    named = (other for other in beside if other.is_file() and _TOOL in other.read_bytes())
    return next((path.with_name(other.name) for other in named), None)


def _write(path: Path, file: FirstFile) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, [file.data], stat.S_IMODE(path.stat().st_mode) if path.exists() else _FOR_ALL)


def _report(folder: Path, kept: Sequence[PurePosixPath], new: Sequence[FirstFile]) -> Iterator[str]:
    yield from (f"Wrote {folder / file.path}" for file in new)
    if not new:
        yield "Nothing to do."
    yield from (f"Left as it is: {folder / path}{_about(folder, path)}" for path in kept)


def _about(folder: Path, path: PurePosixPath) -> str:
    if path.suffix not in {".yml", ".yaml"}:
        return ""
    if _TOOL not in (folder / path).read_bytes():
        return _NOT_OURS
    return _OTHER_WORKFLOW if path.parent.name == "workflows" and path.name != "omneo.yml" else ""


def _to_fill_in(folder: Path, new: Sequence[FirstFile]) -> Iterator[str]:
    lacking = [(folder / file.path, *lack) for file in new for lack in file.to_fill_in.items()]
    if lacking:
        yield from ("", "Left to fill in:")
        yield from (f"  {path}:{','.join(map(str, numbers))}  {what}" for path, what, numbers in lacking)


def _next_commands(folder: Path, tenant: str | None) -> Iterator[str]:
    place = "" if folder == Path() else f" in {folder}"
    yield from ("", f"Next{place}, with a token in OMNEO_TOKEN:")
    for command in ("check", "import --status HANDLE --out specs", "plan specs"):
        yield f"  omneo-reconcile {command} --tenant {tenant or 'NAME'}"
