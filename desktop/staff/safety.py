"""How safe the room's data is: until when this PC, a second disk and the county have everything, in one sentence.

And what keeps it so without anybody pressing a button: one verified copy a day in a second place.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from desktop.audit.trail import Deed
from desktop.base.clock import local_day, local_time
from desktop.base.errors import EnvironmentFault
from desktop.base.text import N_, _
from desktop.database import backup
from desktop.database.columns import read_instant, write_instant
from desktop.database.database import read_metas, write_meta
from desktop.staff.office import Office
from desktop.sync.certificates import COUNTY_DEVICE
from desktop.sync.log import COMMITS, heads
from desktop.sync.network import CLOCK_OFFSET
from desktop.sync.parties import has_joined
from desktop.sync.tables import ExchangeRow

EXCHANGES = ExchangeRow.__table__
SECOND_BACKUP = "last_second_backup"
# A clock that is off by more is told; nothing else follows from it.
CLOCK_LIMIT = timedelta(minutes=5)
LATE_DAYS = 7


@dataclass(frozen=True)
class Copy:
    """What another place has of this room.

    Shape:   `at` is when it last had everything of that moment, None for never; `is_whole` when nothing was saved
             since.
    """

    at: datetime | None
    is_whole: bool

    def words(self, name: str, now: datetime) -> str:
        """The place with its mark, and since when it is behind."""
        if self.is_whole:
            return f"{name} ✓"
        if self.at is None:
            return f"{name} ✗"
        days = (local_day(now) - local_day(self.at)).days
        if days < 1:
            return _("{name} 到{time}").format(name=name, time=local_time(self.at).strftime("%H:%M"))
        return _("{name} ✗ {days}天").format(name=name, days=days)


@dataclass(frozen=True)
class Safety:
    """Where the room's data is.

    Shape:   `second` and `county` are None where there is no such place: none chosen, not joined.
    """

    saved_at: datetime | None
    second: Copy | None
    county: Copy | None
    clock_offset: timedelta = timedelta()

    def sentence(self, now: datetime) -> str:
        """All of it in one line for the status strip."""
        if self.saved_at is None:
            return _("还没有保存过记录")
        saved = local_time(self.saved_at)
        at = saved.strftime("%H:%M" if local_day(now) == local_day(self.saved_at) else "%m-%d %H:%M")
        told = [_(_HERE)]
        told.append(self.second.words(_(_SECOND), now) if self.second else _("第二块盘 未设"))
        told.append(self.county.words(_(_COUNTY), now) if self.county else _("县局 未加入"))
        return _("{time}前存的：{places}").format(time=at, places="，".join(told))

    def is_late(self, now: datetime) -> bool:
        """Whether another place has been behind for so long that somebody should act."""
        behind = [one for one in (self.second, self.county) if one is not None and not one.is_whole]
        return any(one.at is None or now - one.at > timedelta(days=LATE_DAYS) for one in behind)

    def clock_words(self) -> str:
        """What is told of a wrong clock; empty while it is right enough."""
        minutes = round(abs(self.clock_offset) / timedelta(minutes=1))
        if abs(self.clock_offset) <= CLOCK_LIMIT:
            return ""
        if self.clock_offset > timedelta():
            return _("本机时钟比县局快{minutes}分钟，请校准。数据不受影响，记录上的时间会不对").format(
                minutes=minutes
            )
        return _("本机时钟比县局慢{minutes}分钟，请校准。数据不受影响，记录上的时间会不对").format(
            minutes=minutes
        )


_HERE, _SECOND, _COUNTY = N_("本机 ✓"), N_("第二块盘"), N_("县局")


def load_safety(office: Office, connection: Connection, unsent_count: int) -> Safety:
    """Where everything is now."""
    facts = read_metas(connection, (SECOND_BACKUP, CLOCK_OFFSET))
    saved_at = _saved_at(connection, office.place.scope)
    second = None
    if office.settings.text("backup_folder"):
        at = _instant(facts.get(SECOND_BACKUP))
        second = Copy(at, is_whole=at is not None and (saved_at is None or at >= saved_at))
    county = None
    if not office.place.is_county and has_joined(connection):
        heard = connection.execute(
            select(func.max(EXCHANGES.c.at)).where(
                EXCHANGES.c.peer == COUNTY_DEVICE, EXCHANGES.c.bundle.isnot(None)
            )
        ).scalar()
        county = Copy(_instant(heard), is_whole=unsent_count == 0)
    return Safety(saved_at, second, county, timedelta(seconds=int(facts.get(CLOCK_OFFSET) or 0)))


def _saved_at(connection: Connection, scope: str) -> datetime | None:
    newest = heads(connection, scope)
    if not newest:
        return None
    told = connection.execute(
        select(func.max(COMMITS.c.got_at)).where(COMMITS.c.scope == scope, COMMITS.c.id.in_(newest))
    ).scalar()
    return _instant(told)


def _instant(text: str | None) -> datetime | None:
    return read_instant(text) if text else None


# -- the second place ----------------------------------------------------------------------------------------------


def second_backup_is_due(office: Office) -> bool:
    """Whether a second place was chosen and has nothing of today yet."""
    if not office.settings.text("backup_folder") or office.database.engine.dialect.name != "sqlite":
        return False
    with office.reading() as session:
        at = _instant(read_metas(session.connection(), (SECOND_BACKUP,)).get(SECOND_BACKUP))
    return at is None or local_day(at) != office.today


def back_up_second(office: Office) -> backup.Backup | None:
    """Today's verified copy in the second place, if it is due; older ones there are thinned.

    No account's right is asked: whoever works, the copy is made.

    Errors:  EnvironmentFault BAK-007 when the place is not there, others as `make_backup`.
    """
    if not second_backup_is_due(office):
        return None
    folder = Path(office.settings.text("backup_folder"))
    if not folder.is_dir():
        raise EnvironmentFault(
            "BAK-007",
            _(
                "自动备份的地方不在：{folder}。数据都在本机，没有丢失。请插上那块盘，或请系统管理员改设置"
            ).format(folder=folder),
            may_retry=True,
        )
    # A disk may serve several PCs; each thins its own.
    own = folder / f"{office.place.code}-{office.place.letter}"
    made = backup.make_backup(office.home, office.data_key, office.clock, own)
    with office.database.writing() as connection:
        write_meta(connection, SECOND_BACKUP, write_instant(office.clock.now()))
    office.note(Deed("backup", facts=(("rows", made.rows_count), ("files", made.files_count), ("second", 1))))
    backup.thin_folder(own)
    return made


# -- contacts ------------------------------------------------------------------------------------------------------


def find_contacts(connection: Connection, limit: int) -> list[dict[str, Any]]:
    """Every request that this PC made over a network, newest first, failed ones as well."""
    rows = connection.execute(
        select(EXCHANGES)
        .where(EXCHANGES.c.address.isnot(None))
        .order_by(EXCHANGES.c.at.desc(), EXCHANGES.c.id.desc())
        .limit(limit)
    )
    return [dict(row) for row in rows.mappings()]
