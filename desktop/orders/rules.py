"""The states of an order, worked out from what was done about it; which side may do what; deadlines.

No clock and no order of arrival decides: an event names those that its doer had seen, and events that did not see each
other are taken in a fixed order of steps.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any, Literal

from desktop.base.clock import BEIJING, local_day
from desktop.base.errors import FieldProblem
from desktop.base.text import _
from desktop.base.workdays import HolidayTable, add_workdays

# -- words -------------------------------------------------------------------------------------------------------------

BY_COUNTY = "county"
BY_ROOM = "room"

ISSUED = "issued"
DECLINED = "declined"
SIGNED = "signed"
IN_HAND = "in_hand"
FED_BACK = "fed_back"
SENT_BACK = "sent_back"
CLOSED = "closed"
WITHDRAWN = "withdrawn"
ARCHIVED = "archived"

MOST_URGENT, URGENT, ORDINARY = "1", "2", "3"

PASSED, FAILED = "1", "2"

# Effects: empty when the event did what it says.
ALREADY_DONE = "already"
AFTER_WITHDRAWAL = "withdrawn"
AFTER_CLOSING = "closed"
TOO_EARLY = "early"
NOT_THEIRS = "not_theirs"

WORKING = (SIGNED, IN_HAND, SENT_BACK)
OPEN = (ISSUED, DECLINED, *WORKING, FED_BACK)

ISSUER_STEPS = frozenset(
    {"reissue", "grant_extension", "deny_extension", "verify", "send_back", "withdraw", "urge"}
)
"""Whoever issued the order takes these."""

HANDLER_STEPS = frozenset(
    {"sign", "decline", "assign", "record_progress", "ask_extension", "feed_back", "archive"}
)
"""The room takes these, whoever issued the order."""

ALLOWED_IN: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "sign": (ISSUED,),
        "decline": (ISSUED,),
        "reissue": (DECLINED,),
        "assign": WORKING,
        "record_progress": WORKING,
        "ask_extension": WORKING,
        "grant_extension": WORKING,
        "deny_extension": WORKING,
        "feed_back": WORKING,
        "verify": (FED_BACK,),
        "send_back": (FED_BACK,),
        "withdraw": OPEN,
        "urge": (ISSUED, *WORKING),
        "archive": (CLOSED,),
    }
)

# Of events that did not see each other the one further up counts first. Work that was done is told before what ends
# it; a rejection comes before an approval, because work that goes on can still be approved.
_ORDER = (
    *("sign", "decline", "reissue", "assign", "urge", "record_progress"),
    *(
        "ask_extension",
        "grant_extension",
        "deny_extension",
        "feed_back",
        "send_back",
        "verify",
        "withdraw",
        "archive",
    ),
)
_RANK = {step: rank for rank, step in enumerate(_ORDER)}

# Two returns raise a flag (DOMAIN 4.3).
MANY_RETURNS = 2
REMIND_DAYS = 3
TELL_WITHDRAWN_DAYS = 3
_SIGN_MINUTES = {MOST_URGENT: 30, URGENT: 120}
_SIGN_WORKDAYS = 1

Severity = Literal["", "plain", "due", "overdue"]


UNREAD, READ = "unread", "read"

REQUESTED, CARRIED_OUT, TURNED_DOWN = "requested", "carried_out", "turned_down"
TO_ROOM, TO_STATION, TO_TOWN = "1", "2", "3"


def may_write_as_room(_fields: Mapping[str, Any], by_county: bool) -> bool:  # noqa: FBT001 - one of two sides
    """Only a room reads its notices and asks for a referral."""
    return not by_county


def referral_state(outcomes: Iterable[str]) -> str:
    """The state of a request for a referral; what was carried out stays so whatever else was said."""
    told = set(outcomes)
    return CARRIED_OUT if CARRIED_OUT in told else TURNED_DOWN if TURNED_DOWN in told else REQUESTED


# -- the machine -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class EventFact:
    """One thing that was done about an order.

    Shape:   `seen` are ids of events its doer knew of, at least the last ones; `issuer` is the side that the doer took
             for the issuer; `at` and `until` never decide what counts, they only fill the answer.
    """

    id: str
    step: str
    side: str
    issuer: str
    at: datetime | None = None
    seen: tuple[str, ...] = ()
    person: str = ""
    staff_id: str = ""
    helper_ids: tuple[str, ...] = ()
    words: str = ""
    until_on: date | None = None
    until_time: time | None = None
    arrived_at: datetime | None = None
    archive_no: str = ""


@dataclass(frozen=True)
class OrderState:
    """How an order stands.

    Shape:   `effects` says of each event that did nothing why; `fed_back_at` is the last report;
             `pending_*` is what the room asked for and nobody answered.
    """

    state: str = ISSUED
    signed_at: datetime | None = None
    signed_by: str = ""
    arrived_at: datetime | None = None
    handler_id: str = ""
    helper_ids: tuple[str, ...] = ()
    extended_to_on: date | None = None
    extended_to_time: time | None = None
    pending_on: date | None = None
    pending_time: time | None = None
    fed_back_at: datetime | None = None
    feedback: str = ""
    verified_at: datetime | None = None
    verified_by: str = ""
    verdict: str = ""
    verdict_words: str = ""
    closed_at: datetime | None = None
    withdrawn_at: datetime | None = None
    urged_at: datetime | None = None
    reissued_at: datetime | None = None
    sent_back_count: int = 0
    archive_no: str = ""
    effects: Mapping[str, str] = field(default_factory=dict)


def state_of_order(issuer: str, events: Iterable[EventFact]) -> OrderState:
    """The state that follows from what was done.

    Pure in the set of events: neither their order nor repetition matters, and no clock is asked.
    """
    state = OrderState()
    effects: dict[str, str] = {}
    for event in in_sequence(events):
        why = _objection(issuer, state, event)
        if why:
            effects[event.id] = why
        else:
            state = _AFTER[event.step](state, event)
    return replace(state, effects=effects)


def in_sequence(events: Iterable[EventFact]) -> list[EventFact]:
    """The events so that each comes after those it had seen; unrelated ones by the fixed order of steps, then by id.

    Shape:   what was seen and is not here is ignored; events of a circle, which no honest writer makes, come last.
    """
    by_id = {event.id: event for event in events}
    waits = {
        one: {seen for seen in event.seen if seen in by_id and seen != one} for one, event in by_id.items()
    }
    followed: dict[str, list[str]] = {}
    for one, seen in waits.items():
        for before in seen:
            followed.setdefault(before, []).append(one)
    ready = [_place(by_id[one]) for one, seen in waits.items() if not seen]
    heapq.heapify(ready)
    found: list[EventFact] = []
    while ready:
        _rank, one = heapq.heappop(ready)
        found.append(by_id.pop(one))
        for after in followed.get(one, ()):
            waits[after].discard(one)
            if not waits[after]:
                heapq.heappush(ready, _place(by_id[after]))
    return found + sorted(by_id.values(), key=_place)


def _place(event: EventFact) -> tuple[int, str]:
    return _RANK.get(event.step, len(_RANK)), event.id


def last_seen(events: Sequence[EventFact]) -> list[str]:
    """Ids of the events that no other has seen: what somebody who knows all of them has to name."""
    seen = {one for event in events for one in event.seen}
    return sorted(event.id for event in events if event.id not in seen)


def _objection(issuer: str, state: OrderState, event: EventFact) -> str:
    if event.step not in _AFTER or not side_may(event.step, event.side, issuer) or event.issuer != issuer:
        return NOT_THEIRS
    if event.step in {"grant_extension", "deny_extension"} and state.pending_on is None:
        return AFTER_CLOSING if state.state in {CLOSED, ARCHIVED} else TOO_EARLY
    if state.state in ALLOWED_IN[event.step]:
        return ""
    if state.state == WITHDRAWN:
        return AFTER_WITHDRAWAL
    if state.state in {CLOSED, ARCHIVED}:
        return AFTER_CLOSING
    return TOO_EARLY if _is_before(event.step, state.state) else ALREADY_DONE


_PROGRESS = (ISSUED, DECLINED, SIGNED, IN_HAND, SENT_BACK, FED_BACK)


def _is_before(step: str, state: str) -> bool:
    """Whether the order has not come as far as the step asks for."""
    least = min(
        (_PROGRESS.index(one) for one in ALLOWED_IN[step] if one in _PROGRESS), default=len(_PROGRESS)
    )
    return _PROGRESS.index(state) < least


def side_may(step: str, side: str, issuer: str) -> bool:
    """Whether a side may take a step on an order of an issuer."""
    return side == (issuer if step in ISSUER_STEPS else BY_ROOM)


def may_take(step: str, state: str | None) -> bool:
    """Whether a step may be taken in a state."""
    return (state or ISSUED) in ALLOWED_IN[step]


def may_write_order(fields: Mapping[str, Any], by_county: bool) -> bool:  # noqa: FBT001 - one of two sides
    """Whether the writer is the side that the order says it comes from."""
    return fields.get("side") == (BY_COUNTY if by_county else BY_ROOM)


def may_write_event(fields: Mapping[str, Any], by_county: bool) -> bool:  # noqa: FBT001 - one of two sides
    """Whether the writer may take this step; a step of a newer program is the writer's own affair."""
    side, step = fields.get("side"), str(fields.get("step") or "")
    if side != (BY_COUNTY if by_county else BY_ROOM) or not step:
        return False
    known = step in ISSUER_STEPS | HANDLER_STEPS
    return not known or side_may(step, str(side), str(fields.get("issuer") or ""))


# -- what each step does -----------------------------------------------------------------------------------------------


def _sign(state: OrderState, event: EventFact) -> OrderState:
    return replace(
        state,
        state=SIGNED,
        signed_at=event.at,
        signed_by=event.person,
        arrived_at=event.arrived_at,
        handler_id=event.staff_id or state.handler_id,
    )


def _decline(state: OrderState, event: EventFact) -> OrderState:
    return replace(state, state=DECLINED, feedback=event.words, arrived_at=event.arrived_at)


def _reissue(state: OrderState, event: EventFact) -> OrderState:
    return replace(state, state=ISSUED, feedback="", reissued_at=event.at)


def _assign(state: OrderState, event: EventFact) -> OrderState:
    return replace(
        state, handler_id=event.staff_id or state.handler_id, helper_ids=event.helper_ids or state.helper_ids
    )


def _progress(state: OrderState, _event: EventFact) -> OrderState:
    return replace(state, state=IN_HAND)


def _ask_extension(state: OrderState, event: EventFact) -> OrderState:
    return replace(state, pending_on=event.until_on, pending_time=event.until_time)


def _grant_extension(state: OrderState, event: EventFact) -> OrderState:
    return replace(
        state,
        extended_to_on=event.until_on or state.pending_on,
        extended_to_time=event.until_time if event.until_on else state.pending_time,
        pending_on=None,
        pending_time=None,
    )


def _deny_extension(state: OrderState, _event: EventFact) -> OrderState:
    return replace(state, pending_on=None, pending_time=None)


def _feed_back(state: OrderState, event: EventFact) -> OrderState:
    return replace(state, state=FED_BACK, fed_back_at=event.at, feedback=event.words)


def _send_back(state: OrderState, event: EventFact) -> OrderState:
    return replace(_judged(state, event, FAILED), state=SENT_BACK, sent_back_count=state.sent_back_count + 1)


def _verify(state: OrderState, event: EventFact) -> OrderState:
    return replace(_judged(state, event, PASSED), state=CLOSED, closed_at=event.at)


def _judged(state: OrderState, event: EventFact, verdict: str) -> OrderState:
    return replace(
        state, verified_at=event.at, verified_by=event.person, verdict=verdict, verdict_words=event.words
    )


def _withdraw(state: OrderState, event: EventFact) -> OrderState:
    return replace(state, state=WITHDRAWN, withdrawn_at=event.at, verdict_words=event.words)


def _urge(state: OrderState, event: EventFact) -> OrderState:
    return replace(state, urged_at=event.at)


def _archive(state: OrderState, event: EventFact) -> OrderState:
    return replace(state, state=ARCHIVED, archive_no=event.archive_no)


_AFTER: Mapping[str, Callable[[OrderState, EventFact], OrderState]] = MappingProxyType(
    {
        "sign": _sign,
        "decline": _decline,
        "reissue": _reissue,
        "assign": _assign,
        "record_progress": _progress,
        "ask_extension": _ask_extension,
        "grant_extension": _grant_extension,
        "deny_extension": _deny_extension,
        "feed_back": _feed_back,
        "send_back": _send_back,
        "verify": _verify,
        "withdraw": _withdraw,
        "urge": _urge,
        "archive": _archive,
    }
)

# -- deadlines ---------------------------------------------------------------------------------------------------------


def moment(day: date, at: time | None, *, end_of_day: bool = False) -> datetime:
    """The instant of a day and a wall time in Beijing; without a time the day's first, or its last, minute."""
    return datetime.combine(day, at or (time(23, 59) if end_of_day else time(0)), BEIJING)


def sign_by(
    urgency: str | None, issued_at: datetime, arrived_at: datetime | None, holidays: HolidayTable
) -> datetime:
    """The last instant for signing: half an hour, two hours, or the end of the next working day.

    A room that is reached by stick cannot sign before the order is there, so the time runs from its arrival.

    Source:  DOMAIN 4.3 (our own defaults).
    """
    start = max(issued_at, arrived_at) if arrived_at is not None else issued_at
    minutes = _SIGN_MINUTES.get(urgency or ORDINARY)
    if minutes is not None:
        return start + timedelta(minutes=minutes)
    return moment(add_workdays(local_day(start), _SIGN_WORKDAYS, holidays), None, end_of_day=True)


def finish_by(
    due_on: date | None, due_time: time | None, extended_on: date | None, extended_time: time | None
) -> datetime | None:
    """The last instant for the report: as ordered, or as it was moved."""
    if extended_on is not None:
        return moment(extended_on, extended_time, end_of_day=True)
    return None if due_on is None else moment(due_on, due_time, end_of_day=True)


def is_late(by: datetime | None, done_at: datetime | None, now: datetime) -> bool:
    """Whether something was not done by its time; a minute is the finest that people write."""
    return by is not None and (done_at or now) >= by + timedelta(minutes=1)


def is_overdue(state: str | None, by: datetime | None, fed_back_at: datetime | None, now: datetime) -> bool:
    """Whether the report came, or still is, too late; a withdrawn order is never late."""
    if state == WITHDRAWN:
        return False
    is_reported = state in {FED_BACK, CLOSED, ARCHIVED}
    return is_late(by, fed_back_at if is_reported else None, now)


def order_problems(values: Mapping[str, Any], today: date) -> list[FieldProblem]:
    """What stops the save of an order."""
    problems = []
    issued_on, due_on = values.get("issued_on"), values.get("due_on")
    if issued_on is not None and issued_on > today:
        problems.append(FieldProblem("issued_on", "ORD-001", _("签发日期还没有到，请检查日期。")))
    if issued_on is not None and due_on is not None and due_on < issued_on:
        problems.append(FieldProblem("due_on", "ORD-002", _("要求完成日期早于签发日期，请检查。")))
    return problems


def until_problem(
    until_on: date, until_time: time | None, today: date, by: datetime | None
) -> FieldProblem | None:
    """Why a new deadline cannot be asked for or given, if so: it moves on, and it lies ahead."""
    if until_on < today or (by is not None and moment(until_on, until_time, end_of_day=True) <= by):
        return FieldProblem("until_on", "ORD-003", _("新的期限应晚于原来的期限，也不能早于今天。"))
    return None


def severity(state: str | None, urgency: str | None, by: datetime | None, now: datetime) -> Severity:
    """How much an order presses; `by` is the time for signing while it is not signed, else for the report."""
    stands = state or ISSUED
    if stands in {CLOSED, ARCHIVED, WITHDRAWN}:
        return ""
    if stands == FED_BACK:
        return "plain"
    if is_late(by, None, now):
        return "overdue"
    if stands == ISSUED or urgency == MOST_URGENT:
        return "due"
    if by is not None and local_day(by) <= local_day(now) + timedelta(days=REMIND_DAYS):
        return "due"
    return "plain"
