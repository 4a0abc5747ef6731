"""An hour of nonsense for everything that a room reads from outside: tables, JSON, stick files, certificates.

FUZZ_SECONDS=3600 python -m pytest tests/benchmarks/fuzz_imports.py -m benchmark -s

Workbooks with altered bytes and altered parts, csv in the wrong encoding, cells and JSON values that no field expects,
stick files and enrolment files with bytes flipped, cut and repeated. Whatever is refused is refused with a sentence of
ours and changes no row; the seed is printed.
"""

from __future__ import annotations

import io
import json
import os
import random
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from county.enrolment import approve, open_slot
from desktop.audit.trail import Deed
from desktop.base import xlsx
from desktop.base.errors import Failure
from desktop.database.fields import Field
from desktop.staff.joining import finish_joining
from desktop.staff.office import Office
from desktop.staff.tables_in_out import add_rows, import_table
from tests.benchmarks.fuzz_http import mangled
from tests.helpers.county import World, check, counts

pytestmark = pytest.mark.benchmark
SECONDS = float(os.environ.get("FUZZ_SECONDS", "60"))
SEED = int(os.environ.get("FUZZ_SEED", str(time.time_ns() % 1_000_000)))
KINDS = ("household", "visit", "dispute", "staff_member", "premises")
# What each visit of the parsers leaves behind by design.
TOLD = {"audit_entry", "exchange_log", "peer", "parked", "receipt_word", "search_row", "search_words"}
CELLS: tuple[Any, ...] = (
    "", " ", "是", "\x00", "\ud83d\ude00", "𬭎" * 400, "长" * 40_000, "=1+1", "'=1+1", "\u202e反", "﻿", "1e999", "NaN",
    "2026-02-30", "99999-01-01", "-1", "25:61", 0, -1, 10**30, 1.5, float("inf"), float("nan"), True, None, [],
    {}, [[]], {"id": 1}, [None], ["x"] * 50, "石桥村", "649901199001011234", "12000001234",
)  # fmt: skip


def workbook(chance: random.Random, office: Office, kind: str, folder: Path) -> Path:
    """A table of a kind with odd cells; often its parts or its bytes are altered as well."""
    fields = list(office.registry.kind(kind).fields.values())
    heads = [chance.choice([one.label, one.name]) for one in fields]
    if chance.random() < 0.1:
        heads[0] = "没有这一列"
    plain = [one for one in CELLS if isinstance(one, str | int | float)]
    rows: list[list[Any]] = [[chance.choice(plain) for _one in heads] for _row in range(chance.randrange(4))]
    path = folder / chance.choice(["表.xlsx", "表.csv", "表.XLSX", "表.txt"])
    if path.suffix.lower() == ".xlsx":
        try:
            xlsx.write_xlsx(
                path,
                "表",
                [xlsx.Column(head) for head in heads],
                [[str(cell)[:30_000] for cell in row] for row in rows],
            )
        except (Failure, ValueError):
            # What cannot be written at all is no table that anybody could bring.
            path.write_bytes(b"PK\x03\x04")
        data = path.read_bytes()
    else:
        text = "\n".join(",".join(str(cell) for cell in row) for row in [heads, *rows])
        data = text.encode(chance.choice(["utf-8", "gb18030", "utf-16"]), "replace")
    luck = chance.random()
    if luck < 0.3:
        data = mangled(chance, data) if data else b""
    elif luck < 0.6 and zipfile.is_zipfile(io.BytesIO(data)):
        data = altered_parts(chance, data)
    path.write_bytes(data)
    return path


def altered_parts(chance: random.Random, data: bytes) -> bytes:
    """The same archive with one of its parts altered, missing, doubled or blown up."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        victim = chance.choice(old.namelist())
        for name in old.namelist():
            part = old.read(name)
            if name == victim:
                how = chance.randrange(4)
                if how == 0:
                    continue
                part = (
                    mangled(chance, part) if how == 1 else part * chance.choice((2, 50)) if how == 2 else b""
                )
            new.writestr(name, part)
    return made.getvalue()


def odd_record(chance: random.Random, office: Office, kind: str) -> dict[str, Any]:
    """A record whose fields hold what they must not."""
    fields: list[Field] = list(office.registry.kind(kind).fields.values())
    return {one.name: chance.choice(CELLS) for one in chance.sample(fields, chance.randrange(1, len(fields)))}


def test_nonsense_from_outside_changes_nothing(world: World, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    office = world.offices["甲机"]
    office.add("staff_member", {"name": "张三丰", "role": "民警"})
    office.exchange_stick(world.stick())
    bundles = [one.read_bytes() for one in world.stick().rglob("*.jwb")]
    slot = open_slot(world.county, "649901100299", "新村警务室").data
    assert bundles

    def table() -> None:
        kind = chance.choice(KINDS)
        import_table(office, kind, workbook(chance, office, kind, tmp_path), dry_run=True)

    def record() -> None:
        kind = chance.choice(KINDS)
        add_rows(
            office, kind, [odd_record(chance, office, kind)], [1], dry_run=True, deed=Deed("import", kind)
        )

    def stick_file() -> None:
        path = tmp_path / "坏.jwb"
        path.write_bytes(mangled(chance, chance.choice(bundles)))
        office.take_files([path])

    def request() -> None:
        approve(world.county, mangled(chance, slot))

    def approval() -> None:
        finish_joining(office, mangled(chance, slot))

    before = {name: counts(world.offices[name]) for name in ("甲机", "县局")}
    told = repeat(chance, (table, record, stick_file, request, approval))
    for name, rows in before.items():
        now = counts(world.offices[name])
        assert {one for one in now if now[one] != rows[one]} - TOLD == set()
        check(world.offices[name].database)
    assert not [one for one in told if "said nothing" in one]
    found = {"seed": SEED, "deeds": sum(told.values()), **dict(sorted(told.items()))}
    sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")


def repeat(chance: random.Random, deeds: Sequence[Callable[[], None]]) -> Counter[str]:
    """Does one after the other until the time is over; what each of them came to."""
    told: Counter[str] = Counter()
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        deed = chance.choice(deeds)
        outcome = "taken"
        try:
            deed()
        except Failure as failure:
            outcome = failure.code if str(failure) else "said nothing"
        except Exception as error:
            raise AssertionError(f"seed {SEED}, {deed.__name__} number {sum(told.values())}") from error
        told[f"{deed.__name__} {outcome}"] += 1
    return told
