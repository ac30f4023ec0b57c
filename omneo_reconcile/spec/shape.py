"""Checks the tree of one file with the JSON Schema, and says in plain words what does not fit."""

import difflib
from collections.abc import Iterator
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, ValidationError

from omneo_reconcile.spec.problems import Place, Problem, quoted, unknown_key
from omneo_reconcile.spec.schema import schema

Path = tuple[str | int, ...]
Tree = dict[str, Any]

_TYPES = {
    "object": ("not a mapping", "write `key: value` lines below it, indented"),
    "array": ("not a list", "write a line that begins with `- ` for each item, or [] for none"),
    "boolean": ("neither true nor false", "write true or false, without quotes"),
    "integer": ("not a count", "write a count such as 10, without quotes"),
    "limit": ("neither a count nor a share", "write a count such as 1000 or a share such as 25%"),
    "string": ("not plain text", "write it as text on one line"),
}


def prune(tree: object, keys: dict[Path, Place], values: dict[Path, Place]) -> tuple[Tree, dict[Path, Problem]]:
    """Returns what of the tree fits the schema, and for each part that does not, by path, why.

    Args:
        tree: Dicts, lists, text, counts and truth values. Parts that do not fit are taken out of it.
        keys: Where the key of each value stands.
        values: Where each value begins, the root's included.
    """
    problems: dict[Path, Problem] = {}
    for error in list(_validator().iter_errors(tree)):
        problems.update(_explained(error, keys, values))
    if () in problems and not isinstance(tree, dict):
        tree = {}
    assert isinstance(tree, dict)
    for path in problems:
        _drop(tree, path)
    return tree, problems


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(schema())


def _explained(
    error: ValidationError, keys: dict[Path, Place], values: dict[Path, Place]
) -> Iterator[tuple[Path, Problem]]:
    path = tuple(error.absolute_path)
    rules: Any = error.schema
    written: Any = error.instance
    if error.validator == "additionalProperties":
        known = rules["properties"]
        for key in written:
            if key not in known:
                yield (*path, key), unknown_key(keys[*path, key], key, known)
        return
    if error.validator == "required":
        yield path, Problem(values[path], "no `version` in this file", "begin it with `version: 1`")
        return
    noun = quoted(str(path[-1]), "this") if path else "the file"
    yield path, Problem(values[path], *_words(noun, error, rules))


def _words(noun: str, error: ValidationError, rules: Any) -> tuple[str, str]:  # noqa: ANN401 - JSON of any kind
    if error.validator == "type":
        types = rules["type"]
        what, next_step = _TYPES[types if isinstance(types, str) else "limit" if "integer" in types else types[0]]
        return f"{noun} is {what}", next_step
    if error.validator == "enum":
        near = difflib.get_close_matches(str(error.instance)[:60], rules["enum"], n=1)
        next_step = f"did you mean `{near[0]}`?" if near else f"write one of {', '.join(rules['enum'])}"
        return f"{noun} is none of the words known here", next_step
    if error.validator == "const":
        return "this version of the format is not known", "write `version: 1`, without quotes"
    return f"{noun} is not written as it should be", rules["patternErrorMessage"]


def _drop(tree: Tree, path: Path) -> None:
    if path:
        parent: Any = tree
        for step in path[:-1]:
            parent = parent[step]
        parent.pop(path[-1])
