"""The four kinds of failure that an officer can meet; anything else is our bug.

Every failure carries a stable code (`MED-012`), typed facts, and a sentence that is made from them. Nobody
branches on the sentence. A sentence says what happened, that nothing was lost, and what to do next.
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple


class FieldProblem(NamedTuple):
    """One thing that is wrong with one field of what was entered.

    Shape:   `row` counts from 1 in the input (import, `add`); None for a single record.
    """

    field: str
    code: str
    message: str
    row: int | None = None


class Failure(Exception):  # noqa: N818 - the four kinds below are the names that people read
    """A known kind of failure with a stable code, a sentence, and facts."""

    kind: ClassVar[str] = "failure"
    exit_status: ClassVar[int] = 70

    def __init__(
        self, code: str, sentence: str, *, fields: tuple[FieldProblem, ...] = (), **facts: object
    ) -> None:
        super().__init__(f"{code} {sentence}")
        self.code = code
        self.sentence = sentence
        self.fields = fields
        self.facts = facts


class RuleBroken(Failure):
    """The input or the step is not allowed; nothing was written."""

    kind = "rule_broken"
    exit_status = 3


class Refused(Failure):
    """No permission, wrong password or key, or a version that is too new."""

    kind = "refused"
    exit_status = 4


class EnvironmentFault(Failure):
    """Disk full, file locked or damaged, stick gone, network down.

    `may_retry` says whether the same call may succeed later without anybody changing anything.
    """

    kind = "environment_fault"
    exit_status = 5

    def __init__(
        self,
        code: str,
        sentence: str,
        *,
        may_retry: bool = False,
        fields: tuple[FieldProblem, ...] = (),
        **facts: object,
    ) -> None:
        super().__init__(code, sentence, fields=fields, **facts)
        self.may_retry = may_retry


class Conflict(Failure):
    """Two places changed the same thing; a person settles it."""

    kind = "conflict"
    exit_status = 3
