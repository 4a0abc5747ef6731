"""The county on PostgreSQL: the same exchange, several rooms at once, and saves at the county in between."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select, text

from desktop.database.search import DUE, ROWS
from desktop.staff.views import Query
from desktop.sync import parties
from desktop.sync.certificates import CountyCertificate, DeviceCertificate, Revocation
from desktop.sync.network import exchange_by_network
from desktop.sync.parties import DEVICES
from tests.county.test_bad_link import EXCHANGES, play
from tests.county.test_kill import KILLS, killed_in, play as play_kills
from tests.helpers.county import (
    COUNTY,
    PCS,
    ROOM_CODE,
    DirectPost,
    World,
    all_heads,
    all_rows,
    check,
)
from tests.helpers.served import start_county

SCOPE = f"r:{ROOM_CODE}"
pytestmark = pytest.mark.postgres


def test_rooms_and_a_county_on_postgresql_agree(server_world: World) -> None:
    world = server_world
    first, second = world.offices["甲机"], world.offices["乙机"]
    saved = first.add("staff_member", {"name": "张三丰", "role": "民警"}).id
    for name in ("甲机", "乙机"):
        world.by_wire(name)
    first.change("staff_member", saved, {"phone": "12000000001"})
    second.change("staff_member", saved, {"phone": "12000000002", "badge_no": "1"})
    for name in ("甲机", "乙机", "甲机"):
        world.by_wire(name)
    [conflict] = world.county.open_conflicts()
    world.county.settle({conflict.id: "left"}, "核实过")
    world.by_stick("甲机", COUNTY, "甲机")
    world.by_wire("乙机")
    assert all_heads(first) == all_heads(second) == all_heads(world.county, [SCOPE])
    assert all_rows(first, SCOPE) == all_rows(second, SCOPE) == all_rows(world.county, SCOPE)
    check(world.county.database)
    phone = world.county.show("staff_member", saved)["phone"]
    for typed in ("张三", "zsf", phone, phone[-4:]):
        assert len(world.county.find(typed)) == 1
        assert world.county.list_ids("staff_member", Query(search=typed)) == [saved]
    assert world.county.list_ids("staff_member", Query(search="李四")) == []


def test_rooms_that_exchange_at_once_lose_nothing(server_world: World) -> None:
    world = server_world
    saved = world.offices["甲机"].add("staff_member", {"name": "张三丰", "role": "民警"}).id
    for name in ("甲机", "乙机"):
        world.by_wire(name)

    def work(name: str) -> None:
        office = world.offices[name]
        for number in range(6):
            if name != "邻室":
                office.change("staff_member", saved, {"badge_no" if name == "甲机" else "note": str(number)})
            office.add("staff_member", {"name": "李四", "role": "民警"})
            exchange_by_network(office.exchange(), DirectPost(world.county))

    def settle() -> None:
        for number in range(6):
            world.county.change("staff_member", saved, {"phone": f"1200000000{number}"})

    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(work, name) for name in PCS] + [pool.submit(settle)]
        for job in jobs:
            job.result()
    for name in ("甲机", "乙机", "甲机", "邻室"):
        world.by_wire(name)
    assert all_heads(world.offices["甲机"]) == all_heads(world.offices["乙机"])
    assert all_rows(world.offices["甲机"], SCOPE) == all_rows(world.county, SCOPE)
    assert len(world.county.list_ids("staff_member")) == 1 + 18
    for office in world.offices.values():
        check(office.database)


def test_log_lies_in_parts_by_room(server_world: World) -> None:
    with server_world.county.reading() as session:
        told = session.execute(
            text("SELECT partrelid::regclass::text, partstrat::text FROM pg_partitioned_table")
        )
        assert {tuple(row) for row in told} == {(name, "h") for name in ("commit_", "op", "vouch", "parked")}


def test_exchange_that_crossed_another_is_repeated(
    server_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two PCs of a room that tell the same new certificate insert the same row; the loser begins anew."""
    world, real = server_world, parties.keep_device
    world.offices["甲机"].add("staff_member", {"name": "张三丰", "role": "民警"})
    crossed: list[int] = []

    def cross(
        connection: Connection, certificate: DeviceCertificate, county: CountyCertificate, at: str
    ) -> None:
        if not crossed:
            crossed.append(1)
            row = (
                connection.execute(select(DEVICES).where(DEVICES.c.id == certificate.device)).mappings().one()
            )
            connection.execute(insert(DEVICES).values(**row))
        real(connection, certificate, county, at)

    def all_new(
        _connection: Connection,
        _county: CountyCertificate,
        certificates: Sequence[DeviceCertificate],
        revocations: Sequence[Revocation],
    ) -> tuple[Sequence[DeviceCertificate], Sequence[Revocation]]:
        """What both PCs see before either has written."""
        return certificates, revocations

    monkeypatch.setattr("desktop.sync.exchange.new_words", all_new)
    monkeypatch.setattr("desktop.sync.exchange.keep_device", cross)
    world.by_wire("甲机")
    assert crossed == [1]
    assert all_heads(world.offices["甲机"]) == all_heads(world.county, [SCOPE])


def test_search_of_a_server_waits_until_somebody_searches(server_world: World) -> None:
    world = server_world
    world.offices["甲机"].add("staff_member", {"name": "张三丰", "role": "民警"})
    world.by_wire("甲机")
    with world.county.reading() as session:
        assert session.execute(select(ROWS.c.record_id)).all() == []
    assert [one.title for one in world.county.find("张三")] == ["张三丰"]
    with world.county.reading() as session:
        assert session.execute(select(DUE)).all() == []


def test_bad_line_loses_nothing_on_postgresql(server_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    play(server_world, monkeypatch, 3, EXCHANGES // 2)


def test_county_on_postgresql_that_is_killed_loses_nothing(server_world: World) -> None:
    for made in killed_in(server_world):
        play_kills(made, KILLS, seed=8)


def test_processes_behind_one_address_end_with_the_first(server_world: World) -> None:
    world = server_world
    world.close(COUNTY)
    process, address = start_county(world.folder / COUNTY, "127.0.0.1:0", "--workers", "2")
    others = children_of(process.pid)
    assert others
    room = world.offices["甲机"]
    for _time in range(4):
        room.add("staff_member", {"name": "张三丰", "role": "民警"})
        assert room.exchange_network(server=address).equal
    process.kill()
    process.wait()
    assert process.stderr is not None
    # The pipe ends when the last process that holds it has gone.
    process.stderr.read()
    process.stderr.close()
    world.open(COUNTY)
    assert all_heads(room, [SCOPE]) == all_heads(world.county, [SCOPE])


def children_of(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
