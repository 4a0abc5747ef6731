"""What a report about a bug holds, and the window that says so."""

from __future__ import annotations

import json
import platform
import traceback
from pathlib import Path

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import QDialog, QPlainTextEdit, QVBoxLayout, QWidget

from desktop.base.text import _
from desktop.widgets.blocks import button, row, text_label
from desktop.widgets.theme import px


def report_of(error: BaseException, version: str, at: str) -> dict[str, object]:
    """What a developer needs: where and which kind of error. Never its text, which may hold what people typed."""
    chain: list[dict[str, object]] = []
    now: BaseException | None = error
    while now is not None and len(chain) < 5:
        frames = [
            f"{Path(one.filename).name}:{one.lineno} {one.name}"
            for one in traceback.extract_tb(now.__traceback__)
        ]
        chain.append({"type": f"{type(now).__module__}.{type(now).__qualname__}", "frames": frames})
        now = now.__cause__ or (None if now.__suppress_context__ else now.__context__)
    return {
        "at": at,
        "version": version,
        "python": platform.python_version(),
        "qt": qVersion(),
        "system": f"{platform.system()} {platform.release()}",
        "errors": chain,
    }


class CrashWindow(QDialog):
    """Says what happened, that nothing saved was lost, and where the report is."""

    def __init__(self, parent: QWidget | None, path: Path | None, report: dict[str, object]) -> None:
        super().__init__(parent)
        self.setObjectName("crashWindow")
        self.setWindowTitle(_("程序出了错"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        words = _("这是程序的问题，不是您的操作有错。已经保存的记录都在，没保存的内容留在草稿里。")
        next_step = _(
            "可以接着用；如果不对劲，请关闭程序再打开。下面的报告没有任何人的信息，可以交给技术员。"
        )
        self.where_label = text_label(
            _("报告存在：{path}").format(path=path) if path else _("报告没有写到磁盘上，磁盘可能已满。"),
            "soft",
            wrap=True,
        )
        self.where_label.setObjectName("reportPath")
        self.where_label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        text = QPlainTextEdit(json.dumps(report, ensure_ascii=False, indent=1))
        text.setObjectName("reportText")
        text.setReadOnly(True)
        self.close_button = button(_("接着用"), "crashCloseButton", self.accept, kind="primary")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(px(24), px(18), px(24), px(16))
        layout.setSpacing(px(10))
        layout.addWidget(text_label(_("程序出了错"), "title"))
        layout.addWidget(text_label(words, wrap=True))
        layout.addWidget(text_label(next_step, "soft", wrap=True))
        layout.addWidget(self.where_label)
        layout.addWidget(text, 1)
        layout.addLayout(row(1, self.close_button))
        self.resize(px(640), px(420))
