"""A ledger of 10,000 rows and 12 columns, ours beside its peers: processor time, memory, file, in the same run.

    python tests/benchmarks/ledger_peers.py [--rows 10000] [--rounds 3] [--ways ours,qpainter,…] [--growth]

Each way runs in a process of its own, the ways take turns, the median of the rounds' ratios counts; only those mean
something on another machine. `qpainter`, `fpdf2` and `pdf_oxide` draw the same pages laid out by hand, broken alike;
`longtable` is ReportLab's LongTable with Paragraphs in chunks of 200, `typst` one table. `--growth` adds ours at five
times the rows, streamed. Peers that are not installed are named: `pip install fpdf2 typst pdf_oxide` (never shipped).
Needs wait4, so not Windows. Ends with 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from desktop.printing.sheets import LedgerColumn, LedgerSheet  # noqa: E402

FONTS_FOLDER = ROOT / "resources" / "fonts"
FONT = FONTS_FOLDER / "NotoSerifSC-Regular.ttf"
SIZE, LEAD, PAD, ROW_MIN = 9.0, 11.5, 2.2, 22.68
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 841.89, 595.28, 70.87, 807.87, 104.0, 541.4
TITLE = "矛盾纠纷调解台账"
COLUMNS = (
    LedgerColumn("序号", 12, "center"),
    LedgerColumn("登记日期", 19, "center"),
    LedgerColumn("姓名", 15, "center"),
    LedgerColumn("性别", 9, "center"),
    LedgerColumn("身份证件号码", 33, "center"),
    LedgerColumn("联系电话", 21, "center"),
    LedgerColumn("住址", 36),
    LedgerColumn("纠纷事由及经过", 50),
    LedgerColumn("调解处理情况", 36),
    LedgerColumn("主办民警", 14, "center"),
    LedgerColumn("状态", 10, "center"),
    LedgerColumn("备注", 9),
)
_CAUSES = (
    "因宅基地界址与邻居发生争执，双方互不相让；",
    "双方因承包地灌溉用水先后顺序产生矛盾，",
    "经村委会多次劝解未果，",
    "民警到场后将双方分开并分别询问，",
    "一方手臂有轻微擦伤，未申请伤情鉴定；",
    "称对方饲养的犬只咬伤其家禽3只，",
    "因借款人民币2,000元到期未还引发纠纷，",
)
_RESULTS = (
    "经调解，双方自愿达成协议并当场履行。",
    "责令赔礼道歉，赔偿医药费350元，",
    "回访1次，双方关系缓和。",
)


def make_rows(count: int) -> list[tuple[str, ...]]:
    """Invented rows, the same for the same count."""
    dice = random.Random(7)
    return [
        (
            str(number + 1),
            f"2026-{number * 12 // count + 1:02d}-{dice.randrange(1, 29):02d}",
            dice.choice("王李张刘陈") + chr(0x4E00 + 5 * dice.randrange(3500)),
            dice.choice("男女"),
            f"649901{dice.randrange(1940, 2000)}0101{dice.randrange(10000):04d}",
            f"1200000{dice.randrange(10000):04d}",
            f"青石乡大桥村{dice.randrange(1, 20)}组{dice.randrange(1, 200)}号",
            "".join(dice.sample(_CAUSES, dice.choice((1, 2, 2, 3)))),
            "".join(dice.sample(_RESULTS, dice.choice((1, 1, 2)))),
            dice.choice("赵钱孙") + "某",
            dice.choice(("办结", "在办", "移交")),
            "",
        )
        for number in range(count)
    ]


def each_row(count: int) -> Iterator[tuple[str, ...]]:
    """Rows as a cursor gives them, a thousand at a time."""
    for start in range(0, count, 1000):
        yield from make_rows(min(1000, count - start))


# -------------------------------------------------------------------------------------------------------------- ways


def ours(count: int, target: Path) -> None:
    """The program's own ledger; fonts are loaded anew, as for a clerk's first ledger of the day."""
    from desktop.printing.fonts import Fonts
    from desktop.printing.ledger import render_ledger

    sheet = LedgerSheet(TITLE, "大桥村警务室", "2026年", COLUMNS, make_rows(count))
    target.write_bytes(render_ledger(sheet, Fonts.load(FONTS_FOLDER)))


def streamed(count: int, target: Path) -> None:
    """The same from a cursor, nothing held."""
    from desktop.printing.fonts import Fonts
    from desktop.printing.ledger import render_ledger

    sheet = LedgerSheet(TITLE, "大桥村警务室", "2026年", COLUMNS, (), stream=lambda: each_row(count))
    target.write_bytes(render_ledger(sheet, Fonts.load(FONTS_FOLDER)))


class Laid(NamedTuple):
    """One row of the hand layout: its lines by column and its height."""

    cells: list[list[str]]
    height: float


def hand_pages(count: int, widths: Mapping[str, float]) -> list[list[Laid]]:
    """The same rows on pages, broken with the same rules; widths in thousandths of the size."""
    from desktop.printing.wrap import wrap

    rooms = [(width - 2 * PAD) / SIZE * 1000 for width in column_widths()]
    pages: list[list[Laid]] = [[]]
    y = TOP
    for row in make_rows(count):
        cells = [wrap(text, widths, room) if text else [] for text, room in zip(row, rooms, strict=True)]
        height = max(ROW_MIN, max(map(len, cells)) * LEAD + 2 * PAD)
        if y + height > BOTTOM:
            pages.append([])
            y = TOP
        pages[-1].append(Laid(cells, height))
        y += height
    return pages


def column_widths() -> list[float]:
    """The widths of the columns in points."""
    total = sum(column.width_mm for column in COLUMNS)
    return [column.width_mm / total * (RIGHT - LEFT) for column in COLUMNS]


def draw_by_hand(
    pages: list[list[Laid]],
    widths: Mapping[str, float],
    text: Callable[[float, float, str], object],
    line: Callable[[float, float, float, float], object],
    turn: Callable[[], object],
) -> None:
    """Draws the hand layout with the tools of a peer; y grows downwards."""
    columns = column_widths()
    edges = [LEFT + sum(columns[:place]) for place in range(len(columns) + 1)]
    for number, page in enumerate(pages, 1):
        turn()
        text(330, 60, TITLE)
        text(650, 570, f"第 {number} 页 共 {len(pages)} 页")
        y = TOP
        line(LEFT, y, RIGHT, y)
        for row in page:
            for place, lines in enumerate(row.cells):
                base = y + (row.height - len(lines) * LEAD) / 2 + SIZE
                for shown in lines:
                    x = edges[place] + PAD
                    if COLUMNS[place].align == "center":
                        free = columns[place] - sum(map(widths.__getitem__, shown)) * SIZE / 1000
                        x = edges[place] + free / 2
                    text(x, base, shown)
                    base += LEAD
            for x in edges:
                line(x, y, x, y + row.height)
            y += row.height
            line(LEFT, y, RIGHT, y)


def qpainter(count: int, target: Path) -> None:
    """QPainter on QPdfWriter."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QLineF, QMarginsF, QPointF, QSizeF, Qt
    from PySide6.QtGui import (
        QFont,
        QFontDatabase,
        QFontMetricsF,
        QGuiApplication,
        QPageSize,
        QPainter,
        QPdfWriter,
        QPen,
    )

    application = QGuiApplication([])
    family = QFontDatabase.applicationFontFamilies(QFontDatabase.addApplicationFont(str(FONT)))[0]
    writer = QPdfWriter(str(target))
    writer.setResolution(1200)
    size = QSizeF(WIDTH, HEIGHT)
    writer.setPageSize(QPageSize(size, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    units = 1200 / 72
    font = QFont(family)
    font.setPixelSize(round(SIZE * units))
    painter = QPainter(writer)
    painter.setFont(font)
    painter.setPen(QPen(Qt.GlobalColor.black, 0.4 * units))
    metrics = QFontMetricsF(font, writer)

    class Widths(dict[str, float]):
        def __missing__(self, char: str) -> float:
            width = self[char] = metrics.horizontalAdvance(char) / (SIZE * units) * 1000
            return width

    widths = Widths()
    turned = iter(range(1_000_000))
    draw_by_hand(
        hand_pages(count, widths),
        widths,
        lambda x, y, shown: painter.drawText(QPointF(x * units, y * units), shown),
        lambda x1, y1, x2, y2: painter.drawLine(QLineF(x1 * units, y1 * units, x2 * units, y2 * units)),
        lambda: writer.newPage() if next(turned) else None,
    )
    painter.end()
    application.quit()


def _face_widths() -> Mapping[str, float]:
    from desktop.printing.fonts import Fonts

    return Fonts.load(FONTS_FOLDER).chain("serif").widths


def fpdf2(count: int, target: Path) -> None:
    """fpdf2, the same hand layout."""
    document = importlib.import_module("fpdf").FPDF("L", "pt", "A4")
    document.add_font("L", fname=str(FONT))
    document.set_auto_page_break(False)
    document.set_line_width(0.4)

    def turn() -> None:
        document.add_page()
        document.set_font("L", size=SIZE)

    widths = _face_widths()
    draw_by_hand(hand_pages(count, widths), widths, document.text, document.line, turn)
    document.output(str(target))


def pdf_oxide(count: int, target: Path) -> None:
    """pdf_oxide (Rust), the same hand layout; its page closes when the next begins."""
    oxide = importlib.import_module("pdf_oxide")
    builder = oxide.DocumentBuilder().register_embedded_font("L", oxide.EmbeddedFont.from_file(str(FONT)))
    pages: list[Any] = []

    def turn() -> None:
        if pages:
            pages.pop().done()
        pages.append(builder.page(WIDTH, HEIGHT))
        pages[-1].font("L", SIZE)

    widths = _face_widths()
    draw_by_hand(
        hand_pages(count, widths),
        widths,
        lambda x, y, shown: pages[-1].at(x, HEIGHT - y).text(shown),
        lambda x1, y1, x2, y2: pages[-1].line(x1, HEIGHT - y1, x2, HEIGHT - y2),
        turn,
    )
    pages.pop().done()
    builder.save(str(target))


def longtable(count: int, target: Path) -> None:
    """ReportLab's LongTable in chunks of 200 rows with Paragraphs in the columns that wrap."""
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.platypus import LongTable, Paragraph, SimpleDocTemplate

    pdfmetrics.registerFont(TTFont("L", str(FONT)))
    pdfmetrics.registerFontFamily("L", "L", "L", "L", "L")
    cell = ParagraphStyle("cell", fontName="L", fontSize=SIZE, leading=LEAD, wordWrap="CJK")
    style = [
        ("FONT", (0, 0), (-1, -1), "L", SIZE, LEAD),
        ("GRID", (0, 0), (-1, -1), 0.4, "#000000"),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        *((f"{side}PADDING", (0, 0), (-1, -1), PAD) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")),
    ]
    rows = [
        [Paragraph(text, cell) if place in {6, 7, 8} else text for place, text in enumerate(row)]
        for row in make_rows(count)
    ]
    head = [column.label for column in COLUMNS]
    story = [
        LongTable([head, *rows[start : start + 200]], column_widths(), repeatRows=1, style=style)
        for start in range(0, len(rows), 200)
    ]
    margins = {"leftMargin": 64, "rightMargin": 28, "topMargin": 80, "bottomMargin": 50}
    SimpleDocTemplate(str(target), pagesize=(WIDTH, HEIGHT), **margins).build(story)


def typst(count: int, target: Path) -> None:
    """One typst table over JSON data."""
    folder = target.parent
    (folder / "rows.json").write_text(json.dumps(make_rows(count), ensure_ascii=False), encoding="utf-8")
    widths = ",".join(f"{width:.2f}pt" for width in column_widths())
    labels = ",".join(f"[{column.label}]" for column in COLUMNS)
    (folder / "ledger.typ").write_text(
        f"""#set page(width: {WIDTH}pt, height: {HEIGHT}pt,
  margin: (left: {LEFT}pt, right: 34pt, top: 80pt, bottom: 54pt),
  header: align(center)[{TITLE}],
  footer: context align(right)[第 #counter(page).display() 页 共 #counter(page).final().first() 页])
#set text(font: "Noto Serif SC", size: {SIZE}pt, lang: "zh", region: "cn")
#set par(leading: 2.5pt)
#table(columns: ({widths}), inset: {PAD}pt, stroke: .4pt, table.header({labels}), ..json("rows.json").flatten())
""",
        encoding="utf-8",
    )
    compiler = importlib.import_module("typst")
    compiler.compile(str(folder / "ledger.typ"), output=str(target), font_paths=[str(FONTS_FOLDER)])


WAYS: dict[str, Callable[[int, Path], None]] = {
    one.__name__: one for one in (ours, streamed, qpainter, longtable, fpdf2, typst, pdf_oxide)
}
PEERS = ("ours", "qpainter", "longtable", "fpdf2", "typst", "pdf_oxide")
MODULES = {"fpdf2": "fpdf", "typst": "typst", "pdf_oxide": "pdf_oxide"}


# -------------------------------------------------------------------------------------------------------------- runs


class Run(NamedTuple):
    """What one run took."""

    cpu_s: float
    rss_mb: float
    pages: int
    size_kb: float


def run(way: str, count: int) -> Run:
    """Runs a way in a process of its own."""
    from desktop.printing import preview

    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / f"{way}.pdf"
        child = subprocess.Popen([sys.executable, __file__, "--way", way, str(count), str(target)])
        _pid, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise SystemExit(f"{way} ended with {child.returncode}")
        data = target.read_bytes()
    peak = used.ru_maxrss / 1024
    return Run(used.ru_utime + used.ru_stime, peak, preview.page_count(data), len(data) / 1000)


def median(runs: list[Run]) -> Run:
    """Field by field."""
    return Run(*(statistics.median(field) for field in zip(*runs, strict=True)))


def ratio(ours: list[Run], theirs: list[Run]) -> float:
    """Of CPU, round by round: what other work does to a machine changes from minute to minute."""
    return statistics.median(one.cpu_s / other.cpu_s for one, other in zip(ours, theirs, strict=True))


def say(line: str) -> None:
    """Prints at once: the slow ones take minutes."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Measures, prints, and judges by the goals."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ways", default=",".join(PEERS))
    parser.add_argument("--growth", action="store_true")
    parser.add_argument("--way", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.way:
        WAYS[asked.way[0]](int(asked.way[1]), Path(asked.way[2]))
        return 0
    ways = [way for way in asked.ways.split(",") if _is_installed(way)]
    runs: dict[str, list[Run]] = {way: [] for way in ways}
    for _round in range(asked.rounds):
        for way in ways:
            runs[way].append(run(way, asked.rows))
    medians = {way: median(found) for way, found in runs.items()}
    base = medians["ours"]
    say(f"{'way':10} {'CPU s':>7} {'of ours':>8} {'RSS MB':>7} {'pages':>6} {'kB/page':>8}")
    for way, one in medians.items():
        say(
            f"{way:10} {one.cpu_s:7.2f} {one.cpu_s / base.cpu_s:8.2f} {one.rss_mb:7.0f} {one.pages:6.0f}"
            f" {one.size_kb / one.pages:8.2f}"
        )
    goals = [("RSS MB", base.rss_mb, 120.0), ("kB a page", base.size_kb / base.pages, 5.0)]
    if "qpainter" in medians:
        goals.append(("CPU of QPainter's", ratio(runs["ours"], runs["qpainter"]), 0.6))
    if "longtable" in medians:
        goals.append(("CPU of LongTable's", ratio(runs["ours"], runs["longtable"]), 1 / 8))
    if asked.growth:
        goals += _growth(asked.rows, asked.rounds)
    for name, value, goal in goals:
        say(f"{'met   ' if value <= goal else 'MISSED'} {name:26} {value:8.3f}  goal at most {goal:.3f}")
    return int(any(value > goal for _name, value, goal in goals))


def _growth(rows: int, rounds: int) -> list[tuple[str, float, float]]:
    """Ours, streamed, at the rows and at five times as many, in turns."""
    pairs = [(run("streamed", rows), run("streamed", 5 * rows)) for _round in range(rounds)]
    few, many = median([one for one, _other in pairs]), median([other for _one, other in pairs])
    for count, one in ((rows, few), (5 * rows, many)):
        say(f"streamed   {one.cpu_s:7.2f} CPU s  {one.rss_mb:5.0f} MB  {count} rows")
    return [
        ("CPU a row at five times", many.cpu_s / 5 / few.cpu_s, 1.15),
        ("RSS MB at five times", many.rss_mb, 160.0),
    ]


def _is_installed(way: str) -> bool:
    if importlib.util.find_spec(MODULES.get(way, "desktop")) is not None:
        return True
    say(f"{way} is not installed here and was left out")
    return False


if __name__ == "__main__":
    sys.exit(main())
