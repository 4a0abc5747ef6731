"""The engine alone, on whole encrypted rooms with search: a first sync of 10,000 changes, growth with the log.

    python -m pytest tests/benchmarks/sync_first.py -m benchmark -s
    SYNC_GROWTH=10000,100000 python -m pytest tests/benchmarks/sync_first.py -m benchmark -s -k growth

Changes are 7 new visits to 3 edits of two fields, Chinese text, one commit each. Times are processor time of this
process, so that other work on the machine counts little; `loop_s` is a plain loop for comparison with other machines.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest
from sqlalchemy import event

from desktop.staff.office import Office
from desktop.sync.bundle import BundleHead, ScopeState, make_vouch, write_bundle
from desktop.sync.commits import Commit, Op, make_commit
from desktop.sync.crypto import SUITE
from desktop.sync.log import heads, lams
from desktop.sync.verify import verify
from desktop.sync.walk import lacking
from tests.helpers.county import ROOM_CODE, World
from tests.helpers.figures import loop_s, tell

pytestmark = pytest.mark.benchmark
SCOPE = f"r:{ROOM_CODE}"
AT = "2026-03-05T00:00:00Z"
PEOPLE = 300
_Value = TypeVar("_Value")


def timed(work: Callable[[], _Value]) -> tuple[float, _Value]:
    """Processor seconds and what came out."""
    started = time.process_time()
    found = work()
    return round(time.process_time() - started, 2), found


def changes(count: int, first: int = 0) -> Iterator[Op]:
    """Visits and edits of people as a room makes them."""
    for number in range(first, first + count):
        if number < PEOPLE or number % 10 >= 7:
            person = f"p{number if number < PEOPLE else number % PEOPLE}"
            values = {"phone": f"1200000{number % 10000:04d}", "note": f"第{number}次核对，电话已更新。"}
            yield Op("staff_member", person, (), values | ({"name": "张三丰"} if number < PEOPLE else {}))
        else:
            yield Op(
                "visit",
                f"v{number}",
                (),
                {
                    "root_id": f"v{number}",
                    "visited_on": "2026-03-05",
                    "place": f"石桥村{number % 12 + 1}组",
                    "object_name": "张三丰",
                    "opinions": f"第{number}户：近期无陌生人来往，提醒防范电信诈骗，查看灶房用电，家中老人身体尚可。",
                    "recorded_by": "王敏",
                    "recorded_at": AT,
                },
            )


def sealed(by: Office, to: Office, commits: list[Commit]) -> bytes:
    """One bundle of them, as the PC would write it."""
    party, receiver = by.exchange().party, to.exchange().party
    head = BundleHead(
        id=SUITE.random_bytes(16).hex(),
        sender=party.device,
        receivers=(receiver.device,),
        made=AT,
        schema=1,
        app="0",
        scopes={SCOPE: ScopeState((commits[-1].id,))},
        certificate=dict(party.certificate.signed),
    )
    vouch = make_vouch(SCOPE, commits[-1].id, party.device, party.keys.sign_secret)
    return write_bundle(
        head,
        commits,
        [vouch],
        sign_secret=party.keys.sign_secret,
        recipients=[receiver.certificate.age_public],
    )


def statements(office: Office) -> list[str]:
    """What is said to the database from now on."""
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(statement)

    event.listen(office.database.engine, "before_cursor_execute", note)
    return said


def fill(world: World, count: int, first: int = 0) -> tuple[float, int]:
    """The county takes in so many changes of one PC, in files as large as a stick's."""
    room, county = world.offices["甲机"], world.county
    seconds, size = 0.0, 0
    for start in range(first, first + count, 10_000):
        bundle = sealed(room, county, history_on(county, room, min(10_000, first + count - start), start))
        took, _taken = timed(lambda bundle=bundle: county.exchange().take(bundle))  # type: ignore[misc]
        seconds, size = seconds + took, size + len(bundle)
    return seconds, size


def history_on(county: Office, room: Office, count: int, first: int) -> list[Commit]:
    """Commits of the room's PC on top of what the county has."""
    with county.reading() as session:
        parents = heads(session.connection(), SCOPE)
        lam = max(lams(session.connection(), SCOPE, parents).values(), default=0)
    return _chain(room, list(changes(count, first)), parents, lam)


LAST: dict[str, str] = {}


def _chain(room: Office, ops: list[Op], parents: list[bytes], lam: int) -> list[Commit]:
    made: list[Commit] = []
    # The PC's own history goes on, or the county would look for a second life of it in the whole log.
    own = parents[0] if parents else None
    device = room.exchange().party.device
    for op in ops:
        seen = (LAST[op.record_id],) if op.record_id in LAST else ()
        lam += 1
        commit = make_commit(
            scope=SCOPE,
            parents=parents,
            lam=lam,
            device=device,
            incarnation="1",
            own=own,
            user="王敏",
            at=AT,
            schema=1,
            ops=[Op(op.table, op.record_id, seen, op.fields)],
            salt=SUITE.random_bytes(8),
        )
        LAST[op.record_id] = commit.hex_id
        parents, own = [commit.id], commit.id
        made.append(commit)
    return made


def test_first_sync_of_ten_thousand_changes(world: World) -> None:
    LAST.clear()
    told: dict[str, object] = {"loop_s": loop_s()}
    told["up_take_s"], told["up_bytes"] = fill(world, 10_000)
    second, county = world.offices["乙机"], world.county
    peer = second.exchange().party.certificate
    said = statements(second)
    told["down_make_s"], answer = timed(lambda: county.exchange().make(peer))
    told["down_bytes"] = len(answer.sealed)
    told["down_take_s"], taken = timed(lambda: second.exchange().take(answer.sealed))
    assert taken.new_count == 10_000
    told["down_statements"] = len(said)
    told["again_s"], taken = timed(lambda: second.exchange().take(answer.sealed))
    assert taken.new_count == 0
    told["nothing_new_make_s"], _made = timed(lambda: county.exchange().make(peer))
    tell("first engine", told)


def test_growth_with_the_log(world: World) -> None:
    LAST.clear()
    county, first = world.county, 0
    for size in [int(one) for one in os.environ.get("SYNC_GROWTH", "10000").split(",")]:
        told: dict[str, object] = {"log": size}
        told["fill_s"], _bytes = fill(world, size - first, first)
        first = size
        told["day_take_s"], told["day_bytes"] = fill(world, 100, first)
        first += 100
        told |= _walk_and_verify(county)
        tell(f"log {size}", told)


def _walk_and_verify(county: Office) -> dict[str, object]:
    with county.reading() as session:
        connection = session.connection()
        behind = lacking(connection, SCOPE, ())[-101:-100]
        walked, missing = timed(lambda: lacking(connection, SCOPE, behind))
        assert len(missing) == 100
        verified, found = timed(lambda: list(verify(connection, county.registry, county.exchange().party)))
        assert found == []
    return {"day_walk_s": walked, "verify_s": verified}
