"""The steps of an order. Each is one row that is inserted; the state follows from all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from desktop.base.errors import FieldProblem, RuleBroken
from desktop.base.text import N_, _
from desktop.database.capture import RecordSession
from desktop.database.derived import derive
from desktop.database.fields import Field, FieldType
from desktop.database.kinds import Guard
from desktop.orders import rules
from desktop.orders.referring import REFERRING_STEPS
from desktop.orders.store import find_events, finish_by
from desktop.orders.tables import OrderEvent, WorkOrder
from desktop.staff.arrivals import find_arrivals
from desktop.staff.records import MayStep, Step, Work, known_id, new_row


def record_event(work: Work, order: WorkOrder, step: str, **told: Any) -> OrderEvent:
    """Writes one step of an order, naming the steps that its doer had before him.

    After:   the order's state is what follows from all its steps, also for the next step in the same save.
    """
    connection, order_id = work.session.connection(), known_id(order)
    before = find_events(connection, order.scope, [order_id]).get(order_id, [])
    values = {
        "order_id": order_id,
        "step": step,
        "side": rules.BY_COUNTY if work.by_county else rules.BY_ROOM,
        "issuer": order.side,
        "at": work.clock.now(),
        "person": work.actor.name,
        "seen_ids": rules.last_seen(before),
    }
    kind = work.registry.kind("order_event")
    event: Any = new_row(work, kind, values | {name: one for name, one in told.items() if one}, origin=order)
    derive(connection, work.registry, "order_event", order.scope, [event.id])
    work.session.refresh(order)
    return event  # type: ignore[no-any-return]  # `new_row` gives what the kind maps


def sign(work: Work, order: WorkOrder, values: Mapping[str, Any]) -> None:
    """The room takes the order on; with the time at which it had reached this PC."""
    record_event(work, order, "sign", arrived_at=_arrived_at(work, order), **values)


def decline(work: Work, order: WorkOrder, values: Mapping[str, Any]) -> None:
    """The room says why it is not the one to do it (退签)."""
    record_event(work, order, "decline", arrived_at=_arrived_at(work, order), **values)


def _arrived_at(work: Work, order: WorkOrder) -> Any:
    arrival = find_arrivals(work.session, "work_order", [order]).get(order.id)
    return arrival.at if arrival else None


def ask_extension(work: Work, order: WorkOrder, values: Mapping[str, Any]) -> None:
    """The room asks for more time. Errors: RuleBroken ORD-003."""
    _demand_later(work, order, values)
    record_event(work, order, "ask_extension", **values)


def grant_extension(work: Work, order: WorkOrder, values: Mapping[str, Any]) -> None:
    """The issuer gives the time that was asked for, or another. Errors: RuleBroken ORD-003."""
    if values["until_on"]:
        _demand_later(work, order, values)
    record_event(work, order, "grant_extension", **values)


def _demand_later(work: Work, order: WorkOrder, values: Mapping[str, Any]) -> None:
    problem = rules.until_problem(values["until_on"], values["until_time"], work.today, finish_by(order))
    if problem is not None:
        raise RuleBroken(problem.code, problem.message, fields=(problem,))


def _plain(step: str) -> Any:
    """A step that only says what its inputs say."""

    def run(work: Work, order: WorkOrder, values: Mapping[str, Any]) -> None:
        record_event(work, order, step, **values)

    return run


# -- guards ------------------------------------------------------------------------------------------------------------


def guard_order(session: Session, record: Any, names: frozenset[str]) -> Iterable[FieldProblem]:
    """An order is corrected, or voided, by whoever issued it, and only while it is open."""
    by_county = isinstance(session, RecordSession) and session.log.by_county
    if record.side != (rules.BY_COUNTY if by_county else rules.BY_ROOM):
        sentence = _("这张工单是另一边签发的，这里不能改、不能作废。有不对的请退签，或联系签发的人")
        yield FieldProblem(min(names), "ORD-004", sentence)
    elif record.state in {rules.CLOSED, rules.ARCHIVED}:
        yield FieldProblem(min(names), "ORD-005", _("工单已办结，不能再改。要补办的请另签发一张"))


GUARDS: tuple[tuple[str, Guard], ...] = (("work_order", guard_order),)


# -- declared ----------------------------------------------------------------------------------------------------------


def _allowed(step: str) -> MayStep:
    return lambda order: rules.may_take(step, getattr(order, "state", None))


def _is_asked(order: Any) -> bool:
    return order.pending_on is not None and rules.may_take("grant_extension", order.state)


def _here(step: str) -> Any:
    def may(order: Any, by_county: bool) -> bool:  # noqa: FBT001 - one of two sides
        side = rules.BY_COUNTY if by_county else rules.BY_ROOM
        return rules.side_may(step, side, order.side or "")

    return may


def _words(label: str, *, required: bool = False, most: int = 300, example: str = "") -> Field:
    return Field(
        label, FieldType.LONG_TEXT, name="words", required=required, max_length=most, example=example
    )


def _until(*, required: bool, help: str = "") -> tuple[Field, Field]:
    return (
        Field(N_("延期到"), FieldType.DATE, name="until_on", required=required, help=help),
        Field(N_("几点"), FieldType.TIME, name="until_time", help=N_("不写就是当天结束前。")),
    )


def _staff(label: str, *, required: bool = False) -> Field:
    return Field(
        label, FieldType.LINK, name="staff_id", target="staff_member", required=required, default="actor"
    )


def _step(
    name: str, label: str, run: Any, *inputs: Field, letter: str, help: str = "", first: str = ""
) -> Step:
    return Step(
        "work_order",
        name,
        label,
        run,
        _is_asked if name in _ANSWERS else _allowed(name),
        inputs,
        letter,
        help,
        first,
        here=_here(name),
    )


_ANSWERS = frozenset({"grant_extension", "deny_extension"})
_SIGN_FIRST = N_("请先“签收”")
_REPORT_FIRST = N_("警务室还没有反馈")

_ORDER_STEPS: tuple[Step, ...] = (
    _step(
        "sign",
        N_("签收"),
        sign,
        _staff(N_("承办人")),
        letter="U",
        help=N_("接下这张工单；记下签收的时间和工单送到本机的时间。"),
    ),
    _step(
        "record_progress",
        N_("记录办理"),
        _plain("record_progress"),
        _words(N_("做了什么"), required=True, example="到现场看过，已联系村委会维修"),
        letter="F",
        help=N_("每做一步记一条，签发的人交换后看得到。"),
        first=_SIGN_FIRST,
    ),
    _step(
        "feed_back",
        N_("办结反馈"),
        _plain("feed_back"),
        _words(N_("办理结果"), required=True, most=1000, example="两盏路灯已换好，晚上看过都亮"),
        letter="F",
        help=N_("办完了写结果；照片、回执用“加附件”。反馈后等核验。"),
        first=_SIGN_FIRST,
    ),
    _step(
        "assign",
        N_("转派、协办"),
        _plain("assign"),
        _staff(N_("承办人")),
        Field(N_("协办人"), FieldType.LINKS, name="helper_ids", target="staff_member"),
        _words(N_("说明")),
        letter="U",
        first=_SIGN_FIRST,
    ),
    _step(
        "ask_extension",
        N_("申请延期"),
        ask_extension,
        *_until(required=True),
        _words(N_("理由"), required=True),
        letter="U",
        first=_SIGN_FIRST,
    ),
    _step(
        "decline",
        N_("退签"),
        decline,
        _words(N_("退签理由"), required=True, example="不在本室辖区，属邻村"),
        letter="U",
        help=N_("不该本室办的，写明理由退回；还没签收时才能退。"),
        first=N_("已经签收的不能退签；办不了的请“办结反馈”写明原因"),
    ),
    _step(
        "verify",
        N_("核验通过"),
        _plain("verify"),
        _words(N_("核验意见")),
        letter="A",
        help=N_("看过反馈和附件，确实办好了。工单办结。"),
        first=_REPORT_FIRST,
    ),
    _step(
        "send_back",
        N_("退回重办"),
        _plain("send_back"),
        _words(N_("退回理由"), required=True),
        letter="A",
        help=N_("没有办好的，写明还差什么。"),
        first=_REPORT_FIRST,
    ),
    _step(
        "grant_extension",
        N_("同意延期"),
        grant_extension,
        *_until(required=False, help=N_("不填就按申请的日期。")),
        _words(N_("说明")),
        letter="A",
        first=N_("没有等着答复的延期申请"),
    ),
    _step(
        "deny_extension",
        N_("不同意延期"),
        _plain("deny_extension"),
        _words(N_("理由"), required=True),
        letter="A",
        first=N_("没有等着答复的延期申请"),
    ),
    _step(
        "reissue",
        N_("重新下发"),
        _plain("reissue"),
        _words(N_("答复"), required=True),
        letter="A",
        help=N_("退签的理由不成立时，写明答复，请警务室接着签收。"),
    ),
    _step("urge", N_("催办"), _plain("urge"), _words(N_("说明")), letter="A"),
    _step(
        "withdraw",
        N_("撤回"),
        _plain("withdraw"),
        _words(N_("撤回理由"), required=True),
        letter="A",
        help=N_("不用再办了。已经做的都留在办理过程里。"),
    ),
    _step(
        "archive",
        N_("归档"),
        _plain("archive"),
        Field(N_("归档号"), FieldType.TEXT, name="archive_no", max_length=40, example="2026-工单-盒1"),
        letter="U",
        first=N_("核验通过后才能归档"),
    ),
)

STEPS: tuple[Step, ...] = (*_ORDER_STEPS, *REFERRING_STEPS)
