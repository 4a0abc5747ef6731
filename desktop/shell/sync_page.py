"""数据交换: what has not gone yet, the two ways to exchange, and what happened before, in plain words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QSize, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QProgressBar, QPushButton, QVBoxLayout, QWidget

from desktop.base.clock import local_time
from desktop.base.errors import Failure
from desktop.base.text import _
from desktop.base.windows import removable_drives
from desktop.shell.desk import Changed, Desk
from desktop.shell.office import ExchangeResult, RoomStatus
from desktop.shell.update_dialog import UpdateDialog
from desktop.widgets.ask import Option
from desktop.widgets.blocks import badge, button, clear, column, frame, row, scrolled, text_label
from desktop.widgets.icons import icon
from desktop.widgets.message_bar import SIGNS
from desktop.widgets.runner import FILES, Progress, Report
from desktop.widgets.theme import px

# Windows tells nobody cheaply that a stick was plugged in; asking takes a millisecond.
LOOK_MS = 2000


class SyncPage(QWidget):
    """Exchange with the county, and copies of the data."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("syncPage")
        self.desk = desk
        self._progress: Progress | None = None
        self._label = ""
        self._sticks: tuple[Path, ...] = ()
        self._looks = QTimer(self)
        self._looks.setInterval(LOOK_MS)
        self._looks.timeout.connect(self.look_for_sticks)
        self._facts = QVBoxLayout()
        self._log = QVBoxLayout()
        self._packages = QVBoxLayout()
        self.stick_button = self._big(_("用U盘交换"), "stickButton", self.choose_stick, "stick")
        self.slip_button = button(_("打印U盘交接单…"), "slipButton", self.choose_stick_for_slip)
        self.network_button = self._big(_("用网络交换"), "networkButton", self.exchange_network, "network")
        self.backup_button = self._big(_("备份到…"), "backupButton", self.choose_backup, "save")
        self.stage_label = text_label("", wrap=True, name="syncStage")
        self.bar = QProgressBar()
        self.bar.setObjectName("syncBar")
        self.cancel_button = button(_("停下"), "syncCancelButton", self._cancel)
        self._build()
        desk.changed.connect(self._was_changed)
        desk.runner.reported.connect(self._tell_report)

    def _big(self, words: str, name: str, pressed: Callable[[], object], picture: str) -> QPushButton:
        made = button(words, name, pressed, kind="big")
        made.setIcon(icon(picture, "blue"))
        made.setIconSize(QSize(px(24), px(24)))
        return made

    def _build(self) -> None:
        body = QWidget()
        lines = QVBoxLayout(body)
        lines.setContentsMargins(px(20), px(16), px(20), px(16))
        lines.setSpacing(px(14))
        self.file_button = button(_("导入数据包文件…"), "fileButton", self.choose_file)
        self.wipe_button = button(_("清空U盘上本机的文件…"), "wipeButton", self.choose_wipe)
        ways = row(self.stick_button, self.network_button, self.backup_button, gap=14)
        more = row(self.slip_button, self.file_button, self.wipe_button, 1, gap=14)
        facts = column(text_label(_("现在"), "lead"), margins=(18, 12, 18, 14), gap=8)
        facts.addLayout(self._facts)
        log = column(text_label(_("以前的交换"), "lead"), margins=(18, 12, 18, 14), gap=8)
        log.addLayout(self._log)
        job = row(self.stage_label, self.bar, self.cancel_button, margins=(18, 10, 18, 10))
        job.setStretch(0, 1)
        self.job_card = frame("card", job, name="syncJob")
        self.job_card.hide()
        self.update_label = text_label("", wrap=True, name="updateOffer")
        self.update_button = button(_("更新程序…"), "syncUpdateButton", self.show_update)
        update = row(self.update_label, self.update_button, margins=(18, 10, 18, 10))
        update.setStretch(0, 1)
        self.update_card = frame("card", update, name="updateCard")
        self.update_card.hide()
        lines.addWidget(self.update_card)
        lines.addWidget(frame("card", facts))
        lines.addLayout(ways)
        lines.addLayout(more)
        lines.addWidget(self.job_card)
        book = column(text_label(_("U盘收件本"), "lead"), margins=(18, 12, 18, 14), gap=8)
        book.addLayout(self._packages)
        lines.addWidget(frame("card", book))
        lines.addWidget(frame("card", log))
        lines.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(frame("bar", row(text_label(_("数据交换"), "title"), 1, margins=(20, 10, 20, 10))))
        layout.addWidget(scrolled(body), 1)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.reload()
        self.show_update_news()
        self.look_for_sticks()
        self._looks.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._looks.stop()

    def look_for_sticks(self) -> None:
        """Asks which sticks are plugged in; a slow one must not hold the window."""
        self.desk.runner.run(removable_drives, self._show_sticks, lane=FILES, owner=self)

    def _show_sticks(self, sticks: tuple[Path, ...]) -> None:
        self._sticks = sticks
        words = _("用U盘交换")
        if len(sticks) == 1:
            stick = sticks[0].name or sticks[0].drive
            words = _("用U盘交换（{stick}）").format(stick=stick)
        self.stick_button.setText(words)

    def _was_changed(self, _changed: Changed) -> None:
        if self.isVisible():
            self.reload()

    def reload(self) -> None:
        """Asks how the room stands."""
        self.desk.runner.run(self.desk.office.status, self._show, owner=self)

    def _show(self, status: RoomStatus) -> None:
        clear(self._facts)
        clear(self._log)
        clear(self._packages)
        self._show_packages(status)
        self._facts.addLayout(row(badge(status.light, status.sentence or _("已存本机")), 1))
        facts = (
            (
                _("还没交换"),
                _("{count} 条").format(count=f"{status.unsent_count:,}")
                if status.unsent_count
                else _("没有"),
            ),
            (_("没送到的附件"), _("{count} 个").format(count=status.unsent_file_count)),
            (_("附件未到"), _("{count} 个").format(count=status.waiting_file_count)),
            (_("上次交换"), status.last_exchange or _("还没有交换过")),
            (_("上次备份"), status.last_backup or _("还没有备份过")),
        )
        for name, words in facts:
            key = text_label(name, "name")
            key.setFixedWidth(px(110))
            line = row(key, text_label(words, wrap=True))
            line.setStretch(1, 1)
            self._facts.addLayout(line)
        self.network_button.setVisible(status.may_use_network)
        for exchange in status.exchanges:
            at = local_time(exchange.at).strftime("%Y-%m-%d %H:%M")
            self._log.addWidget(text_label(f"{at}　{exchange.way}　{exchange.words}", wrap=True))
        if not status.exchanges:
            self._log.addWidget(text_label(_("还没有交换过。插上U盘，按“用U盘交换”。"), "soft"))

    def _show_packages(self, status: RoomStatus) -> None:
        for one in status.packages:
            words = text_label(f"{one.way}　{one.detail}", "soft", wrap=True)
            line = row(badge(one.severity, one.words), words)
            line.setStretch(1, 1)
            self._packages.addLayout(line)
        if not status.packages:
            empty = _("用U盘交换后，这里记着每个数据包：收到、在途还是缺。")
            self._packages.addWidget(text_label(empty, "soft", wrap=True))

    # -- exchanging ------------------------------------------------------------------------------------------------

    def choose_stick(self) -> None:
        """Takes the stick that is plugged in, asks where there are several or none, and exchanges."""
        if len(self._sticks) == 1:
            self.exchange_stick(self._sticks[0])
            return
        self.desk.ask.folder(self, _("选择U盘"), self.exchange_stick)

    def exchange_stick(self, path: Path) -> None:
        """One exchange by stick."""
        office = self.desk.office
        self._start(
            _("用U盘交换"),
            lambda progress: office.exchange_stick(path, progress),
            lambda: self.desk.exchanged.emit(path),
        )

    def choose_file(self) -> None:
        """Asks for a package file and takes it in."""
        kinds = _("数据包 (*.jwb *.jwa *.jwb.* *.jwa.*)")
        self.desk.ask.open_file(self, _("选择数据包文件"), kinds, lambda path: self.take_files([path]))

    def take_files(self, paths: Sequence[Path]) -> None:
        """Takes in package files; nothing is written back."""
        office, given = self.desk.office, tuple(paths)
        self._start(_("导入数据包"), lambda progress: office.take_files(given, progress))

    def choose_wipe(self) -> None:
        """Asks for the stick, asks once more, and removes what this PC wrote there."""
        self.desk.ask.folder(self, _("选择U盘"), self._ask_wipe)

    def _ask_wipe(self, path: Path) -> None:
        office = self.desk.office

        def wiped(count: int) -> None:
            told = _("已从U盘删掉 {count} 个本机写的文件；数据都在本机，没送到的下次再送。")
            self.desk.messages.tell(told.format(count=count), "ok")
            self.reload()

        def answered(key: str) -> None:
            if key == "wipe":
                self.desk.runner.run(lambda: office.wipe_stick(path), wiped, owner=self)

        self.desk.ask.question(
            self,
            _("清空U盘上本机的文件"),
            _("只删本机写到这个U盘的数据包，别的文件不动。县局还没收到的，下次交换再送。"),
            [Option("keep", _("不删")), Option("wipe", _("删掉"), is_danger=True)],
            answered,
        )

    def choose_stick_for_slip(self) -> None:
        """Asks for the stick and shows the slip that goes with it."""
        self.desk.ask.folder(self, _("选择U盘"), self.show_slip)

    def show_slip(self, path: Path) -> None:
        """Shows the slip for what this PC wrote to the stick."""
        office = self.desk.office
        self.desk.runner.run(
            lambda: office.stick_slip_pdf(path),
            lambda pdf: self.desk.show_paper(_("数据U盘交接单"), pdf),
            label=_("正在读U盘"),
            owner=self,
        )

    def exchange_network(self) -> None:
        """One exchange by network."""
        self._start(
            _("用网络交换"), self.desk.office.exchange_network, lambda: self.desk.exchanged.emit(None)
        )

    def show_update_news(self) -> None:
        """Shows what an exchange told of a newer program, until there is other news."""
        news = self.desk.update_news
        self.update_card.setVisible(news is not None)
        if news is not None:
            self.update_label.setText(f"{SIGNS[news.state]}  {news.words}")
            self.update_button.setVisible(news.offer is not None and self.desk.may("system", "C"))

    def show_update(self) -> None:
        """Opens the dialog that installs what was offered."""
        news = self.desk.update_news
        UpdateDialog(self, self.desk, news.offer if news is not None else None).open()

    def _start(
        self,
        label: str,
        job: Callable[[Progress], ExchangeResult],
        then: Callable[[], object] = lambda: None,
    ) -> None:
        if self._progress is not None:
            return
        self._label = label
        self.stage_label.setText(_("{label}：准备…").format(label=label))
        self.bar.setRange(0, 0)
        self.job_card.show()
        self._set_busy(True)
        self._progress = self.desk.runner.run_long(
            job,
            lambda result: self._was_done(result, then),
            self._has_failed,
            label=label,
            owner=self,
            ended=self._ended,
        )

    def _set_busy(self, is_busy: bool) -> None:
        for one in (self.stick_button, self.network_button, self.file_button, self.wipe_button):
            one.setEnabled(not is_busy)

    def _tell_report(self, report: Report) -> None:
        if self._progress is None or report.label != self._label:
            return
        counts = f" {report.done:,} / {report.total:,}" if report.total else ""
        self.stage_label.setText(f"{report.label}：{report.stage}{counts}")
        self.bar.setRange(0, report.total)
        self.bar.setValue(report.done)

    def _cancel(self) -> None:
        if self._progress is not None:
            self._progress.cancel()
            self.stage_label.setText(_("正在停下…"))

    def _was_done(self, result: ExchangeResult, then: Callable[[], object]) -> None:
        words = _result_words(result)
        # A stick is answered on its next ride, so that nothing is wrong when the other side has not confirmed yet.
        is_well = (result.is_equal or result.may_pull_out) and not result.notes and not result.parked_count
        self.desk.messages.tell(words, "ok" if is_well else "warn")
        kinds = [(kind.name, "") for kind in self.desk.office.registry]
        self.desk.tell_changed(kinds)
        then()

    def _has_failed(self, failure: Failure) -> None:
        self.desk.messages.tell_failure(failure)

    def _ended(self) -> None:
        self._progress = None
        self.job_card.hide()
        self._set_busy(False)
        self.reload()

    # -- backup ----------------------------------------------------------------------------------------------------

    def choose_backup(self) -> None:
        """Asks where to and makes a verified copy."""
        office = self.desk.office

        def answered(path: Path) -> None:
            self.desk.runner.run(
                lambda: office.backup(path),
                self.desk.messages.tell,
                label=_("正在备份"),
                owner=self,
                ended=self.desk.status_stale.emit,
            )

        self.desk.ask.folder(self, _("备份到哪个文件夹"), answered)


def _result_words(result: ExchangeResult) -> str:
    """What an exchange did, in sentences."""
    told = []
    if result.sent_count or result.received_count:
        told.append(
            _("送出 {sent} 条，收到 {received} 条。").format(
                sent=result.sent_count, received=result.received_count
            )
        )
    if result.files_sent_count or result.files_received_count:
        told.append(
            _("送出附件 {sent} 个，收到附件 {received} 个。").format(
                sent=result.files_sent_count, received=result.files_received_count
            )
        )
    told.append(_("双方一致。") if result.is_equal else _("对方还没有确认，下次交换再核对。"))
    if result.parked_count:
        told.append(_("有 {count} 条要等新版程序才能看。").format(count=result.parked_count))
    told += [f"{note}。" if note[-1] not in "。！？" else note for note in result.notes]
    if result.may_pull_out:
        told.append(_("可以拔出U盘。"))
    return _("交换完成：") + "".join(told)
