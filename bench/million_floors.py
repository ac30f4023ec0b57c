"""The least that each work can take, each a loop of its own: python million_floors.py NAME ARGUMENTS.

Prints the CPU seconds of the loop and of freeing what it made, without the start of the interpreter, imports and making
what it works on.
"""
# ruff: noqa: PLC0415 - no process imports what only another floor needs

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

Loop = Callable[[], None]


def read_lines(path: str) -> Loop:
    """Puts the lines of a text file in a set."""

    def loop() -> None:
        seen = set()
        with Path(path).open(encoding="utf-8") as file:
            for line in file:
                seen.add(line.strip().lower())

    return loop


def read_table(path: str) -> Loop:
    """Reads the rows of a table."""
    import csv

    def loop() -> None:
        with Path(path).open(encoding="utf-8", newline="") as file:
            for _ in csv.reader(file):
                pass

    return loop


def parse_yaml(path: str) -> Loop:
    """Parses YAML to events with what PyYAML has in C."""
    import yaml

    def loop() -> None:
        with Path(path).open(encoding="utf-8") as file:
            for _ in yaml.parse(file, Loader=yaml.CSafeLoader):
                pass

    return loop


def difference(size: str) -> Loop:
    """Takes two sets of ids, one in a hundred in one alone, from each other."""
    count = int(size)
    desired = {f"92975ecb-5264-4d31-8000-{number:012x}" for number in range(count)}
    current = {f"92975ecb-5264-4d31-8000-{number:012x}" for number in range(count // 100, count + count // 100)}

    def loop() -> None:
        adds, removals = desired - current, current - desired
        if not len(adds) == len(removals) == count // 100:
            raise ValueError(f"{len(adds)} adds and {len(removals)} removals")

    return loop


def write_text(size: str, path: str) -> Loop:
    """Writes a line of text for each change."""
    changes = _changes(int(size))

    def loop() -> None:
        with Path(path).open("w", encoding="utf-8") as file:
            for change in changes:
                if change["action"] == "add":
                    details = f"{change['note']}; {change['file']}:{change['line']}"
                    file.write(f"    + {change['email']}  {change['reason']}, until {change['until']} ({details})\n")
                else:
                    file.write(f"    - {change['email']}  {change['reason']}\n")

    return loop


def write_json(size: str, path: str) -> Loop:
    """Writes a line of JSON for each change."""
    import json

    changes = _changes(int(size))

    def loop() -> None:
        with Path(path).open("w", encoding="utf-8") as file:
            for change in changes:
                file.write(json.dumps(change) + "\n")

    return loop


def _changes(count: int) -> list[dict[str, object]]:
    """Returns changes with the fields of those of a plan, in turn an add and a removal."""
    from million_inputs import people

    return [
        {
            "action": "remove" if number % 2 else "add",
            "status": "vip",
            "profile_id": f"92975ecb-5264-4d31-8000-{number:012x}",
            "email": person.email,
            "reason": "holds it but is not on the list" if number % 2 else "listed as a member",
            "file": None if number % 2 else "specs/members.csv",
            "line": None if number % 2 else number,
            "note": None if number % 2 else person.reason,
            "until": None if number % 2 else str(person.until),
        }
        for number, person in enumerate(people(range(count)))
    ]


def get_pages(base_url: str, targets: str, in_flight: str) -> Loop:
    """Reads and decodes the same pages with httpx alone, each of so many workers with a client of its own.

    One client for all of them would take more CPU: its pool is scanned for each request (encode/httpx#3215).
    """
    import asyncio

    import httpx

    headers = {"Authorization": "Bearer sandbox", "Accept": "application/json"}
    asked = Path(targets).read_text(encoding="utf-8").splitlines()

    async def worker(queue: Iterator[str]) -> None:
        async with httpx.AsyncClient(headers=headers, trust_env=False, verify=False) as client:
            for target in queue:
                answer = await client.get(base_url + target)
                answer.raise_for_status().json()

    async def read() -> None:
        queue = iter(asked)
        await asyncio.gather(*(worker(queue) for _ in range(int(in_flight))))

    asyncio.run(worker(iter(asked[:1])))  # which imports what httpx imports late
    return lambda: asyncio.run(read())


FLOORS: dict[str, Callable[..., Loop]] = {
    floor.__name__: floor
    for floor in (read_lines, read_table, parse_yaml, difference, write_text, write_json, get_pages)
}

if __name__ == "__main__":
    name, *arguments = sys.argv[1:]
    floor = FLOORS[name](*arguments)
    began = time.process_time()
    floor()
    print(time.process_time() - began)
