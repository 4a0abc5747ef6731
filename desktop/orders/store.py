"""Reading orders: the state that follows from their events, and which press today."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from desktop.base.clock import local_day, local_time
from desktop.base.text import _
from desktop.base.workdays import HolidayTable
from desktop.database.columns import of_scope
from desktop.database.kinds import Derivation, Derived, Registry
from desktop.orders import rules
from desktop.orders.rules import EventFact, OrderState
from desktop.orders.tables import (
    Notice,
    NoticeReading,
    OrderEvent,
    Referral,
    ReferralOutcome,
    WorkOrder,
)
from desktop.staff.catalogue import BoardFacts, BoardItem, BoardPart

_ORDERS, _EVENTS = WorkOrder.__table__, OrderEvent.__table__


def find_events(connection: Connection, scope: str, order_ids: Collection[str]) -> dict[str, list[EventFact]]:
    """Order → what was done about it, in no order."""
    statement = select(_EVENTS).where(
        of_scope(connection.dialect.name, _EVENTS.c.order_id),
        _EVENTS.c.is_superseded.isnot(True),
        _EVENTS.c.is_void.isnot(True),
    )
    found: dict[str, list[EventFact]] = {}
    for row in connection.execute(statement, {"of_scope": scope, "these": list(order_ids)}):
        found.setdefault(row.order_id, []).append(
            EventFact(
                id=row.id,
                step=row.step or "",
                side=row.side or "",
                issuer=row.issuer or "",
                at=row.at,
                seen=tuple(row.seen_ids),
                person=row.person or "",
                staff_id=row.staff_id or "",
                helper_ids=tuple(row.helper_ids),
                words=row.words or "",
                until_on=row.until_on,
                until_time=row.until_time,
                arrived_at=row.arrived_at,
                archive_no=row.archive_no or "",
            )
        )
    return found


def derive_orders(connection: Connection, scope: str, order_ids: Collection[str]) -> Derived:
    """What follows from the events: every version's state, and which events did nothing."""
    events = find_events(connection, scope, order_ids)
    statement = select(_ORDERS.c.id, _ORDERS.c.root_id, _ORDERS.c.side, _ORDERS.c.staff_id).where(
        of_scope(connection.dialect.name, _ORDERS.c.root_id)
    )
    rows = connection.execute(statement, {"of_scope": scope, "these": list(order_ids)}).all()
    # The first version's, because who issued an order cannot be corrected.
    issuers = {row.root_id: row.side or "" for row in rows if row.id == row.root_id}
    orders: dict[str, dict[str, Any]] = {}
    effects: dict[str, dict[str, Any]] = {}
    states = {
        order_id: rules.state_of_order(issuer, events.get(order_id, ()))
        for order_id, issuer in issuers.items()
    }
    for row in rows:
        if row.root_id in states:
            orders[row.id] = _columns(states[row.root_id], row.staff_id)
    for order_id, state in states.items():
        for event in events.get(order_id, ()):
            effects[event.id] = {"effect": state.effects.get(event.id)}
    return {WorkOrder.__tablename__: orders, OrderEvent.__tablename__: effects}


def _columns(state: OrderState, named_id: str | None) -> dict[str, Any]:
    return {
        "state": state.state,
        "signed_at": state.signed_at,
        "signed_by": state.signed_by or None,
        "arrived_at": state.arrived_at,
        "handler_id": state.handler_id or named_id,
        "helper_ids": list(state.helper_ids),
        "extended_to_on": state.extended_to_on,
        "extended_to_time": state.extended_to_time,
        "pending_on": state.pending_on,
        "pending_time": state.pending_time,
        "fed_back_at": state.fed_back_at,
        "feedback": state.feedback or None,
        "verdict": state.verdict or None,
        "verdict_words": state.verdict_words or None,
        "verified_by": state.verified_by or None,
        "verified_at": state.verified_at,
        "closed_at": state.closed_at,
        "withdrawn_at": state.withdrawn_at,
        "urged_at": state.urged_at,
        "reissued_at": state.reissued_at,
        "sent_back_count": state.sent_back_count or None,
        "archive_no": state.archive_no or None,
    }


def _told_of(  # noqa: PLR0917 - which column of which rows
    connection: Connection, scope: str, table: Any, link: str, value: Any, ids: Collection[str]
) -> Any:
    rows = select(table.c[link], value).where(
        of_scope(connection.dialect.name, table.c[link]), table.c.is_void.isnot(True)
    )
    found: dict[str, list[str]] = {}
    for subject, told in connection.execute(rows, {"of_scope": scope, "these": list(ids)}):
        found.setdefault(subject, []).append(told or "")
    return found


def _versions(connection: Connection, scope: str, table: Any, ids: Collection[str]) -> Any:
    rows = select(table.c.id, table.c.root_id).where(of_scope(connection.dialect.name, table.c.root_id))
    return connection.execute(rows, {"of_scope": scope, "these": list(ids)}).all()


def derive_notices(connection: Connection, scope: str, notice_ids: Collection[str]) -> Derived:
    """Whether somebody of the room has read each notice."""
    table = NoticeReading.__table__
    read = _told_of(connection, scope, table, "notice_id", table.c.person, notice_ids)
    rows = _versions(connection, scope, Notice.__table__, notice_ids)
    return {
        "notice": {row.id: {"state": rules.READ if row.root_id in read else rules.UNREAD} for row in rows}
    }


def derive_referrals(connection: Connection, scope: str, referral_ids: Collection[str]) -> Derived:
    """What the county did about each request."""
    table = ReferralOutcome.__table__
    told = _told_of(connection, scope, table, "referral_id", table.c.outcome, referral_ids)
    rows = _versions(connection, scope, Referral.__table__, referral_ids)
    return {"referral": {row.id: {"state": rules.referral_state(told.get(row.root_id, ()))} for row in rows}}


DERIVATIONS: tuple[Derivation, ...] = (
    Derivation({"work_order": "root_id", "order_event": "order_id"}, derive_orders),
    Derivation({"notice": "root_id", "notice_reading": "notice_id"}, derive_notices),
    Derivation({"referral": "root_id", "referral_outcome": "referral_id"}, derive_referrals),
)

# -- what presses ------------------------------------------------------------------------------------------------------


def sign_by(order: Any, holidays: HolidayTable) -> datetime | None:
    """The last instant for signing an order."""
    if order.issued_on is None:
        return None
    issued_at = rules.moment(order.issued_on, order.issued_time)
    start = max(issued_at, order.reissued_at) if order.reissued_at else issued_at
    return rules.sign_by(order.urgency, start, order.arrived_at, holidays)


def finish_by(order: Any) -> datetime | None:
    """The last instant for the report on an order."""
    return rules.finish_by(order.due_on, order.due_time, order.extended_to_on, order.extended_to_time)


@dataclass(frozen=True)
class PressingOrder:
    """One order that somebody has to do something about; `by` is the next time that holds."""

    id: str
    title: str
    state: str
    urgency: str
    side: str
    by: datetime | None
    is_urged: bool
    has_pending: bool
    sent_back_count: int
    severity: rules.Severity


def find_pressing(session: Session, holidays: HolidayTable, now: datetime) -> list[PressingOrder]:
    """Open orders and those that were withdrawn lately: overdue ones first, then by their time."""
    statement = select(WorkOrder).where(
        WorkOrder.is_deleted.isnot(True),
        WorkOrder.is_superseded.isnot(True),
        WorkOrder.is_void.isnot(True),
        WorkOrder.state.in_([*rules.OPEN, rules.WITHDRAWN]),
    )
    found = [_pressing(row, holidays, now) for row in session.scalars(statement) if _is_shown(row, now)]
    order = {"overdue": 0, "due": 1, "plain": 2, "": 3}
    return sorted(found, key=lambda one: (order[one.severity], one.by or now, one.id))


def _is_shown(order: WorkOrder, now: datetime) -> bool:
    if order.state != rules.WITHDRAWN:
        return True
    since = local_day(now) - local_day(order.withdrawn_at) if order.withdrawn_at else None
    # Of one that nobody here had begun there is nothing to tell.
    return since is not None and since.days <= rules.TELL_WITHDRAWN_DAYS and order.signed_at is not None


def _pressing(order: WorkOrder, holidays: HolidayTable, now: datetime) -> PressingOrder:
    by = sign_by(order, holidays) if order.state == rules.ISSUED else finish_by(order)
    severity = rules.severity(order.state, order.urgency, by, now)
    return PressingOrder(
        id=order.root_id or order.id,
        title=order.title or "",
        state=order.state or rules.ISSUED,
        urgency=order.urgency or rules.ORDINARY,
        side=order.side or "",
        by=by,
        is_urged=order.urged_at is not None,
        has_pending=order.pending_on is not None and order.side == rules.BY_ROOM,
        sent_back_count=order.sent_back_count or 0,
        severity=severity or "plain",
    )


def show_pressing(session: Session, registry: Registry, facts: BoardFacts) -> list[BoardItem]:
    """The orders part of 今日."""
    items = []
    for one in find_pressing(session, facts.holidays, facts.now):
        urgency = registry.codes.label("order_urgency", one.urgency)
        label = f"{_told(one, facts.now)}：{one.title}（{urgency}）"
        if one.is_urged and one.state in {rules.ISSUED, *rules.WORKING}:
            label = _("催办 {label}").format(label=label)
        if one.sent_back_count >= rules.MANY_RETURNS:
            label += _("▲ 已退回{count}次").format(count=one.sent_back_count)
        due_on: date | None = local_day(one.by) if one.by else None
        items.append(BoardItem(one.severity, label, "work_order", one.id, due_on, one.severity))
    return items


def _told(order: PressingOrder, now: datetime) -> str:
    by = _time_words(order.by, now)
    if order.state == rules.WITHDRAWN:
        return _("工单已被撤回，不用再办")
    if order.state == rules.DECLINED:
        return (
            _("工单已退签，等签发方答复")
            if order.side == rules.BY_COUNTY
            else _("工单被退签，请重新下发或撤回")
        )
    if order.state == rules.FED_BACK:
        return _("工单已反馈，等县局核验") if order.side == rules.BY_COUNTY else _("工单已反馈，请核验")
    if order.has_pending:
        return _("工单申请延期，请答复")
    if order.state == rules.ISSUED:
        return _("工单待签收{by}").format(by=by)
    if order.state == rules.SENT_BACK:
        return _("工单退回重办{by}").format(by=by)
    return _("工单待反馈{by}").format(by=by)


def _time_words(by: datetime | None, now: datetime) -> str:
    """The hour, where it is today; the day stands beside the line."""
    if by is None or local_day(by) != local_day(now):
        return ""
    return _("（{time}前）").format(time=local_time(by).strftime("%H:%M"))


def show_notices(session: Session, _registry: Registry, facts: BoardFacts) -> list[BoardItem]:
    """Notices that nobody of the room has read, and what became of referrals in the last days."""
    unread = select(Notice).where(
        Notice.state == rules.UNREAD, Notice.is_superseded.isnot(True), Notice.is_void.isnot(True)
    )
    items = [
        BoardItem(
            "due",
            _("通知待阅：{title}").format(title=one.title or ""),
            "notice",
            one.root_id or one.id,
            None,
            "due",
        )
        for one in session.scalars(unread.order_by(Notice.id))
    ]
    return items + [
        BoardItem("plain", label, "referral", referral_id, None, "plain")
        for referral_id, label in _referral_words(session, facts.now)
    ]


def _referral_words(session: Session, now: datetime) -> list[tuple[str, str]]:
    since = now - timedelta(days=rules.TELL_WITHDRAWN_DAYS)
    statement = (
        select(ReferralOutcome, Referral.title)
        .join(
            Referral,
            (Referral.scope == ReferralOutcome.scope) & (Referral.root_id == ReferralOutcome.referral_id),
        )
        .where(ReferralOutcome.at >= since, Referral.is_superseded.isnot(True))
        .order_by(ReferralOutcome.id)
    )
    found = []
    for outcome, title in session.execute(statement):
        if outcome.outcome == rules.TURNED_DOWN:
            words = _("县局不予转办，请接着办：{title}").format(title=title or "")
        else:
            words = _("县局已转办，请在原记录上办结：{title}").format(title=title or "")
        found.append((outcome.referral_id or "", words))
    return found


BOARD: tuple[BoardPart, ...] = (show_pressing, show_notices)
