"""The stick as a receipt book: packages numbered for people, what the receiver said it got, the hand-over slip.

Nothing is decided by a number: a package that is lost is sent again with the next one, under the next number. A
restored PC counts anew under a mark of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from desktop.base.clock import local_time
from desktop.base.text import N_, _
from desktop.database.columns import read_instant
from desktop.database.database import read_meta
from desktop.sync.commits import JSON
from desktop.sync.tables import DeviceRow, PackageRow

PACKAGES = PackageRow.__table__
DEVICES = DeviceRow.__table__
PACKAGE, RECEIPTS = "package", "receipts"
OUT, IN = "out", "in"
# How many are told to the other side, and how many are kept for each peer.
MOST_TOLD = 50
MOST_KEPT = 500

State = Literal["received", "on_the_way", "missing", "unfinished"]


@dataclass(frozen=True)
class Label:
    """A package's number as people read it: `A-15`; the mark is the writer's letter with its life."""

    mark: str
    number: int

    def __str__(self) -> str:
        return f"{self.mark}-{self.number}"


@dataclass(frozen=True)
class Package:
    """One line of the receipt book."""

    way: str
    peer: str
    peer_name: str
    label: Label
    state: State
    at: str = ""
    received_at: str = ""
    files_count: int = 0
    commits_count: int = 0
    blobs_count: int = 0
    size_bytes: int = 0

    def words(self) -> str:
        """`14 收到 3月3日`, `15 在途`, `13 缺`."""
        told = _(_STATE_WORDS[self.state])
        if self.state == "received":
            return f"{self.label.number} {told} {_day(self.received_at or self.at)}"
        return f"{self.label.number} {told}"


_STATE_WORDS: Mapping[State, str] = {
    "received": N_("收到"),
    "on_the_way": N_("在途"),
    "missing": N_("缺"),
    "unfinished": N_("没有写完"),
}


def _day(instant: str) -> str:
    if not instant:
        return ""
    day = local_time(read_instant(instant))
    return _("{month}月{day}日").format(month=day.month, day=day.day)


@dataclass(frozen=True)
class SlipLine:
    """One package on the hand-over slip."""

    to: str
    label: str
    written_at: str
    files_count: int
    commits_count: int
    blobs_count: int
    size_bytes: int


@dataclass(frozen=True)
class HandOverSlip:
    """What is handed over with a stick, for the paper that both sides sign: who made it and every package under way."""

    room_name: str
    device_letter: str
    made_by: str
    made_at: str
    stick_label: str
    lines: tuple[SlipLine, ...]

    def content(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self)


def own_mark(connection: Connection) -> str:
    """This PC's letter with its life, as in the numbers that it gives."""
    life = read_meta(connection, "incarnation") or "1"
    return (read_meta(connection, "letter") or "A") + ("" if life == "1" else life)


def open_package(connection: Connection, peer: str, at: str) -> Label:
    """The next number for a peer; not finished yet."""
    mark = own_mark(connection)
    newest = connection.execute(
        select(func.max(PACKAGES.c.number)).where(*_own(peer), PACKAGES.c.mark == mark)
    ).scalar_one_or_none()
    label = Label(mark, (newest or 0) + 1)
    connection.execute(insert(PACKAGES).values(way=OUT, peer=peer, mark=mark, number=label.number, at=at))
    connection.execute(
        delete(PACKAGES).where(
            *_own(peer), PACKAGES.c.mark == mark, PACKAGES.c.number <= label.number - MOST_KEPT
        )
    )
    return label


def close_package(
    connection: Connection, peer: str, label: Label, *, files: int, commits: int, blobs: int, size_bytes: int
) -> None:
    """All of it lies on the stick and was read back."""
    connection.execute(
        update(PACKAGES)
        .where(*_own(peer), PACKAGES.c.mark == label.mark, PACKAGES.c.number == label.number)
        .values(files_count=files, commits_count=commits, blobs_count=blobs, size_bytes=size_bytes)
    )


def _own(peer: str) -> tuple[Any, Any]:
    return PACKAGES.c.way == OUT, PACKAGES.c.peer == peer


_CAME_FROM = (
    select(PACKAGES)
    .where(PACKAGES.c.way == IN, PACKAGES.c.peer == bindparam("of_peer"))
    .order_by(PACKAGES.c.at.desc(), PACKAGES.c.number.desc())
    .limit(MOST_TOLD)
)


def told_in_head(connection: Connection, peer: str) -> dict[str, JSON]:
    """What a head tells a peer about the packages that came from it."""
    rows = connection.execute(_CAME_FROM, {"of_peer": peer}).all()
    return {RECEIPTS: [[row.mark, row.number, row.at] for row in rows]} if rows else {}


def learn_receipts(
    connection: Connection, peer: str, head: Mapping[str, JSON], commits: int, at: str
) -> None:
    """Notes the package that a bundle belongs to, and what its sender got of ours; what is malformed is for people
    only and is passed over."""
    label = read_label(head.get(PACKAGE))
    if label is not None:
        where = (
            PACKAGES.c.way == IN,
            PACKAGES.c.peer == peer,
            PACKAGES.c.mark == label.mark,
            PACKAGES.c.number == label.number,
        )
        row = connection.execute(select(PACKAGES).where(*where)).first()
        if row is None:
            values = {"files_count": 1, "commits_count": commits, "blobs_count": 0, "size_bytes": 0}
            connection.execute(
                insert(PACKAGES).values(
                    way=IN, peer=peer, mark=label.mark, number=label.number, at=at, **values
                )
            )
        else:
            counts = {"files_count": row.files_count + 1, "commits_count": row.commits_count + commits}
            connection.execute(update(PACKAGES).where(*where).values(**counts))
    told = head.get(RECEIPTS)
    for one in told[:MOST_TOLD] if isinstance(told, list) else []:
        if isinstance(one, list) and len(one) == 3 and isinstance(one[2], str) and len(one[2]) <= 20:
            got = read_label({"mark": one[0], "no": one[1]})
            if got is not None:
                connection.execute(
                    update(PACKAGES)
                    .where(
                        *_own(peer),
                        PACKAGES.c.mark == got.mark,
                        PACKAGES.c.number == got.number,
                        PACKAGES.c.received_at.is_(None),
                    )
                    .values(received_at=one[2])
                )


def label_json(label: Label) -> dict[str, JSON]:
    """A label as it stands in a head."""
    return {"mark": label.mark, "no": label.number}


def read_label(told: JSON) -> Label | None:
    """A label out of a head, if it is one."""
    if not isinstance(told, Mapping):
        return None
    mark, number = told.get("mark"), told.get("no")
    if not isinstance(mark, str) or not 0 < len(mark) <= 12 or not mark.isalnum():
        return None
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 2**31:
        return None
    return Label(mark, number)


def receipt_book(connection: Connection, *, most: int = 100) -> list[Package]:
    """Every package, newest first, with what became of it; numbers that never came stand as missing."""
    names = {row.id: row.name for row in connection.execute(select(DEVICES.c.id, DEVICES.c.name))}
    rows = connection.execute(select(PACKAGES).order_by(PACKAGES.c.at.desc(), PACKAGES.c.number.desc())).all()
    newest: dict[tuple[str, str, str], int] = {}
    for row in rows:
        if row.way == IN or row.received_at:
            key = (row.way, row.peer, row.mark)
            newest[key] = max(newest.get(key, 0), row.number)
    found = [_package(row, names, newest) for row in rows]
    for gap in _gaps(found):
        place = next(
            i for i, one in enumerate(found) if _same_line(one, gap) and one.label.number < gap.label.number
        )
        found.insert(place, gap)
    return found[:most]


def _package(
    row: Any, names: Mapping[str, str | None], newest: Mapping[tuple[str, str, str], int]
) -> Package:
    state: State = "received"
    if row.way == OUT and not row.received_at:
        is_passed = row.number < newest.get((OUT, row.peer, row.mark), 0)
        state = "unfinished" if row.files_count is None else ("missing" if is_passed else "on_the_way")
    return Package(
        way=row.way,
        peer=row.peer,
        peer_name=names.get(row.peer) or row.peer,
        label=Label(row.mark, row.number),
        state=state,
        at=row.at or "",
        received_at=(row.at if row.way == IN else row.received_at) or "",
        files_count=row.files_count or 0,
        commits_count=row.commits_count or 0,
        blobs_count=row.blobs_count or 0,
        size_bytes=row.size_bytes or 0,
    )


def _same_line(one: Package, other: Package) -> bool:
    return (one.way, one.peer, one.label.mark) == (other.way, other.peer, other.label.mark)


def _gaps(found: list[Package]) -> list[Package]:
    """Numbers between those that came, from the smallest that is known."""
    gaps = []
    for way, peer, mark in {(one.way, one.peer, one.label.mark) for one in found if one.way == IN}:
        line = [one for one in found if (one.way, one.peer, one.label.mark) == (way, peer, mark)]
        have = {one.label.number for one in line}
        lost = sorted(set(range(min(have) + 1, max(have))) - have)
        gaps += [Package(way, peer, line[0].peer_name, Label(mark, one), "missing") for one in lost]
    return sorted(gaps, key=lambda one: (one.peer, one.label.mark, -one.label.number))


def slip_lines(connection: Connection) -> tuple[SlipLine, ...]:
    """The packages under way, for the hand-over slip."""
    return tuple(
        SlipLine(
            to=one.peer_name,
            label=str(one.label),
            written_at=one.at,
            files_count=one.files_count,
            commits_count=one.commits_count,
            blobs_count=one.blobs_count,
            size_bytes=one.size_bytes,
        )
        for one in reversed(receipt_book(connection))
        if one.way == OUT and one.state == "on_the_way"
    )
