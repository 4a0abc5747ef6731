"""The chain makes exactly the tables that the program declares, on SQLite and on PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData, text

from desktop.base.errors import Refused
from desktop.bootstrap import build_catalogue
from desktop.database import schema
from desktop.database.engine import open_file, open_server
from desktop.database.record import METADATA


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An engine on an empty database of each kind."""
    if request.param == "sqlite":
        engine = open_file(tmp_path / "空.db", bytes(range(32)))
    else:
        engine = open_server(request.getfixturevalue("postgres_url"))
    yield engine
    engine.dispose()


def declared() -> MetaData:
    """The program's tables, without those that other tests invent."""
    build_catalogue()
    found = MetaData(naming_convention=METADATA.naming_convention)
    for table in METADATA.sorted_tables:
        if not table.name.startswith("toy_"):
            table.to_metadata(found)
    return found


def test_chain_makes_the_declared_tables_and_no_others(empty: Engine) -> None:
    schema.migrate(empty)
    with empty.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_object": lambda _item, name, kind, *_rest: (
                    not (kind == "table" and re.fullmatch(r"search_words.*|.*_p\d\d", str(name)))
                ),
            },
        )
        differences = [
            one
            for one in compare_metadata(context, declared())
            if "comment" not in str(one[0] if one else "")
        ]
    assert [one for one in differences if not _is_comment(one)] == []


def _is_comment(difference: object) -> bool:
    return isinstance(difference, list) and all("modify_comment" in str(one[0]) for one in difference)


def test_migrating_twice_changes_nothing(empty: Engine) -> None:
    assert schema.needs_migration(empty)
    schema.migrate(empty)
    assert not schema.needs_migration(empty)
    schema.migrate(empty)


def test_newer_data_is_refused_with_a_sentence(empty: Engine) -> None:
    schema.migrate(empty)
    with empty.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Refused) as caught:
        schema.needs_migration(empty)
    assert caught.value.code == "DBS-010"


def test_chain_has_one_head_and_it_is_the_one_the_program_names() -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.migrations_folder()))
    assert ScriptDirectory.from_config(config).get_heads() == [schema.HEAD]
