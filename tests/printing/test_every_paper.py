"""Every paper of the program over invented records: no broken rule, nothing over a rule or an edge, no cut number.

`JINGWUSHI_PAPER_RECORDS=2000` makes so many records of every paper and every register instead of a few; then lines are
judged of each record, and the finished pages of every eighth, which take nine tenths of the time. With
`JINGWUSHI_PAPER_FIRST=500` the first 500 records of the papers were judged before: so it runs in parts.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import islice
from random import Random
from typing import Any, cast

import pytest

from desktop.base.paths import resources_folder
from desktop.base.workdays import HolidayTable
from desktop.bootstrap import build_catalogue
from desktop.ledgers.books import Entry
from desktop.ledgers.pdf import BookPages, book_columns, book_sheet, register_sheet
from desktop.ledgers.registers import REGISTERS, Register
from desktop.ledgers.store import Page
from desktop.printing.compose import EVENT_DAY, PrintMarks, bind, render_content
from desktop.printing.fonts import Fonts
from desktop.printing.form_data import FormLibrary
from desktop.printing.ledger import render_ledger
from desktop.printing.sheets import LedgerSheet
from desktop.staff.catalogue import LedgerFacts, Paper
from tests.helpers.paper_faults import faults_of, line_faults_of, watched, watched_lines
from tests.helpers.paper_values import make_text, make_values

ASKED = int(os.environ.get("JINGWUSHI_PAPER_RECORDS", "0"))
PAPERS = range(int(os.environ.get("JINGWUSHI_PAPER_FIRST", "0")), ASKED or 3)
ROWS = ASKED or 24
WHOLE_EACH = 8 if ASKED else 1
CATALOGUE = build_catalogue()
HOLIDAYS = HolidayTable.load(resources_folder() / "holidays")
TODAY = date(2026, 3, 5)
FORMS = FormLibrary(resources_folder() / "forms")


def print_marks(dice: Random) -> PrintMarks:
    return PrintMarks(
        station_name="青石派出所",
        room_name="大桥村警务室",
        practice=dice.random() < 0.2,
        code="K7QM-2XVA",
        content_hash="0123456789abcdef" * 4,
        print_mark="印 PC-01 赵某 2026-03-05 10:00",
    )


@pytest.mark.parametrize("paper", CATALOGUE.papers, ids=lambda paper: paper.name)
def test_paper_has_no_typographic_fault_for_invented_records(paper: Paper, fonts: Fonts) -> None:
    schema = paper.fields(CATALOGUE.registry)
    form = FORMS.form(paper.name, schema)
    for seed in PAPERS:
        dice = Random(f"{paper.name} {seed}")
        content = bind(form, make_values(schema, dice) | {EVENT_DAY: TODAY.isoformat()})
        is_whole = seed % WHOLE_EACH == 0
        with watched() if is_whole else watched_lines() as lines:
            pdf = render_content(content, print_marks(dice), fonts)
        assert (faults_of(pdf, lines) if is_whole else line_faults_of(lines)) == [], (paper.name, seed)


def invented_rows(sheet: LedgerSheet, dice: Random) -> Iterator[tuple[str, ...]]:
    number = 0
    while True:
        number += 1
        cells = [make_text(column.label, dice) for column in sheet.columns[1:]]
        yield (str(number), *cells)


@pytest.mark.parametrize("register", REGISTERS, ids=lambda register: register.number)
def test_register_has_no_typographic_fault_for_invented_rows(register: Register, fonts: Fonts) -> None:
    facts = LedgerFacts("青石派出所大桥村警务室", False, "", TODAY, TODAY, TODAY, HOLIDAYS)
    empty = register_sheet(register, Page((), cast("Any", None), TODAY), facts, CATALOGUE.registry)
    dice = Random(register.number)
    rows = list(islice(invented_rows(empty, dice), ROWS))
    columns = tuple(replace(column, sums="") for column in empty.columns)
    sheet = replace(empty, columns=columns, rows=rows, month_column=None)
    with watched() as lines:
        pdf = render_ledger(sheet, fonts)
    assert faults_of(pdf, lines, (cell for row in rows for cell in row)) == []


@pytest.mark.parametrize("register", REGISTERS, ids=lambda register: register.number)
def test_book_has_no_typographic_fault_for_invented_rows(register: Register, fonts: Fonts) -> None:
    columns = book_columns(register, CATALOGUE.registry)
    dice = Random(f"book {register.number}")
    kinds = ("row", "row", "row", "correction", "late", "progress")
    entries = []
    for number in range(1, ROWS + 1):
        values = [
            str(dice.randrange(900)) if sums else make_text(label, dice)
            for label, sums in zip(columns.labels, columns.sums, strict=True)
        ]
        kind = kinds[number % len(kinds)]
        values[columns.day] = "2026-03-05" if kind == "row" else "更正\n2026-03-02"
        entries.append(Entry(number, cast("Any", kind), str(number), "", tuple(values)))
    told = BookPages("青石派出所大桥村警务室", False, "印 PC-01", 2026, 1, 1, "A4", False)
    sheet = book_sheet(register, CATALOGUE.registry, entries, told)
    with watched() as lines:
        pdf = render_ledger(sheet, fonts)
    assert faults_of(pdf, lines, (cell for entry in entries for cell in entry.shown)) == []
