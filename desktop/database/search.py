"""Finding records by what people type: characters, pinyin initials, the last four of a phone or identity number.

Text is cut by our own code into character bigrams (and single characters for names) and kept in a contentless FTS5
table, because FTS5's trigrams answer nothing for one or two characters. Initials are tokens of their own, with every
reading of a surname. Numbers stay out of the text and are found by their last four digits or as a whole. PostgreSQL
keeps the same words in a column and looks through it. The index is derived: it can be made again from the rows.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Index,
    Integer,
    Select,
    String,
    Text,
    and_,
    bindparam,
    delete,
    false,
    func,
    insert,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from desktop.base.characters import standard_characters
from desktop.base.names import initials
from desktop.database.columns import ListColumn, add_rows, among, among_named, of_scope
from desktop.database.fields import Field, FieldType
from desktop.database.kinds import Kind, Registry
from desktop.database.record import Base

# The full-text table, made by the first migration; it has no mapped class because it is no ordinary table.
_FORGET = text("DELETE FROM search_words WHERE rowid = :entry")
_REMEMBER = text("INSERT INTO search_words (rowid, words) VALUES (:entry, :words)")
_NEXT_MATCHING = text(
    "SELECT rowid AS entry FROM search_words WHERE words MATCH :words AND rowid < :below "
    "ORDER BY rowid DESC LIMIT :limit"
)
_FIRST_MATCHING = text(
    "SELECT rowid AS entry FROM search_words WHERE words MATCH :words ORDER BY rowid DESC LIMIT :limit"
)
_ALL_MATCHING = text("SELECT rowid AS entry FROM search_words WHERE words MATCH :words")
_LATIN = re.compile(r"[0-9a-z]+")
_RUNS = re.compile(r"[0-9a-z]+|[^\W0-9a-z_]+", re.IGNORECASE)
_DOTS = str.maketrans("", "", "·・•‧")
_TAIL = 4
_PART = 300
# How many matches are looked at for each one that is wanted.
_STRETCH = 6
_TEXTS = frozenset({FieldType.TEXT, FieldType.LONG_TEXT, FieldType.PERSON_NAME})
_NUMBERS = frozenset({FieldType.PHONE, FieldType.IDENTITY_NUMBER})

# Names of people and places come again and again, and a reading costs a look into two dictionaries.
_initials = lru_cache(maxsize=4096)(initials)
_NAME_CHARS = 40


class SearchRow(Base):
    """One record as the search shows it; its words are in the full-text table under the same `entry`."""

    __tablename__ = "search_row"
    __table_args__ = (Index("ix_search_row_record", "kind", "record_id"),)

    entry: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    scope: Mapped[str | None] = mapped_column(String(80))
    kind: Mapped[str | None] = mapped_column(String(60))
    record_id: Mapped[str | None] = mapped_column(String(36))
    title: Mapped[str | None] = mapped_column(Text)
    serial_no: Mapped[str | None] = mapped_column(String(40), index=True)
    on_day: Mapped[str | None] = mapped_column(String(10))
    words: Mapped[str | None] = mapped_column(
        Text, comment="PostgreSQL only; SQLite keeps them in the FTS5 table"
    )


class SearchNumber(Base):
    """A phone or identity number of a record, whole and by its last four."""

    __tablename__ = "search_number"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    entry: Mapped[int | None] = mapped_column(Integer, index=True)
    number: Mapped[str | None] = mapped_column(String(40), index=True)
    tail: Mapped[str | None] = mapped_column(String(4), index=True)


class SearchDue(Base):
    """Records whose entries wait to be made again; empty once `catch_up` has run."""

    __tablename__ = "search_due"

    entry: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    scope: Mapped[str | None] = mapped_column(String(80))
    kind: Mapped[str | None] = mapped_column(String(60))
    record_ids: Mapped[list[str]] = mapped_column(ListColumn(), nullable=True)


ROWS = SearchRow.__table__
NUMBERS = SearchNumber.__table__
DUE = SearchDue.__table__
# How much is indexed in one transaction: lots, each of one scope and kind, and the records in them.
_MOST_LOTS, _MOST_RECORDS = 20, 1000
# So many at once come with an exchange or a spreadsheet, not from somebody who looks for them in the next moment.
_MANY = 50


_ANY_DUE = select(DUE.c.entry).limit(1)


@dataclass(frozen=True)
class Hit:
    """One record that was found."""

    kind: str
    record_id: str
    scope: str
    title: str
    serial_no: str
    on_day: str


def fold_text(value: str) -> str:
    """Text as the index compares it: full-width as half-width, lower case, no name dots."""
    return unicodedata.normalize("NFKC", standard_characters(value)).lower().translate(_DOTS)


def cut(value: str, *, singles: bool = False) -> Iterator[str]:
    """The tokens of a text: bigrams of characters, whole runs of letters and digits, single characters on wish."""
    for run in _RUNS.findall(fold_text(value)):
        if _LATIN.fullmatch(run):
            yield run
            continue
        if singles or len(run) == 1:
            yield from run
        for start in range(len(run) - 1):
            yield run[start : start + 2]


@cache
def _texts_of(kind: Kind) -> tuple[Field, ...]:
    """The fields of a kind that are found by their words, in the order of declaration."""
    title = kind.info.title
    return tuple(
        one for name, one in kind.fields.items() if one.type in _TEXTS and (one.search or name in title)
    )


@cache
def _columns_of(kind: Kind) -> tuple[ColumnElement[Any], ...]:
    """What an index entry is made of; most of a row's columns are not."""
    names = {"id", "root_id", "corrects", "serial_no", "is_deleted", "is_superseded", *kind.info.title}
    names |= {one.name for one in _texts_of(kind)}
    names |= {name for name, one in kind.fields.items() if one.type in _NUMBERS}
    names |= {one for one in (kind.info.day, kind.info.parent) if one}
    return tuple(item for item in kind.table.__table__.c if item.name in names)


def words_of(kind: Kind, values: Mapping[str, Any]) -> str:
    """The text of a record's index entry. Fields are kept apart so that a phrase never spans two of them."""
    found: list[str] = []
    title_fields = set(kind.info.title)
    for field in _texts_of(kind):
        value = values[field.name]
        if not value:
            continue
        is_person = field.type is FieldType.PERSON_NAME
        read = _words_of_name if len(value) <= _NAME_CHARS else _words_of_text
        found += read(value, is_person, is_person or field.name in title_fields)
    serial = values.get("serial_no")
    if serial:
        found += ["zz", *cut(serial)]
    return " ".join(found)


def _words_of_text(value: str, is_person: bool, is_named: bool) -> tuple[str, ...]:  # noqa: FBT001 - a field's marks
    singles = fold_text(value).replace(" ", "") if is_person else ""
    readings = _initials(value) if is_named else ()
    return ("zz", *cut(value), "zz", *singles, *(f"py{reading}" for reading in readings))


_words_of_name = lru_cache(maxsize=4096)(_words_of_text)


def query_words(typed: str) -> str:
    """What is typed, as a full-text query; empty when nothing can be looked for."""
    terms: list[str] = []
    for piece in fold_text(typed).split():
        for run in _RUNS.findall(piece):
            if _LATIN.fullmatch(run):
                terms.append(f'("{run}"* OR "py{run}"*)')
            elif len(run) == 1:
                terms.append(f'"{run}"*')
            else:
                phrase = " ".join(run[start : start + 2] for start in range(len(run) - 1))
                terms.append(f'"{phrase}"')
    return " AND ".join(terms)


def _known_id(row: Mapping[str, Any]) -> str:
    return str(row["root_id"] or row["id"])


def _entry(kind: Kind, scope: str, row: Mapping[str, Any], words: str | None) -> dict[str, Any]:
    on_day = row.get(kind.info.day) if kind.info.day else None
    return {
        "scope": scope,
        "kind": kind.name,
        "record_id": _known_id(row),
        "title": kind.title_of(row),
        "serial_no": row["serial_no"],
        "on_day": on_day.isoformat() if isinstance(on_day, date) else None,
        "words": words,
    }


@cache
def _rows_statement(kind: Kind, column: str, dialect: str) -> Select[Any]:
    """What is found of the rows of a scope, by one of their columns; parameters `of_scope` and `these`.

    Unordered: asked for an order, SQLite walks all rows of the scope by their key and leaves the column's index alone.
    """
    asked = kind.table.__table__.c[column]
    # The column they are asked by as well: by it a child row is put to its parent.
    return select(*dict.fromkeys((*_columns_of(kind), asked))).where(of_scope(dialect, asked))


@cache
def _entries_statement(dialect: str) -> Select[Any]:
    return select(ROWS.c.entry).where(
        ROWS.c.kind == bindparam("of_kind"),
        among_named(dialect, ROWS.c.record_id, "these"),
        ROWS.c.scope == bindparam("of_scope"),
    )


_ADD_ENTRIES = insert(ROWS).returning(ROWS.c.entry, sort_by_parameter_order=True)
_LAST_ENTRY = select(func.max(ROWS.c.entry))


class SearchIndex:
    """Keeps the index beside the rows and answers queries on it."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def renew(self, connection: Connection, kind: Kind, scope: str, record_ids: Iterable[str]) -> None:
        """Makes the entries of some records again from their rows; hidden and replaced rows lose theirs.

        Of many it is only remembered that they are due, and on a server of all: four hundred rooms call at eight
        o'clock, and nobody searches then.
        """
        ids = list(record_ids)
        if connection.dialect.name == "sqlite" and len(ids) < _MANY:
            self._renew_now(connection, kind, scope, ids)
        elif ids:
            connection.execute(insert(DUE).values(scope=scope, kind=kind.name, record_ids=ids))

    def is_behind(self, connection: Connection) -> bool:
        """Whether entries are due."""
        return connection.execute(_ANY_DUE).first() is not None

    def catch_up(self, connection: Connection) -> bool:
        """Makes some of the entries that are due; whether there may be more. Two at once wait for each other."""
        # One kind after the other: who was edited in twenty lots is indexed once.
        in_turn = select(DUE).order_by(DUE.c.scope, DUE.c.kind, DUE.c.entry).limit(_MOST_LOTS)
        lots = connection.execute(in_turn.with_for_update()).all()
        due: dict[tuple[str, str], dict[str, None]] = {}
        done: list[int] = []
        for lot in lots:
            due.setdefault((lot.scope, lot.kind), {}).update(dict.fromkeys(lot.record_ids))
            done.append(lot.entry)
            if sum(map(len, due.values())) >= _MOST_RECORDS:
                break
        for (scope, name), ids in due.items():
            if name in self._registry:
                self._renew_now(connection, self._registry.kind(name), scope, list(ids))
        if done:
            connection.execute(delete(DUE).where(DUE.c.entry.in_(done)))
        return len(done) < len(lots) or len(lots) == _MOST_LOTS

    def _renew_now(self, connection: Connection, kind: Kind, scope: str, ids: Sequence[str]) -> None:
        table = kind.table.__table__
        parent = self._registry.parent_of(kind)
        for start in range(0, len(ids), _PART):
            part = ids[start : start + _PART]
            if parent is not None:
                link = table.c[kind.info.parent]
                above = connection.execute(
                    select(link).where(table.c.scope == scope, among(connection, table.c.id, part)).distinct()
                ).scalars()
                self._renew_now(connection, parent, scope, [one for one in above if one])
                continue
            # One column each, because an OR of two would look through the table; a first version is its own root.
            columns = ("root_id", "id") if kind.info.insert_only else ("id",)
            found: dict[str, dict[str, Any]] = {}
            for column in columns:
                statement = _rows_statement(kind, column, connection.dialect.name)
                facts = {"of_scope": scope, "these": [one for one in part if one not in found]}
                if facts["these"]:
                    rows_there = connection.execute(statement, facts).mappings().all()
                    found |= {row["id"]: dict(row) for row in rows_there}
            rows = [found[one] for one in sorted(found)]
            self._write(connection, kind, scope, part, rows)

    def _write(
        self, connection: Connection, kind: Kind, scope: str, ids: Sequence[str], rows: list[dict[str, Any]]
    ) -> None:
        keys = set(ids) | {row["root_id"] for row in rows if row["root_id"]}
        keys |= {one for row in rows for one in row["corrects"] or ()}
        self._forget(connection, kind, scope, sorted(keys))
        shown = [row for row in rows if not (row["is_deleted"] or row["is_superseded"])]
        if shown:
            self._add(connection, kind, scope, shown)

    def _forget(self, connection: Connection, kind: Kind, scope: str, ids: Sequence[str]) -> None:
        facts = {"of_scope": scope, "of_kind": kind.name, "these": list(ids)}
        entries = list(connection.execute(_entries_statement(connection.dialect.name), facts).scalars())
        if not entries:
            return
        connection.execute(delete(NUMBERS).where(NUMBERS.c.entry.in_(entries)))
        connection.execute(delete(ROWS).where(ROWS.c.entry.in_(entries)))
        if connection.dialect.name == "sqlite":
            connection.execute(_FORGET, [{"entry": entry} for entry in entries])

    def _add(self, connection: Connection, kind: Kind, scope: str, rows: Sequence[dict[str, Any]]) -> None:
        full_text = connection.dialect.name == "sqlite"
        below = self._child_words(connection, kind, scope, [_known_id(row) for row in rows])
        words = [" ".join([words_of(kind, row), *below.get(_known_id(row), ())]) for row in rows]
        told_rows = [
            _entry(kind, scope, row, None if full_text else f" {told} ")
            for row, told in zip(rows, words, strict=True)
        ]
        if full_text:
            # SQLite lets one writer in at a time, so the numbers are free; asking for each row's costs most.
            first = (connection.execute(_LAST_ENTRY).scalar() or 0) + 1
            entries = list(range(first, first + len(rows)))
            numbered = [row | {"entry": entry} for row, entry in zip(told_rows, entries, strict=True)]
            add_rows(connection, ROWS, numbered)
        else:
            entries = list(connection.execute(_ADD_ENTRIES, told_rows).scalars())
        if full_text:
            connection.execute(
                _REMEMBER,
                [{"entry": entry, "words": told} for entry, told in zip(entries, words, strict=True)],
            )
        numbers = [
            {"entry": entry, "number": value.lower(), "tail": value[-_TAIL:].lower()}
            for entry, row in zip(entries, rows, strict=True)
            for name, field in kind.fields.items()
            if field.type in _NUMBERS and (value := row.get(name))
        ]
        if numbers:
            connection.execute(insert(NUMBERS), numbers)

    def _child_words(
        self, connection: Connection, kind: Kind, scope: str, known_ids: Sequence[str]
    ) -> dict[str, list[str]]:
        """Record → the names and texts of its child rows, so that a dispute is found by its parties."""
        found: dict[str, list[str]] = {}
        for child in kind.children:
            child_kind = self._registry.kind(child.kind)
            below = _rows_statement(child_kind, child.parent_field, connection.dialect.name)
            rows = connection.execute(below, {"of_scope": scope, "these": list(known_ids)}).mappings()
            for row in rows:
                if not row["is_deleted"]:
                    found.setdefault(row[child.parent_field], []).append(words_of(child_kind, dict(row)))
        return found

    def find(
        self,
        connection: Connection,
        typed: str,
        *,
        kinds: Sequence[str] = (),
        scopes: Sequence[str] = (),
        limit: int = 50,
    ) -> list[Hit]:
        """Records that match what was typed, newest first.

        Shape:   several words must all match; four digits or more also look at the ends of phones and numbers, a
                 record number opens the record itself.
        """
        entries = self._entries(connection, typed, kinds, scopes, limit)
        if not entries:
            return []
        rows = connection.execute(select(ROWS).where(ROWS.c.entry.in_(entries)).order_by(ROWS.c.entry.desc()))
        return [
            Hit(row.kind, row.record_id, row.scope, row.title or "", row.serial_no or "", row.on_day or "")
            for row in rows
        ]

    def matching(self, connection: Connection, kind: str, typed: str) -> Select[tuple[str]]:
        """The ids of all records of a kind that match as in `find`, to stand in another statement."""
        ways = _by_number(typed)
        words = query_words(typed)
        if words and connection.dialect.name == "sqlite":
            ways.append(ROWS.c.entry.in_(_ALL_MATCHING.bindparams(words=words).columns(entry=Integer)))
        elif words:
            ways.append(and_(*_by_like(typed)))
        return select(ROWS.c.record_id).where(ROWS.c.kind == kind, or_(false(), *ways))

    def _entries(
        self, connection: Connection, typed: str, kinds: Sequence[str], scopes: Sequence[str], limit: int
    ) -> list[int]:
        limits = _limits(kinds, scopes)
        found: dict[int, None] = {}
        for named in _by_number(typed):
            wanted = select(ROWS.c.entry).where(named, *limits).limit(limit)
            found.update(dict.fromkeys(connection.execute(wanted).scalars()))
        words = query_words(typed)
        if words and len(found) < limit:
            matching = self._by_words(connection, typed, words, kinds, scopes, limit)
            found.update(dict.fromkeys(matching))
        return list(found)[:limit]

    def _by_words(  # noqa: PLR0917 - the query, as typed and as words, and what narrows it
        self,
        connection: Connection,
        typed: str,
        words: str,
        kinds: Sequence[str],
        scopes: Sequence[str],
        limit: int,
    ) -> Iterable[int]:
        if connection.dialect.name != "sqlite":
            statement = select(ROWS.c.entry).where(*_limits(kinds, scopes), *_by_like(typed))
            return connection.execute(statement.order_by(ROWS.c.entry.desc()).limit(limit)).scalars()
        if not kinds and not scopes:
            return connection.execute(_FIRST_MATCHING, {"words": words, "limit": limit}).scalars()
        return self._newest_within(connection, words, kinds, scopes, limit)

    def _newest_within(
        self,
        connection: Connection,
        words: str,
        kinds: Sequence[str],
        scopes: Sequence[str],
        limit: int,
    ) -> Iterable[int]:
        """The newest matches inside the limits, a stretch of matches at a time: most matches are inside."""
        found: list[int] = []
        below, stretch = 2**62, limit * _STRETCH
        while len(found) < limit:
            asked = {"words": words, "below": below, "limit": stretch}
            matches = list(connection.execute(_NEXT_MATCHING, asked).scalars())
            if matches:
                # Sorted out here: asked by kind, the database would go by the index of kinds.
                told = select(ROWS.c.entry, ROWS.c.kind, ROWS.c.scope).where(ROWS.c.entry.in_(matches))
                inside = [
                    row.entry
                    for row in connection.execute(told)
                    if (not kinds or row.kind in kinds) and (not scopes or row.scope in scopes)
                ]
                found += sorted(inside, reverse=True)
                below = matches[-1]
            if len(matches) < stretch:
                break
        return found[:limit]


def _limits(kinds: Sequence[str], scopes: Sequence[str]) -> list[Any]:
    limits = [ROWS.c.kind.in_(kinds)] if kinds else []
    return limits + ([ROWS.c.scope.in_(scopes)] if scopes else [])


def _by_number(typed: str) -> list[ColumnElement[bool]]:
    """The rows whose record number, phone or identity number this is, or the last four of these."""
    plain = fold_text(typed).strip()
    ways: list[ColumnElement[bool]] = []
    if "-" in plain:
        # The ways a number may be typed; a function on the column would look through every row.
        ways.append(ROWS.c.serial_no.in_({typed.strip(), plain, plain.upper()}))
    if len(plain) >= _TAIL and re.fullmatch(r"[0-9]+[0-9x]", plain):
        told = select(NUMBERS.c.entry).where(or_(NUMBERS.c.number == plain, NUMBERS.c.tail == plain))
        ways.append(ROWS.c.entry.in_(told))
    return ways


def _by_like(typed: str) -> list[ColumnElement[bool]]:
    return [or_(*[ROWS.c.words.like(f"% {one}%") for one in piece]) for piece in _like_terms(typed)]


def _like_terms(typed: str) -> Iterator[tuple[str, ...]]:
    for piece in fold_text(typed).split():
        for run in _RUNS.findall(piece):
            if _LATIN.fullmatch(run):
                yield (run, f"py{run}")
            elif len(run) == 1:
                yield (run,)
            else:
                yield (" ".join(run[start : start + 2] for start in range(len(run) - 1)),)
