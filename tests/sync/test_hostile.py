"""What a hostile sender may try with the keys of an enrolled PC in hand, and without: nothing of it changes a row.

Cuts and altered bytes of every place are in `test_bundle.py`, forged authors in `test_exchange_authors.py`; long runs
of random input in `tests/benchmarks/fuzz_parsers.py`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import zstandard
from sqlalchemy import select

from desktop.base.errors import Failure
from desktop.database.record import COUNTY_SCOPE
from desktop.staff.tables import PrintedPaper
from desktop.sync.apply import NOT_ALLOWED, PARENT_MISSING, PARKED, WRONG_ORDER
from desktop.sync.bundle import BundleHead, ScopeState, Vouch, make_vouch, write_bundle
from desktop.sync.commits import Commit, commit_id, compact_json, read_commit
from desktop.sync.crypto import MAX_SEALED_BYTES, SUITE
from tests.simulation.playing import new_world
from tests.simulation.replicas import Replica, everything, party_of, problems
from tests.simulation.worlds import PLACES, ROOM, ROOMS, World

AT = "2026-03-05T00:00:00Z"
SALT = bytes(8)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = new_world(tmp_path)
    made.add("pc-a", name="张三丰")
    made.exchange("pc-a", "pc-b", "pc-c")
    yield made
    made.close()


def commit(
    ops: Any, *, parents: Sequence[bytes] = (), lam: int = 1, device: str = "pc-a", scope: str = ROOM
) -> Commit:
    """A commit that says whatever the test wants, without the checks of an honest writer."""
    meta = {"l": lam, "d": f"{device}/1", "p": None, "u": "x", "t": AT, "k": 1}
    body = ops if isinstance(ops, bytes) else compact_json(ops)
    made = compact_json(meta)
    return Commit(
        scope, commit_id(parents, made, SALT, body), lam, device, None, tuple(parents), made, SALT, body
    )


def bundle(
    commits: Sequence[Commit], *, by: str = "pc-a", to: str = "county", vouches: Sequence[Vouch] | None = None
) -> bytes:
    """A bundle with proper keys, seal and digital signature."""
    party = party_of(by, *PLACES[by])
    head = BundleHead(
        id=SUITE.random_bytes(16).hex(),
        sender=by,
        receivers=(to,),
        made=AT,
        schema=1,
        app="x",
        scopes={one.scope: ScopeState() for one in commits},
        certificate=dict(party.certificate.signed),
    )
    if vouches is None:
        vouches = [make_vouch(one.scope, one.id, by, party.keys.sign_secret) for one in commits]
    to_key = party_of(to, *PLACES[to]).keys.age_public
    return write_bundle(head, commits, vouches, sign_secret=party.keys.sign_secret, recipients=[to_key])


def refuse(disk: Replica, sealed: bytes, *codes: str) -> None:
    """The bundle is refused with one of the codes and nothing is changed."""
    before = everything(disk)
    with pytest.raises(Failure) as told:
        disk.exchange().take(sealed)
    assert told.value.code in codes
    assert everything(disk) == before


def put_aside(disk: Replica, sealed: bytes, why: str) -> None:
    """The bundle is read, its commits wait with the reason, and no record is changed."""
    rows = [[*rows] for rows in everything(disk)]
    disk.exchange().take(sealed)
    now = everything(disk)
    # Commits, operations, heads, conflicts and the kinds; signatures and what waits may grow.
    assert now[:4] == rows[:4]
    assert now[6:] == rows[6:]
    with disk.database.reading() as session:
        assert {row.why for row in session.connection().execute(select(PARKED))} == {why}
    assert problems(disk) == []


def add_op(record_id: str = "x1", **fields: Any) -> list[Any]:
    return ["staff_member", record_id, [], fields or {"name": "李四"}]


# -- the envelope --------------------------------------------------------------------------------------------------


def test_file_for_another_key_is_refused(world: World) -> None:
    refuse(world.disks["pc-b"], bundle([commit([add_op()])]), "SYN-010")


def test_bundle_that_was_sealed_anew_for_another_is_refused(world: World) -> None:
    """Whoever may open a bundle cannot pass it on as if it had been meant for somebody else."""
    inner = SUITE.open_sealed(bundle([commit([add_op()])]), world.county.party.keys.age_secret)
    again = SUITE.seal(inner, [party_of("pc-b", *PLACES["pc-b"]).keys.age_public])
    refuse(world.disks["pc-b"], again, "SYN-021")


def test_bundle_is_no_use_after_its_sender_was_shut_out(world: World) -> None:
    sealed = bundle([commit([add_op()], device="pc-b")], by="pc-b")
    world.shut_out_now()
    refuse(world.county, sealed, "SYN-071")
    refuse(world.county, sealed, "SYN-071")


def test_bundle_cut_at_every_edge_of_a_chunk_is_refused(world: World) -> None:
    """age gives out chunks of 64 KiB before it can see that the last one is missing."""
    big = [commit([add_op(f"x{number}", note=SUITE.random_bytes(30_000).hex())]) for number in range(12)]
    sealed = bundle(big)
    header = sealed.index(b"\n---") + 50
    edges = [*range(header, len(sealed), 64 * 1024 + 16), len(sealed) - 1]
    assert len(edges) > 5
    for edge in edges:
        refuse(world.county, sealed[:edge], "SYN-011")


def test_header_of_ten_thousand_recipients_is_refused_before_any_of_them_is_tried(world: World) -> None:
    sealed = bundle([commit([add_op()])])
    stanza = b"-> X25519 " + b"A" * 43 + b"\n" + b"B" * 43 + b"\n"
    head, rest = sealed.split(b"\n", 1)
    refuse(world.county, head + b"\n" + stanza * 10_000 + rest, "SYN-012")
    refuse(world.county, head + b"\n" + stanza * 9 + rest, "SYN-012", "SYN-011")


def test_bomb_of_a_gibibyte_is_refused_before_it_is_whole(world: World) -> None:
    compressor = zstandard.ZstdCompressor(level=3).compressobj()
    packed = bytearray()
    for _piece in range(1024):
        packed += compressor.compress(bytes(1024 * 1024))
    packed += compressor.flush()
    assert len(packed) < 200_000
    refuse(world.county, SUITE.seal(bytes(packed), [world.county.party.keys.age_public]), "SYN-012")


def test_frame_that_asks_for_a_huge_window_is_refused(world: World) -> None:
    params = zstandard.ZstdCompressionParameters(window_log=27, enable_ldm=True)
    packed = zstandard.ZstdCompressor(compression_params=params).compress(b"{}\n" * (48 * 1024 * 1024))
    refuse(world.county, SUITE.seal(packed, [world.county.party.keys.age_public]), "SYN-022", "SYN-012")


def test_file_over_the_cap_is_refused_unread(world: World) -> None:
    refuse(world.county, bytes(MAX_SEALED_BYTES + 1), "SYN-012")


# -- commits -------------------------------------------------------------------------------------------------------


def test_commit_of_one_byte_over_the_cap_is_refused(world: World) -> None:
    filler = 1024 * 1024 - len(compact_json([add_op("x1", note="")]))
    whole = commit([add_op("x1", note="a" * filler)])
    assert len(whole.ops) == 1024 * 1024
    refuse(world.county, bundle([commit([add_op("x1", note="a" * (filler + 1))])]), "SYN-002")


def test_order_number_that_does_not_follow_waits_for_ever(world: World) -> None:
    """Nobody may raise it to win every conflict, or lower it to be overlooked."""
    head = world.head("county", ROOM)
    put_aside(world.county, bundle([commit([add_op()], parents=[head], lam=9)]), WRONG_ORDER)


def test_commit_that_names_itself_among_unknown_parents_waits(world: World) -> None:
    """A circle of commits would have to know its own hash; what can be made is a parent that never was."""
    put_aside(world.county, bundle([commit([add_op()], parents=[b"\x07" * 32], lam=2)]), PARENT_MISSING)


def test_operations_that_name_each_other_as_seen_are_folded_all_the_same(world: World) -> None:
    """A circle among operations is possible, as they name commits that need not be parents."""
    head = world.head("county", ROOM)
    first = commit([add_op("x1", phone="1")], parents=[head], lam=2)
    second = commit([["staff_member", "x1", [first.hex_id], {"phone": "2"}]], parents=[first.id], lam=3)
    backwards = commit([["staff_member", "x1", [second.hex_id], {"phone": "3"}]], parents=[head], lam=2)
    world.county.exchange().take(bundle([first, second]))
    world.county.exchange().take(bundle([backwards]))
    assert problems(world.county) == []
    shown = world.person("county", "x1", ROOM)
    assert shown is not None
    # The later one wins the show; the one that claims to have seen the future hides nothing.
    assert shown.phone == "2"


def test_operation_on_a_row_that_is_written_once_is_put_aside(world: World) -> None:
    with world.save(world.disks["pc-a"]) as session:
        session.add(PrintedPaper(id="p1", scope=ROOM, root_id="p1", paper_name="协议书"))
    world.exchange("pc-a")
    head = world.head("county", ROOM)
    change = ["printed_paper", "p1", [head.hex()], {"paper_name": "改过的"}]
    put_aside(world.county, bundle([commit([change], parents=[head], lam=3)]), NOT_ALLOWED)


def test_commit_into_the_scope_of_another_room_is_refused(world: World) -> None:
    refuse(world.county, bundle([commit([add_op()], scope=ROOMS[1])]), "SYN-072")


def test_commit_of_a_room_into_the_countys_scope_is_put_aside(world: World) -> None:
    """Every room may speak of the county's scope, and none may write into it."""
    put_aside(world.county, bundle([commit([add_op()], scope=COUNTY_SCOPE)]), NOT_ALLOWED)


@pytest.mark.parametrize(
    "record_id",
    [
        "../../etc/passwd",
        "a/b",
        "a\\b",
        "C:evil",
        "..",
        "a..b",
        ".hidden",
        "x" * 65,
        "",
        "行",
        "a\x00b",
        "con:",
    ],
)
def test_record_id_that_could_be_a_path_is_refused(world: World, record_id: str) -> None:
    refuse(world.county, bundle([commit([add_op(record_id)])]), "SYN-003", "SYN-022", "SYN-001")


@pytest.mark.parametrize(
    "ops",
    [
        b"[]",
        b"{}",
        b"[[]]",
        b'[["staff_member","x",[],{}]]',
        b'[["staff_member","x",[],{"name":NaN}]]',
        b'[["staff_member","x",[],{"name":1e999}]]',
        b'[["staff_member","x",[],{"name":"a","name":"b"}]]',
        b'[["Staff Member","x",[],{"name":"a"}]]',
        b'[["staff_member","x",["zz"],{"name":"a"}]]',
        b'[["staff_member","x",[],{"name":"\\ud800"}]]',
        b'[["staff_member","x",[],{"_del":"yes"}]]',
        b'[["staff_member","x",[],{"name":"a"}],["staff_member","x",[],{"name":"b"}]]',
        b'[["staff_member","x",[],{"n":' + b"[" * 5000 + b"]" * 5000 + b"}]]",
        b'[["staff_member","x",[],{"n":99999999999999999999999999}]]',
        b'[["staff_member","x",[],{"__class__":"a"}]] ',
        b"\xff\xfe",
    ],
)
def test_operations_of_a_wrong_form_are_refused_whole(world: World, ops: bytes) -> None:
    good = commit([add_op("good")])
    refuse(world.county, bundle([good, commit(ops)]), "SYN-001", "SYN-002", "SYN-003", "SYN-004", "SYN-022")
    with pytest.raises(Failure):
        read_commit(ROOM, (), good.meta, SALT, ops)


def test_value_that_no_column_can_hold_is_put_aside(world: World) -> None:
    put_aside(world.county, bundle([commit([add_op("x1", phone="9" * 500)])]), NOT_ALLOWED)


def test_table_that_nobody_knows_stays_in_the_log_alone(world: World) -> None:
    before = everything(world.county)[6:]
    world.county.exchange().take(bundle([commit([["no_such_table", "x1", [], {"drop": "table"}]])]))
    assert everything(world.county)[6:] == before
    assert problems(world.county) == []


@pytest.mark.parametrize(
    "change",
    [
        {"gone": []},
        {"gone": {ROOM: ["zz"]}},
        {"certs": {}},
        {"certs": [{"body": "{}", "sig": ""}]},
        {"revoked": "all"},
        {"revoked": [{"body": json.dumps({"device": "pc-a"}), "sig": "AAAA"}]},
    ],
    ids=["gone list", "gone id", "certs object", "cert empty", "revoked text", "revoked forged"],
)
def test_head_with_a_malformed_word_is_refused(world: World, change: dict[str, Any]) -> None:
    party = party_of("pc-a", *PLACES["pc-a"])
    head = BundleHead(
        id="e" * 32,
        sender="pc-a",
        receivers=("county",),
        made=AT,
        schema=1,
        app="x",
        scopes={ROOM: ScopeState()},
        certificate=dict(party.certificate.signed),
    )
    sealed = write_bundle(
        replace(head, extra=change),
        [],
        [],
        sign_secret=party.keys.sign_secret,
        recipients=[world.county.party.keys.age_public],
    )
    refuse(world.county, sealed, "SYN-022", "SYN-040", "SYN-014", "SYN-042")


def test_peer_that_says_everything_is_gone_frees_only_its_own(world: World) -> None:
    """A PC may say that it lost a parent; about the commits of others it may not."""
    waiting = commit([add_op()], parents=[b"\x07" * 32], lam=2, device="pc-b")
    put_aside(world.county, bundle([waiting], by="pc-b"), PARENT_MISSING)
    party = party_of("pc-a", *PLACES["pc-a"])
    head = BundleHead(
        id="d" * 32,
        sender="pc-a",
        receivers=("county",),
        made=AT,
        schema=1,
        app="x",
        scopes={ROOM: ScopeState()},
        certificate=dict(party.certificate.signed),
        extra={"gone": {ROOM: ["07" * 32]}},
    )
    sealed = write_bundle(
        head, [], [], sign_secret=party.keys.sign_secret, recipients=[world.county.party.keys.age_public]
    )
    world.county.exchange().take(sealed)
    with world.county.database.reading() as session:
        assert {row.why for row in session.connection().execute(select(PARKED))} == {PARENT_MISSING}
