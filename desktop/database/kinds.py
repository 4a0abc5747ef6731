"""The registry of record kinds: every kind by name, with its fields in order and its children."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sqlalchemy import BigInteger, Connection, Integer, String
from sqlalchemy.orm import Session

from desktop.base.errors import FieldProblem, RuleBroken
from desktop.base.text import _
from desktop.database.codes import CodeLists
from desktop.database.fields import Field, FieldType
from desktop.database.record import COMMON_FIELDS, NOT_TRAVELLING, Children, KindInfo, Record


@dataclass(frozen=True)
class Kind:
    """One kind of record: its table, its declaration and its fields."""

    name: str
    table: type[Record]
    info: KindInfo

    def __hash__(self) -> int:
        # Asked for with every row: to hash the whole declaration would cost more than what is looked up by it.
        return hash(self.name)

    @property
    def label(self) -> str:
        """The kind's Chinese name in the chosen language."""
        return _(self.info.label)

    @cached_property
    def fields(self) -> dict[str, Field]:
        """The fields that people fill or steps set, in the order of declaration; no common fields."""
        found: dict[str, Field] = {}
        for name, item in self.table.__table__.columns.items():
            declared = item.info.get("field")
            if declared is not None and name not in COMMON_FIELDS:
                found[name] = declared.named(name)
        return found

    @cached_property
    def travelling(self) -> dict[str, FieldType]:
        """Every column that travels → how its value is written."""
        types: dict[str, FieldType] = {}
        for name, item in self.table.__table__.columns.items():
            declared = item.info.get("field")
            if name in NOT_TRAVELLING or (declared is not None and declared.derived):
                continue
            if declared is not None:
                types[name] = declared.type
            elif name == "corrects":
                types[name] = FieldType.LINKS
            else:
                types[name] = FieldType.BOOLEAN if name == "is_deleted" else FieldType.TEXT
        return types

    @cached_property
    def countys(self) -> frozenset[str]:
        """The fields that only the county may write."""
        return frozenset(name for name, item in self.fields.items() if item.owner == "county")

    @cached_property
    def limits(self) -> dict[str, tuple[FieldType, int]]:
        """The columns that cannot hold everything: the longest text, or one more than the greatest number."""
        found: dict[str, tuple[FieldType, int]] = {}
        for name, field_type in self.travelling.items():
            column = self.table.__table__.c[name].type
            if isinstance(column, String) and column.length is not None:
                found[name] = (field_type, column.length)
            elif isinstance(column, Integer):
                found[name] = (field_type, 2**63 if isinstance(column, BigInteger) else 2**31)
        return found

    @property
    def children(self) -> tuple[Children, ...]:
        """The lists of child records inside one record of this kind."""
        return self.info.children

    def title_of(self, values: Mapping[str, Any]) -> str:
        """How one record is named in lists and questions; never a person's number."""
        parts = [str(values.get(name) or "") for name in self.info.title]
        return " ".join(part for part in parts if part)


# What may not be changed any more: gets the session, the record as it stands, and the names of the fields and lists
# of children that are to be changed; gives what speaks against it.
Guard = Callable[[Session, Record, frozenset[str]], Iterable[FieldProblem]]

# What follows from a new record: gets the running save (`staff.work.Work`) and the record.
AfterAdd = Callable[[Any, Any], None]

# What a new record takes over from others when it says nothing itself: gets the session and the values as read.
Fill = Callable[[Session, Mapping[str, Any]], Mapping[str, Any]]


# Kind → id of a row → what its derived columns hold.
Derived = Mapping[str, Mapping[str, Mapping[str, Any]]]


@dataclass(frozen=True)
class Derivation:
    """Columns that follow from other rows, such as an order's state from what was done about it.

    Shape:   `sources` maps each kind whose rows matter to its column that names the subject; `compute` gets the
             connection, the scope and the subjects' ids. It must be a pure function of those rows: no clock, and no
             order of arrival, or two PCs would show different states.
    """

    sources: Mapping[str, str]
    compute: Callable[[Connection, str, Collection[str]], Derived]


class Registry:
    """All kinds and code lists of the program, and the features' guards over what was signed."""

    def __init__(  # noqa: PLR0917 - what every feature brings
        self,
        tables: Iterable[type[Record]],
        codes: CodeLists,
        guards: Iterable[tuple[str, Guard]] = (),
        after_add: Iterable[tuple[str, AfterAdd]] = (),
        fills: Iterable[tuple[str, Fill]] = (),
        derivations: Iterable[Derivation] = (),
    ) -> None:
        self.derivations = tuple(derivations)
        self._fills = tuple(fills)
        self._guards = tuple(guards)
        self._after_add = tuple(after_add)
        self._kinds = {
            table.__tablename__: Kind(table.__tablename__, table, table.kind_info) for table in tables
        }
        self.codes = codes

    def __iter__(self) -> Iterator[Kind]:
        return iter(self._kinds.values())

    def __contains__(self, name: str) -> bool:
        return name in self._kinds

    def kind(self, name: str) -> Kind:
        """The kind of that name.

        Errors:  RuleBroken REC-001 for an unknown name, with the nearest known one.
        """
        found = self._kinds.get(name)
        if found is None:
            near = difflib.get_close_matches(name, self._kinds, n=1)
            hint = _("，您是不是要找 {near}").format(near=near[0]) if near else ""
            raise RuleBroken(
                "REC-001", _("没有名为 {name} 的记录类别{hint}").format(name=name, hint=hint), name=name
            )
        return found

    def objections(self, session: Session, record: Record, names: frozenset[str]) -> list[FieldProblem]:
        """What speaks against changing these fields of the record."""
        return [
            problem
            for kind, guard in self._guards
            if kind == record.__tablename__
            for problem in guard(session, record, names)
        ]

    def fill(self, session: Session, kind: Kind, values: Mapping[str, Any]) -> dict[str, Any]:
        """What the features add to a new record's values; what was given stays."""
        found: dict[str, Any] = {}
        for name, fill in self._fills:
            if name == kind.name:
                found |= {key: value for key, value in fill(session, values).items() if not values.get(key)}
        return found

    def tell_added(self, work: Any, record: Record) -> None:
        """Lets the features do what follows from a new record, in the same save."""
        for kind, follow in self._after_add:
            if kind == record.__tablename__:
                follow(work, record)

    def parent_of(self, child: Kind) -> Kind | None:
        """The kind whose records hold records of this child kind, if it is one."""
        if not child.info.parent:
            return None
        return self.kind(child.fields[child.info.parent].target)

    def tops(self) -> list[Kind]:
        """The kinds that are not children of another."""
        return [kind for kind in self if not kind.info.parent]

    def field_tree(self, kind: Kind) -> list[Field]:
        """The kind's fields and, after them, its lists of children with their own fields."""
        tree = list(kind.fields.values())
        for child in kind.children:
            own = self.kind(child.kind)
            inner = tuple(item for name, item in own.fields.items() if name != child.parent_field)
            tree.append(
                Field(
                    child.label,
                    FieldType.CHILDREN,
                    name=child.name,
                    help=child.help,
                    required=child.required,
                    by_step=child.by_step,
                    target=child.kind,
                    fields=tuple(replace(item) for item in inner),
                )
            )
        return tree
