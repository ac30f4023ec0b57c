"""Merges what the files say into the statuses of one spec. The order of the files means nothing."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from omneo_reconcile.core.model import StatusSpec
from omneo_reconcile.spec.findings import Finding, Warnings
from omneo_reconcile.spec.oddities import empty_keys
from omneo_reconcile.spec.parts import Document
from omneo_reconcile.spec.policies import impossible
from omneo_reconcile.spec.settings import one_value
from omneo_reconcile.spec.statuses import StatusMerge


class Merge:
    """One merge of the documents of a spec.

    Attributes:
        faults: What does not go together.
        warnings: What does, but is odd.
    """

    def __init__(self, documents: Sequence[Document]) -> None:
        """Starts with the documents, in the order of their names."""
        self.faults: list[Finding] = []
        self.warnings = Warnings()
        self._documents = documents

    def tenant(self) -> str | None:
        """Returns the only tenant that the spec is for, or None for any."""
        return one_value("`tenant`", (document.tenant for document in self._documents), self.faults)

    def timezone(self) -> str:
        """Returns the IANA name of the time zone in which `until` is read."""
        return one_value("`timezone`", (document.timezone for document in self._documents), self.faults) or "UTC"

    @property
    def is_whole(self) -> bool:
        """Whether every file was read to its end."""
        return all(document.is_whole for document in self._documents)

    @property
    def faulty(self) -> frozenset[str]:
        """The statuses of which something could not be read."""
        return frozenset(handle for document in self._documents for handle in document.faulty)

    def statuses(self, as_of: date) -> dict[str, StatusSpec]:
        """Returns the statuses in the order of their handles.

        Args:
            as_of: The day that tells whose `until` has passed.
        """
        mentions: defaultdict[str, list[Document]] = defaultdict(list)
        for document in self._documents:
            for handle in document.statuses.keys() | document.profiles.keys():
                mentions[handle].append(document)
        statuses = {}
        faulty = self.faulty
        for handle in sorted(mentions):
            merge = StatusMerge(handle, mentions[handle], self.faults, self.warnings)
            statuses[handle] = merge.status(as_of, is_whole=self.is_whole and handle not in faulty)
        self.faults.extend(impossible(self._documents))
        self.warnings.add("empty keys", empty_keys(self._documents))
        return statuses
