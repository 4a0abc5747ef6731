"""How much CPU a ledger of 10,000 rows and 12 columns takes, against the same rows laid out by hand on QPdfWriter.

Run it by itself on a quiet machine: `python tests/benchmarks/ledger_speed.py [rows] [rounds]`. The two ways
alternate and the median counts; only the ratio means something on another machine. The goal is at most 0.6.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parents[2]))

from PySide6.QtCore import QMarginsF, QPointF, QRectF, QSizeF, Qt
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

from desktop.printing import preview
from desktop.printing.fonts import SERIF, Fonts
from desktop.printing.ledger import (
    BOTTOM,
    HEIGHT,
    LEAD,
    LEFT,
    PAD,
    RIGHT,
    ROW_MIN,
    SIZE,
    TOP,
    WIDTH,
    render_ledger,
)
from desktop.printing.sheets import LedgerColumn, LedgerSheet
from desktop.printing.wrap import wrap

GOAL = 0.6
FONTS_FOLDER = Path(__file__).parents[2] / "resources" / "fonts"
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


class _QtWidths(dict[str, float]):
    """The widths that Qt's font has, in thousandths of its size."""

    def __init__(self, metrics: QFontMetricsF, size: float) -> None:
        super().__init__()
        self._metrics = metrics
        self._size = size

    def __missing__(self, char: str) -> float:
        width = self[char] = self._metrics.horizontalAdvance(char) / self._size * 1000
        return width


class HandLayout:
    """The same table drawn with QPainter: same rows, same breaks, same pages."""

    UNITS = 1200 / 72

    def __init__(self, target: Path, family: str) -> None:
        self._writer = QPdfWriter(str(target))
        self._writer.setResolution(1200)
        self._writer.setPageSize(
            QPageSize(QSizeF(WIDTH, HEIGHT), QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch)
        )
        self._writer.setPageMargins(QMarginsF(0, 0, 0, 0))
        font = QFont(family)
        font.setPixelSize(round(SIZE * self.UNITS))
        self._painter = QPainter(self._writer)
        self._painter.setFont(font)
        self._painter.setPen(QPen(Qt.GlobalColor.black, 0.4 * self.UNITS))
        self._widths = _QtWidths(QFontMetricsF(font, self._writer), SIZE * self.UNITS)
        total = sum(column.width_mm for column in COLUMNS)
        self._columns = [column.width_mm / total * (RIGHT - LEFT) for column in COLUMNS]

    def draw(self, rows: list[tuple[str, ...]]) -> None:
        """Lays out all rows, then draws page after page."""
        rooms = [(width - 2 * PAD) / SIZE * 1000 for width in self._columns]
        laid = []
        for row in rows:
            cells = [
                wrap(text, self._widths, room) if text else [] for text, room in zip(row, rooms, strict=True)
            ]
            laid.append((cells, max(ROW_MIN, max(map(len, cells)) * LEAD + 2 * PAD)))
        top, bottom = HEIGHT - TOP + 70, HEIGHT - BOTTOM
        y = top
        for cells, height in laid:
            if y + height > bottom:
                self._writer.newPage()
                y = top
            self._row(cells, y, height)
            y += height
        self._painter.end()

    def _row(self, cells: list[list[str]], y: float, height: float) -> None:
        units, x = self.UNITS, LEFT
        for column, lines in enumerate(cells):
            width = self._columns[column]
            base = y + (height - len(lines) * LEAD) / 2 + SIZE
            for line in lines:
                left = x + PAD
                if COLUMNS[column].align == "center":
                    left = x + (width - sum(map(self._widths.__getitem__, line)) * SIZE / 1000) / 2
                self._painter.drawText(QPointF(left * units, base * units), line)
                base += LEAD
            self._painter.drawRect(QRectF(x * units, y * units, width * units, height * units))
            x += width


def cpu_seconds(work: Callable[[], object]) -> float:
    """The processor time of one call."""
    start = time.process_time()
    work()
    return time.process_time() - start


def main() -> int:
    """Measures and prints; ends with 1 when the goal is missed."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    application = QGuiApplication([])
    identity = QFontDatabase.addApplicationFont(str(FONTS_FOLDER / SERIF))
    family = QFontDatabase.applicationFontFamilies(identity)[0]
    rows = make_rows(count)
    sheet = LedgerSheet("矛盾纠纷调解台账", "大桥村警务室", "2026年", COLUMNS, rows)
    ours, theirs, pdf = [], [], b""

    def render() -> None:
        nonlocal pdf
        # Fonts are loaded anew each time: a clerk's first ledger of the day pays for them.
        pdf = render_ledger(sheet, Fonts.load(FONTS_FOLDER))

    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "hand.pdf"
        for _round in range(rounds):
            ours.append(cpu_seconds(render))
            theirs.append(cpu_seconds(lambda: HandLayout(target, family).draw(rows)))
        hand_pages = preview.page_count(target.read_bytes())
        hand_bytes = target.stat().st_size
    pages = preview.page_count(pdf)
    ratio = statistics.median(ours) / statistics.median(theirs)
    report = (
        f"ours       {statistics.median(ours):6.2f} CPU s  {pages} pages  {len(pdf) / 1e6:.2f} MB",
        f"QPdfWriter {statistics.median(theirs):6.2f} CPU s  {hand_pages} pages  {hand_bytes / 1e6:.2f} MB",
        f"ratio      {ratio:6.2f}  (goal at most {GOAL})",
    )
    print("\n".join(report))  # noqa: T201 - a program for developers
    application.quit()
    return 0 if ratio <= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
