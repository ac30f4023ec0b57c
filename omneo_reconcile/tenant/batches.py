"""Wire to values of batches: what became of one, and what the server says of one that it refused.

Each function takes JSON of any shape. Source: omneo-api.md, The two write calls, Batches.
"""

import re
from collections.abc import Mapping

from omneo_reconcile.core.waiting import BatchState
from omneo_reconcile.tenant.any_json import ANY, decoded, mapping, number, objects, text

_EMAIL = re.compile(r"\S+?(?:@|%40)\S+")


def batch_id(body: bytes) -> str | None:
    """Returns the id in the answer to a batch call."""
    data = _item(body) or {}
    return text(data.get("batch_id")) or text(data.get("id"))


def batch_state(body: bytes) -> BatchState | None:
    """Returns how far a batch is, or None if the answer does not tell."""
    data = _item(body)
    if data is None:
        return None
    failed = {
        text(entry.get("entity_id")) or "": _words(entry.get("error")) or "no reason given"
        for entry in objects(data.get("items"))
        if (text(entry.get("status")) or "").lower() == "failed"
    }
    status = (text(data.get("status")) or "").lower()
    return BatchState(status, number(data.get("processed_count")), number(data.get("total_count")), failed)


def server_words(body: bytes) -> str:
    """Returns what the server says of a refused request, on one line and without any email."""
    told = mapping(decoded(body, ANY))
    fields = mapping(told.get("errors"))
    details = [_words(word) for words in fields.values() if isinstance(words, list) for word in words]
    said = [_words(told.get("message")) or "no reason given", *details]
    return "; ".join(dict.fromkeys(words for words in said if words))


def _words(value: object) -> str:
    return _EMAIL.sub("(email)", " ".join((text(value) or "").split())[:2000])[:300]


def _item(body: bytes) -> Mapping[str, object] | None:
    """Returns the single object of an envelope, or None if there is none."""
    data = mapping(decoded(body, ANY)).get("data")
    return data if isinstance(data, dict) else None
