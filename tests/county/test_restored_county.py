"""A county that is put back from an old copy: its rooms find out by exchanging, and bring everything again."""

from __future__ import annotations

import shutil

import pytest
from sqlalchemy.engine import make_url

from desktop.staff.status import back_up
from tests.helpers.county import COUNTY, ROOM_CODE, World, all_heads, all_rows, check
from tests.helpers.rooms import PASSWORD, USER

SCOPES = (f"r:{ROOM_CODE}", "r:649901100202", "county")


def work(world: World, since: str) -> list[str]:
    """Every PC saves, the county settles nothing, everybody exchanges."""
    saved = []
    for name in ("甲机", "乙机", "邻室", "甲机"):
        saved.append(
            world.offices[name].add("staff_member", {"name": "张三丰", "role": "民警", "note": since}).id
        )
        world.by_wire(name)
    return saved


def heal(world: World, saved: list[str]) -> None:
    for name in ("甲机", "邻室", "乙机", "甲机"):
        world.by_wire(name)
    assert set(saved) <= set(world.county.list_ids("staff_member"))
    for name, scope in (("甲机", SCOPES[0]), ("乙机", SCOPES[0]), ("邻室", SCOPES[1])):
        assert all_heads(world.offices[name], [scope]) == all_heads(world.county, [scope])
        assert all_rows(world.offices[name], scope) == all_rows(world.county, scope)
    for office in world.offices.values():
        check(office.database)


def test_county_from_an_old_backup_is_made_whole_by_its_rooms(world: World) -> None:
    saved = work(world, "以前")
    copy = back_up(world.county).folder
    kept = world.folder / "备份"
    shutil.copytree(copy, kept)
    saved += work(world, "以后")
    world.close(COUNTY)
    shutil.rmtree(world.folder / COUNTY)
    world.rooms.restore(kept, world.folder / COUNTY, USER, lambda: PASSWORD).database.close()
    world.open(COUNTY)
    assert len(world.county.list_ids("staff_member")) == 4
    heal(world, saved)


@pytest.mark.postgres
def test_county_on_postgresql_from_an_old_copy_is_made_whole(server_world: World, postgres_url: str) -> None:
    import psycopg

    world = server_world
    saved = work(world, "以前")
    name = make_url(postgres_url).database or ""
    address = postgres_url.replace("+psycopg", "", 1).rpartition("/")[0] + "/postgres"
    copied = f"{name}_copy"
    world.county.database.engine.dispose()
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {copied} TEMPLATE {name}".encode())
    saved += work(world, "以后")
    world.county.database.engine.dispose()
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
        connection.execute(f"ALTER DATABASE {copied} RENAME TO {name}".encode())
    assert len(world.county.list_ids("staff_member")) == 4
    heal(world, saved)
