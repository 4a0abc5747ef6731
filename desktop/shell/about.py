"""Versions and licences of the program and of what it is made with."""

from __future__ import annotations

import platform
from importlib import metadata

from PySide6.QtCore import qVersion
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from desktop import VERSION
from desktop.base.text import _
from desktop.shell.dialog import FormDialog
from desktop.widgets.blocks import text_label
from desktop.widgets.theme import px

PACKAGES = {
    "PySide6-Essentials": "LGPL-3.0",
    "SQLAlchemy": "MIT",
    "alembic": "MIT",
    "sqlcipher3": "zlib, SQLCipher BSD",
    "cryptography": "Apache-2.0 / BSD",
    "pyrage": "MIT",
    "reportlab": "BSD",
    "segno": "BSD",
    "pypdfium2": "BSD-3 / Apache-2.0",
    "pypinyin": "MIT",
    "xlsxwriter": "BSD-2",
    "python-calamine": "MIT",
    "httpx2": "BSD-3",
    "zstandard": "BSD-3",
}
FONTS = "Noto Sans SC、Noto Serif SC（OFL 1.1），HanaMinB（Hanazono / OFL 1.1）"


def _letter_fonts() -> str:
    """Which fonts of this Windows letters are printed in; to be asked for when a letter looks unlike the standard."""
    from desktop.printing.system_fonts import LABELS, fonts_of_this_pc  # noqa: PLC0415 - ReportLab, when it is asked for

    found, gone = fonts_of_this_pc().found(), _("本机没有，用自带宋体")
    return "，".join(f"{label} {found[look] or gone}" for look, label in LABELS.items())


class AboutDialog(FormDialog):
    """What runs here; to be read out on the telephone."""

    def __init__(self, parent: QWidget, *, practice: bool = False) -> None:
        super().__init__(parent, _("关于本程序"), _("关闭"), practice=practice)
        self.setObjectName("aboutDialog")
        self.leave_button.hide()
        self.taken_button.clicked.connect(self.accept)
        body = QWidget()
        lines = QVBoxLayout(body)
        lines.addWidget(
            text_label(_("警务室 {version}").format(version=VERSION), "lead", name="versionLabel")
        )
        lines.addWidget(
            text_label(_("一个村级警务室的一天，一台不联网的电脑。Apache-2.0 许可。"), "soft", wrap=True)
        )
        self.parts_text = QPlainTextEdit("\n".join(self._parts()))
        self.parts_text.setObjectName("partsText")
        self.parts_text.setReadOnly(True)
        self.parts_text.setMinimumHeight(px(240))
        lines.addWidget(self.parts_text, 1)
        self.set_body(body, width=600, height=340)

    def _parts(self) -> list[str]:
        lines = [
            f"Python {platform.python_version()}　PSF",
            f"Qt {qVersion()}　LGPL-3.0",
            _("字体：{fonts}").format(fonts=FONTS),
            _("函件用字：{fonts}").format(fonts=_letter_fonts()),
        ]
        for name, licence in PACKAGES.items():
            try:
                lines.append(f"{name} {metadata.version(name)}　{licence}")
            except metadata.PackageNotFoundError:
                lines.append(f"{name}　{licence}")
        lines.append(f"{platform.system()} {platform.release()}")
        return lines
