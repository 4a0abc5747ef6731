"""What can be put on paper, as frozen values; nothing here knows how it is drawn.

Paper is Chinese always, so no text of these values passes through `_()`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Literal

Align = Literal["left", "center", "right"]
MarkKind = Literal["signature", "fingerprint", "seal"]
PaperSize = Literal["A4", "A3"]
Sums = Literal["", "number", "yuan"]

SIZE_TITLE_PT = 22.0
"""二号, the size of the title of a form."""
SIZE_BODY_PT = 12.0
"""小四, the size of the body of a form."""
SIZE_SMALL_PT = 10.5
"""五号."""


@dataclass(frozen=True)
class LedgerColumn:
    """One column of a ledger.

    `group`: neighbours with the same group have it as a head over their labels (merged head). `is_under`: the column
    stands under the one before it instead of beside it, so that a record takes two lines and less width. `is_name`:
    people's names of at most four characters are never broken. `sums`: the numbers of the column are added up in
    subtotals and carried from page to page, as whole numbers or as yuan with fen.

    Units:   `width_mm` is a share: the columns are scaled together until they fill the page.
    """

    label: str
    width_mm: float
    align: Align = "left"
    _: KW_ONLY
    group: str = ""
    is_under: bool = False
    is_name: bool = False
    sums: Sums = ""


class RedRow(tuple[str, ...]):
    """The cells of an entry that corrects one in a closed volume (红字更正): printed in red, with a bar at its left."""

    __slots__ = ()


@dataclass(frozen=True)
class LedgerGrid:
    """The type and widths that a ledger was set with; given to a later print, its rows fall on the same places.

    Shape:   one width for each column that stands beside others, not for those under another.
    Units:   points.
    """

    size_pt: float
    widths_pt: tuple[float, ...]


@dataclass(frozen=True)
class LedgerBook:
    """How the pages of a ledger belong to a bound book.

    `is_open`: rows may still follow, so nothing is closed: no total, no subtotal of the month that still runs, the
    number of pages is left to be written. `opening` stands at the head of the first page (承前页): one cell for
    each column, numbers in the columns that are summed.

    Units:   `row_mm` is the height of a ruled line: rows take whole lines. 0 lets each row grow by itself.
    """

    volume: str = ""
    first_page: int = 1
    is_open: bool = False
    opening: tuple[str, ...] | None = None
    carries: bool = False
    fills_page: bool = False
    row_mm: float = 0.0


@dataclass(frozen=True)
class LedgerSheet:
    """A ledger for one period, landscape, any number of rows.

    `month_column` is the column of the date by which 本月合计 and 累计 are set after the rows of each month; its rows
    come in the order of their months.

    Shape:   every row, and `totals` when there is one, has as many cells as `columns`. No rows at all is a report
             too: it prints 本期无记录（零报告）. `stream` may stand in for `rows`: a function that gives the same rows
             each time it is called, from a database cursor perhaps; it is called three times and nothing is held whole.
    """

    title: str
    unit: str
    period: str
    columns: tuple[LedgerColumn, ...]
    rows: Sequence[Sequence[str]]
    totals: Sequence[str] | None = None
    footnotes: tuple[str, ...] = ()
    signers: tuple[str, ...] = ("填表人", "审核人", "日期")
    practice: bool = False
    print_mark: str = ""
    _: KW_ONLY
    paper: PaperSize = "A4"
    binding_mm: float = 25.0
    month_column: int | None = None
    book: LedgerBook = LedgerBook()
    grid: LedgerGrid | None = None
    stream: Callable[[], Iterable[Sequence[str]]] | None = None

    def each_row(self) -> Iterable[Sequence[str]]:
        """The rows from the first on."""
        return self.rows if self.stream is None else self.stream()


@dataclass(frozen=True)
class Text:
    """One or more paragraphs outside the grid; a newline starts a new paragraph.

    Units:   `indent` is the first-line indent of each paragraph, in characters.
    """

    text: str
    size_pt: float = SIZE_BODY_PT
    align: Align = "left"
    bold: bool = False
    indent: int = 0


@dataclass(frozen=True)
class Cell:
    """A label and its value beside it, both in the grid.

    Shape:   with an empty label the value takes the whole share; with an empty value the box stays for handwriting.
    """

    label: str
    value: str
    width_share: float = 1.0


@dataclass(frozen=True)
class GridRow:
    """One row of the grid; grows with its longest value and is kept on one page when it fits on one."""

    cells: Sequence[Cell]


@dataclass(frozen=True)
class Field:
    """One label and one value over the whole width of the grid."""

    label: str
    value: str


@dataclass(frozen=True)
class Flow:
    """A long text in a box over the whole width; goes over pages, its border closed on every one.

    Units:   `min_mm` is the least height of the box when it stands on one page.
    """

    label: str
    text: str
    min_mm: float = 24.0


@dataclass(frozen=True)
class SignaturePlace:
    """A place where somebody signs, presses a fingerprint, or where a seal is put. Never filled by the program."""

    label: str
    kind: MarkKind = "signature"


@dataclass(frozen=True)
class Signatures:
    """The places for marks, kept together on one page."""

    places: tuple[SignaturePlace, ...]


@dataclass(frozen=True)
class Rule:
    """A thin line over the whole width."""


@dataclass(frozen=True)
class Space:
    """Blank height; vanishes at the top of a page."""

    mm: float


@dataclass(frozen=True)
class Groups:
    """Groups of characters in large type, each character in a cell of its own: codes that people copy by hand."""

    groups: tuple[str, ...]
    per_row: int = 4
    size_pt: float = SIZE_TITLE_PT


@dataclass(frozen=True)
class TableColumn:
    """One column of a table inside a form.

    Units:   `share` is the column's part of the width, against the other columns.
    """

    label: str
    share: float = 1.0
    align: Align = "left"


@dataclass(frozen=True)
class Table:
    """Rows under one head, which is repeated on every page; at least `min_rows` rows, empty ones for handwriting.

    Shape:   every row has as many texts as there are columns.
    """

    columns: tuple[TableColumn, ...]
    rows: Sequence[Sequence[str]]
    min_rows: int = 0


@dataclass(frozen=True)
class Cut:
    """A dashed line over the page where a stub or a receipt is cut off, with what stands on it: a seal over both."""

    label: str = ""


@dataclass(frozen=True)
class Turn:
    """Goes on at the top of a new page."""


@dataclass(frozen=True)
class Heading:
    """A heading between paragraphs, in 黑体: 一、…"""

    text: str


Part = Text | Field | GridRow | Flow | Signatures | Rule | Space | Groups | Table | Cut | Turn | Heading


@dataclass(frozen=True)
class FormSheet:
    """A paper that people sign, A4 portrait.

    `code` is the short code of the printed version and `content_hash` the hash of its content as hex; both go into the
    foot of every page and into the QR code, so that a signed copy can be told from an outdated one.

    Shape:   `code` is ASCII; without a code there is no QR code. With `copy_labels` (存根联, 送达联 …) the paper
             is made once for each, named at the head, pages counted for each copy. `joint` marks where one seal runs
             over the pages (骑缝章) of a paper that has several.
    """

    title: str
    number: str = ""
    unit: str = ""
    parts: tuple[Part, ...] = ()
    copies_text: str = ""
    practice: bool = False
    code: str = ""
    content_hash: str = ""
    print_mark: str = ""
    copy_labels: tuple[str, ...] = ()
    joint: bool = False


@dataclass(frozen=True)
class TextSheet:
    """A plain paper, A4 portrait: the recovery sheet, a report in words.

    Shape:   a `str` among the paragraphs is set with an indent of two characters; other parts as in a form.
    """

    title: str
    paragraphs: tuple[str | Part, ...]
    unit: str = ""
    practice: bool = False
    print_mark: str = ""


@dataclass(frozen=True)
class LetterSheet:
    """A letter to another office, laid out as official documents are (GB/T 9704-2012): red head, number, 22 lines.

    Shape:   `unit` is the red head; `number` has its year in hexagonal brackets; `date` is 2026年1月4日, empty to be
             written in; `attachments` one a line. Parts beside text (a receipt on the next page) are set as in a form.
    """

    title: str
    number: str = ""
    unit: str = ""
    parts: tuple[Part, ...] = ()
    addressee: str = ""
    signer: str = ""
    date: str = ""
    attachments: str = ""
    copies_to: str = ""
    practice: bool = False
    code: str = ""
    content_hash: str = ""
    print_mark: str = ""


@dataclass(frozen=True)
class Card:
    """One contact card (警民联系卡) of 90 × 54 mm; a line without text is left out.

    Source:  DOMAIN 2.10.
    """

    unit: str
    name: str
    post: str
    badge_no: str = ""
    phone: str = ""
    address: str = ""
    hours: str = ""
    tip: str = ""


@dataclass(frozen=True)
class CardSheet:
    """Contact cards, ten to a sheet of A4 with cut marks; given out to citizens, so no print mark stands on them."""

    cards: tuple[Card, ...]
    practice: bool = False
