"""What is to be printed and in which order; pure, so that a window, a test and the spooler mean the same.

A *run* is what goes through the printer without anybody touching the paper. One-sided printing is one run; printing on
both sides of a printer that cannot turn sheets is two: the odd pages, then, after the stack was turned, the even ones.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from desktop.base.errors import RuleBroken
from desktop.base.paths import write_file
from desktop.base.text import _

BLANK = 0
"""A side that stays empty, in a run."""
RESOLUTIONS = (300, 600)
MOST_OFFSET_MM = 20.0
FILE_NAME = "printers.json"

_SPAN = re.compile(r"(\d{0,6})(?:(-)(\d{0,6}))?")


@dataclass(frozen=True)
class PrinterSetup:
    """What one printer needs to hit the paper; kept on this PC under the printer's name.

    Shape:   `is_reversed` says that the second side must be sent with the last sheet first, because the printer lays
             sheets down with the print upwards; `dpi` is one of `RESOLUTIONS`.
    Units:   `dx_mm` to the right, `dy_mm` downwards.
    """

    dx_mm: float = 0.0
    dy_mm: float = 0.0
    is_reversed: bool = False
    dpi: int = 300


@dataclass(frozen=True)
class PrintJob:
    """One order to print.

    Shape:   `pages` count from 1, in the order in which they are wanted; copies come one whole after another.
    """

    pages: tuple[int, ...]
    copies: int = 1
    on_both_sides: bool = False

    def runs(self, setup: PrinterSetup) -> tuple[tuple[int, ...], ...]:
        """The runs, each a row of pages; `BLANK` keeps a sheet's place where its back stays empty."""
        if not self.on_both_sides:
            return (self.pages * self.copies,) if self.pages else ()
        padded = self.pages + (BLANK,) * (len(self.pages) % 2)
        fronts, backs = padded[::2] * self.copies, padded[1::2] * self.copies
        if not any(backs):
            return (fronts,) if fronts else ()
        if setup.is_reversed:
            return fronts, backs[::-1]
        return fronts, _without_end(backs)


@dataclass(frozen=True)
class Outcome:
    """How a run ended: how many of its pages were sent, and why it ended when that is not all of them."""

    run: tuple[int, ...]
    sent_count: int
    is_cancelled: bool = False
    fault: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether everything was sent."""
        return self.sent_count == len(self.run)

    @property
    def sent(self) -> tuple[int, ...]:
        """The pages that were sent, in order."""
        return self.run[: self.sent_count]

    @property
    def rest(self) -> tuple[int, ...]:
        """The pages that were not."""
        return self.run[self.sent_count :]


def _without_end(backs: tuple[int, ...]) -> tuple[int, ...]:
    """Empty backs at the end need no pass through the printer."""
    last = max(place for place, page in enumerate(backs) if page)
    return backs[: last + 1]


def read_pages(typed: str, count: int) -> tuple[int, ...]:
    """The pages that a person means by `1-3，5，8-`; nothing typed means all.

    Shape:   pages from 1 to `count` in the order typed; a span may be open at either end or run backwards.
    Errors:  RuleBroken PRN-007 for what is no page of this paper.
    """
    plain = unicodedata.normalize("NFKC", typed).replace("、", ",").replace("—", "-").replace("~", "-")
    parts = [part.strip().replace(" ", "") for part in plain.split(",")]
    if not any(parts):
        return tuple(range(1, count + 1))
    return tuple(page for part in parts if part for page in _span(part, count))


def _span(part: str, count: int) -> Sequence[int]:
    found = _SPAN.fullmatch(part)
    if found is None or part == "-":
        raise _no_pages(part, count)
    first = int(found[1] or 1)
    last = first if not found[2] else int(found[3] or count)
    if not (1 <= first <= count and 1 <= last <= count):
        raise _no_pages(part, count)
    return range(first, last + 1) if first <= last else range(first, last - 1, -1)


def _no_pages(part: str, count: int) -> RuleBroken:
    sentence = _("没有“{part}”这样的页。请写成 1-3,5 的样子，最大到 {count}").format(part=part, count=count)
    return RuleBroken("PRN-007", sentence, part=part, count=count)


def words_of_pages(pages: Sequence[int]) -> str:
    """Pages as people write them: 1-3,5; each page once for every time it is there, blanks left out."""
    spans: list[list[int]] = []
    for page in pages:
        if page == BLANK:
            continue
        if spans and page == spans[-1][1] + 1:
            spans[-1][1] = page
        else:
            spans.append([page, page])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)


# -- what each printer needs -------------------------------------------------------------------------------------------


def read_setups(home: Path) -> dict[str, PrinterSetup]:
    """What was kept for the printers of this PC; an unreadable file is started anew, it holds nothing but comfort."""
    try:
        kept = json.loads((home / FILE_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(kept, dict):
        return {}
    return {name: _setup_of(facts) for name, facts in kept.items() if isinstance(facts, dict)}


def _setup_of(facts: dict[str, Any]) -> PrinterSetup:
    return PrinterSetup(
        _millimetres(facts.get("dx_mm")),
        _millimetres(facts.get("dy_mm")),
        is_reversed=facts.get("is_reversed") is True,
        dpi=facts["dpi"] if facts.get("dpi") in RESOLUTIONS else RESOLUTIONS[0],
    )


def _millimetres(value: object) -> float:
    if not isinstance(value, int | float) or not -MOST_OFFSET_MM <= value <= MOST_OFFSET_MM:
        return 0.0
    return float(value)


def keep_setup(home: Path, printer: str, setup: PrinterSetup) -> None:
    """Keeps what a printer needs. Errors: EnvironmentFault ENV-0xx."""
    kept = {name: asdict(one) for name, one in read_setups(home).items()} | {printer: asdict(setup)}
    told = json.dumps(kept, ensure_ascii=False, indent=1, sort_keys=True)
    write_file(home / FILE_NAME, told.encode("utf-8"), doing=_("保存打印机设置"))
