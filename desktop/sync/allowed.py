"""What an operation may say: the same question when a save is written and when it arrives at another PC.

So no room can write what the county would have to put aside, and with it everything that the room wrote afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable

from desktop.database.fields import FieldType, from_json
from desktop.database.kinds import Kind, Registry
from desktop.sync.commits import Op

_ID_CHARS = 36


def changes_what_is_written_once(registry: Registry, op: Op) -> bool:
    """Whether an operation would change a row of a kind whose rows are only ever inserted."""
    return op.table in registry and registry.kind(op.table).info.insert_only and bool(op.parents)


def op_is_allowed(registry: Registry, op: Op, *, by_county: bool) -> bool:
    """Whether the rules and every store can take an operation; what this program does not know it may not judge."""
    if op.table not in registry:
        return True
    kind = registry.kind(op.table)
    if changes_what_is_written_once(registry, op) or len(op.record_id) > _ID_CHARS:
        return False
    if not by_county and is_the_countys(kind, op.fields):
        return False
    if kind.info.may_write is not None and not kind.info.may_write(op.fields, by_county):
        return False
    limits = kind.limits
    return all(_is_storable(*limits[name], value) for name, value in op.fields.items() if name in limits)


def is_the_countys(kind: Kind, fields: Iterable[str]) -> bool:
    """Whether only the county may write some of these fields."""
    if kind.info.owner == "county":
        return True
    return not kind.countys.isdisjoint(fields)


def _is_storable(field_type: FieldType, most: int, value: object) -> bool:
    """Whether the column can hold the value: a row that cannot be written would stop every later import."""
    read = from_json(field_type, value)
    if isinstance(read, str):
        return len(read) <= most
    return not isinstance(read, int) or -most <= read < most
