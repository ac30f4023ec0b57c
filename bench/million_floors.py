"""The least that each work can take, each a loop of its own: python million_floors.py NAME ARGUMENTS.

Prints the CPU seconds of the loop alone, without the start of the interpreter and without making what it works on. No
process imports what only another floor needs: where all of it counts, that would make it look slow.
"""
# ruff: noqa: PLC0415

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path


def read_lines(path: str) -> float:
    """Puts the lines of a text file in a set."""
    began, seen = time.process_time(), set[str]()
    with Path(path).open(encoding="utf-8") as file:
        for line in file:
            seen.add(line.strip().lower())
    return time.process_time() - began


def read_table(path: str) -> float:
    """Reads the rows of a table."""
    import csv

    began = time.process_time()
    with Path(path).open(encoding="utf-8", newline="") as file:
        for _ in csv.reader(file):
            pass
    return time.process_time() - began


def parse_yaml(path: str) -> float:
    """Parses YAML to events with what PyYAML has in C."""
    import yaml

    began = time.process_time()
    with Path(path).open(encoding="utf-8") as file:
        for _ in yaml.parse(file, Loader=yaml.CSafeLoader):
            pass
    return time.process_time() - began


def difference(size: str) -> float:
    """Takes two sets of ids, one in a hundred in one alone, from each other."""
    count = int(size)
    desired = {f"92975ecb-5264-4d31-8000-{number:012x}" for number in range(count)}
    current = {f"92975ecb-5264-4d31-8000-{number:012x}" for number in range(count // 100, count + count // 100)}
    began = time.process_time()
    adds, removals = desired - current, current - desired
    seconds = time.process_time() - began
    if not len(adds) == len(removals) == count // 100:
        raise ValueError(f"{len(adds)} adds and {len(removals)} removals")
    return seconds


def write_text(size: str, path: str) -> float:
    """Writes a line of text for each change."""
    changes = _changes(int(size))
    began = time.process_time()
    with Path(path).open("w", encoding="utf-8") as file:
        for change in changes:
            if change["action"] == "add":
                details = f"{change['note']}; {change['file']}:{change['line']}"
                file.write(f"    + {change['email']}  {change['reason']}, until {change['until']} ({details})\n")
            else:
                file.write(f"    - {change['email']}  {change['reason']}\n")
    return time.process_time() - began


def write_json(size: str, path: str) -> float:
    """Writes a line of JSON for each change."""
    import json

    changes = _changes(int(size))
    began = time.process_time()
    with Path(path).open("w", encoding="utf-8") as file:
        for change in changes:
            file.write(json.dumps(change) + "\n")
    return time.process_time() - began


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


def get_pages(base_url: str, targets: str, in_flight: str) -> float:
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
    began = time.process_time()
    asyncio.run(read())
    return time.process_time() - began


FLOORS: dict[str, Callable[..., float]] = {
    floor.__name__: floor
    for floor in (read_lines, read_table, parse_yaml, difference, write_text, write_json, get_pages)
}

if __name__ == "__main__":
    name, *arguments = sys.argv[1:]
    print(FLOORS[name](*arguments))
