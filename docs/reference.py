"""Makes the parts of `docs/` that say what the code says: every key of a spec, and every command's help.

python docs/reference.py [FOLDER]
"""

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from omneo_reconcile.cli.commands import main as program
from omneo_reconcile.spec.schema import schema

HERE = Path(__file__).parent
COLUMNS = 100
BEGIN = "<!-- made by python docs/reference.py -->"
END = "<!-- to here -->"
OBJECTS = {
    "A file": (),
    "A status, under `statuses:`": ("$defs", "status"),
    "`limits`": ("$defs", "limits"),
    "An entry of `members`": ("$defs", "member"),
    "An entry of `absent` or `protected`": ("$defs", "absentee"),
}


def main() -> None:
    """Writes the pages into the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=HERE)
    folder = parser.parse_args().folder
    page = (HERE / "spec.md").read_text(encoding="utf-8")
    keys = "\n\n".join([BEGIN, *tables(), END])
    written = re.sub(f"{BEGIN}.*{END}", lambda _: keys, page, flags=re.DOTALL)
    (folder / "spec.md").write_text(written, encoding="utf-8")
    (folder / "commands.md").write_text("\n\n".join(helps()) + "\n", encoding="utf-8")


def tables() -> Iterator[str]:
    """Yields a heading and a table of keys for each mapping of the format."""
    for title, path in OBJECTS.items():
        mapping: Any = schema()
        for step in path:
            mapping = mapping[step]
        rows = [row(key, rules) for key, rules in mapping["properties"].items()]
        yield "\n".join([f"### {title}", "", "| key | means | for example |", "| --- | --- | --- |", *rows])


def row(key: str, rules: dict[str, Any]) -> str:
    """Returns the row of one key: what stands at the key itself counts before what it refers to."""
    rules = resolved(rules)
    means = rules["description"].replace("|", "\\|")
    examples = " or ".join(f"`{as_yaml(example)}`" for example in rules["examples"][:2])
    return f"| `{key}` | {means} | {examples} |"


def as_yaml(example: Any) -> str:  # noqa: ANN401 - JSON of any kind
    """Returns an example as it may stand in a spec: JSON in one line is YAML too."""
    return example if isinstance(example, str) else json.dumps(example, ensure_ascii=False)


def resolved(rules: dict[str, Any]) -> dict[str, Any]:
    """Returns the rules of a key with those that it refers to."""
    if "$ref" not in rules:
        return rules
    return {**schema()["$defs"][rules["$ref"].rpartition("/")[2]], **rules}


def helps() -> Iterator[str]:
    """Yields the help of every command, in the order in which the help lists them."""
    yield "# Every command\n\nMade by `python docs/reference.py`: the `--help` of each."
    yield from helps_of(program, "omneo-reconcile", None)


def helps_of(command: click.Command, name: str, parent: click.Context | None) -> Iterator[str]:
    """Yields the help of a command and of those below it."""
    settings: Any = command.context_settings | {"terminal_width": COLUMNS, "max_content_width": COLUMNS}
    context = click.Context(command, info_name=name, parent=parent, **settings)
    yield f"## {context.command_path}\n\n```text\n{command.get_help(context)}\n```"
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            yield from helps_of(command.commands[below], below, context)


if __name__ == "__main__":
    main()
