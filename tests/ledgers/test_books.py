"""Lines of a bound ledger, without a database."""

from __future__ import annotations

import zlib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from desktop.base.errors import EnvironmentFault
from desktop.ledgers import books
from desktop.ledgers.books import Columns, Entry, Line, Written

COLUMNS = Columns(
    labels=("日期", "事由", "金额", "人数", "状态", "备注"),
    sums=("", "", "yuan", "number", "", ""),
    moving=frozenset({4}),
    day=0,
)


def line(name: str = "a", day: str = "2026-03-02", *, stamp: str = "1", **cells: str) -> Line:
    values = (
        day,
        cells.get("what", "争水"),
        cells.get("fen", "100.00"),
        cells.get("people", "2"),
        cells.get("state", "已登记"),
        cells.get("note", ""),
    )
    is_void = cells.get("note", "").startswith("作废")
    return Line(name, date.fromisoformat(day), stamp, values, is_void=is_void)


def written(entries: list[Entry], volume_no: int = 1, *, is_closed: bool = False) -> list[Written]:
    return [Written(entry, 2026, volume_no, is_closed) for entry in entries]


def follow(
    done: list[Written], lines: list[Line], *, volume_no: int = 1, is_closing: bool = False
) -> list[Entry]:
    return books.next_entries(
        COLUMNS,
        done,
        lines,
        year=2026,
        volume_no=volume_no,
        first_no=len(done) + 1,
        is_closing=is_closing,
    )


@pytest.mark.parametrize(
    ("now", "kind", "note"),
    [
        ({"what": "争地界", "stamp": "2"}, "correction", "更正第1行：事由争水→争地界"),
        ({"fen": "80.00", "stamp": "2"}, "correction", "更正第1行：金额100.00→80.00"),
        ({"note": "作废：重了", "stamp": "2"}, "void", "作废第1行；作废：重了"),
        ({"what": "争地界", "stamp": "1"}, None, ""),  # only a name was changed elsewhere
        ({"state": "已办结", "stamp": "2"}, None, ""),  # it only went on
        ({"stamp": "2"}, None, ""),
    ],
)
def test_what_becomes_of_a_printed_line(now: dict[str, str], kind: str | None, note: str) -> None:
    done = written(follow([], [line()]))
    fresh = follow(done, [line(**now)])
    assert [one.kind for one in fresh] == ([kind] if kind else [])
    assert [one.shown[-1] for one in fresh] == ([note] if kind else [])


def test_what_only_went_on_is_told_when_the_volume_is_closed_or_was_closed() -> None:
    now = [line(state="已办结", stamp="2")]
    first = follow([], [line()])
    assert [one.kind for one in follow(written(first), now, is_closing=True)] == ["progress"]
    (later,) = follow(written(first, is_closed=True), now, volume_no=2)
    assert later.shown[1] == "续记\n2026-03-02"
    assert later.shown[-1] == "续记第1册第1行：状态已登记→已办结"
    assert (later.shown[3], later.shown[4]) == ("", "")  # nothing is added twice


def test_a_line_is_corrected_against_its_last_state() -> None:
    done = written(follow([], [line()]))
    done += written(follow(done, [line(fen="80.00", stamp="2")]))
    assert follow(done, [line(fen="80.00", stamp="2")]) == []
    (again,) = follow(done, [line(fen="100.00", stamp="3")])
    assert (again.shown[3], again.shown[-1]) == ("20.00", "更正第1行：金额80.00→100.00")


def test_a_month_that_has_gone_by_is_marked_late() -> None:
    done = written(follow([], [line("a", "2026-03-02"), line("b", "2026-04-01")]))
    (late, on_time) = follow(done, [line("c", "2026-03-09"), line("d", "2026-04-02")])
    assert (late.kind, late.shown[1], late.month) == ("late", "补记\n2026-03-09", "2026-04")
    assert (on_time.kind, on_time.shown[1]) == ("row", "2026-04-02")


def test_a_void_record_that_was_never_printed_keeps_its_line_and_adds_nothing() -> None:
    (entry,) = follow([], [line(note="作废：重了")])
    assert (entry.kind, entry.shown[3], entry.shown[4]) == ("row", "", "")


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (Written(Entry(5, "row", "a", "", ()), 2026, 2, is_closed=False), "第5行"),
        (Written(Entry(5, "row", "a", "", ()), 2026, 1, is_closed=True), "第1册第5行"),
        (Written(Entry(5, "row", "a", "", ()), 2025, 1, is_closed=True), "2025年第1册第5行"),
    ],
)
def test_older_line_is_named_by_what_tells_it_apart(place: Written, words: str) -> None:
    assert books.place_words(place, year=2026, volume_no=2) == words


STATES = st.tuples(
    st.integers(0, 99_999), st.integers(0, 9), st.booleans(), st.sampled_from(["争水", "争地界"])
)


@given(st.lists(st.lists(STATES, min_size=3, max_size=3), min_size=1, max_size=5), st.booleans())
def test_totals_of_all_lines_are_those_of_the_records(
    prints: list[list[tuple[int, int, bool, str]]],
    is_closing: bool,
) -> None:
    """However often records change between prints, the book adds up to what they are at the end."""
    done: list[Written] = []
    lines: list[Line] = []
    void: set[int] = set()
    for stamp, states in enumerate(prints):
        void |= {at for at, (_fen, _people, is_void, _what) in enumerate(states) if is_void and stamp}
        lines = [
            line(
                str(at),
                stamp=str(stamp),
                fen=f"{fen // 100}.{fen % 100:02d}",
                people=str(people),
                what=what,
                note="作废：错了" if at in void else "",
            )
            for at, (fen, people, _void, what) in enumerate(states)
        ]
        done += written(follow(done, lines, is_closing=is_closing))
    live = [one for one in lines if not one.is_void]
    expected = tuple(
        sum(books.amount(one.values[at], sums) for one in live) if sums else 0
        for at, sums in enumerate(COLUMNS.sums)
    )
    assert books.totals(COLUMNS, [one.entry for one in done]) == expected
    assert [one.entry.no for one in done] == list(range(1, len(done) + 1))
    assert follow(done, lines, is_closing=is_closing) == []


def test_lines_are_thawed_as_they_were_frozen() -> None:
    entries = follow([], [line(), line("b", what="李𬭎")])
    entries += follow(written(entries), [line(fen="80.00", stamp="2")])
    grid = {"size_pt": 9.0, "widths_pt": [20.0, 30.5]}
    assert books.thawed(books.frozen("disputes", COLUMNS.labels, grid, entries)) == (grid, entries)


def test_lines_of_the_first_version_are_still_read() -> None:
    grid, entries = books.thawed((Path(__file__).parent / "samples" / "lines-1.bin").read_bytes())
    assert grid["widths_pt"] == [20.0, 60.5, 40.0]
    assert [(one.no, one.kind) for one in entries] == [(1, "row"), (2, "correction")]
    assert entries[1].shown[2] == "更正第1行：日期2026-03-02→2026-03-03"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PDF",
        zlib.compress(b"[]"),
        zlib.compress(b'{"format":"jingwushi-ledger-rows","version":2}'),
        zlib.compress(b'{"format":"jingwushi-ledger-rows","version":1,"grid":null,"entries":[{"no":1}]}'),
    ],
)
def test_damaged_or_newer_lines_are_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(EnvironmentFault) as caught:
        books.thawed(data)
    assert caught.value.code == "LED-010"


def test_months_of_a_volume_follow_the_lines() -> None:
    entries = follow([], [line("a"), line("b"), line("c", "2026-04-01")])
    assert [(one.month, one.first_no, one.last_no, one.count) for one in books.months_of(entries)] == [
        ("2026-03", 1, 2, 2),
        ("2026-04", 3, 3, 1),
    ]
