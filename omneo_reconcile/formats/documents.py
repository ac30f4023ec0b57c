"""Every kind of document, and what a reader is shown of each."""

from typing import assert_never

from omneo_reconcile.core.explanation import Explanation
from omneo_reconcile.core.failure import Failure
from omneo_reconcile.core.plan import Plan
from omneo_reconcile.core.receipt import Receipt
from omneo_reconcile.core.spec_diff import SpecDiff
from omneo_reconcile.core.survey import Survey
from omneo_reconcile.core.validation import Validation
from omneo_reconcile.formats.diff_review import diff_review
from omneo_reconcile.formats.explanation_review import explanation_review
from omneo_reconcile.formats.failure_review import failure_review
from omneo_reconcile.formats.plan_review import plan_review
from omneo_reconcile.formats.receipt_review import receipt_review
from omneo_reconcile.formats.review import Review
from omneo_reconcile.formats.survey_review import survey_review
from omneo_reconcile.formats.validation_review import validation_review

Document = Plan | Receipt | SpecDiff | Explanation | Survey | Validation | Failure


def review_of(document: Document) -> Review:  # noqa: PLR0911 - one for each kind
    """Returns what a reader is shown of a document. Pure: the same document gives the same review."""
    match document:
        case Plan():
            return plan_review(document)
        case Receipt():
            return receipt_review(document)
        case SpecDiff():
            return diff_review(document)
        case Explanation():
            return explanation_review(document)
        case Survey():
            return survey_review(document)
        case Validation():
            return validation_review(document)
        case Failure():
            return failure_review(document)
        case _:
            assert_never(document)
