"""The bytes of a commit: what is hashed, what is refused, what survives the way there and back."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from desktop.base.errors import RuleBroken
from desktop.sync import commits
from desktop.sync.commits import Commit, Op, commit_id, decode_meta, decode_ops, make_commit, read_commit

ROOM = "r:64990101"
SALT = b"12345678"
PARENT = bytes(range(32))
META = b'{"l":1,"d":"PC1/1","p":null,"u":"u1","t":"","k":1}'
OPS = '[["visit","v1",[],{"title":"走访"}]]'.encode()


def make(*ops: Op, **changed: Any) -> Commit:
    facts: dict[str, Any] = {
        "scope": ROOM,
        "parents": [],
        "lam": 1,
        "device": "PC1",
        "incarnation": 1,
        "own": None,
        "user": "u1",
        "at": "2026-03-01T08:00:00+08:00",
        "schema": 3,
        "ops": ops or (Op("visit", "v1", (), {"title": "走访"}),),
        "salt": SALT,
    }
    return make_commit(**(facts | changed))


def test_make_commit_writes_the_bytes_of_the_format() -> None:
    commit = make(
        Op("visit", "v1", ("ab" * 32,), {"title": "走访", "b": None}), lam=2, parents=[PARENT], own=PARENT
    )
    assert commit.meta.decode() == (
        '{"l":2,"d":"PC1/1","p":"' + PARENT.hex() + '","u":"u1","t":"2026-03-01T08:00:00+08:00","k":3}'
    )
    assert commit.ops.decode() == '[["visit","v1",["' + "ab" * 32 + '"],{"title":"走访","b":null}]]'


def test_commit_id_hashes_parents_meta_and_salted_ops() -> None:
    def h(data: bytes) -> bytes:
        return hashlib.sha256(data).digest()

    expected = h(b"c1" + h(PARENT) + h(b"m") + h(b"saltops"))
    assert commit_id([PARENT], b"m", b"salt", b"ops") == expected


def test_commit_id_of_a_fixed_commit_never_changes() -> None:
    assert read_commit(ROOM, [], META, SALT, OPS).hex_id == (
        "ed26b4df4ab684b9b52f78cf24c51f827ec570e0863945f6b56c28035cee6eac"
    )


def test_read_commit_hashes_the_bytes_received_and_not_its_own_rendering() -> None:
    spaced = META.replace(b",", b", ")
    assert read_commit(ROOM, [], spaced, SALT, OPS).id == commit_id([], spaced, SALT, OPS)
    assert read_commit(ROOM, [], spaced, SALT, OPS).id != commit_id([], META, SALT, OPS)


@pytest.mark.parametrize("broken", [b" " + META, META + b" ", META.replace(b",", b",\n")], ids=repr)
def test_read_commit_refuses_meta_that_would_not_stay_in_one_line(broken: bytes) -> None:
    with pytest.raises(RuleBroken, match="SYN-001"):
        read_commit(ROOM, [], broken, SALT, OPS)


@pytest.mark.parametrize(
    "broken", [b" " + OPS, OPS + b" ", OPS.replace(b",", b",\n")], ids=["front", "end", "line"]
)
def test_read_commit_refuses_ops_that_would_not_stay_in_one_line(broken: bytes) -> None:
    with pytest.raises(RuleBroken, match="SYN-001"):
        read_commit(ROOM, [], META, SALT, broken)


def test_make_commit_orders_parents_and_drops_repetitions() -> None:
    first, second = bytes(32), bytes([1] * 32)
    assert make(parents=[second, first, second], lam=2).parents == (first, second)


def test_lam_after_is_one_more_than_the_greatest_parent() -> None:
    assert [commits.lam_after([]), commits.lam_after([4, 9, 2])] == [1, 10]


def test_decode_gives_back_what_was_made() -> None:
    op = Op(
        "dispute", "0190c1d2-aaaa-7bbb-8ccc-000000000001", ("0f" * 32,), {"title": "邻里", "party_ids": ["a"]}
    )
    commit = make(op, lam=7, own=PARENT, incarnation=2)
    assert decode_ops(commit) == (op,)
    meta = decode_meta(commit)
    assert (meta.lam, meta.device, meta.incarnation, meta.own) == (7, "PC1", "2", PARENT)
    assert (meta.user, meta.at, meta.schema) == ("u1", "2026-03-01T08:00:00+08:00", 3)
    assert (commit.lam, commit.device, commit.own) == (7, "PC1", PARENT)


def test_read_commit_ignores_unknown_meta_of_a_newer_program() -> None:
    newer = META[:-1] + b',"z":1}'
    assert read_commit(ROOM, [], newer, SALT, OPS).meta == newer


def ops_of(table: str = "visit", record: str = "v1", parents: str = "[]", fields: str = '{"a":1}') -> bytes:
    return f'[["{table}","{record}",{parents},{fields}]]'.encode()


REFUSED_OPS = {
    "not_json": (b"[", "SYN-001"),
    "not_utf8": (b'[["visit","v1",[],{"a":"\xff"}]]', "SYN-001"),
    "empty": (b"[]", "SYN-001"),
    "object": (b"{}", "SYN-001"),
    "op_too_short": (b'[["visit","v1",[]]]', "SYN-001"),
    "op_too_long": (b'[["visit","v1",[],{"a":1},1]]', "SYN-001"),
    "no_fields": (ops_of(fields="{}"), "SYN-001"),
    "fields_a_list": (ops_of(fields="[]"), "SYN-001"),
    "parents_an_object": (ops_of(parents="{}"), "SYN-001"),
    "field_twice": (ops_of(fields='{"a":1,"a":2}'), "SYN-001"),
    "key_twice_deep_inside": (ops_of(fields='{"a":[{"b":1,"b":2}]}'), "SYN-001"),
    "nan": (ops_of(fields='{"a":NaN}'), "SYN-001"),
    "infinity": (ops_of(fields='{"a":-Infinity}'), "SYN-001"),
    "nested_bomb": (b"[" * 500_000 + b"]" * 500_000, "SYN-001"),
    "thousand_digits": (ops_of(fields='{"a":' + "9" * 5000 + "}"), "SYN-001"),
    "table_upwards": (ops_of(table="../visit"), "SYN-003"),
    "table_capital": (ops_of(table="Visit"), "SYN-003"),
    "table_a_number": (b'[[1,"v1",[],{"a":1}]]', "SYN-003"),
    "table_with_new_line": (ops_of(table="visit\\n"), "SYN-003"),
    "record_upwards": (ops_of(record="../../x"), "SYN-003"),
    "record_dots": (ops_of(record="a..b"), "SYN-003"),
    "record_ends_in_dot": (ops_of(record="a."), "SYN-003"),
    "record_drive": (ops_of(record="C:x"), "SYN-003"),
    "record_empty": (ops_of(record=""), "SYN-003"),
    "record_long": (ops_of(record="a" * 65), "SYN-003"),
    "parent_short": (ops_of(parents='["ab"]'), "SYN-003"),
    "parent_capital": (ops_of(parents=f'["{"AB" * 32}"]'), "SYN-003"),
    "field_name_with_dash": (ops_of(fields='{"a-b":1}'), "SYN-003"),
    "delete_with_a_word": (ops_of(fields='{"_del":"yes"}'), "SYN-003"),
    "record_twice": (b'[["visit","v1",[],{"a":1}],["visit","v1",[],{"b":1}]]', "SYN-003"),
    "nested_nine": (ops_of(fields='{"a":' + "[" * 9 + "]" * 9 + "}"), "SYN-004"),
    "nul": (ops_of(fields='{"a":"\\u0000"}'), "SYN-004"),
    "half_a_surrogate": (ops_of(fields='{"a":"\\ud800"}'), "SYN-004"),
    "nul_in_a_key": (ops_of(fields='{"a":{"\\u0000":1}}'), "SYN-004"),
    "beyond_64_bits": (ops_of(fields='{"a":9223372036854775808}'), "SYN-004"),
    "float_overflow": (ops_of(fields='{"a":1e999}'), "SYN-004"),
    "one_byte_too_large": (ops_of(fields='{"a":"' + "x" * (1024 * 1024 - 27) + '"}'), "SYN-002"),
}


@pytest.mark.parametrize("case", REFUSED_OPS)
def test_read_commit_refuses_ops(case: str) -> None:
    ops, code = REFUSED_OPS[case]
    with pytest.raises(RuleBroken) as failure:
        read_commit(ROOM, [], META, SALT, ops)
    assert failure.value.code == code


def test_long_names_are_refused_and_not_kept_in_memory() -> None:
    sizes = set()
    for letter in "abc":
        with pytest.raises(RuleBroken, match="SYN-"):
            read_commit(ROOM, [], META, SALT, ops_of(fields=json.dumps({letter * 200_000: 1})))
        sizes.add(commits._is_known_name.cache_info().currsize)
    assert len(sizes) == 1


def test_read_commit_takes_ops_at_every_limit() -> None:
    largest = ops_of(fields='{"a":"' + "x" * (1024 * 1024 - 28) + '"}')
    assert len(largest) == 1024 * 1024
    nested = ops_of(fields='{"a":' + "[" * 8 + "]" * 8 + "}")
    smallest = ops_of(fields='{"a":-9223372036854775808}')
    for ops in (largest, nested, smallest, ops_of(record="a.b_c-9" + "d" * 57)):
        assert read_commit(ROOM, [], META, SALT, ops).ops == ops


@pytest.mark.parametrize(
    "changed",
    [
        {"l": 0},
        {"l": True},
        {"l": "1"},
        {"l": 2**63},
        {"k": -1},
        {"k": None},
        {"d": "PC1"},
        {"d": "../x/1"},
        {"d": "PC1/"},
        {"d": "PC1/1/2"},
        {"d": 7},
        {"p": "ab"},
        {"p": 1},
        {"u": None},
        {"u": "x" * 129},
        {"t": "x" * 65},
        {"t": 5},
    ],
    ids=str,
)
def test_read_commit_refuses_meta(changed: dict[str, object]) -> None:
    meta = json.dumps(json.loads(META) | changed).encode()
    with pytest.raises(RuleBroken, match="SYN-001"):
        read_commit(ROOM, [], meta, SALT, OPS)


@pytest.mark.parametrize("meta", [b"[]", b"", b"null", b'{"l":1,"l":1}'])
def test_read_commit_refuses_meta_that_is_no_object(meta: bytes) -> None:
    with pytest.raises(RuleBroken, match="SYN-001"):
        read_commit(ROOM, [], meta, SALT, OPS)


def test_read_commit_refuses_large_meta_and_too_many_parents() -> None:
    with pytest.raises(RuleBroken, match="SYN-002"):
        read_commit(ROOM, [], META + b" " * 4096, SALT, OPS)
    with pytest.raises(RuleBroken, match="SYN-002"):
        read_commit(ROOM, [n.to_bytes(32, "big") for n in range(257)], META, SALT, OPS)


@pytest.mark.parametrize(
    "parents",
    [[b"short"], [PARENT, PARENT], [bytes([2] * 32), bytes([1] * 32)]],
    ids=["short", "twice", "order"],
)
def test_read_commit_refuses_parents(parents: list[bytes]) -> None:
    with pytest.raises(RuleBroken, match="SYN-001"):
        read_commit(ROOM, parents, META, SALT, OPS)


@pytest.mark.parametrize("scope", ["", "r:", "room", "county ", "r:../x", "r:a/b", "r:a\n", "r:" + "1" * 41])
def test_read_commit_refuses_a_scope(scope: str) -> None:
    with pytest.raises(RuleBroken, match="SYN-001"):
        read_commit(scope, [], META, SALT, OPS)


def test_read_commit_refuses_a_salt_of_another_length() -> None:
    with pytest.raises(RuleBroken, match="SYN-001"):
        read_commit(ROOM, [], META, b"1234567", OPS)


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), "\ud800", object()], ids=["nan", "inf", "half", "object"]
)
def test_make_commit_refuses_what_json_cannot_carry(value: Any) -> None:
    with pytest.raises(RuleBroken, match="SYN-004"):
        make(Op("visit", "v1", (), {"a": value}))


def test_make_commit_refuses_a_record_twice() -> None:
    with pytest.raises(RuleBroken, match="SYN-003"):
        make(Op("visit", "v1", (), {"a": 1}), Op("visit", "v1", (), {"b": 1}))


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab中", max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
).filter(lambda value: _depth(value) <= 8)


def _depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max((_depth(inner) for inner in value.values()), default=0)
    if isinstance(value, list):
        return 1 + max((_depth(inner) for inner in value), default=0)
    return 0


@given(
    st.dictionaries(
        st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True), JSON_VALUES, min_size=1, max_size=4
    )
)
def test_any_fields_come_back_as_they_went(fields: dict[str, Any]) -> None:
    fields.pop("_del", None)
    fields["x"] = 1
    commit = make(Op("visit", "v1", (), fields))
    again = read_commit(ROOM, commit.parents, commit.meta, commit.salt, commit.ops)
    assert again == commit
    assert decode_ops(again)[0].fields == fields


@given(st.data())
def test_any_flipped_byte_is_refused_or_gives_another_id(data: st.DataObject) -> None:
    commit = make(Op("visit", "v1", ("ab" * 32,), {"title": "走访", "count": 3}))
    meta, ops = bytearray(commit.meta), bytearray(commit.ops)
    target = data.draw(st.sampled_from([meta, ops]))
    target[data.draw(st.integers(0, len(target) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    try:
        changed = read_commit(ROOM, commit.parents, bytes(meta), commit.salt, bytes(ops))
    except RuleBroken:
        return
    assert changed.id != commit.id


@pytest.mark.parametrize("value", [float("inf"), object()], ids=["infinite", "object"])
def test_check_value_refuses_what_no_store_keeps(value: Any) -> None:
    with pytest.raises(RuleBroken, match="SYN-004"):
        commits.check_value([value])
