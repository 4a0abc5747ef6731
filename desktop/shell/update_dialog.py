"""更新程序: a newer version from a stick or from the county, found, told in plain words, and installed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from desktop.base.errors import Failure
from desktop.base.text import _
from desktop.shell.desk import Desk
from desktop.shell.dialog import FormDialog
from desktop.shell.office import UpdateOffer
from desktop.shell.silence import LANE
from desktop.widgets.blocks import button, column, frame, row, tell_state, text_label
from desktop.widgets.runner import Progress, Report

_MB = 1_000_000


class UpdateDialog(FormDialog):
    """Chooses where from, shows what is there and what will happen, and starts the installer."""

    def __init__(self, parent: QWidget, desk: Desk, offer: UpdateOffer | None = None) -> None:
        super().__init__(parent, _("更新程序"), _("备份并安装"), practice=desk.office.practice)
        self.setObjectName("updateDialog")
        self.desk = desk
        self.offer: UpdateOffer | None = None
        self._progress: Progress | None = None
        settings = desk.office.settings
        may_call = bool(settings.get("server_url")) and not (
            settings.get("stick_only") or settings.get("work_offline")
        )
        self.stick_button = button(_("从U盘或文件夹…"), "updateStickButton", self.choose_stick)
        self.server_button = button(_("从县局下载"), "updateServerButton", lambda: self.look(None))
        self.server_button.setVisible(may_call)
        self.found_label = text_label("", wrap=True, name="updateFound")
        self.steps_label = text_label("", wrap=True, name="updateSteps")
        self.bar = QProgressBar()
        self.bar.setObjectName("updateBar")
        self.bar.hide()
        self.set_body(self._body(), width=660, height=350)
        self.taken_button.clicked.connect(self.take)
        self.finished.connect(self._left)
        desk.runner.reported.connect(self._tell_report)
        self._show(offer)
        self._focus_next()
        if offer is None:
            own = _("现在的版本是 {version}。插上县局发的更新U盘，再按“从U盘或文件夹”。")
            self._say(own.format(version=desk.office.version), "")

    def _body(self) -> QWidget:
        body = QWidget()
        lines = QVBoxLayout(body)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.addLayout(row(self.stick_button, self.server_button, 1))
        told = column(self.found_label, self.bar, self.steps_label, margins=(16, 12, 16, 12), gap=10)
        lines.addWidget(frame("card", told))
        lines.addStretch(1)
        return body

    # -- looking ---------------------------------------------------------------------------------------------------

    def choose_stick(self) -> None:
        """Asks for the stick, or the folder into which somebody copied the update."""
        self.desk.ask.folder(self, _("选择更新U盘，或放着 update 的文件夹"), self.look)

    def look(self, stick: Path | None) -> None:
        """Reads and verifies what lies there; None asks the county."""
        office = self.desk.office
        self._show(None)
        self._say(_("正在核对更新文件…"), "")
        self._run(lambda _progress: office.find_update(stick), self._was_found)

    def _was_found(self, offer: UpdateOffer | None) -> None:
        if offer is None:
            words = _("已经是最新版本 {version}，不用更新。").format(version=self.desk.office.version)
            self._say(words, "ok")
            return
        self._show(offer)

    def _show(self, offer: UpdateOffer | None) -> None:
        self.offer = offer
        self.taken_button.setEnabled(offer is not None)
        self.steps_label.setText(_steps(offer) if offer is not None else "")
        self.steps_label.setVisible(offer is not None)
        if offer is not None:
            words = _("✓ 有新版本 {version}（{size} MB），是县局签发的。现在是 {own}。")
            told = words.format(
                version=offer.version, size=-(-offer.size_bytes // _MB), own=self.desk.office.version
            )
            notes = _("新版本的变化：{notes}").format(notes=offer.notes) if offer.notes else ""
            self._say("\n".join(filter(None, (told, notes))), "ok")

    # -- installing ------------------------------------------------------------------------------------------------

    def take(self) -> None:
        """Copies, backs up, starts the installer and closes the program."""
        offer, office = self.offer, self.desk.office
        if offer is None or self._progress is not None:
            return

        def job(progress: Progress) -> None:
            ready = office.prepare_update(offer, progress)
            progress(_("正在启动安装程序"))
            office.start_update(ready)

        self._run(job, lambda _none: self._was_started())

    def _was_started(self) -> None:
        self.accept()
        self.desk.end_wanted.emit()

    # -- working ---------------------------------------------------------------------------------------------------

    def _run(self, job: Callable[[Progress], Any], done: Callable[[Any], object]) -> None:
        self._set_running(True)
        self._progress = self.desk.runner.run_long(
            job, done, self._was_refused, label=_("更新程序"), lane=LANE, owner=self, ended=self._ended
        )

    def _set_running(self, is_running: bool) -> None:
        for one in (self.stick_button, self.server_button):
            one.setEnabled(not is_running)
        self.taken_button.setEnabled(not is_running and self.offer is not None)
        self.bar.setVisible(is_running)
        self.bar.setRange(0, 0)

    def _tell_report(self, report: Report) -> None:
        if self._progress is not None and report.label == _("更新程序"):
            counts = f" {report.done} / {report.total}" if report.total else ""
            self._say(f"{report.stage}{counts}", "")
            self.bar.setRange(0, report.total)
            self.bar.setValue(report.done)

    def _was_refused(self, failure: Failure) -> None:
        self._show(None)
        self._say(f"✕ {failure.sentence}  [{failure.code}]", "error")

    def _ended(self) -> None:
        self._progress = None
        self._set_running(False)
        self._focus_next()

    def _focus_next(self) -> None:
        (self.taken_button if self.offer is not None else self.stick_button).setFocus()

    def _left(self) -> None:
        if self._progress is not None:
            self._progress.cancel()

    def _say(self, words: str, state: str) -> None:
        self.found_label.setText(words)
        tell_state(self.found_label, state)


def _steps(offer: UpdateOffer) -> str:
    """What will happen, a line each."""
    rights = [_("Windows 会问管理员的许可，请管理员按“是”")] if offer.needs_administrator else []
    last = (
        _("装好以后，请从开始菜单重新打开警务室，照常输密码")
        if offer.needs_administrator
        else _("装好以后自动重新打开，照常输密码")
    )
    steps = [
        _("把安装程序复制到本机，再核对一遍；之后就可以拔出U盘"),
        _("备份全部数据，打开备份核对无误"),
        *rights,
        _("关闭本程序，开始安装，大约两三分钟；这时请不要关机，也不要再打开警务室"),
        last,
    ]
    lines = [_("按“备份并安装”以后：")]
    lines += [f"{number}. {step}。" for number, step in enumerate(steps, 1)]
    lines.append(_("没填完的表已存成草稿，重新打开后接着填。万一没装成，现在的版本和数据都还在。"))
    return "\n".join(lines)
