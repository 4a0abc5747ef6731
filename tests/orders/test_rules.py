"""The states of an order from what was done, in whatever order that became known."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random

import pytest
from hypothesis import given, settings, strategies as st

from desktop.base.workdays import HolidayTable
from desktop.orders import rules
from desktop.orders.rules import BY_COUNTY, BY_ROOM, EventFact, OrderState, state_of_order

AT = datetime(2026, 3, 5, 1, 0, tzinfo=UTC)


def event(
    one: str, step: str, *seen: str, side: str = "", issuer: str = BY_COUNTY, **told: object
) -> EventFact:
    side = side or (issuer if step in rules.ISSUER_STEPS else BY_ROOM)
    return replace(EventFact(one, step, side, issuer, AT, seen), **told)  # type: ignore[arg-type]


def chain(*steps: str) -> list[EventFact]:
    """Steps of which each had seen the one before."""
    return [
        event(str(place), step, *([str(place - 1)] if place else []), until_on=date(2026, 3, 12))
        for place, step in enumerate(steps)
    ]


def state_after(*steps: str) -> OrderState:
    return state_of_order(BY_COUNTY, chain(*steps))


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        ((), rules.ISSUED),
        (("sign",), rules.SIGNED),
        (("decline",), rules.DECLINED),
        (("decline", "reissue"), rules.ISSUED),
        (("decline", "reissue", "sign"), rules.SIGNED),
        (("sign", "record_progress"), rules.IN_HAND),
        (("sign", "assign"), rules.SIGNED),
        (("sign", "feed_back"), rules.FED_BACK),
        (("sign", "record_progress", "feed_back", "verify"), rules.CLOSED),
        (("sign", "feed_back", "send_back"), rules.SENT_BACK),
        (("sign", "feed_back", "send_back", "feed_back", "verify", "archive"), rules.ARCHIVED),
        (("withdraw",), rules.WITHDRAWN),
        (("decline", "withdraw"), rules.WITHDRAWN),
        (("sign", "feed_back", "withdraw"), rules.WITHDRAWN),
        (("urge", "sign", "urge"), rules.SIGNED),
    ],
    ids="-".join,
)
def test_steps_one_after_another_lead_to_their_state(steps: tuple[str, ...], state: str) -> None:
    found = state_after(*steps)
    assert found.state == state
    assert found.effects == {}


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        (("sign", "sign"), rules.ALREADY_DONE),
        (("sign", "decline"), rules.ALREADY_DONE),
        (("sign", "feed_back", "feed_back"), rules.ALREADY_DONE),
        (("feed_back",), rules.TOO_EARLY),
        (("sign", "verify"), rules.TOO_EARLY),
        (("sign", "grant_extension"), rules.TOO_EARLY),
        (("sign", "feed_back", "verify", "send_back"), rules.AFTER_CLOSING),
        (("sign", "feed_back", "verify", "withdraw"), rules.AFTER_CLOSING),
        (("sign", "feed_back", "verify", "grant_extension"), rules.AFTER_CLOSING),
        (("withdraw", "sign"), rules.AFTER_WITHDRAWAL),
        (("sign", "polish"), rules.NOT_THEIRS),
    ],
    ids="-".join,
)
def test_step_that_the_state_does_not_allow_changes_nothing_and_says_why(
    steps: tuple[str, ...], why: str
) -> None:
    found = state_after(*steps)
    assert found.effects == {str(len(steps) - 1): why}
    assert replace(found, effects={}) == replace(state_after(*steps[:-1]), effects={})


@pytest.mark.parametrize(
    ("before", "left", "right", "state", "effects"),
    [
        ((), "sign", "withdraw", rules.WITHDRAWN, {}),
        ((), "sign", "decline", rules.SIGNED, {"right": rules.ALREADY_DONE}),
        ((), "sign", "sign", rules.SIGNED, {"right": rules.ALREADY_DONE}),
        (("sign",), "feed_back", "withdraw", rules.WITHDRAWN, {}),
        (("sign",), "record_progress", "feed_back", rules.FED_BACK, {}),
        (("sign", "feed_back"), "send_back", "verify", rules.SENT_BACK, {"right": rules.TOO_EARLY}),
        (("sign", "feed_back"), "verify", "withdraw", rules.CLOSED, {"right": rules.AFTER_CLOSING}),
        (
            ("sign", "ask_extension"),
            "grant_extension",
            "deny_extension",
            rules.SIGNED,
            {"right": rules.TOO_EARLY},
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_two_steps_that_did_not_see_each_other(
    before: tuple[str, ...], left: str, right: str, state: str, effects: dict[str, str]
) -> None:
    known = chain(*before)
    seen = [str(len(before) - 1)] if before else []
    both = [event("left", left, *seen), event("right", right, *seen)]
    found = state_of_order(BY_COUNTY, [*known, *both])
    assert (found.state, found.effects) == (state, effects)
    assert state_of_order(BY_COUNTY, [*both[::-1], *known]) == found


def test_room_s_work_is_kept_where_the_county_withdrew_without_knowing_of_it() -> None:
    known = chain("sign", "record_progress")
    report = event("b", "feed_back", "1", words="灯已换好")
    found = state_of_order(BY_COUNTY, [event("a", "withdraw"), report, *known])
    assert (found.state, found.feedback, found.effects) == (rules.WITHDRAWN, "灯已换好", {})


@pytest.mark.parametrize(
    "forged",
    [
        event("9", "verify", side=BY_ROOM),
        event("9", "verify", side=BY_ROOM, issuer=BY_ROOM),
        event("9", "withdraw", side=BY_ROOM, issuer=BY_ROOM),
        event("9", "sign", side=BY_COUNTY),
    ],
    ids=["room verifies", "room says it issued", "room withdraws", "county signs"],
)
def test_step_of_the_wrong_side_has_no_effect(forged: EventFact) -> None:
    assert state_of_order(BY_COUNTY, [forged]).effects == {"9": rules.NOT_THEIRS}
    assert state_of_order(BY_COUNTY, [forged]).state == rules.ISSUED


def test_order_of_the_room_is_verified_by_the_room() -> None:
    events = [
        event("0", "sign", issuer=BY_ROOM),
        event("1", "feed_back", "0", issuer=BY_ROOM),
        event("2", "verify", "1", issuer=BY_ROOM),
    ]
    assert state_of_order(BY_ROOM, events).state == rules.CLOSED
    assert not rules.side_may("verify", BY_COUNTY, BY_ROOM)


@pytest.mark.parametrize(
    ("fields", "by_county", "may"),
    [
        ({"step": "verify", "side": BY_COUNTY, "issuer": BY_COUNTY}, True, True),
        ({"step": "verify", "side": BY_ROOM, "issuer": BY_COUNTY}, False, False),
        ({"step": "verify", "side": BY_COUNTY, "issuer": BY_COUNTY}, False, False),
        ({"step": "verify", "side": BY_ROOM, "issuer": BY_ROOM}, False, True),
        ({"step": "verify", "side": BY_COUNTY, "issuer": BY_ROOM}, True, False),
        ({"step": "sign", "side": BY_ROOM, "issuer": BY_COUNTY}, False, True),
        ({"step": "sign", "side": BY_COUNTY, "issuer": BY_COUNTY}, True, False),
        ({"step": "polish", "side": BY_ROOM}, False, True),
        ({"side": BY_ROOM}, False, False),
        ({"step": "sign"}, False, False),
    ],
)
def test_side_that_may_write_a_step(fields: dict[str, str], by_county: bool, may: bool) -> None:
    assert rules.may_write_event(fields, by_county) is may


def test_side_that_may_write_an_order() -> None:
    assert rules.may_write_order({"side": BY_COUNTY}, True)
    assert not rules.may_write_order({"side": BY_COUNTY}, False)
    assert not rules.may_write_order({}, False)


_STEPS = sorted(rules.ISSUER_STEPS | rules.HANDLER_STEPS)


def _history(told: list[tuple[int, str, int]]) -> list[EventFact]:
    """Events of two sides, each of which saw some of those before it: those whose bits are set."""
    # Names that say nothing of the order in which things happened.
    names = [f"{number}-{place}" for place, (number, _step, _seen) in enumerate(told)]
    return [
        event(names[place], step, *(one for bit, one in enumerate(names[:place]) if seen >> bit & 1))
        for place, (_number, step, seen) in enumerate(told)
    ]


# One draw for an event: drawing what each saw one by one took most of this folder's time.
HISTORIES = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from(_STEPS), st.integers(0, 2**9 - 1)), max_size=9
).map(_history)


@given(HISTORIES, st.integers(0, 2**32))
@settings(max_examples=200, deadline=None)
def test_state_is_the_same_in_every_order_of_arrival(events: list[EventFact], lot: int) -> None:
    found = state_of_order(BY_COUNTY, events)
    mixed = events + events[: len(events) // 2]
    Random(lot).shuffle(mixed)
    assert state_of_order(BY_COUNTY, mixed) == found
    assert found.state in {*rules.OPEN, rules.CLOSED, rules.WITHDRAWN, rules.ARCHIVED}


@given(HISTORIES)
@settings(max_examples=200, deadline=None)
def test_every_event_comes_after_those_it_had_seen(events: list[EventFact]) -> None:
    places = {one.id: place for place, one in enumerate(rules.in_sequence(events))}
    assert len(places) == len(events)
    assert all(places[seen] < places[one.id] for one in events for seen in one.seen)


def test_circle_of_events_is_taken_without_end_and_without_loss() -> None:
    circle = [event("a", "sign", "b"), event("b", "feed_back", "a")]
    for order in itertools.permutations(circle):
        assert [one.id for one in rules.in_sequence(order)] == ["a", "b"]


def test_last_seen_are_the_events_that_nobody_saw() -> None:
    assert rules.last_seen([*chain("sign", "feed_back"), event("x", "withdraw")]) == ["1", "x"]
    assert rules.last_seen([]) == []


def test_extension_moves_the_deadline_to_what_was_asked_or_given() -> None:
    asked = event("1", "ask_extension", "0", until_on=date(2026, 3, 12), until_time=time(12))
    events = [event("0", "sign"), asked]
    found = state_of_order(BY_COUNTY, events)
    assert (found.pending_on, found.extended_to_on) == (date(2026, 3, 12), None)
    granted = state_of_order(BY_COUNTY, [*events, event("2", "grant_extension", "1")])
    assert (granted.pending_on, granted.extended_to_on, granted.extended_to_time) == (
        None,
        date(2026, 3, 12),
        time(12),
    )
    other = event("2", "grant_extension", "1", until_on=date(2026, 3, 10))
    assert state_of_order(BY_COUNTY, [*events, other]).extended_to_on == date(2026, 3, 10)
    denied = state_of_order(BY_COUNTY, [*events, event("2", "deny_extension", "1")])
    assert (denied.pending_on, denied.extended_to_on) == (None, None)


# -- deadlines ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("urgency", "issued", "arrived", "by"),
    [
        ("1", (date(2026, 3, 5), time(8, 30)), None, "2026-03-05 09:00"),
        ("2", (date(2026, 3, 5), time(8, 30)), None, "2026-03-05 10:30"),
        ("3", (date(2026, 3, 5), time(8, 30)), None, "2026-03-06 23:59"),
        ("3", (date(2026, 3, 6), time(8, 30)), None, "2026-03-09 23:59"),
        ("2", (date(2026, 3, 5), time(8, 30)), timedelta(days=2), "2026-03-07 10:30"),
        ("2", (date(2026, 3, 5), time(8, 30)), timedelta(days=-2), "2026-03-05 10:30"),
        (None, (date(2026, 3, 5), None), None, "2026-03-06 23:59"),
    ],
)
def test_time_for_signing_runs_from_arrival(
    urgency: str | None, issued: tuple[date, time | None], arrived: timedelta | None, by: str
) -> None:
    at = rules.moment(*issued)
    found = rules.sign_by(urgency, at, None if arrived is None else at + arrived, HolidayTable())
    assert found.strftime("%Y-%m-%d %H:%M") == by


def test_deadline_without_a_time_ends_with_its_day() -> None:
    by = rules.finish_by(date(2026, 3, 8), None, None, None)
    assert by is not None
    assert not rules.is_late(by, by + timedelta(seconds=59), by)
    assert rules.is_late(by, None, by + timedelta(minutes=1))
    assert rules.finish_by(date(2026, 3, 8), None, date(2026, 3, 9), time(9)) == rules.moment(
        date(2026, 3, 9), time(9)
    )
    assert rules.finish_by(None, None, None, None) is None
    assert not rules.is_late(None, None, by)


@pytest.mark.parametrize(
    ("state", "urgency", "hours", "severity"),
    [
        (rules.ISSUED, "3", 30, "due"),
        (rules.ISSUED, "3", -1, "overdue"),
        (rules.SIGNED, "3", 200, "plain"),
        (rules.SIGNED, "3", 70, "due"),
        (rules.SIGNED, "1", 200, "due"),
        (rules.SENT_BACK, "3", -1, "overdue"),
        (rules.FED_BACK, "3", -1, "plain"),
        (rules.CLOSED, "3", -1, ""),
        (rules.WITHDRAWN, "3", -1, ""),
    ],
)
def test_how_much_an_order_presses(state: str, urgency: str, hours: int, severity: str) -> None:
    assert rules.severity(state, urgency, AT + timedelta(hours=hours), AT) == severity


def test_order_is_refused_with_days_that_cannot_be() -> None:
    told = {"issued_on": date(2026, 3, 6), "due_on": date(2026, 3, 5)}
    assert [one.code for one in rules.order_problems(told, date(2026, 3, 5))] == ["ORD-001", "ORD-002"]
    assert rules.order_problems({"issued_on": date(2026, 3, 5)}, date(2026, 3, 5)) == []


@pytest.mark.parametrize(
    ("until", "is_refused"),
    [((date(2026, 3, 9), None), False), ((date(2026, 3, 8), None), True), ((date(2026, 3, 4), None), True),
     ((date(2026, 3, 8), time(12)), True)],
)  # fmt: skip
def test_new_deadline_moves_on_and_lies_ahead(until: tuple[date, time | None], is_refused: bool) -> None:
    by = rules.finish_by(date(2026, 3, 8), None, None, None)
    assert (rules.until_problem(*until, date(2026, 3, 5), by) is not None) is is_refused
