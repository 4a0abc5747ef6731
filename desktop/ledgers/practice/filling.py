"""Living through the months of one practice room."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta

from sqlalchemy import func, select

from desktop.base.errors import RuleBroken
from desktop.base.text import _
from desktop.ledgers.practice.anchored import Anchored
from desktop.ledgers.practice.diary import Diary, wall
from desktop.ledgers.practice.duty import Duties
from desktop.ledgers.practice.matters import Matters
from desktop.ledgers.practice.orders import Orders
from desktop.ledgers.practice.rounds import Rounds
from desktop.ledgers.practice.sizes import SIZES, SizeName
from desktop.ledgers.practice.world import set_up
from desktop.staff.office import Office

_DAY = timedelta(days=1)


def fill_practice_room(
    office: Office, *, size: SizeName, seed: int, months: int, progress: Callable[[str], None]
) -> dict[str, int]:
    """Fills an empty practice room with some months of work up to this minute; how many records of each kind.

    Before:  the room is a practice room and empty.
    After:   same seed and same instant of the office's clock: same records, identities and numbers; the account is
             linked to a member of the staff.
    Errors:  RuleBroken PRA-001 for a room that is no practice room, PRA-002 for one that is not empty.
    """
    _refuse_unfit(office)
    whole = SIZES[size]
    start = _months_before(office.today, months)
    diary = Diary(office, wall(start, time(8)), seed)
    progress(_("登记村组、户、单位场所和人员……"))
    world = set_up(diary, whole, seed, start)
    office.actor = diary.office.actor
    matters = Matters(diary, world, seed)
    rounds = Rounds(diary, world, matters, seed)
    duties = Duties(diary, world, matters, rounds, seed)
    orders = Orders(diary, world, seed)
    for part in (matters, rounds, duties, Anchored(diary, world, matters, rounds, duties), orders):
        part.plan(start)
    try:
        diary.live(_told_monthly(progress))
    finally:
        matters.forget_files()
    return _counts(office)


def _refuse_unfit(office: Office) -> None:
    if not office.place.practice:
        raise RuleBroken("PRA-001", _("这不是练习室，没有改动任何内容。演练数据只能放进练习室"))
    with office.reading() as session:
        table = office.registry.kind("staff_member").table
        if session.scalar(select(func.count()).select_from(table)):
            raise RuleBroken("PRA-002", _("这个练习室里已经有记录，没有改动。请换一个空文件夹新建练习室"))


def _months_before(today: date, months: int) -> date:
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(today.day, (following - _DAY).day))


def _told_monthly(progress: Callable[[str], None]) -> Callable[[date], None]:
    told: set[tuple[int, int]] = set()

    def tell(day: date) -> None:
        if (day.year, day.month) not in told:
            told.add((day.year, day.month))
            progress(_("写{year}年{month}月的记录……").format(year=day.year, month=day.month))

    return tell


def _counts(office: Office) -> dict[str, int]:
    found: dict[str, int] = {}
    with office.reading() as session:
        for kind in office.registry:
            table = kind.table
            count = session.scalar(
                select(func.count())
                .select_from(table)
                .where(table.is_deleted.isnot(True), table.is_superseded.isnot(True))
            )
            if count:
                found[kind.name] = count
    return found
