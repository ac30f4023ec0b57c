"""The ways a tenant may answer where ``omneo-api.md`` does not know: one field for each open or doubtful line."""

import dataclasses
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")


def _line(source: str, default: T, *, least: int = 0) -> T:
    """A field whose metadata quotes the line of ``omneo-api.md`` that leaves it open."""
    return field(default=default, metadata={"source": source, "least": least})


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one simulated tenant answers; every field takes each of the answers that are possible.

    Sizes count profiles, seconds are seconds, the rest are words. The defaults are the kind answers, so that a test
    names exactly the unkindness it is about.

    Source: the lines marked **open** or **infer**, quoted field by field in the metadata (see `Dialect.sources`).
    """

    batch_size_max: int = _line("Size: ... sibling endpoints stop at 500", 500, least=1)
    batch_oversize: Literal["422", "413"] = _line("Above that: 422 or 413", "422")
    batch_same_profile: Literal["merged", "last", "rejected"] = _line("A profile twice in one request", "merged")
    batch_unknown_profile: Literal["rejected", "failed", "silent"] = _line(
        "An unknown or deleted profile_id: 422 for all, one failed item, or silence", "failed"
    )
    batch_not_held: Literal["ignored", "failed"] = _line("removing one not held is a no-op", "ignored")
    batch_writes: Literal["merged", "overwritten"] = _line("two batches on one profile at once may race", "merged")
    batch_id: Literal["uuid", "number"] = _line("the id is a UUID string in one, a number in the other", "uuid")
    batch_counts: Literal["strings", "numbers"] = _line("Counts are strings in the docs, numbers in the SDK", "strings")
    batch_words: Literal["sdk", "other"] = _line("pending, success, failed in the SDK's types; other words", "sdk")
    batch_partly_failed: Literal["success", "failed"] = _line("A finished batch does not prove the state", "failed")
    batch_items: Literal["filled", "empty"] = _line("Whether items is filled for status batches", "filled")
    batch_hidden_reads: int = _line("whether a batch is readable at once after the 202", 0)
    batch_scope: Literal["read-profiles", "read-batches"] = _line("Which scope it needs", "read-profiles")
    batch_settles: Literal["always", "never", "unsaid"] = _line("otherwise poll to a deadline", "always")
    queue_seconds: float = _line("Queue time depends on other jobs of the tenant", 0.2)
    email_filter: Literal["exact", "prefix"] = _line("Whether the email filter is exact", "exact")
    email_case: Literal["ignored", "matters"] = _line("and whether case matters", "ignored")
    email_stored: Literal["kept", "lowered"] = _line("ask again with the stored case only if that can help", "kept")
    email_in: Literal["understood", "ignored", "rejected", "literal", "first"] = _line(
        "Many emails in one call ...: plausible", "understood"
    )
    status_filter: Literal["brackets", "dotted", "both", "neither"] = _line("Filter by status: which one works", "both")
    status_filter_other: Literal["ignored", "rejected", "empty"] = _line(
        "one that does not may be rejected, or ignored, which returns every profile", "ignored"
    )
    page_size_default: int = _line("Default size 15 in an old fixture", 15, least=1)
    page_size_max: int = _line("the largest allowed", 100, least=1)
    page_oversize: Literal["cut", "rejected"] = _line("A size too large may be cut or answered 422", "cut")
    page_order: Literal["stable", "shifting"] = _line("without a stable sort, page numbers may skip", "stable")
    page_meta: Literal["told", "missing", "never"] = _line(
        "links and meta may be missing on lists that are not paged", "told"
    )
    list_statuses: Literal["always", "included", "never"] = _line(
        "Whether rows of a list carry statuses at all, with or without include=statuses", "included"
    )
    list_emails: Literal["told", "missing"] = _line("A row without the key means not told", "told")
    status_form: Literal["strings", "objects"] = _line("statuses ... may hold objects with handle", "strings")
    expired_statuses: Literal["gone", "objects", "everywhere"] = _line(
        "Expired ones may still be listed with is_active: false", "gone"
    )
    expiry_on_readd: Literal["kept", "reset"] = _line("Whether adding it again resets the expiry", "kept")
    deleted_profiles: Literal["absent", "listed"] = _line("Deleted ones are said to be absent from answers", "absent")
    profile_type: Literal["told", "missing"] = _line("one whose statuses or type were not told", "told")
    timestamps: Literal["sql", "iso"] = _line(
        "Timestamps come as YYYY-MM-DD HH:MM:SS ..., ISO 8601 in the prose", "sql"
    )
    definitions_list: Literal["paged", "plain"] = _line("Paged or a plain {data: [...]}: both exist", "paged")
    rate_limit: int = _line("429 ... numbers open; requests a second for all tokens together, 0 is none", 0)
    rate_kind: Literal["sliding", "bucket", "minute"] = _line(
        "the backend behaves like Laravel; numbers open", "sliding"
    )
    rate_retry_after: Literal["told", "missing"] = _line("429 is likely Retry-After", "told")
    rate_headers: Literal["told", "missing"] = _line("X-RateLimit-Limit, X-RateLimit-Remaining", "missing")

    @classmethod
    def parse(cls, settings: Iterable[str]) -> Self:
        """Returns the dialect that ``key=value`` settings ask for; what they do not name keeps its default.

        Raises:
            ValueError: in one line, with the known keys or values.
        """
        pairs = (setting.partition("=") for setting in settings)
        return cls._of({key.strip(): value.strip() for key, _, value in pairs})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Returns the dialect that `to_json` wrote.

        Raises:
            ValueError: the text is no JSON object of known keys and values.
        """
        values = json.loads(text)
        if not isinstance(values, dict):
            raise ValueError("dialect: not a JSON object")  # noqa: TRY004 - one error for all that a text gets wrong
        return cls._of({key: str(value) for key, value in values.items()})

    def to_json(self) -> str:
        """Returns the dialect as one JSON object with every field."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def sources(cls) -> dict[str, str]:
        """Returns the line of ``omneo-api.md`` behind each field, in the order of the fields."""
        return {each.name: each.metadata["source"] for each in dataclasses.fields(cls)}

    @classmethod
    def choices(cls) -> dict[str, tuple[str, ...]]:
        """Returns the words each field knows; none for a field that takes a number."""
        hints = get_type_hints(cls)
        return {each.name: get_args(hints[each.name]) for each in dataclasses.fields(cls)}

    @classmethod
    def _of(cls, texts: Mapping[str, str]) -> Self:
        fields = {each.name: each for each in dataclasses.fields(cls)}
        unknown = [key for key in texts if key not in fields]
        if unknown:
            raise ValueError(f"dialect: no key {unknown[0]!r}; known: {', '.join(fields)}")
        hints = get_type_hints(cls)
        values: dict[str, Any] = {key: _value(fields[key], hints[key], text) for key, text in texts.items()}
        return cls(**values)


def _value(of: "dataclasses.Field[Any]", kind: object, text: str) -> str | int | float:
    if get_origin(kind) is Literal:
        if text not in get_args(kind):
            raise ValueError(f"dialect: {of.name}={text} is not one of {', '.join(get_args(kind))}")
        return text
    least: int = of.metadata["least"]
    try:
        number = int(text) if kind is int else float(text)
    except ValueError:
        number = math.nan
    if not least <= number < math.inf:
        raise ValueError(f"dialect: {of.name}={text} is not a number of at least {least}")
    return number
