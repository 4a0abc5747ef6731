"""The encrypted file's engine: how it is set, and what the driver's errors mean to an officer."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from desktop.base.errors import EnvironmentFault, Failure
from desktop.database import engine as engines
from desktop.database.engine import WRITER, fault_of, faults, open_file

KEY = bytes(range(32))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    # A question mark would end the path in an address; Windows allows none in a name.
    return tmp_path / ("青石 #1%.db" if sys.platform == "win32" else "青石 #1?%.db")


@pytest.fixture
def engine(path: Path) -> Iterator[Engine]:
    made = open_file(path, KEY)
    with made.begin() as connection:
        connection.execute(text("CREATE TABLE thing (name TEXT)"))
        connection.execute(text("INSERT INTO thing VALUES ('马占山')"))
    yield made
    made.dispose()


def code_of(error: BaseException) -> str | None:
    fault = fault_of(error)
    return None if fault is None else fault.code


def raised(call: str, path: Path, **told: bool) -> str:
    """The code of what a statement raises on a fresh engine."""
    made = open_file(path, KEY, **told)
    try:
        with pytest.raises(EnvironmentFault) as caught, faults(), made.begin() as connection:
            connection.execute(text(call))
        return caught.value.code
    finally:
        made.dispose()


def test_file_is_encrypted_and_named_as_people_name_folders(engine: Engine, path: Path) -> None:
    engine.dispose()
    assert path.is_file()
    assert "马占山".encode() not in path.read_bytes()
    assert not path.read_bytes().startswith(b"SQLite")


def test_connections_are_durable(engine: Engine) -> None:
    with engine.connect() as connection:
        asked = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "busy_timeout", "temp_store")
        }
    assert asked == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 10_000, "temp_store": 2}


def test_wrong_key_and_damage_are_one_fault(engine: Engine, path: Path) -> None:
    engine.dispose()
    other = open_file(path, bytes(32))
    with pytest.raises(EnvironmentFault) as caught, faults(), other.connect():
        pass
    assert caught.value.code == "DBS-003"
    path.write_bytes(b"no database at all" * 500)
    assert raised("SELECT 1", path) == "DBS-003"


def test_read_only_engine_writes_nothing(engine: Engine, path: Path) -> None:
    engine.dispose()
    assert raised("INSERT INTO thing VALUES ('x')", path, read_only=True) == "DBS-004"


def test_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert raised("SELECT 1", tmp_path / "没有" / "room.db") == "DBS-005"


def test_locked_file_is_told_after_the_wait(
    engine: Engine, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "BUSY_MILLISECONDS", 20)
    with engine.connect().execution_options(**{WRITER: True}) as holder, holder.begin():
        holder.execute(text("INSERT INTO thing VALUES ('x')"))
        assert raised("INSERT INTO thing VALUES ('y')", path) == "DBS-002"


def test_full_disk_is_told_and_leaves_the_file_whole(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 10")
        with pytest.raises(EnvironmentFault) as caught, faults():
            connection.execute(text("INSERT INTO thing VALUES (zeroblob(1000000))"))
    assert caught.value.code == "DBS-001"
    assert caught.value.may_retry
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA cipher_integrity_check").fetchall() == []
        assert connection.execute(text("SELECT count(*) FROM thing")).scalar() == 1


# Every primary result code of SQLite, as Python knows them: a fault of the surroundings, or a bug of ours.
SURROUNDINGS = {
    "SQLITE_FULL": "DBS-001",
    "SQLITE_BUSY": "DBS-002",
    "SQLITE_LOCKED": "DBS-002",
    "SQLITE_CORRUPT": "DBS-003",
    "SQLITE_NOTADB": "DBS-003",
    "SQLITE_READONLY": "DBS-004",
    "SQLITE_PERM": "DBS-004",
    "SQLITE_AUTH": "DBS-004",
    "SQLITE_IOERR": "DBS-005",
    "SQLITE_CANTOPEN": "DBS-005",
}
PRIMARY = sorted(
    name
    for name in vars(sqlite3)
    if name.startswith("SQLITE_") and name.count("_") == 1 and isinstance(getattr(sqlite3, name), int)
)
NO_RESULTS = {
    "SQLITE_OK", "SQLITE_DENY", "SQLITE_IGNORE", "SQLITE_ROW", "SQLITE_DONE", "SQLITE_NOTICE", "SQLITE_WARNING",
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name in PRIMARY if name not in NO_RESULTS])
def test_every_result_code_is_sorted(name: str) -> None:
    for told in (name, f"{name}_DETAIL"):
        error = sqlcipher.OperationalError("words that nobody branches on")
        error.sqlite_errorname = told
        assert code_of(error) == SURROUNDINGS.get(name)
        wrapped = OperationalError("SELECT 1", {}, error)
        assert code_of(wrapped) == SURROUNDINGS.get(name)


def test_bug_passes_as_it_is_and_a_failure_too(engine: Engine) -> None:
    with pytest.raises(OperationalError), faults(), engine.connect() as connection:
        connection.execute(text("SELECT nonsense"))
    with pytest.raises(Failure), faults():
        raise Failure("TST-001", "x")


def test_error_text_holds_nobody_s_data(engine: Engine) -> None:
    with pytest.raises(OperationalError) as caught, engine.connect() as connection:
        connection.execute(text("INSERT INTO nothing VALUES (:name)"), {"name": "12000000001"})
    assert "12000000001" not in str(caught.value)


def test_foreign_program_without_the_key_reads_nothing(engine: Engine, path: Path) -> None:
    engine.dispose()
    with closing(sqlite3.connect(path)) as plain, pytest.raises(sqlite3.DatabaseError):
        plain.execute("SELECT * FROM thing").fetchall()
