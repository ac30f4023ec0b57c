"""The repository defends its rules: what the core may import, and what the error table says."""

import ast
import re
from pathlib import Path

import omneo_reconcile
from omneo_reconcile import errors
from omneo_reconcile.errors import FailureName, ReconcileError

PACKAGE = Path(omneo_reconcile.__file__).parent
ALLOWED_IN_CORE = {
    "collections",
    "datetime",
    "decimal",
    "deepdiff",
    "difflib",
    "enum",
    "functools",
    "hashlib",
    "idna",
    "math",
    "msgspec",
    "omneo_reconcile",
    "re",
    "shlex",
    "typing",
    "unicodedata",
}


def test_the_core_imports_nothing_that_could_touch_the_world():
    for module in (PACKAGE / "core").glob("*.py"):
        tree = ast.parse(module.read_text(encoding="utf-8"))
        names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert {name.partition(".")[0] for name in names} <= ALLOWED_IN_CORE, module


def test_the_error_table_names_every_failure_with_its_exit_code():
    table = errors.__doc__ or ""
    rows = re.findall(r"^\S*(?:\|- |`- )(\w+)\s+([\d, ]+?)\s{2,}(.+)$", table, re.MULTILINE)
    listed = {name: codes for _, codes, names in rows for name in re.findall(r"[a-z_]+", names)}
    listed |= dict(re.findall(r"``(\w+)`` \((\d+)\)", table))
    assert listed.keys() == set(FailureName)
    assert all(str(FailureName(name).exit_code) in codes for name, codes in listed.items())
    assert {row[0] for row in rows} == {kind.__name__ for kind in ReconcileError.__subclasses__()} - {"ListRefused"}
