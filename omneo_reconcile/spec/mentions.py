"""Finds every line of a spec that names one person, also those that the merge of its files forgets."""

from collections.abc import Iterable, Iterator, Sequence

from omneo_reconcile.core.emails import normal_form
from omneo_reconcile.core.explanation import Mention, MentionKind
from omneo_reconcile.core.model import Entry
from omneo_reconcile.spec.parts import Document, StatusPart

_Named = tuple[MentionKind, str, Sequence[Entry]]


def mentions(documents: Iterable[Document], email: str) -> tuple[Mention, ...]:
    """Returns the lines that name a person, as written, in the order of files, lines and statuses.

    Args:
        documents: What each file of the spec says.
        email: In normal form.
    """
    found = {
        Mention(handle, kind, entry.email, entry.until, entry.reason, entry.source)
        for document in documents
        for kind, handle, entries in _named(document)
        for entry in entries
        if normal_form(entry.email) == email
    }
    return tuple(sorted(found, key=lambda mention: (mention.source, mention.status, mention.kind, mention.email)))


def _named(document: Document) -> Iterator[_Named]:
    """Yields every list of people of one file, with the key under which it stands and its status."""
    for handle, part in document.statuses.items():
        for kind, entries in _of_status(part):
            yield kind, handle, entries
    for handle, entries in document.profiles.items():
        yield MentionKind.PROFILES, handle, entries


def _of_status(part: StatusPart) -> Iterator[tuple[MentionKind, Sequence[Entry]]]:
    members, *lists = part.members  # those of the file itself come first
    yield MentionKind.MEMBERS, members
    for entries in lists:
        yield MentionKind.MEMBERS_FROM, entries
    yield MentionKind.ABSENT, part.absent
    yield MentionKind.PROTECTED, part.policies.protected
