"""A PDF on screen as it will be on paper: pages as pictures, fit to the width, printed or saved from here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QRect, QSize, Qt, QTimer
from PySide6.QtGui import QKeySequence, QPixmap, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QLabel,
    QProgressBar,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.base.paths import write_file
from desktop.base.text import _
from desktop.printing import preview
from desktop.shell.desk import Desk
from desktop.widgets.blocks import button, frame, row, text_label
from desktop.widgets.runner import FILES, PAPER, Progress, Report
from desktop.widgets.theme import MARKS, px

DPI_LEAST, DPI_MOST = 60, 220
MOST_COPIES = 20
ZOOMS = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
MM_PER_INCH = 25.4


class PreviewDialog(QDialog):
    """Shows pages when they come into view; prints in the paper lane with a count."""

    def __init__(self, parent: QWidget, desk: Desk, title: str, pdf: bytes) -> None:
        super().__init__(parent)
        self.setObjectName("previewDialog")
        mark = f"{MARKS['practice'].text} " if desk.office.practice else ""
        self.setWindowTitle(f"{mark}{title}")
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint, True)
        self.desk = desk
        self.title = title
        self.pdf = pdf
        self.pages: list[QLabel] = []
        self._sizes: list[tuple[float, float]] = []
        self._asked: set[int] = set()
        self._zoom = 1.0
        self._generation = 0
        self._job: Progress | None = None
        self._build()
        self._add_shortcuts()
        desk.keep.restore_window(self, 980, 690)
        self.area.setFocus()
        desk.runner.run(lambda: _page_sizes(pdf), self._show_pages, lane=PAPER, owner=self)
        desk.runner.run(desk.spool.printers, self._show_printers, lane=PAPER, owner=self)

    # -- making ----------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.area = QScrollArea()
        self.area.setObjectName("previewArea")
        self.area.setWidgetResizable(True)
        self.area.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        # Always there: one that came with the pages would take from the width that they were fitted to.
        self.area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        holder = QWidget()
        holder.setProperty("look", "page")
        self._sheets = QVBoxLayout(holder)
        self._sheets.setContentsMargins(px(16), px(16), px(16), px(16))
        self._sheets.setSpacing(px(14))
        self.area.setWidget(holder)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(80)
        self._settle.timeout.connect(self._ask_for_visible)
        self.area.verticalScrollBar().valueChanged.connect(lambda _value: self._scrolled())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._make_head())
        layout.addWidget(self.area, 1)
        layout.addWidget(self._make_foot())

    def _make_head(self) -> QWidget:
        self.page_label = text_label("", "soft", name="pageLabel")
        self.smaller_button = button("－", "smallerButton", lambda: self._change_zoom(-1), hint="Ctrl+-")
        self.fit_button = button(_("适合宽度"), "fitButton", lambda: self._set_zoom(1.0), hint="Ctrl+0")
        self.larger_button = button("＋", "largerButton", lambda: self._change_zoom(1), hint="Ctrl++")
        zoom = (self.smaller_button, self.fit_button, self.larger_button)
        line = row(text_label(self.title, "title"), self.page_label, 1, *zoom, margins=(16, 8, 16, 8))
        if self.desk.office.practice:
            line.insertWidget(1, text_label(MARKS["practice"].text, "practice"))
        return frame("bar", line)

    def _make_foot(self) -> QWidget:
        self.printer_box = QComboBox()
        self.printer_box.setObjectName("printerBox")
        self.printer_box.addItem(_("正在找打印机…"))
        self.printer_box.setEnabled(False)
        self.printer_box.setMinimumWidth(px(250))
        self.copies_box = QComboBox()
        self.copies_box.setObjectName("copiesBox")
        for copies in range(1, MOST_COPIES + 1):
            self.copies_box.addItem(_("{copies} 份").format(copies=copies), copies)
        self.print_button = button(_("打印"), "printNowButton", self.print_now, kind="primary", hint="Ctrl+P")
        self.print_button.setEnabled(False)
        self.save_button = button(_("另存为 PDF"), "savePdfButton", self.save_pdf, hint="Ctrl+S")
        self.close_button = button(_("关闭"), "closePreviewButton", self.close, hint="Esc")
        self.job_label = text_label("", "hint", name="printJobLabel")
        self.job_bar = QProgressBar()
        self.job_bar.setFixedWidth(px(120))
        self.job_bar.hide()
        self.stop_button = button(_("停下"), "stopPrintButton", self._stop)
        self.stop_button.hide()
        job = (self.job_label, self.job_bar, self.stop_button)
        line = row(
            self.printer_box, self.copies_box, self.print_button, self.save_button, *job, 1, self.close_button
        )
        line.setContentsMargins(px(16), px(8), px(16), px(8))
        return frame("foot", line)

    def _add_shortcuts(self) -> None:
        bar = self.area.verticalScrollBar()
        actions = {
            "Ctrl+P": self.print_now,
            "Ctrl+S": self.save_pdf,
            "Ctrl++": lambda: self._change_zoom(1),
            "Ctrl+=": lambda: self._change_zoom(1),
            "Ctrl+-": lambda: self._change_zoom(-1),
            "Ctrl+0": lambda: self._set_zoom(1.0),
            "PgDown": lambda: self.go_to_page(self.page_on_show + 1),
            "PgUp": lambda: self.go_to_page(self.page_on_show - 1),
            "Home": lambda: self.go_to_page(1),
            "End": lambda: self.go_to_page(len(self.pages)),
            "Down": lambda: bar.setValue(bar.value() + px(60)),
            "Up": lambda: bar.setValue(bar.value() - px(60)),
        }
        for keys, action in actions.items():
            QShortcut(QKeySequence(keys), self).activated.connect(action)

    # -- looking ---------------------------------------------------------------------------------------------------

    def _show_pages(self, sizes: Sequence[tuple[float, float]]) -> None:
        self._sizes = list(sizes)
        for number in range(1, len(sizes) + 1):
            sheet = QLabel(_("第 {page} 页").format(page=number))
            sheet.setObjectName(f"page_{number}")
            sheet.setAlignment(Qt.AlignmentFlag.AlignCenter)
            sheet.setProperty("look", "sheet")
            sheet.setStyleSheet("background: white; border: 1px solid #B4C4D8;")
            self._sheets.addWidget(sheet, 0, Qt.AlignmentFlag.AlignHCenter)
            self.pages.append(sheet)
        self._sheets.addStretch(1)
        self._lay_out()
        self._scrolled()

    def _sheet_size(self, page: int) -> QSize:
        width_mm, height_mm = self._sizes[page - 1]
        widest = max(width for width, _height in self._sizes)
        room = max(200, self.area.viewport().width() - px(36))
        scale = min(room, px(1100)) * self._zoom / widest
        return QSize(round(width_mm * scale), round(height_mm * scale))

    def _lay_out(self) -> None:
        self._asked.clear()
        self._generation += 1
        for number, sheet in enumerate(self.pages, 1):
            sheet.setFixedSize(self._sheet_size(number))
        self._settle.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.pages:
            self._lay_out()

    def _set_zoom(self, zoom: float) -> None:
        self._zoom = zoom
        if self.pages:
            self._lay_out()

    def _change_zoom(self, by: int) -> None:
        place = min(range(len(ZOOMS)), key=lambda one: abs(ZOOMS[one] - self._zoom))
        self._set_zoom(ZOOMS[max(0, min(len(ZOOMS) - 1, place + by))])

    @property
    def page_on_show(self) -> int:
        """The number of the page at the top of the window."""
        top = self.area.verticalScrollBar().value()
        for number, sheet in enumerate(self.pages, 1):
            if sheet.y() + sheet.height() / 2 > top:
                return number
        return len(self.pages)

    def go_to_page(self, number: int) -> None:
        """Scrolls to a page."""
        if self.pages:
            sheet = self.pages[max(1, min(len(self.pages), number)) - 1]
            self.area.verticalScrollBar().setValue(sheet.y() - px(8))

    def _scrolled(self) -> None:
        if self.pages:
            self.page_label.setText(
                _("第 {page} 页，共 {count} 页").format(page=self.page_on_show, count=len(self.pages))
            )
        self._settle.start()

    def _ask_for_visible(self) -> None:
        top = self.area.verticalScrollBar().value()
        window = QRect(0, top - 400, self.area.viewport().width(), self.area.viewport().height() + 800)
        for number, sheet in enumerate(self.pages, 1):
            if number not in self._asked and window.intersects(sheet.geometry()):
                self._asked.add(number)
                self._ask_for(number)

    def _ask_for(self, number: int) -> None:
        pdf, generation = self.pdf, self._generation
        ratio = self.devicePixelRatioF()
        inches = self._sizes[number - 1][0] / MM_PER_INCH
        dpi = round(max(DPI_LEAST, min(DPI_MOST, self._sheet_size(number).width() * ratio / inches)))
        self.desk.runner.run(
            lambda: preview.page_png(pdf, number, dpi),
            lambda png: self._show_page(generation, number, png),
            lane=PAPER,
            owner=self,
        )

    def _show_page(self, generation: int, number: int, png: bytes) -> None:
        if generation != self._generation:
            return
        picture = QPixmap()
        picture.loadFromData(png, "PNG")
        sheet = self.pages[number - 1]
        ratio = self.devicePixelRatioF()
        scaled = picture.scaled(
            sheet.size() * ratio,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        scaled.setDevicePixelRatio(ratio)
        sheet.setPixmap(scaled)

    # -- doing -----------------------------------------------------------------------------------------------------

    def _show_printers(self, names: Sequence[str]) -> None:
        self.printer_box.clear()
        self.printer_box.addItems(list(names) or [_("没有打印机，可以另存为 PDF")])
        self.printer_box.setEnabled(bool(names))
        self.print_button.setEnabled(bool(names))

    def print_now(self) -> None:
        """Prints all pages on the chosen printer."""
        if self._job is not None or not self.print_button.isEnabled():
            return
        pdf, printer, copies = self.pdf, self.printer_box.currentText(), int(self.copies_box.currentData())
        spool = self.desk.spool
        self.print_button.setEnabled(False)
        self.job_bar.setRange(0, 0)
        self.job_bar.show()
        self.stop_button.show()
        self.desk.runner.reported.connect(self._tell_report)
        self._job = self.desk.runner.run_long(
            lambda progress: spool.print_pdf(pdf, printer, copies, progress),
            lambda _none: self.job_label.setText(_("✓ 已送到打印机")),
            lambda failure: self.job_label.setText(f"✕ {failure.sentence}"),
            label=_("打印"),
            lane=PAPER,
            owner=self,
            ended=self._print_ended,
        )

    def _tell_report(self, report: Report) -> None:
        self.job_label.setText(f"{report.stage} {report.done} / {report.total}")
        self.job_bar.setRange(0, report.total)
        self.job_bar.setValue(report.done)

    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _print_ended(self) -> None:
        self._job = None
        self.desk.runner.reported.disconnect(self._tell_report)
        self.print_button.setEnabled(True)
        self.job_bar.hide()
        self.stop_button.hide()

    def save_pdf(self) -> None:
        """Writes the PDF where the person wants it."""

        def answered(path: Path) -> None:
            self.desk.runner.run(
                lambda: write_file(path, self.pdf, doing=_("另存 PDF")),
                lambda _none: self.job_label.setText(_("✓ 已存到 {name}").format(name=path.name)),
                lambda failure: self.job_label.setText(f"✕ {failure.sentence}"),
                lane=FILES,
                owner=self,
            )

        self.desk.ask.save_file(
            self, _("另存为 PDF"), Path(f"{self.title}.pdf"), _("PDF 文件 (*.pdf)"), answered
        )

    def done(self, result: int) -> None:
        """Remembers the size when the window goes."""
        self.desk.keep.keep_window(self)
        super().done(result)


def _page_sizes(pdf: bytes) -> list[tuple[float, float]]:
    return [preview.page_size_mm(pdf, page) for page in range(1, preview.page_count(pdf) + 1)]
