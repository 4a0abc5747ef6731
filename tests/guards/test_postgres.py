"""The database server that the county's tests ask for."""

from __future__ import annotations

import pytest
import sqlalchemy

pytestmark = pytest.mark.postgres

_seen: list[str] = []


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_gets_an_empty_database_of_its_own(postgres_url: str, turn: int) -> None:
    engine = sqlalchemy.create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE area (name text)"))
        connection.execute(sqlalchemy.text("INSERT INTO area VALUES ('青石村')"))
        names = connection.execute(sqlalchemy.text("SELECT name FROM area")).scalars().all()
    engine.dispose()

    assert names == ["青石村"]
    assert postgres_url not in _seen
    _seen.append(postgres_url)


def test_server_is_reached_on_loopback_only(postgres_url: str) -> None:
    engine = sqlalchemy.create_engine(postgres_url)
    with engine.connect() as connection:
        listening = connection.execute(sqlalchemy.text("SHOW listen_addresses")).scalar_one()
    engine.dispose()

    assert listening == "127.0.0.1"
