"""The command `fmt`."""

import stat
from collections.abc import Sequence

from omneo_reconcile.cli.edges import Edges
from omneo_reconcile.cli.output import print_result
from omneo_reconcile.cli.replacing import remove_left_over, replace_file
from omneo_reconcile.errors import FailureName, Fault, NotFormatted, OutputError
from omneo_reconcile.formats.words import number_of
from omneo_reconcile.spec.files import SpecFile
from omneo_reconcile.spec.fmt import format_spec


def run(edges: Edges, *, spec: Sequence[str], check: bool) -> int:
    """Writes the files of a spec in the one style and names those that changed. Returns the exit code.

    Raises:
        InvalidSpec: If it is invalid. Nothing is written.
        NotFormatted: With `check`, if a file would change. Nothing is written.
        OutputError: If a file cannot be written. Those named before it are.
    """
    files, drafts = format_spec(spec, now=edges.clock.today())
    changing = [file for file in files if file.path in drafts]
    if check:
        print_result(f"{file.shown}\n" for file in changing)
        if changing:
            raise NotFormatted(map(_fault, changing))
        return 0
    remove_left_over({file.path.parent for file in files}, unix=edges.clock.today().timestamp())
    for file in changing:
        _write(file, drafts[file.path])
        print_result([f"{file.shown}\n"])
    others = len(files) - len(changing)
    be = "it" if others == 1 else "they"
    print_result([f"{number_of(len(changing), 'file')} changed, {others} as {be} should be.\n"])
    return 0


def _write(file: SpecFile, draft: bytes) -> None:
    try:
        replace_file(file.path, [draft], stat.S_IMODE(file.path.stat().st_mode))
    except OSError as error:
        what, next_step = f"the file cannot be written ({error.strerror})", "make it writable and run it again"
        raise OutputError.of(FailureName.NOT_WRITTEN, what, f"file {file.shown}", next_step) from None


def _fault(file: SpecFile) -> Fault:
    what, next_step = "not in the one order and style", "run `omneo-reconcile fmt` on the spec"
    return Fault(FailureName.NOT_FORMATTED, what, f"file {file.shown}", next_step)
