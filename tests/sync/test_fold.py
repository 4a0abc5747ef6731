"""The fold as a truth table, and against a slow second implementation on random histories."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from hypothesis import given, strategies as st

from desktop.sync.commits import JSON
from desktop.sync.fold import Choice, Folded, FoldOp, Standing, fold, follow

DEL: dict[str, JSON] = {"_del": True}
UNDEL: dict[str, JSON] = {"_del": False}


def op(lam: int, parents: str = "", **fields: JSON) -> FoldOp:
    return FoldOp(lam=lam, parents=tuple(parents.split()), fields=fields)


def delete(lam: int, parents: str = "") -> FoldOp:
    return FoldOp(lam, tuple(parents.split()), DEL)


@dataclass(frozen=True)
class Case:
    """A history, keyed by one-letter ids, and what the officer must see."""

    name: str
    ops: Mapping[str, FoldOp]
    fields: dict[str, JSON] = field(default_factory=dict)
    heads: str = ""
    deleted: bool = False
    conflicts: dict[str, list[tuple[str, JSON]]] = field(default_factory=dict)


A = op(1, x=1, y=1)
CASES = [
    Case("nothing", {}),
    Case("one_insert", {"a": A}, {"x": 1, "y": 1}, "a"),
    Case("edit_overwrites_one_field", {"a": A, "b": op(2, "a", x=2)}, {"x": 2, "y": 1}, "b"),
    Case("edit_to_null_is_a_value", {"a": A, "b": op(2, "a", x=None)}, {"x": None, "y": 1}, "b"),
    Case(
        "chain_of_three",
        {"a": A, "b": op(2, "a", x=2), "c": op(3, "b", x=3)},
        {"x": 3, "y": 1},
        "c",
    ),
    Case(
        "value_back_to_the_first",
        {"a": A, "b": op(2, "a", x=2), "c": op(3, "b", x=1)},
        {"x": 1, "y": 1},
        "c",
    ),
    Case(
        "different_fields_merge",
        {"a": A, "b": op(2, "a", x=2), "c": op(2, "a", y=2)},
        {"x": 2, "y": 2},
        "b c",
    ),
    Case(
        "same_field_conflicts",
        {"a": A, "b": op(2, "a", x=2), "c": op(2, "a", x=3)},
        {"x": 3, "y": 1},
        "b c",
        conflicts={"x": [("c", 3), ("b", 2)]},
    ),
    Case(
        "greater_lam_is_shown_before_greater_id",
        {"a": A, "b": op(9, "a", x=2), "c": op(2, "a", x=3)},
        {"x": 2, "y": 1},
        "b c",
        conflicts={"x": [("b", 2), ("c", 3)]},
    ),
    Case(
        "same_value_merges",
        {"a": A, "b": op(2, "a", x=2), "c": op(2, "a", x=2)},
        {"x": 2, "y": 1},
        "b c",
    ),
    Case(
        "same_object_in_another_key_order_merges",
        {"a": A, "b": op(2, "a", x={"p": 1, "q": 2}), "c": op(2, "a", x={"q": 2, "p": 1})},
        {"x": {"q": 2, "p": 1}, "y": 1},
        "b c",
    ),
    Case(
        "one_and_true_are_not_the_same_value",
        {"a": A, "b": op(2, "a", x=1), "c": op(2, "a", x=True)},
        {"x": True, "y": 1},
        "b c",
        conflicts={"x": [("c", True), ("b", 1)]},
    ),
    Case(
        "null_against_value_conflicts",
        {"a": A, "b": op(2, "a", x=None), "c": op(2, "a", x=2)},
        {"x": 2, "y": 1},
        "b c",
        conflicts={"x": [("c", 2), ("b", None)]},
    ),
    Case(
        "three_siblings_conflict",
        {"a": A, "b": op(2, "a", x=2), "c": op(2, "a", x=3), "d": op(2, "a", x=4)},
        {"x": 4, "y": 1},
        "b c d",
        conflicts={"x": [("d", 4), ("c", 3), ("b", 2)]},
    ),
    Case(
        "three_siblings_two_equal_still_conflict",
        {"a": A, "b": op(2, "a", x=2), "c": op(2, "a", x=3), "d": op(2, "a", x=2)},
        {"x": 2, "y": 1},
        "b c d",
        conflicts={"x": [("d", 2), ("c", 3), ("b", 2)]},
    ),
    Case(
        "resolved_by_an_edit_that_saw_both",
        {"a": A, "b": op(2, "a", x=2), "c": op(2, "a", x=3), "d": op(3, "b c", x=2)},
        {"x": 2, "y": 1},
        "d",
    ),
    Case(
        "edit_that_saw_one_side_does_not_resolve",
        {"a": A, "b": op(2, "a", x=2), "c": op(2, "a", x=3), "d": op(3, "b", x=4)},
        {"x": 4, "y": 1},
        "c d",
        conflicts={"x": [("d", 4), ("c", 3)]},
    ),
    Case(
        "merge_of_another_field_does_not_resolve",
        {"a": A, "b": op(2, "a", x=2), "c": op(2, "a", x=3), "d": op(3, "b c", y=5)},
        {"x": 3, "y": 5},
        "d",
        conflicts={"x": [("c", 3), ("b", 2)]},
    ),
    Case(
        "two_resolutions_conflict_again",
        {"b": op(1, x=2), "c": op(1, x=3), "d": op(2, "b c", x=4), "e": op(2, "b c", x=5)},
        {"x": 5},
        "d e",
        conflicts={"x": [("e", 5), ("d", 4)]},
    ),
    Case(
        "two_equal_resolutions_merge",
        {"b": op(1, x=2), "c": op(1, x=3), "d": op(2, "b c", x=4), "e": op(2, "b c", x=4)},
        {"x": 4},
        "d e",
    ),
    Case(
        "ancestor_through_an_op_on_another_field",
        {"a": A, "b": op(2, "a", y=2), "c": op(3, "b", x=3)},
        {"x": 3, "y": 2},
        "c",
    ),
    Case(
        "ancestor_through_two_ops_on_other_fields",
        {"a": A, "b": op(2, "a", y=2), "c": op(3, "b", y=3), "d": op(4, "c", x=4)},
        {"x": 4, "y": 3},
        "d",
    ),
    Case(
        "diamond_that_overwrites_one_side_only",
        {"a": A, "b": op(2, "a", x=2), "c": op(2, "a", y=3), "d": op(3, "b c", x=4)},
        {"x": 4, "y": 3},
        "d",
    ),
    Case(
        "criss_cross_keeps_both",
        {
            "a": op(1, x=1),
            "b": op(1, x=2),
            "c": op(2, "a b", y=1),
            "d": op(2, "a b", y=2),
            "e": op(3, "c d", z=1),
        },
        {"x": 2, "y": 2, "z": 1},
        "e",
        conflicts={"x": [("b", 2), ("a", 1)], "y": [("d", 2), ("c", 1)]},
    ),
    Case(
        "stale_form_saved_after_an_import_conflicts",
        {"a": A, "b": op(2, "a", x=2), "c": op(7, "a", x=9)},
        {"x": 9, "y": 1},
        "b c",
        conflicts={"x": [("c", 9), ("b", 2)]},
    ),
    Case("same_record_inserted_twice_equal", {"a": op(1, x=1), "b": op(1, x=1)}, {"x": 1}, "a b"),
    Case(
        "same_record_inserted_twice_different",
        {"a": op(1, x=1), "b": op(1, x=2)},
        {"x": 2},
        "a b",
        conflicts={"x": [("b", 2), ("a", 1)]},
    ),
    Case("missing_parent_is_ignored", {"b": op(5, "a", x=2)}, {"x": 2}, "b"),
    Case(
        "child_of_a_missing_op_stands_beside_its_grandparent",
        {"a": A, "c": op(3, "b", x=3)},
        {"x": 3, "y": 1},
        "a c",
        conflicts={"x": [("c", 3), ("a", 1)]},
    ),
    Case("parent_named_twice", {"a": A, "b": op(2, "a a", x=2)}, {"x": 2, "y": 1}, "b"),
    Case("op_that_names_itself", {"a": op(1, "a", x=1)}, {"x": 1}, "a"),
    Case(
        "cycle_hides_nothing",
        {"a": op(1, "b", x=1), "b": op(1, "a", x=2)},
        {"x": 2},
        "a b",
        conflicts={"x": [("b", 2), ("a", 1)]},
    ),
    Case(
        "unknown_field_is_kept",
        {"a": A, "b": op(2, "a", brand_new_field=["新"])},
        {"brand_new_field": ["新"], "x": 1, "y": 1},
        "b",
    ),
    Case("deleted", {"a": A, "b": delete(2, "a")}, {"x": 1, "y": 1}, "b", deleted=True),
    Case(
        "deleted_on_both_sides",
        {"a": A, "b": delete(2, "a"), "c": delete(2, "a")},
        {"x": 1, "y": 1},
        "b c",
        deleted=True,
    ),
    Case(
        "delete_against_edit_stays_visible",
        {"a": A, "b": delete(2, "a"), "c": op(2, "a", x=3)},
        {"x": 3, "y": 1},
        "b c",
        conflicts={"_del": [("c", False), ("b", True)]},
    ),
    Case(
        "edit_after_delete_stays_visible_and_asks",
        {"a": A, "b": delete(2, "a"), "c": op(3, "b", x=3)},
        {"x": 3, "y": 1},
        "c",
        conflicts={"_del": [("c", False), ("b", True)]},
    ),
    Case(
        "two_deletes_against_one_edit",
        {"a": A, "b": delete(2, "a"), "c": delete(2, "a"), "d": op(2, "a", x=3)},
        {"x": 3, "y": 1},
        "b c d",
        conflicts={"_del": [("d", False), ("b", True), ("c", True)]},
    ),
    Case(
        "delete_that_saw_the_edit",
        {"a": A, "b": op(2, "a", x=2), "c": delete(3, "b")},
        {"x": 2, "y": 1},
        "c",
        deleted=True,
    ),
    Case(
        "delete_that_saw_one_of_two_edits",
        {"a": A, "b": op(2, "a", x=2), "c": op(2, "a", y=2), "d": delete(3, "b")},
        {"x": 2, "y": 2},
        "c d",
        conflicts={"_del": [("c", False), ("d", True)]},
    ),
    Case(
        "undeleted",
        {"a": A, "b": delete(2, "a"), "c": FoldOp(3, ("b",), UNDEL)},
        {"x": 1, "y": 1},
        "c",
    ),
    Case(
        "undeleted_with_null",
        {"a": A, "b": delete(2, "a"), "c": op(3, "b", _del=None)},
        {"x": 1, "y": 1},
        "c",
    ),
    Case(
        "undelete_against_a_second_delete",
        {"a": A, "b": delete(2, "a"), "c": FoldOp(3, ("b",), UNDEL), "d": delete(3, "b")},
        {"x": 1, "y": 1},
        "c d",
        conflicts={"_del": [("c", False), ("d", True)]},
    ),
    Case(
        "deleted_again_after_undelete",
        {"a": A, "b": delete(2, "a"), "c": FoldOp(3, ("b",), UNDEL), "d": delete(4, "c")},
        {"x": 1, "y": 1},
        "d",
        deleted=True,
    ),
    Case(
        "delete_conflict_settled_as_kept",
        {
            "a": A,
            "b": delete(2, "a"),
            "c": op(2, "a", x=3),
            "d": FoldOp(3, ("b", "c"), UNDEL),
        },
        {"x": 3, "y": 1},
        "d",
    ),
    Case(
        "delete_conflict_settled_as_deleted",
        {"a": A, "b": delete(2, "a"), "c": op(2, "a", x=3), "d": delete(3, "b c")},
        {"x": 3, "y": 1},
        "d",
        deleted=True,
    ),
    Case(
        "delete_with_a_last_edit_in_the_same_op",
        {"a": A, "b": FoldOp(2, ("a",), {"_del": True, "x": 5})},
        {"x": 5, "y": 1},
        "b",
        deleted=True,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_fold_gives_the_state_of_the_truth_table(case: Case) -> None:
    folded = fold(case.ops)
    assert folded.fields == case.fields
    assert folded.heads == tuple(case.heads.split())
    assert folded.deleted is case.deleted
    assert folded.conflicts == {
        name: tuple(Choice(cid, value) for cid, value in choices) for name, choices in case.conflicts.items()
    }


def test_truth_table_names_each_case_once() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 40


def test_fold_of_a_long_plain_history_takes_one_pass() -> None:
    ops = {
        f"{n:064x}": FoldOp(n + 1, (f"{n - 1:064x}",) if n else (), {"x": n, f"f{n % 40}": n})
        for n in range(20_000)
    }
    folded = fold(ops)
    assert folded.fields["x"] == 19_999
    assert len(folded.heads) == 1
    assert not folded.conflicts


@st.composite
def histories(draw: st.DrawFn) -> dict[str, FoldOp]:
    """Histories as honest writers make them: parents are any earlier ops, lam is greater than theirs."""
    ops: dict[str, FoldOp] = {}
    for number in range(draw(st.integers(1, 9))):
        known = sorted(ops)
        parents = draw(st.lists(st.sampled_from(known), unique=True, max_size=3)) if known else []
        lam = 1 + max((ops[cid].lam for cid in parents), default=0) + draw(st.integers(0, 1))
        names = draw(st.lists(st.sampled_from(["x", "y", "_del"]), min_size=1, unique=True))
        fields: dict[str, JSON] = {
            name: draw(st.booleans()) if name == "_del" else draw(st.integers(0, 2)) for name in names
        }
        ops[f"{draw(st.integers(0, 15)):x}{number:x}"] = FoldOp(lam, tuple(parents), fields)
    return ops


def slow_fold(ops: Mapping[str, FoldOp]) -> tuple[dict[str, JSON], set[str], set[str]]:
    """The sentences of the design taken literally: values, heads, fields in conflict (without `_del`)."""

    def ancestors(cid: str) -> set[str]:
        direct = {parent for parent in ops[cid].parents if parent in ops}
        return direct.union(*(ancestors(parent) for parent in direct))

    below = {cid: ancestors(cid) for cid in ops}
    fields: dict[str, JSON] = {}
    conflicts = set()
    for name in {name for one in ops.values() for name in one.fields} - {"_del"}:
        touching = {cid for cid in ops if name in ops[cid].fields}
        live = {cid for cid in touching if not any(cid in below[other] for other in touching)}
        fields[name] = ops[max(live, key=lambda cid: (ops[cid].lam, cid))].fields[name]
        if len({str(ops[cid].fields[name]) for cid in live}) > 1:
            conflicts.add(name)
    return fields, {cid for cid in ops if not any(cid in seen for seen in below.values())}, conflicts


@given(histories())
def test_fold_agrees_with_the_definition(ops: dict[str, FoldOp]) -> None:
    folded = fold(ops)
    fields, heads, conflicts = slow_fold(ops)
    assert folded.fields == fields
    assert set(folded.heads) == heads
    assert set(folded.conflicts) - {"_del"} == conflicts


@given(histories(), st.randoms(use_true_random=False))
def test_fold_is_the_same_for_any_order_and_any_repetition(
    ops: dict[str, FoldOp], chance: random.Random
) -> None:
    arrived = [*ops.items(), *ops.items()]
    chance.shuffle(arrived)
    once: dict[str, FoldOp] = {}
    for cid, one in arrived:
        shuffled = tuple(chance.sample(one.parents, len(one.parents)))
        once[cid] = FoldOp(one.lam, shuffled, one.fields)
    assert fold(once) == fold(ops)


@given(histories())
def test_fold_drops_no_living_value(ops: dict[str, FoldOp]) -> None:
    folded = fold(ops)
    for cid in folded.heads:
        for name, value in ops[cid].fields.items():
            if name == "_del":
                assert folded.deleted or not value or _choices(folded, "_del") >= {cid}
            elif name in folded.conflicts:
                assert cid in _choices(folded, name)
            else:
                assert folded.fields[name] == value


@given(histories())
def test_an_edit_that_saw_all_heads_settles_everything(ops: dict[str, FoldOp]) -> None:
    before = fold(ops)
    lam = 1 + max(one.lam for one in ops.values())
    settled = fold({**ops, "zz": FoldOp(lam, before.heads, {**before.fields, "_del": False})})
    assert settled == Folded(fields=before.fields, heads=("zz",))


# -- straight onto a row -------------------------------------------------------------------------------------------


@st.composite
def careless_histories(draw: st.DrawFn) -> dict[str, FoldOp]:
    """As a broken or hostile writer may make them: parents that come later or nowhere, numbers that say nothing."""
    names = [f"{number:x}" for number in range(draw(st.integers(1, 6)))]
    return {
        one: FoldOp(
            draw(st.integers(1, 6)),
            tuple(draw(st.lists(st.sampled_from([*names, "gone"]), unique=True, max_size=4))),
            draw(
                st.dictionaries(
                    st.sampled_from(["x", "y", "_del"]), st.sampled_from([True, False, None]), min_size=1
                )
            ),
        )
        for one in names
    }


def standing_of(ops: Mapping[str, FoldOp]) -> Standing | None:
    """What a row and its list of conflicts tell; nothing while something waits for a choice."""
    state = fold(ops)
    if state.conflicts:
        return None
    return Standing(state.heads, max((ops[one].lam for one in state.heads), default=0), state.deleted)


@given(st.one_of(histories(), careless_histories()), st.data())
def test_follow_says_what_the_fold_of_everything_says(ops: dict[str, FoldOp], data: st.DataObject) -> None:
    before = {cid: one for cid, one in ops.items() if data.draw(st.booleans())}
    new = sorted(
        ((cid, one) for cid, one in ops.items() if cid not in before),
        key=lambda item: (item[1].lam, item[0]),
    )
    standing = standing_of(before)
    found = follow(standing, new) if standing is not None and new else None
    if found is not None:
        whole = fold(before).fields | found.fields
        assert fold(ops) == Folded(dict(sorted(whole.items())), found.heads, found.deleted)


@pytest.mark.parametrize(
    ("standing", "new"),
    [
        pytest.param(Standing(("a", "b"), 2), [("c", op(3, "a", x=1))], id="one_head_unseen"),
        pytest.param(Standing(("a",), 2), [("c", op(2, "a", x=1))], id="number_not_after_the_head"),
        pytest.param(Standing(("a",), 2, deleted=True), [("c", op(3, "a", x=1))], id="revived"),
        pytest.param(
            Standing(("a",), 2), [("c", delete(3, "a")), ("d", op(4, "c", x=1))], id="revived_at_once"
        ),
        pytest.param(Standing(("a",), 2), [("c", op(3, "a")), ("d", op(4, "a", x=1))], id="second_unseen"),
        pytest.param(Standing(), [("c", op(3, x=1)), ("d", op(4, x=1))], id="born_twice"),
    ],
)
def test_follow_leaves_what_met_another_edit_to_the_fold(
    standing: Standing, new: list[tuple[str, FoldOp]]
) -> None:
    assert follow(standing, new) is None


def test_follow_tells_the_written_fields_alone() -> None:
    found = follow(Standing(("a",), 1), [("b", op(2, "a", x=1)), ("c", op(3, "b a", x=2, y=None))])
    assert found == Folded({"x": 2, "y": None}, ("c",))


def test_follow_deletes_what_its_writer_saw_whole() -> None:
    assert follow(Standing(("a",), 1), [("b", delete(2, "a"))]) == Folded({}, ("b",), deleted=True)


def _choices(folded: Folded, name: str) -> set[str]:
    return {choice.cid for choice in folded.conflicts.get(name, ())}
