"""Who may write what: bundles that were altered, misdirected, forged or come from a PC that was shut out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from county.enrolment import list_devices, revoke
from desktop.base.errors import Failure, RuleBroken
from desktop.database.codes import CodeEntry
from desktop.staff.office import Office
from desktop.sync.apply import AUTHOR_REVOKED, NOT_ALLOWED, NOT_VOUCHED, PARENT_MISSING
from desktop.sync.bundle import BundleHead, ScopeState, Vouch, make_vouch, write_bundle
from desktop.sync.certificates import issue_certificate, make_county_certificate
from desktop.sync.commits import Commit, Op, make_commit
from desktop.sync.exchange import Exchange
from desktop.sync.log import heads, lams, load_commits
from desktop.sync.peer_words import PEERS
from desktop.sync.tables import ParkedRow
from desktop.sync.walk import lacking
from tests.helpers.county import OTHER_CODE, ROOM_CODE, World, all_heads, check, counts, hand_over

SCOPE = f"r:{ROOM_CODE}"
PARKED = ParkedRow.__table__


def parked(world: World, name: str) -> dict[bytes, str]:
    with world.offices[name].reading() as session:
        return {bytes(row.id): row.why for row in session.connection().execute(PARKED.select())}


def forged(
    by: Exchange,
    to: Exchange,
    commits: Sequence[Commit],
    vouches: Sequence[Vouch] = (),
    **head: object,
) -> bytes:
    """A bundle that says whatever the test wants, properly signed by its sender."""
    scopes = {one.scope: ScopeState() for one in commits}
    made = BundleHead(
        id="f" * 32,
        sender=by.party.device,
        receivers=(to.party.device,),
        made="2026-03-05T00:00:00Z",
        schema=1,
        app="test",
        scopes=scopes,
        certificate=dict(by.party.certificate.signed),
    )
    return write_bundle(
        replace(made, **head),  # type: ignore[arg-type]  # the test names real members
        commits,
        vouches,
        sign_secret=by.party.keys.sign_secret,
        recipients=[to.party.keys.age_public],
    )


def commit_of(
    world: World, name: str, *, scope: str = SCOPE, device: str = "", op: Op | None = None
) -> Commit:
    """A commit on top of what a PC has, made around its program."""
    office = world.offices[name]
    with office.reading() as session:
        connection = session.connection()
        parents = heads(connection, scope)
        top = max(lams(connection, scope, parents).values(), default=0)
    return make_commit(
        scope=scope,
        parents=parents,
        lam=top + 1,
        device=device or office.exchange().party.device,
        incarnation=1,
        own=None,
        user="",
        at="",
        schema=1,
        ops=[op or Op("staff_member", "forged-1", (), {"name": "张三丰"})],
        salt=b"saltsalt",
    )


def own_vouch(world: World, name: str, commit: Commit) -> Vouch:
    party = world.offices[name].exchange().party
    return make_vouch(commit.scope, commit.id, commit.device, party.keys.sign_secret)


def refused_without_a_trace(world: World, sealed: bytes) -> str:
    before = counts(world.county)
    with pytest.raises(Failure) as failure:
        world.county.exchange().take(sealed)
    assert counts(world.county) == before
    return failure.value.code


def sealed_by(world: World, name: str, to: str) -> bytes:
    return world.offices[name].exchange().make(world.offices[to].exchange().party.certificate).sealed


def test_altered_bundle_changes_no_row(world: World) -> None:
    world.offices["甲机"].add("staff_member", {"name": "张三丰", "role": "民警"})
    sealed = sealed_by(world, "甲机", "县局")
    for place in (10, len(sealed) // 2, len(sealed) - 1):
        altered = bytearray(sealed)
        altered[place] ^= 1
        assert refused_without_a_trace(world, bytes(altered)) in {"SYN-011", "SYN-010"}
    assert refused_without_a_trace(world, sealed[:-20]) == "SYN-011"


def test_bundle_for_somebody_else_changes_no_row(world: World) -> None:
    world.offices["甲机"].add("staff_member", {"name": "张三丰", "role": "民警"})
    assert refused_without_a_trace(world, sealed_by(world, "甲机", "乙机")) == "SYN-010"
    sender, county = world.offices["甲机"].exchange(), world.county.exchange()
    misdirected = forged(sender, county, [], receivers=("somebody",))
    assert refused_without_a_trace(world, misdirected) == "SYN-021"


def test_sender_without_the_countys_certificate_changes_no_row(world: World) -> None:
    sender, county = world.offices["甲机"].exchange(), world.county.exchange()
    other = dict(world.offices["邻室"].exchange().party.certificate.signed)
    assert refused_without_a_trace(world, forged(sender, county, [], certificate=other)) == "SYN-045"
    assert refused_without_a_trace(world, forged(sender, county, [], certificate=None)) == "SYN-040"
    lent = forged(sender, county, [], sender=world.offices["乙机"].exchange().party.device)
    assert refused_without_a_trace(world, lent) == "SYN-045"


def test_records_of_another_room_change_no_row(world: World) -> None:
    commit = commit_of(world, "甲机", scope=f"r:{OTHER_CODE}")
    sealed = forged(
        world.offices["甲机"].exchange(),
        world.county.exchange(),
        [commit],
        [own_vouch(world, "甲机", commit)],
    )
    assert refused_without_a_trace(world, sealed) == "SYN-072"
    heads_only = forged(
        world.offices["甲机"].exchange(),
        world.county.exchange(),
        [],
        scopes={f"r:{OTHER_CODE}": ScopeState()},
    )
    assert refused_without_a_trace(world, heads_only) == "SYN-072"


def test_room_takes_in_no_other_room_even_from_the_county(world: World) -> None:
    commit = commit_of(world, "县局", scope=f"r:{OTHER_CODE}")
    room = world.offices["甲机"].exchange()
    before = counts(world.offices["甲机"])
    with pytest.raises(Failure) as failure:
        room.take(forged(world.county.exchange(), room, [commit], [own_vouch(world, "县局", commit)]))
    assert failure.value.code == "SYN-072"
    assert counts(world.offices["甲机"]) == before


def test_commit_in_anothers_name_is_put_aside(world: World) -> None:
    other = world.offices["乙机"].exchange().party.device
    commit = commit_of(world, "甲机", device=other)
    county = world.county.exchange()
    for vouches in ([], [own_vouch(world, "甲机", commit)]):
        sealed = forged(
            world.offices["甲机"].exchange(), county, [commit], vouches, id=str(len(vouches)) * 32
        )
        taken = county.take(sealed)
        assert taken.new_count == 0
    assert parked(world, "县局") == {commit.id: NOT_VOUCHED}
    assert all_heads(world.county) == {}


def test_commit_that_waited_for_its_vouch_is_taken_in_with_it(world: World) -> None:
    commit = commit_of(world, "甲机")
    sender, county = world.offices["甲机"].exchange(), world.county.exchange()
    assert county.take(forged(sender, county, [commit])).parked_count == 1
    taken = county.take(
        forged(
            sender, county, [], [own_vouch(world, "甲机", commit)], id="e" * 32, scopes={SCOPE: ScopeState()}
        )
    )
    assert (taken.new_count, parked(world, "县局")) == (1, {})
    check(world.county.database)


def test_vouch_covers_only_its_own_devices_commits(world: World) -> None:
    """A PC that signs its own commit does not thereby prove the forged one of another below it."""
    other = world.offices["乙机"].exchange().party.device
    below = commit_of(world, "甲机", device=other)
    above = make_commit(
        scope=SCOPE,
        parents=[below.id],
        lam=2,
        device=world.offices["甲机"].exchange().party.device,
        incarnation=1,
        own=None,
        user="",
        at="",
        schema=1,
        ops=[Op("staff_member", "forged-2", (), {"name": "李四"})],
        salt=b"saltsalt",
    )
    county = world.county.exchange()
    sealed = forged(
        world.offices["甲机"].exchange(), county, [below, above], [own_vouch(world, "甲机", above)]
    )
    assert county.take(sealed).new_count == 0
    assert parked(world, "县局") == {below.id: NOT_VOUCHED, above.id: PARENT_MISSING}


def test_vouch_proves_nothing_once_its_own_commit_may_not_be_used(world: World) -> None:
    """Whoever passed on what lies below it could not prove it either."""
    room, county = world.offices["甲机"].exchange(), world.county.exchange()
    below = commit_of(world, "甲机")
    above = make_commit(
        scope=SCOPE,
        parents=[below.id],
        lam=2,
        device=room.party.device,
        incarnation=1,
        own=below.id,
        user="",
        at="",
        schema=1,
        ops=[Op("code_entry", "forged-2", (), {"label": "新类别"})],
        salt=b"saltsalt",
    )
    sealed = forged(room, county, [below, above], [own_vouch(world, "甲机", above)])
    assert county.take(sealed).new_count == 0
    assert parked(world, "县局") == {above.id: NOT_ALLOWED, below.id: PARENT_MISSING}
    check(world.county.database)


@pytest.mark.parametrize(
    "op",
    [
        Op("code_entry", "forged-1", (), {"label": "新类别"}),
        Op("visit", "forged-1", ("0" * 64,), {"note": "改过"}),
        Op("staff_member", "forged-1", (), {"role": "x" * 21}),
        Op("staff_member", "f" * 40, (), {"name": "张三丰"}),
        Op("printed_paper", "forged-1", (), {"copies_count": 2**40}),
    ],
    ids=["county's kind", "written once", "too long for the column", "id too long", "number too large"],
)
def test_operation_that_may_not_be_is_put_aside(world: World, op: Op) -> None:
    commit = commit_of(world, "甲机", op=op)
    county = world.county.exchange()
    county.take(
        forged(world.offices["甲机"].exchange(), county, [commit], [own_vouch(world, "甲机", commit)])
    )
    assert parked(world, "县局") == {commit.id: NOT_ALLOWED}
    check(world.county.database)


def test_room_cannot_save_what_the_county_would_put_aside(world: World) -> None:
    room = world.offices["甲机"]
    with pytest.raises(RuleBroken, match="SYN-062"):
        save_code(room)
    assert all_heads(room) == {}


def save_code(office: Office) -> None:
    with office.working() as work:
        work.session.add(CodeEntry(list_name="dispute_type", code="51", label="光伏"))


def test_revoked_pc_is_refused_and_told_from_one_that_is_not(world: World) -> None:
    device = world.offices["乙机"].exchange().party.device
    world.offices["乙机"].add("staff_member", {"name": "张三丰", "role": "民警"})
    revoke(world.county, device, "电脑丢失")
    assert refused_without_a_trace(world, sealed_by(world, "乙机", "县局")) == "SYN-071"
    states = {one["device"]: one["state"] for one in list_devices(world.county)}
    assert states[device] == "revoked"
    # The room's other PC hears of it with its next exchange and takes nothing from it any more.
    world.by_wire("甲机")
    with pytest.raises(Failure, match="SYN-071"):
        hand_over(world.offices["乙机"], world.offices["甲机"])


def test_work_of_a_revoked_pc_that_somebody_passes_on_is_put_aside(world: World) -> None:
    device = world.offices["乙机"].exchange().party.device
    world.offices["乙机"].add("staff_member", {"name": "张三丰", "role": "民警"})
    hand_over(world.offices["乙机"], world.offices["甲机"])
    revoke(world.county, device, "电脑丢失")
    assert hand_over(world.offices["甲机"], world.county) == 0
    assert set(parked(world, "县局").values()) == {AUTHOR_REVOKED}


def test_honest_work_on_top_of_a_revoked_pcs_is_not_lost(world: World) -> None:
    device = world.offices["乙机"].exchange().party.device
    world.offices["乙机"].add("staff_member", {"name": "张三丰", "role": "民警"})
    hand_over(world.offices["乙机"], world.offices["甲机"])
    world.offices["甲机"].add("staff_member", {"name": "李四", "role": "民警"})
    revoke(world.county, device, "电脑丢失")
    world.by_wire("甲机")
    assert all_heads(world.county) == all_heads(world.offices["甲机"])
    assert parked(world, "县局") == {}


def test_what_the_county_accepted_before_a_revocation_reaches_every_pc(world: World) -> None:
    world.offices["乙机"].add("staff_member", {"name": "张三丰", "role": "民警"})
    world.by_wire("乙机")
    revoke(world.county, world.offices["乙机"].exchange().party.device, "电脑丢失")
    world.by_wire("甲机")
    assert all_heads(world.offices["甲机"]) == all_heads(world.county)


def test_later_bundle_waits_for_the_earlier_one_and_asks_for_it(world: World) -> None:
    room, county = world.offices["甲机"], world.county.exchange()
    room.add("staff_member", {"name": "张三丰", "role": "民警"})
    room.add("staff_member", {"name": "李四", "role": "民警"})
    sender = room.exchange()
    with room.reading() as session:
        connection = session.connection()
        first, second = lacking(connection, SCOPE, [])
        newest = load_commits(connection, SCOPE, [second])[second]
    county.take(forged(sender, county, [newest], [own_vouch(world, "甲机", newest)]))
    assert parked(world, "县局") == {second: PARENT_MISSING}
    answer = sender.take(county.make(sender.party.certificate).sealed)
    assert answer.new_count == 0
    with room.reading() as session:
        wants = session.connection().execute(PEERS.select().where(PEERS.c.scope == SCOPE)).one().wants
    assert first.hex() in wants
    world.by_wire("甲机")
    assert parked(world, "县局") == {}
    assert all_heads(world.county) == all_heads(room)


def test_practice_and_real_never_meet(world: World) -> None:
    party = world.county.exchange().party
    real = make_county_certificate("649901", "青石县公安局", party.keys, practice=False)
    mine = world.offices["甲机"].exchange().party
    certificate = issue_certificate(
        real,
        party.keys.sign_secret,
        device=mine.device,
        letter="A",
        scope=SCOPE,
        room_name="石桥村警务室",
        sign_public=mine.keys.sign_public,
        age_public=mine.keys.age_public,
        role="room",
        issued_at="2026-03-05T00:00:00Z",
    )
    sealed = forged(
        world.offices["甲机"].exchange(), world.county.exchange(), [], certificate=dict(certificate.signed)
    )
    assert refused_without_a_trace(world, sealed) == "SYN-043"
