"""Rows that are written straight, against the fold of everything that was said, on a real database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from desktop.staff.tables import StaffMember
from desktop.sync.commits import JSON, Commit, Op, make_commit
from desktop.sync.log import folded_records
from tests.simulation.replicas import ISSUED
from tests.sync.disks import SCOPE, disk, take, wrong_in


@dataclass(frozen=True)
class Edit:
    """One operation to come: `seen` are places of earlier ones on the same record, counted back from the last."""

    record: str
    seen: tuple[int, ...]
    fields: dict[str, JSON]


EDITS = st.builds(
    Edit,
    st.sampled_from(["p1", "p2"]),
    # Mostly the one before, as people work.
    st.one_of(st.just((1,)), st.lists(st.integers(1, 4), unique=True, max_size=3).map(tuple)),
    st.one_of(
        st.dictionaries(
            st.sampled_from(["phone", "note", "name"]), st.sampled_from(["1", "2", None]), min_size=1
        ),
        st.sampled_from([{"_del": True}, {"_del": False}, {"_del": True, "note": "3"}, {"later_field": "9"}]),
    ),
)


def history(edits: Sequence[Edit]) -> list[Commit]:
    """The commits of one PC that saves these one after another."""
    made: list[Commit] = []
    told: dict[str, list[str]] = {}
    for number, one in enumerate(edits, start=1):
        before = told.setdefault(one.record, [])
        seen = tuple(before[-place] for place in one.seen if place <= len(before))
        commit = make_commit(
            scope=SCOPE,
            parents=[made[-1].id] if made else [],
            lam=number,
            device="pc-b",
            incarnation="1",
            own=made[-1].id if made else None,
            user="王敏",
            at=ISSUED,
            schema=1,
            ops=[Op("staff_member", one.record, seen, one.fields)],
            salt=number.to_bytes(8, "big"),
        )
        before.append(commit.hex_id)
        made.append(commit)
    return made


@settings(max_examples=60)
@given(st.lists(EDITS, min_size=1, max_size=8), st.lists(st.integers(1, 4), min_size=8, max_size=8))
def test_rows_are_the_fold_of_the_log_after_each_chunk(
    empty: Path, edits: list[Edit], sizes: list[int]
) -> None:
    commits = history(edits)
    with disk(empty) as replica:
        start = 0
        for size in sizes:
            take(replica, commits[start : start + size])
            start += size
            assert wrong_in(replica) == []


def spied(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The records that are folded from here on."""
    folded: list[str] = []

    def spy(connection: Any, scope: str, table: str, ids: Sequence[str], *rest: Any) -> Any:
        folded.extend(ids)
        return folded_records(connection, scope, table, ids, *rest)

    monkeypatch.setattr("desktop.sync.apply.folded_records", spy)
    return folded


def test_plain_work_is_never_folded(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folded = spied(monkeypatch)
    edits = [Edit("p1", (), {"name": "张三丰"})]
    edits += [Edit("p1", (1,), {"phone": str(number), "note": None}) for number in range(6)]
    commits = history([*edits, Edit("p2", (), {"name": "李四"}), Edit("p1", (1,), {"_del": True})])
    with disk(empty) as replica:
        for chunk in (commits[:1], commits[1:4], commits[4:]):
            take(replica, chunk)
        assert wrong_in(replica) == []
    assert folded == []


def test_record_is_folded_when_edits_met(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folded = spied(monkeypatch)
    edits = [
        Edit("p1", (), {"name": "张三丰"}),
        Edit("p1", (1,), {"phone": "1"}),
        Edit("p1", (2,), {"phone": "2"}),
    ]
    # The last of these saw both values, but what it settles only the fold knows.
    commits = history([*edits, Edit("p1", (1, 2), {"phone": "3"})])
    with disk(empty) as replica:
        for commit in commits:
            take(replica, [commit])
        assert wrong_in(replica) == []
    assert folded == ["p1", "p1"]


def test_next_commit_follows_the_later_of_two_that_clones_wrote_as_one_pc(empty: Path) -> None:
    facts: dict[str, Any] = {
        "scope": SCOPE,
        "device": "pc-a",
        "incarnation": "1",
        "user": "王敏",
        "at": ISSUED,
    }
    add = [Op("staff_member", "p1", (), {"name": "张三丰"})]
    first = make_commit(**facts, parents=[], lam=1, own=None, schema=1, ops=add, salt=bytes(8))
    own: dict[str, Any] = {"parents": [first.id], "lam": 2, "own": first.id, "schema": 1}
    note = [Op("staff_member", "p1", (first.hex_id,), {"note": "1"})]
    early, middle = sorted(
        (make_commit(**facts, **own, ops=note, salt=bytes([number] * 8)) for number in (1, 2)),
        key=lambda one: one.id,
    )
    salts = (number.to_bytes(8, "big") for number in range(1000))
    later = (
        make_commit(**facts, parents=[middle.id], lam=3, own=middle.id, schema=1, ops=note, salt=salt)
        for salt in salts
    )
    last = next(one for one in later if one.id > early.id)
    with disk(empty) as replica:
        take(replica, [first, early, middle, last])
        with replica.database.saving("王敏") as session:
            session.add(StaffMember(name="李四"))
        (told,) = replica.look("SELECT own FROM commit_ WHERE lam = 4")
    assert told == (last.id,)
