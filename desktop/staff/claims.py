"""Entering a record under the number of its blank form: which reserved number may be borne, and by whom it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from desktop.base.errors import FieldProblem, RuleBroken
from desktop.base.text import _
from desktop.database.kinds import Kind, Registry
from desktop.staff.tables import ReservedNumber
from desktop.staff.work import Work


def bearers_of(
    session: Session, registry: Registry, rows: Iterable[ReservedNumber]
) -> dict[tuple[str, str], int]:
    """How many records bear each number; a corrected row and its correction are one record."""
    wanted: dict[str, list[str]] = {}
    for row in rows:
        if row.record_kind and row.record_kind in registry and row.reserved_no:
            wanted.setdefault(row.record_kind, []).append(row.reserved_no)
    found: dict[tuple[str, str], int] = {}
    for kind, numbers in wanted.items():
        table: Any = registry.kind(kind).table
        for start in range(0, len(numbers), 400):
            part = numbers[start : start + 400]
            statement = (
                select(table.serial_no, func.count())
                .where(
                    table.serial_no.in_(part), table.is_superseded.isnot(True), table.is_deleted.isnot(True)
                )
                .group_by(table.serial_no)
            )
            found |= {(kind, str(number)): int(count) for number, count in session.execute(statement)}
    return found


def claim_number(work: Work, kind: Kind, number: str, row: int | None = None) -> str:
    """The reserved number that a new record of the kind may bear now.

    Errors:  RuleBroken REC-003 with NUM-013 for a number that was not reserved for the kind, NUM-014 for one that a
             record bears already, NUM-015 for one that was voided.
    """
    table: Any = ReservedNumber
    wanted = number.strip().upper()
    held = work.session.scalars(
        select(ReservedNumber).where(
            table.reserved_no == wanted, table.record_kind == kind.name, table.is_superseded.isnot(True)
        )
    ).first()
    problem = None
    if held is None or not wanted.startswith(_pc_of(work)):
        problem = (
            "NUM-013",
            _("{number} 不是在这台电脑上为{kind}预留的编号").format(number=wanted, kind=kind.label),
        )
    elif held.is_void:
        problem = ("NUM-015", _("{number} 已作废，不能再用").format(number=wanted))
    elif bearers_of(work.session, work.registry, [held]):
        problem = ("NUM-014", _("{number} 已经登记过了").format(number=wanted))
    if problem is not None:
        code, sentence = problem
        told = FieldProblem("serial_no", code, sentence, row)
        raise RuleBroken("REC-003", _("没有保存，请改正后再试：{told}").format(told=sentence), fields=(told,))
    return wanted


def _pc_of(work: Work) -> str:
    """The room and letter in front of every number of this PC, whatever the life of its database: paper outlives it."""
    room, pc = work.number_mark.split("-")[:2]
    return f"{room}-{pc[:1]}"
