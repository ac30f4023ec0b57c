"""JSON out, and saved JSON back in: one object, the same bytes for the same document."""

import json
import re
from collections.abc import Iterable, Iterator

import msgspec

from omneo_reconcile.core import integrity, receipt
from omneo_reconcile.core.plan import Plan
from omneo_reconcile.core.receipt import Receipt
from omneo_reconcile.errors import FailureName, InvalidUse, PlanRejected
from omneo_reconcile.formats.documents import Document
from omneo_reconcile.formats.mask import PeopleMasked

# Controls beyond ASCII (JSON escapes the others), marks of direction, invisible letters, separators of lines.
_OBEYED = re.compile(
    "[\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0001-\U000e007f]"
)


_INDENT = 2
_encode = msgspec.json.Encoder(enc_hook=list).encode  # rows that are masked as they are read stand for a list


def as_json(document: Document) -> Iterator[str]:
    """Yields the document as indented JSON, row by row; `from_json` gives a plan or a receipt back.

    What a terminal or a pipeline's runner would obey is written as JSON may write any character.
    """
    kind = document.__struct_config__
    yield f'{{\n  "{kind.tag_field}": "{kind.tag}"'
    for name in document.__struct_fields__:
        yield f',\n  "{name}": '
        value = getattr(document, name)
        if isinstance(value, tuple | PeopleMasked) and value:
            yield from _list(value)
        else:
            yield _indented(value, _INDENT)
    yield "\n}\n"


def _list(rows: Iterable[object]) -> Iterator[str]:
    between = "["
    for row in rows:
        yield f"{between}\n    {_indented(row, 2 * _INDENT)}"
        between = ","
    yield "\n  ]"


def _indented(value: object, margin: int) -> str:
    text = _encode(value).decode()
    if not text.isprintable():
        text = _OBEYED.sub(lambda found: json.dumps(found[0])[1:-1], text)
    if "##" in text:
        text = text.replace("##[", "#\\u0023[").replace("##vso[", "#\\u0023vso[")
    return msgspec.json.format(text, indent=_INDENT).replace("\n", "\n" + " " * margin)


def from_json(data: bytes, name: str) -> Plan | Receipt:
    """Returns the plan or receipt that was saved.

    Args:
        name: The file, for errors.

    Raises:
        InvalidUse: If it is neither.
        PlanRejected: If it was edited since.
    """
    try:
        document: Plan | Receipt = msgspec.json.decode(data, type=Plan | Receipt)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        what = "not a saved plan or receipt of this version" + (f" ({error})" if _names_no_value(error) else "")
        raise InvalidUse.of(
            FailureName.NOT_A_PLAN, what, f"file {name}", "make one with `plan SPEC --out FILE`"
        ) from None
    intact = integrity.is_intact(document) if isinstance(document, Plan) else receipt.is_intact(document)
    if not intact:
        raise PlanRejected.of(
            FailureName.PLAN_EDITED,
            "its content is not what was saved: the file was edited or its emails are masked",
            f"file {name}",
            "plan and review again",
        )
    return document


def json_schema(document: type[Plan] | type[Receipt]) -> str:
    """Returns the JSON Schema of a saved plan or receipt, made from the types themselves."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema"} | msgspec.json.schema(document)
    return msgspec.json.format(msgspec.json.encode(schema), indent=2).decode() + "\n"


def _names_no_value(error: Exception) -> bool:
    """Tells whether the message speaks of types and places only: msgspec quotes values in no such message."""
    return isinstance(error, msgspec.ValidationError) and "@" not in str(error)
