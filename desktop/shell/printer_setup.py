"""What one printer needs to hit the paper: offsets, the side it lays sheets down with, fineness."""

from __future__ import annotations

import re
import unicodedata

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QWidget

from desktop.base.text import _
from desktop.printing.jobs import MOST_OFFSET_MM, RESOLUTIONS, PrinterSetup
from desktop.shell.dialog import FormDialog
from desktop.widgets.blocks import text_label
from desktop.widgets.line_edit import LineEdit
from desktop.widgets.theme import px

_NUMBER = re.compile(r"[+-]?\d{1,2}(?:\.\d{1,2})?")


class PrinterSetupDialog(FormDialog):
    """Asks for the setup of one printer and gives it in `chosen`."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget, printer: str, setup: PrinterSetup, *, practice: bool) -> None:
        super().__init__(parent, _("{printer} 微调").format(printer=printer), _("保存"), practice=practice)
        self.setObjectName("printerSetupDialog")
        self.dx_edit = self._edit("dxEdit", setup.dx_mm)
        self.dy_edit = self._edit("dyEdit", setup.dy_mm)
        self.order_box = QComboBox()
        self.order_box.setObjectName("backOrderBox")
        self.order_box.addItem(_("从前往后（出纸时有字的一面朝下）"), False)
        self.order_box.addItem(_("从后往前（出纸时有字的一面朝上）"), True)
        self.order_box.setCurrentIndex(self.order_box.findData(setup.is_reversed))
        self.dpi_box = QComboBox()
        self.dpi_box.setObjectName("dpiBox")
        for dpi, words in zip(RESOLUTIONS, (_("普通（快）"), _("精细（慢一倍多）")), strict=True):
            self.dpi_box.addItem(f"{words} {dpi} dpi", dpi)
        self.dpi_box.setCurrentIndex(self.dpi_box.findData(setup.dpi))
        body = QWidget()
        form = QFormLayout(body)
        form.setSpacing(px(10))
        form.addRow(_("向右移（毫米，负数向左）"), self.dx_edit)
        form.addRow(_("向下移（毫米，负数向上）"), self.dy_edit)
        form.addRow(_("手动双面时印反面的顺序"), self.order_box)
        form.addRow(_("印得多细"), self.dpi_box)
        hint = _("针式打印机或印有表格的纸对不准时，量一量差多少毫米，填在这里。只对这台打印机有效。")
        form.addRow(text_label(hint, "hint", wrap=True))
        self.set_body(body, width=620, height=260)
        self.taken_button.clicked.connect(self._take)
        self.dx_edit.setFocus()
        self.dx_edit.selectAll()

    def _edit(self, name: str, value: float) -> LineEdit:
        edit = LineEdit()
        edit.setObjectName(name)
        edit.setText(f"{value:g}")
        edit.setMaximumWidth(px(120))
        return edit

    def _take(self) -> None:
        moved = []
        for edit in (self.dx_edit, self.dy_edit):
            typed = unicodedata.normalize("NFKC", edit.text()).strip() or "0"
            if not _NUMBER.fullmatch(typed) or abs(float(typed)) > MOST_OFFSET_MM:
                self.tell(_("请填 -20 到 20 之间的毫米数"))
                edit.setFocus()
                edit.selectAll()
                return
            moved.append(float(typed))
        setup = PrinterSetup(
            moved[0], moved[1], is_reversed=bool(self.order_box.currentData()), dpi=self.dpi_box.currentData()
        )
        self.chosen.emit(setup)
        self.accept()
