"""Periods, figures and rates without a database."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, strategies as st

from desktop.base.rates import rate, year_on_year
from desktop.ledgers import rules
from desktop.ledgers.rules import DisputeFact, HazardFact, PatrolFact, Span, VisitFact

MARCH = rules.month_span(2026, 3)


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2026, 3, 1), date(2026, 3, 31), "2026年3月"),
        (date(2028, 2, 1), date(2028, 2, 29), "2028年2月"),
        (date(2026, 1, 1), date(2026, 12, 31), "2026年"),
        (date(2026, 1, 31), date(2026, 2, 6), "2026年1月31日至2026年2月6日"),
        (date(2026, 3, 1), date(2026, 3, 30), "2026年3月1日至2026年3月30日"),
    ],
)
def test_period_is_named_as_on_paper(first: date, last: date, words: str) -> None:
    assert rules.period_words(first, last) == words


@pytest.mark.parametrize(
    ("span", "previous", "last_year"),
    [
        (MARCH, rules.month_span(2026, 2), rules.month_span(2025, 3)),
        (rules.month_span(2026, 1), rules.month_span(2025, 12), rules.month_span(2025, 1)),
        (rules.month_span(2028, 2), rules.month_span(2028, 1), rules.month_span(2027, 2)),
        (
            Span(date(2026, 3, 1), date(2026, 3, 5)),
            Span(date(2026, 2, 1), date(2026, 2, 5)),
            Span(date(2025, 3, 1), date(2025, 3, 5)),
        ),
        (
            Span(date(2026, 3, 1), date(2026, 3, 30)),
            Span(date(2026, 2, 1), date(2026, 2, 28)),
            Span(date(2025, 3, 1), date(2025, 3, 30)),
        ),
        (
            Span(date(2026, 1, 31), date(2026, 2, 6)),
            Span(date(2026, 1, 24), date(2026, 1, 30)),
            Span(date(2025, 1, 31), date(2025, 2, 6)),
        ),
    ],
)
def test_a_period_is_compared_with_the_same_days_before(span: Span, previous: Span, last_year: Span) -> None:
    assert (rules.previous_span(span), rules.last_year_span(span)) == (previous, last_year)


@pytest.mark.parametrize(
    ("year", "month", "cut_day", "first", "last"),
    [
        (2026, 3, 25, date(2026, 2, 26), date(2026, 3, 25)),
        (2026, 1, 20, date(2025, 12, 21), date(2026, 1, 20)),
        (2026, 3, 28, date(2026, 3, 1), date(2026, 3, 28)),
        (2028, 3, 28, date(2028, 2, 29), date(2028, 3, 28)),
        (2026, 2, 0, date(2026, 2, 1), date(2026, 2, 28)),
    ],
)
def test_a_month_of_statistics_ends_at_its_cut(
    year: int, month: int, cut_day: int, first: date, last: date
) -> None:
    assert rules.month_span(year, month, cut_day) == Span(first, last)


@given(st.integers(2000, 2098), st.integers(1, 12), st.integers(0, 28))
def test_months_of_statistics_follow_each_other_without_a_gap(year: int, month: int, cut_day: int) -> None:
    span = rules.month_span(year, month, cut_day)
    after = rules.month_span(year + month // 12, month % 12 + 1, cut_day)
    assert after.first == span.last + timedelta(days=1)
    assert (rules.previous_span(after, cut_day), rules.last_year_span(span, cut_day).last.year) == (
        span,
        year - 1,
    )


def test_a_calendar_month_that_is_asked_for_means_the_month_of_statistics() -> None:
    cut = Span(date(2026, 2, 26), date(2026, 3, 25))
    assert rules.asked_span(MARCH.first, MARCH.last, 25) == cut
    assert rules.asked_span(date(2026, 3, 2), date(2026, 3, 5), 25) == Span(
        date(2026, 3, 2), date(2026, 3, 5)
    )
    assert rules.period_words(cut.first, cut.last, 25) == "2026年3月（2月26日至3月25日）"


def test_a_part_of_a_cut_month_is_compared_with_the_same_days() -> None:
    running = Span(date(2026, 2, 26), date(2026, 3, 10))
    assert rules.previous_span(running, 25) == Span(date(2026, 1, 26), date(2026, 2, 10))
    assert rules.last_year_span(running, 25) == Span(date(2025, 2, 26), date(2025, 3, 10))


def test_a_month_that_runs_is_counted_up_to_today() -> None:
    assert rules.counted_span(MARCH.first, MARCH.last, date(2026, 3, 5)).last == date(2026, 3, 5)
    assert rules.counted_span(MARCH.first, MARCH.last, date(2026, 4, 2)) == MARCH


@pytest.mark.parametrize(
    ("numerator", "denominator", "words"),
    [(842, 869, "96.9 %"), (6217, 6368, "97.6 %"), (134, 138, "97.1 %"), (0, 0, "—")],
)
def test_rates_reproduce_the_published_ones(numerator: int, denominator: int, words: str) -> None:
    assert rate(numerator, denominator) == words


@pytest.mark.parametrize(
    ("current", "previous", "words"),
    [(869, 1028, "\N{MINUS SIGN}15.5 %"), (869, 840, "+3.5 %"), (5, 0, "新增"), (0, 0, "持平")],
)
def test_comparisons_reproduce_the_published_ones(current: int, previous: int, words: str) -> None:
    assert year_on_year(current, previous) == words


def test_a_patrol_over_midnight_counts_in_the_month_it_began() -> None:
    facts = {PatrolFact: [PatrolFact("a", date(2026, 3, 31), 2, 180)]}
    figure = rules.BY_KEY["patrols.length_minutes"]
    assert rules.count(figure, facts, MARCH) == 180
    assert rules.count(figure, facts, rules.month_span(2026, 4)) == 0


def test_a_household_that_was_visited_twice_counts_once_and_its_visits_twice() -> None:
    day = date(2026, 3, 3)
    facts = {
        VisitFact: [
            VisitFact("a", day, "1", "h"),
            VisitFact("b", day, "1", "h"),
            VisitFact("c", day, "2", "h"),
        ]
    }
    counted = [
        rules.count(rules.BY_KEY[key], facts, MARCH)
        for key in ("visits.households", "visits.met", "visits.not_met")
    ]
    assert counted == [1, 2, 1]


@pytest.mark.parametrize(
    ("fact", "is_open"),
    [
        (DisputeFact("a", date(2026, 2, 1)), True),
        (DisputeFact("a", date(2026, 4, 1)), False),
        (DisputeFact("a", date(2026, 2, 1), resolved_on=date(2026, 3, 31)), False),
        (DisputeFact("a", date(2026, 2, 1), resolved_on=date(2026, 4, 1)), True),
        (DisputeFact("a", date(2026, 2, 1), state="D2x"), False),
    ],
)
def test_a_dispute_is_open_at_the_end_of_a_month_until_it_has_a_result(
    fact: DisputeFact, is_open: bool
) -> None:
    assert bool(rules.picked(rules.BY_KEY["disputes.open"], {DisputeFact: [fact]}, MARCH)) is is_open


@pytest.mark.parametrize(
    ("due", "closed", "keys"),
    [
        (date(2026, 3, 31), None, {"hazards.due"}),
        (date(2026, 3, 30), None, {"hazards.due", "hazards.overdue"}),
        (date(2026, 3, 30), date(2026, 3, 31), {"hazards.due", "hazards.due_closed", "hazards.closed"}),
        (date(2026, 2, 1), date(2026, 4, 1), {"hazards.overdue"}),
        (None, None, set()),
    ],
)
def test_a_hazard_is_due_closed_or_overdue_in_a_month(
    due: date | None, closed: date | None, keys: set[str]
) -> None:
    facts = {HazardFact: [HazardFact("a", date(2026, 1, 5), "2", due, closed)]}
    found = {figure.key for figure in rules.FIGURES if rules.count(figure, facts, MARCH)}
    assert found == keys


days = st.one_of(st.none(), st.dates(date(2026, 2, 20), date(2026, 4, 10)))
disputes = st.builds(
    DisputeFact,
    id=st.uuids().map(str),
    found_on=days,
    accepted_on=days,
    resolved_on=days,
    result=st.sampled_from(["", "10", "11", "20", "30", "40"]),
    group=st.builds(
        lambda kind, level: {"type": kind, "level": level, "source": "01"},
        st.sampled_from(["01", "02"]),
        st.sampled_from(["", "1"]),
    ),
    people_count=st.integers(0, 9),
    amount_fen=st.integers(0, 10_000),
)


@given(st.lists(disputes, max_size=20), st.integers(1, 30))
def test_two_parts_of_a_month_add_up_to_the_month(rows: list[DisputeFact], cut: int) -> None:
    facts = {DisputeFact: rows}
    middle = MARCH.first + timedelta(days=cut)
    parts = (Span(MARCH.first, middle - timedelta(days=1)), Span(middle, MARCH.last))
    for figure in rules.FIGURES:
        if figure.fact is DisputeFact and figure.by_span is None:
            assert sum(rules.count(figure, facts, part) for part in parts) == rules.count(
                figure, facts, MARCH
            )


@given(st.lists(disputes, max_size=20))
def test_the_rows_behind_a_split_are_the_rows_behind_its_total(rows: list[DisputeFact]) -> None:
    facts = {DisputeFact: rows}
    for grouping in rules.GROUPINGS:
        for column in grouping.columns:
            codes = {row.group[grouping.key] for row in rows}
            behind = []
            for code in codes:
                found = rules.picked_by_key(rules.group_key(grouping, code, column), facts, MARCH)
                behind += [row.id for row in found]
            total = rules.picked_by_key(f"disputes.{column}", facts, MARCH)
            assert sorted(behind) == sorted(row.id for row in total)


@pytest.mark.parametrize(
    "key",
    [
        "disputes",
        "disputes.accepted.colour.01",
        "disputes.people.type.01",
        "visits.accepted",
        "visits.households.type.01",
    ],
)
def test_an_unknown_key_names_no_figure(key: str) -> None:
    assert rules.figure_of(key) is None


def test_rates_are_made_of_figures_that_exist() -> None:
    assert all({one.numerator, one.denominator} <= rules.BY_KEY.keys() for one in rules.RATES)
    assert {"R1a", "R3", "R4", "R5"} <= {one.id for one in rules.RATES}
