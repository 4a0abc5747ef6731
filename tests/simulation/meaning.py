"""What the operations of a scope say, by definition and slowly: what a world's rows and conflicts are held against."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from desktop.sync.tables import REFUSED
from tests.simulation.replicas import Replica


@dataclass
class Meaning:
    """What the operations of one scope say, by definition and slowly."""

    ops: dict[tuple[str, str], dict[str, tuple[list[str], dict[str, Any]]]]
    refused: set[str]

    def counts(self, table: str, record: str) -> bool:
        """Whether any operation on a record counts."""
        return bool(set(self.ops.get((table, record), {})) - self.refused)

    @classmethod
    def of(cls, replica: Replica, scope: str) -> Meaning:
        """Reads the log."""
        ops: dict[tuple[str, str], dict[str, tuple[list[str], dict[str, Any]]]] = {}
        for cid, told in replica.look("SELECT id, ops FROM commit_ WHERE scope = ?", scope):
            for table, record, parents, fields in json.loads(told):
                ops.setdefault((table, record), {})[cid.hex()] = (parents, fields)
        words = [
            fields
            for (table, _id), own in ops.items()
            if table == "commit_verdict"
            for _p, fields in own.values()
        ]
        return cls(ops, {one["commit_id"] for one in words if one["verdict"] == REFUSED})

    def living(self, table: str, record: str, name: str) -> set[str]:
        """The values of a field that no later writer of it had seen."""
        own = self.ops[table, record]
        writers = {cid for cid in set(own) - self.refused if name in own[cid][1]}
        hidden = set().union(*(seen_by(own, cid) for cid in writers))
        return {value_text(own[cid][1][name]) for cid in writers - hidden}

    def conflicts(self) -> dict[tuple[str, str, str], set[str]]:
        """(table, record, field) → its living values, where there are several."""
        found: dict[tuple[str, str, str], set[str]] = {}
        for (table, record), own in self.ops.items():
            counted = set(own) - self.refused
            heads = counted - set().union(*(seen_by(own, cid) for cid in counted))
            for name in {one for cid in counted for one in own[cid][1]}:
                values = self.living(table, record, name)
                if name == "_del":
                    is_gone = all(own[cid][1].get("_del") is True for cid in heads)
                    if not is_gone and "true" in values:
                        found[table, record, name] = {"true", "false"}
                elif len(values) > 1:
                    found[table, record, name] = values
        return found


def seen_by(own: Mapping[str, tuple[list[str], Mapping[str, Any]]], cid: str) -> set[str]:
    """The operations on a record that the writer of one of them had seen, at first or second hand."""
    seen: set[str] = set()
    waiting = list(own[cid][0])
    while waiting:
        one = waiting.pop()
        if one in own and one not in seen:
            seen.add(one)
            waiting += own[one][0]
    return seen


def value_text(value: Any) -> str:
    """A value as it is compared."""
    return json.dumps(value, sort_keys=True)
