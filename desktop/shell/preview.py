"""A PDF on screen as it will be on paper: pages as pictures, fit to the width, printed or saved from here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QRect, QSize, Qt, QTimer
from PySide6.QtGui import QImage, QKeySequence, QPixmap, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QLabel,
    QProgressBar,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.base.errors import RuleBroken
from desktop.base.paths import write_file
from desktop.base.text import _
from desktop.printing import preview
from desktop.printing.jobs import PrinterSetup, PrintJob, read_pages
from desktop.shell.desk import Desk
from desktop.shell.print_task import PrintTask
from desktop.shell.printer_setup import PrinterSetupDialog
from desktop.staff.prints import PrintOrder
from desktop.widgets.blocks import button, column, frame, row, tell_state, text_label
from desktop.widgets.flow_layout import FlowLayout
from desktop.widgets.line_edit import LineEdit
from desktop.widgets.message_bar import SIGNS
from desktop.widgets.runner import FILES, PAPER, PRINTER_LIST, Report
from desktop.widgets.theme import MARKS, px

DPI_LEAST, DPI_MOST = 60, 220
MOST_COPIES = 20
MOST_PICTURES = 16
ZOOMS = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
MM_PER_INCH = 25.4
BORDER = 1
PATIENCE_MS = 4000
LAST_PRINTER = "printer"


class PreviewDialog(QDialog):
    """Shows pages when they come into view; what is printed goes on printing when the window is closed."""

    def __init__(self, parent: QWidget, desk: Desk, title: str, pdf: bytes) -> None:
        super().__init__(parent)
        self._parent = parent
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
        self._task: PrintTask | None = None
        self._build()
        self._add_shortcuts()
        desk.keep.restore_window(self, 980, 690)
        self.area.setFocus()
        desk.runner.run(lambda: preview.page_sizes_mm(pdf), self._show_pages, lane=PAPER, owner=self)
        desk.runner.run(desk.spool.printers, self._show_printers, lane=PRINTER_LIST, owner=self)
        self._patience.start()

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
        # Once for all sheets: a style sheet of each of some hundred pages takes longer than their pictures.
        holder.setStyleSheet("QLabel { background: white; border: 1px solid #B4C4D8; }")
        self._sheets = QVBoxLayout(holder)
        self._sheets.setContentsMargins(px(16), px(16), px(16), px(16))
        self._sheets.setSpacing(px(14))
        self.area.setWidget(holder)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(80)
        self._settle.timeout.connect(self._ask_for_visible)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MS)
        self._patience.timeout.connect(self._tell_patience)
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
        # As wide as the longest thing that it says itself: in its own letters, which it gets when it is polished, and
        # with the edges and the arrow of this PC's style.
        self.printer_box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.printer_box.addItems(self._box_words())
        self.printer_box.ensurePolished()
        self.printer_box.setMinimumWidth(self.printer_box.sizeHint().width())
        self.printer_box.clear()
        self.printer_box.addItem(self._box_words()[0])
        self.printer_box.setEnabled(False)
        self.pages_edit = LineEdit()
        self.pages_edit.setObjectName("pagesEdit")
        self.pages_edit.setPlaceholderText(_("全部页，或 1-3,5"))
        self.pages_edit.setFixedWidth(px(150))
        self.copies_box = QComboBox()
        self.copies_box.setObjectName("copiesBox")
        for copies in range(1, MOST_COPIES + 1):
            self.copies_box.addItem(_("{copies} 份").format(copies=copies), copies)
        self.sides_box = QCheckBox(_("手动双面"))
        self.sides_box.setObjectName("sidesBox")
        self.setup_button = button(_("微调…"), "printerSetupButton", self.change_setup)
        self.setup_button.setToolTip(_("这台打印机的偏移、双面顺序和精细程度"))
        self.setup_button.setEnabled(False)
        self.print_button = button(_("打印"), "printNowButton", self.print_now, kind="primary", hint="Ctrl+P")
        self.print_button.setEnabled(False)
        self.save_button = button(_("另存为 PDF"), "savePdfButton", self.save_pdf, hint="Ctrl+S")
        self.close_button = button(_("关闭"), "closePreviewButton", self.close, hint="Esc")
        tools = QWidget()
        flow = FlowLayout(tools, gap=8)
        for one in (
            self.printer_box, self.pages_edit, self.copies_box, self.sides_box, self.setup_button,
            self.print_button, self.save_button, self.close_button,
        ):  # fmt: skip
            flow.addWidget(one)
        lines = column(tools, margins=(16, 8, 16, 8), gap=6)
        lines.addWidget(self._make_job_line())
        return frame("foot", lines)

    @staticmethod
    def _box_words() -> tuple[str, str, str]:
        """What stands in the box instead of a printer: while they are looked for, none, no answer."""
        return (
            _("正在找打印机…"),
            _("没有打印机，可以另存为 PDF"),
            _("打印机没有回答，可以另存为 PDF"),
        )

    def _make_job_line(self) -> QWidget:
        self.job_label = text_label("", "hint", name="printJobLabel", wrap=True)
        self.job_bar = QProgressBar()
        self.job_bar.setObjectName("printJobBar")
        self.job_bar.setFixedWidth(px(120))
        self.job_bar.hide()
        self.stop_button = button(_("停下"), "stopPrintButton", self._stop)
        self.stop_button.hide()
        line = row(self.job_label, self.job_bar, self.stop_button)
        line.setStretch(0, 1)
        holder = QWidget()
        holder.setLayout(line)
        return holder

    def _add_shortcuts(self) -> None:
        bar = self.area.verticalScrollBar()
        everywhere: dict[str, Callable[[], object]] = {
            "Ctrl+P": self.print_now,
            "Ctrl+S": self.save_pdf,
            "Ctrl++": lambda: self._change_zoom(1),
            "Ctrl+=": lambda: self._change_zoom(1),
            "Ctrl+-": lambda: self._change_zoom(-1),
            "Ctrl+0": lambda: self._set_zoom(1.0),
            "PgDown": lambda: self.go_to_page(self.page_on_show + 1),
            "PgUp": lambda: self.go_to_page(self.page_on_show - 1),
        }
        # Boxes and lines to type in need these keys themselves.
        on_paper: dict[str, Callable[[], object]] = {
            "Home": lambda: self.go_to_page(1),
            "End": lambda: self.go_to_page(len(self.pages)),
            "Down": lambda: bar.setValue(bar.value() + px(60)),
            "Up": lambda: bar.setValue(bar.value() - px(60)),
        }
        for keys, action in everywhere.items():
            QShortcut(QKeySequence(keys), self).activated.connect(action)
        for keys, action in on_paper.items():
            shortcut = QShortcut(QKeySequence(keys), self.area)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(action)

    # -- looking ---------------------------------------------------------------------------------------------------

    def _show_pages(self, sizes: Sequence[tuple[float, float]]) -> None:
        self._sizes = list(sizes)
        for number in range(1, len(sizes) + 1):
            sheet = QLabel(_("第 {page} 页").format(page=number))
            sheet.setObjectName(f"page_{number}")
            sheet.setAlignment(Qt.AlignmentFlag.AlignCenter)
            self._sheets.addWidget(sheet, 0, Qt.AlignmentFlag.AlignHCenter)
            self.pages.append(sheet)
        self._sheets.addStretch(1)
        self._show_rights()
        self._lay_out()
        self._scrolled()
        # The first page need not wait until the hand that scrolls has come to rest.
        self._asked.add(1)
        self._ask_for(1)

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
        if self.pages[-1].y() < self.pages[0].y() + self.pages[0].height() * (len(self.pages) - 1) // 2:
            # Not laid out yet: every sheet would seem to be in view.
            self._settle.start()
            return
        top = self.area.verticalScrollBar().value()
        window = QRect(0, top - 400, self.area.viewport().width(), self.area.viewport().height() + 800)
        for number, sheet in enumerate(self.pages, 1):
            if number not in self._asked and window.intersects(sheet.geometry()):
                self._asked.add(number)
                self._ask_for(number)

    def _ask_for(self, number: int) -> None:
        pdf, generation = self.pdf, self._generation
        width_mm = self._sizes[number - 1][0]
        dots = (self._sheet_size(number).width() - 2 * BORDER) * self.devicePixelRatioF()
        dpi = max(DPI_LEAST, min(DPI_MOST, dots / width_mm * MM_PER_INCH))
        self.desk.runner.run(
            lambda: preview.page_picture(pdf, number, dpi),
            lambda picture: self._show_page(generation, number, picture),
            lane=PAPER,
            owner=self,
        )

    def _show_page(self, generation: int, number: int, picture: preview.Picture) -> None:
        if generation != self._generation:
            return
        image = QImage(
            picture.dots, picture.width, picture.height, picture.stride, QImage.Format.Format_RGB32
        )
        sheet = self.pages[number - 1]
        ratio = self.devicePixelRatioF()
        wanted = (sheet.size() - QSize(2 * BORDER, 2 * BORDER)) * ratio
        if abs(image.width() - wanted.width()) > 1:
            # The most and the least resolution end somewhere.
            image = image.scaled(
                wanted, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            )
        shown = QPixmap.fromImage(image)
        shown.setDevicePixelRatio(ratio)
        sheet.setPixmap(shown)
        self._let_go_of_far_pages()

    def _let_go_of_far_pages(self) -> None:
        """A picture takes some megabytes, and a ledger of a year has hundreds of pages."""
        drawn = [number for number in self._asked if not self.pages[number - 1].pixmap().isNull()]
        here = self.page_on_show
        for number in sorted(drawn, key=lambda one: abs(one - here))[MOST_PICTURES:]:
            self._asked.discard(number)
            self.pages[number - 1].setText(_("第 {page} 页").format(page=number))

    # -- printers --------------------------------------------------------------------------------------------------

    def _show_printers(self, names: Sequence[str]) -> None:
        self._patience.stop()
        self.printer_box.clear()
        self.printer_box.addItems(list(names) or [self._box_words()[1]])
        self.printer_box.setEnabled(bool(names))
        kept = self.printer_box.findText(str(self.desk.keep.get(LAST_PRINTER, "")))
        self.printer_box.setCurrentIndex(max(0, kept))
        self._show_rights()

    def _tell_patience(self) -> None:
        """A network printer that is switched off holds the question up; nobody need wait for it."""
        if not self.printer_box.isEnabled():
            self.printer_box.setItemText(0, self._box_words()[2])

    def _show_rights(self) -> None:
        has_printer = self.printer_box.isEnabled() and bool(self.pages)
        self.print_button.setEnabled(has_printer and self._task is None)
        self.setup_button.setEnabled(has_printer)
        self.sides_box.setEnabled(len(self.pages) > 1)

    def change_setup(self) -> None:
        """Asks what the chosen printer needs to hit the paper."""
        if not self.setup_button.isEnabled():
            return
        spool, printer = self.desk.spool, self.printer_box.currentText()
        self.desk.runner.run(
            lambda: spool.setup_of(printer), partial(self._ask_setup, printer), lane=FILES, owner=self
        )

    def _ask_setup(self, printer: str, setup: PrinterSetup) -> None:
        dialog = PrinterSetupDialog(self, printer, setup, practice=self.desk.office.practice)
        dialog.chosen.connect(partial(self._keep_setup, printer))
        dialog.open()

    def _keep_setup(self, printer: str, setup: PrinterSetup) -> None:
        spool = self.desk.spool
        self.desk.runner.run(
            lambda: spool.keep_setup(printer, setup),
            lambda _none: self._tell(_("已记住 {printer} 的微调").format(printer=printer), "ok"),
            lane=FILES,
            owner=self,
        )

    # -- doing -----------------------------------------------------------------------------------------------------

    def print_now(self) -> None:
        """Prints the chosen pages on the chosen printer, in the background."""
        if self._task is not None or not self.print_button.isEnabled():
            return
        try:
            pages = read_pages(self.pages_edit.text(), len(self.pages))
        except RuleBroken as broken:
            self._tell(broken.sentence, "error")
            self.pages_edit.setFocus()
            self.pages_edit.selectAll()
            return
        copies, printer = int(self.copies_box.currentData()), self.printer_box.currentText()
        job = PrintJob(pages, copies, on_both_sides=self.sides_box.isEnabled() and self.sides_box.isChecked())
        order = PrintOrder(self.pdf, self.title, printer, pages, copies)
        self.desk.keep.put(LAST_PRINTER, printer)
        self.print_button.setEnabled(False)
        task = PrintTask(self.desk, order, job, (self, self._parent))
        self._task = task
        task.told.connect(self._tell)
        task.rest_left.connect(self.pages_edit.setText)
        task.ended.connect(self._print_ended)
        self.job_bar.setRange(0, 0)
        self.job_bar.show()
        self.stop_button.show()
        self.desk.runner.reported.connect(self._tell_report)
        task.start()

    def _tell(self, words: str, state: str) -> None:
        self.job_label.setText(f"{SIGNS[state]} {words}" if state else words)
        tell_state(self.job_label, state)

    def _tell_report(self, report: Report) -> None:
        if self._task is None or report.label != self._task.label:
            return
        self.job_label.setText(f"{report.stage} {report.done} / {report.total}")
        self.job_bar.setRange(0, report.total)
        self.job_bar.setValue(report.done)

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _print_ended(self) -> None:
        self._task = None
        self.desk.runner.reported.disconnect(self._tell_report)
        self.job_bar.hide()
        self.stop_button.hide()
        self._show_rights()

    def save_pdf(self) -> None:
        """Writes the PDF where the person wants it."""

        def answered(path: Path) -> None:
            self.desk.runner.run(
                lambda: write_file(path, self.pdf, doing=_("另存 PDF")),
                lambda _none: self._tell(_("已存到 {name}").format(name=path.name), "ok"),
                lambda failure: self._tell(failure.sentence, "error"),
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
