"""Notices that the room reads, and matters that it asks the county to hand on.

A matter never moves (SYNC 3.10): the county writes a copy into the other room's scope, tells that room by a notice, and
writes the closing event into the old one. Who closes the old record is the old room.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from desktop.base.errors import FieldProblem, RuleBroken
from desktop.base.text import N_, _
from desktop.database.derived import derive
from desktop.database.fields import Field, FieldType, RequiredWhen
from desktop.database.kinds import Kind
from desktop.database.record import NOT_TRAVELLING, Record, room_code, room_scope
from desktop.orders import rules
from desktop.staff.files import copy_files
from desktop.staff.links import find_link
from desktop.staff.records import Step, Work, children_of, known_id, load_record, new_row
from desktop.staff.work import defaults_for
from desktop.sync.certificates import COUNTY_DEVICE
from desktop.sync.parties import DEVICES

REFERRED_KINDS = ("request", "dispute", "hazard")
_LINKS = (FieldType.LINK, FieldType.LINKS, FieldType.ATTACHMENT)
_TOLD = "3"


def _settle(work: Work, row: Any, above: Any) -> None:
    derive(work.session.connection(), work.registry, row.__tablename__, row.scope, [row.id])
    work.session.refresh(above)


def mark_read(work: Work, notice: Any, _values: Mapping[str, Any]) -> None:
    """Somebody of the room has read it."""
    values = {"notice_id": known_id(notice), "at": work.clock.now(), "person": work.actor.name}
    _settle(work, new_row(work, work.registry.kind("notice_reading"), values, origin=notice), notice)


def ask_referral(work: Work, record: Any, values: Mapping[str, Any]) -> None:
    """The room asks the county to hand a matter on. Errors: RuleBroken ORD-006 while an earlier request waits."""
    kind = work.registry.kind("referral")
    table: Any = kind.table
    waiting = select(table.id).where(
        table.origin_id == known_id(record), table.state == rules.REQUESTED, table.is_superseded.isnot(True)
    )
    if work.session.scalars(waiting.limit(1)).first():
        raise RuleBroken("ORD-006", _("这件事已经申请转办，等县局答复。没有重复申请"))
    own = work.registry.kind(record.__tablename__)
    title = (
        own.title_of({name: getattr(record, name) for name in own.fields}) or record.serial_no or own.label
    )
    told = {**values, "title": title[:60], "requested_on": work.today}
    row: Any = new_row(work, kind, told, origin=record)
    _settle(work, row, row)


def carry_out(work: Work, referral: Any, values: Mapping[str, Any]) -> None:
    """County: the copy into the other room's scope with a notice, and the closing event into the old one.

    Errors:  RuleBroken ORD-007 for a room that the county does not know.
    """
    to_room, copy_no = values["to_room"] or referral.to_room or "", ""
    if referral.referral_target == rules.TO_ROOM:
        scope = _scope_of(work, to_room, referral.scope)
        kind = work.registry.kind(referral.origin_kind)
        source = load_record(work.session, kind, referral.origin_id)
        copy = _copy(work, kind, source, scope)
        copy_no = copy.serial_no or ""
        _tell_room(work, referral, source, copy)
    _close(work, referral, rules.CARRIED_OUT, values["words"], to_room=to_room, copy_no=copy_no)


def turn_down(work: Work, referral: Any, values: Mapping[str, Any]) -> None:
    """County: the room keeps the matter, and learns why."""
    _close(work, referral, rules.TURNED_DOWN, values["words"])


def _close(work: Work, referral: Any, outcome: str, words: str, **told: str) -> None:
    values = {
        "referral_id": known_id(referral),
        "at": work.clock.now(),
        "person": work.actor.name,
        "outcome": outcome,
        "words": words,
        **{name: value for name, value in told.items() if value},
    }
    _settle(work, new_row(work, work.registry.kind("referral_outcome"), values, origin=referral), referral)


def _scope_of(work: Work, room: str, own_scope: str) -> str:
    scope = room_scope(room)
    known = select(DEVICES.c.id).where(DEVICES.c.scope == scope, DEVICES.c.id != COUNTY_DEVICE)
    if not room or scope == own_scope or work.session.connection().execute(known.limit(1)).first() is None:
        problem = FieldProblem("to_room", "ORD-007", _("没有代码为“{room}”的其他警务室").format(room=room))
        raise RuleBroken(problem.code, problem.message, fields=(problem,))
    return scope


def _copy(work: Work, kind: Kind, source: Record, scope: str) -> Record:
    """What people entered, with its children and files; links stay behind: what they name lies in the old room."""
    copy = _row_in(work, kind, source, scope, {})
    copy_files(work, source, copy)
    for child in kind.children:
        own = work.registry.kind(child.kind)
        for row in children_of(work.session, work.registry, source, child):
            copy_files(work, row, _row_in(work, own, row, scope, {child.parent_field: known_id(copy)}))
    return copy


def _row_in(work: Work, kind: Kind, source: Record, scope: str, more: Mapping[str, Any]) -> Record:
    values = {
        name: getattr(source, name)
        for name, field in kind.fields.items()
        if not field.by_step and field.type not in _LINKS and name not in NOT_TRAVELLING
    }
    if "place" in kind.fields and not values.get("place"):
        values["place"] = _place_words(work, kind, source)
    values = {name: value for name, value in values.items() if value not in (None, "", [])} | dict(more)
    values = defaults_for(kind.fields.values(), work, values) | values
    with work.session.in_scope(scope):
        return new_row(work, kind, values)


def _place_words(work: Work, kind: Kind, source: Record) -> str:
    for name in ("household_id", "premises_id", "area_id"):
        target = getattr(source, name, None)
        if target:
            linked = work.registry.kind(kind.fields[name].target)
            record = load_record(work.session, linked, find_link(work.session, linked, target))
            return linked.title_of({one: getattr(record, one) for one in linked.fields})[:100]
    return ""


def _tell_room(work: Work, referral: Any, source: Record, copy: Record) -> None:
    told = _("由{room}转来，原编号{number}。理由：{words}").format(
        room=room_code(source.scope), number=source.serial_no or "", words=referral.words or ""
    )
    values = {
        "title": _("转来：{title}").format(title=referral.title or "")[:60],
        "notice_class": _TOLD,
        "content": told,
        "issuer_name": work.actor.name,
        "issued_on": work.today,
    }
    new_row(work, work.registry.kind("notice"), values, origin=copy)


def _in_room(_record: Any, by_county: bool) -> bool:  # noqa: FBT001 - one of two sides
    return not by_county


def _at_county(_record: Any, by_county: bool) -> bool:  # noqa: FBT001 - one of two sides
    return by_county


def _is_open(record: Any) -> bool:
    return not any(getattr(record, name, None) for name in ("closed_on", "finished_on"))


def _is_unread(notice: Any) -> bool:
    return bool(notice.state != rules.READ)


def _waits(referral: Any) -> bool:
    return referral.state in {None, rules.REQUESTED}


_ASK = (
    Field(N_("转到"), FieldType.CHOICE, name="referral_target", codes="referral_target", required=True),
    Field(
        N_("警务室代码"),
        FieldType.TEXT,
        name="to_room",
        max_length=40,
        required_when=RequiredWhen("referral_target", (rules.TO_ROOM,)),
        help=N_("转到其他警务室的要填；不清楚的问县局。"),
    ),
    Field(N_("理由"), FieldType.LONG_TEXT, name="words", required=True, max_length=500),
)

REFERRING_STEPS: tuple[Step, ...] = (
    Step(
        "notice",
        "mark_read",
        N_("已阅"),
        mark_read,
        _is_unread,
        letter="F",
        here=_in_room,
    ),
    *(
        Step(
            kind,
            "ask_referral",
            N_("申请转办"),
            ask_referral,
            _is_open,
            _ASK,
            help=N_("该别处办的，请县局转过去；转过去的是一份抄件，本记录由本室办结。"),
            here=_in_room,
        )
        for kind in REFERRED_KINDS
    ),
    Step(
        "referral",
        "carry_out",
        N_("转办"),
        carry_out,
        _waits,
        (
            Field(N_("警务室代码"), FieldType.TEXT, name="to_room", max_length=40),
            Field(N_("说明"), FieldType.LONG_TEXT, name="words", max_length=500),
        ),
        letter="A",
        help=N_("抄件写给对方警务室，原室看到结果。转派出所、镇里的，写明对方回执。"),
        here=_at_county,
    ),
    Step(
        "referral",
        "turn_down",
        N_("不予转办"),
        turn_down,
        _waits,
        (Field(N_("理由"), FieldType.LONG_TEXT, name="words", required=True, max_length=500),),
        letter="A",
        here=_at_county,
    ),
)
