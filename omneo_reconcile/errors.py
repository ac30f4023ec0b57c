"""Every way this tool can fail, on one page.

Each failure has a name (one enum, the same on stderr and as ``failure_reason`` in JSON) and each name one exit code:

========================  ====  ==============================================================================
exception                 exit  names
========================  ====  ==============================================================================
ReconcileError
|- AccessError               1  missing_token, token_refused, missing_scope
|- TenantError               1  network, server_error, unexpected_answer, redirected
|- StateFolderError          1  state_folder, locked
|- OutputError               1  not_written
|- NotFormatted              1  not_formatted
|- ForgeError                1  forge
|- Refused                   3  over_limit, policy, unresolved, declined
|- PlanRejected              4  plan_edited, plan_stale, plan_too_old, plan_unexpected, not_in_spec, wrong_tenant
|- IncompleteReading         7  incomplete_reading
|- InvalidUse               64  usage, approval_needed, no_spec, not_a_plan, unknown_status
|- InvalidSpec              64  invalid_spec
`- Interrupted        130, 143  interrupted, terminated
========================  ====  ==============================================================================

``partly_failed`` (5) and ``unconfirmed`` (6) are outcomes of an apply that ran to its end, and ``internal_error`` (1)
is a bug: none of them is raised.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple, Self


class FailureName(StrEnum):
    """The name of a failure, as it stands in ``error[name]`` and in JSON as ``failure_reason``.

    Attributes:
        exit_code: The process exit code that this failure ends with.
    """

    exit_code: int

    def __new__(cls, value: str, exit_code: int) -> Self:
        """Makes a member that is its name as text and knows its exit code."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.exit_code = exit_code
        return member

    MISSING_TOKEN = ("missing_token", 1)
    TOKEN_REFUSED = ("token_refused", 1)
    MISSING_SCOPE = ("missing_scope", 1)
    NETWORK = ("network", 1)
    SERVER_ERROR = ("server_error", 1)
    UNEXPECTED_ANSWER = ("unexpected_answer", 1)
    REDIRECTED = ("redirected", 1)
    STATE_FOLDER = ("state_folder", 1)
    LOCKED = ("locked", 1)
    NOT_WRITTEN = ("not_written", 1)
    NOT_FORMATTED = ("not_formatted", 1)
    FORGE = ("forge", 1)
    INTERNAL_ERROR = ("internal_error", 1)
    OVER_LIMIT = ("over_limit", 3)
    POLICY = ("policy", 3)
    UNRESOLVED = ("unresolved", 3)
    DECLINED = ("declined", 3)
    PLAN_EDITED = ("plan_edited", 4)
    PLAN_STALE = ("plan_stale", 4)
    PLAN_TOO_OLD = ("plan_too_old", 4)
    PLAN_UNEXPECTED = ("plan_unexpected", 4)
    NOT_IN_SPEC = ("not_in_spec", 4)
    WRONG_TENANT = ("wrong_tenant", 4)
    PARTLY_FAILED = ("partly_failed", 5)
    UNCONFIRMED = ("unconfirmed", 6)
    INCOMPLETE_READING = ("incomplete_reading", 7)
    USAGE = ("usage", 64)
    APPROVAL_NEEDED = ("approval_needed", 64)
    NO_SPEC = ("no_spec", 64)
    NOT_A_PLAN = ("not_a_plan", 64)
    UNKNOWN_STATUS = ("unknown_status", 64)
    INVALID_SPEC = ("invalid_spec", 64)
    INTERRUPTED = ("interrupted", 130)
    TERMINATED = ("terminated", 143)


class Fault(NamedTuple):
    """One thing that is wrong, in the three parts that every error line has.

    Attributes:
        name: Which failure it is.
        what: What happened, without an email or a token.
        where: To which thing: ``file:line:column``, a status, a profile id, an address. May be empty.
        next_step: What to do next.
    """

    name: FailureName
    what: str
    where: str
    next_step: str

    def __str__(self) -> str:
        """The line as it is printed: ``error[name]: what, where; next step``."""
        return f"error[{self.name}]: {self.sentence}"

    @property
    def sentence(self) -> str:
        """The line without its name, for what is not an error."""
        thing = f", {self.where}" if self.where else ""
        return f"{self.what}{thing}; {self.next_step}"


class Oddity(Fault):
    """A thing that is not wrong, but that hardly anybody means."""

    def __str__(self) -> str:
        """The line as it is printed: ``warning: what, where; next step``."""
        return f"warning: {self.sentence}"


class ReconcileError(Exception):
    """A failure that the user is told about, as one line for each fault.

    Attributes:
        told: The faults, and among them what is odd, in the order given.
        faults: The faults alone; there is at least one.
    """

    def __init__(self, told: Iterable[Fault]) -> None:
        """Keeps what is to be told, at least one fault."""
        self.told = tuple(told)
        self.faults = tuple(fault for fault in self.told if not isinstance(fault, Oddity))
        super().__init__("\n".join(map(str, self.told)))

    @classmethod
    def of(cls, name: FailureName, what: str, where: str, next_step: str) -> Self:
        """Returns an error of this class with a single fault."""
        return cls((Fault(name, what, where, next_step),))

    @property
    def name(self) -> FailureName:
        """The name of the first fault, which decides the exit code."""
        return self.faults[0].name


class AccessError(ReconcileError):
    """The token is missing, refused, or lacks a scope."""


class TenantError(ReconcileError):
    """The tenant could not be reached, or answered what no client can use."""


class StateFolderError(ReconcileError):
    """The state folder cannot be used, or another apply uses it now."""


class OutputError(ReconcileError):
    """A result could not be written where it was to go."""


class NotFormatted(ReconcileError):
    """A file of the spec is not written as `fmt` writes it."""


class ForgeError(ReconcileError):
    """GitHub or GitLab could not be reached, or did not answer as a pipeline needs it."""


class Refused(ReconcileError):
    """A limit, a policy of the spec or the person asked said no. Nothing was sent."""


class PlanRejected(ReconcileError):
    """The plan is not one that may be applied here and now. Nothing was sent."""


class IncompleteReading(ReconcileError):
    """A list was not read to its end, so nothing can be concluded from it."""


class InvalidUse(ReconcileError):
    """The call itself is wrong: an option, a file that is no plan, a status that does not exist."""


class InvalidSpec(ReconcileError):
    """The spec has faults; all of them, and what is odd, are named at once, each with file, line and column."""


class Interrupted(ReconcileError):
    """The user or the system asked the process to stop."""
