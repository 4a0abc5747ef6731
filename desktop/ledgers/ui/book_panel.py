"""成册: the volume of the chosen ledger, what waits to be printed into it, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from PySide6.QtWidgets import QMenu, QWidget

from desktop.base.clock import today
from desktop.base.errors import Failure
from desktop.base.paths import write_file
from desktop.base.text import _
from desktop.ledgers import volumes
from desktop.ledgers.tables import AREA
from desktop.ledgers.volumes import ClosedVolume, Printed, Volume, Waiting
from desktop.staff.catalogue import Ledger
from desktop.widgets.ask import Option
from desktop.widgets.blocks import button, column, text_label
from desktop.widgets.workbench import Workbench

Done = TypeVar("Done")

NO_VOLUME, NO_SIGN = "LED-012", "PRN-002"


class BookPanel(QWidget):
    """Below the period: the open volume in words, 续打, and the rare deeds under 更多."""

    def __init__(self, desk: Workbench) -> None:
        super().__init__()
        self.setObjectName("bookPanel")
        self.desk = desk
        self.ledger: Ledger | None = None
        self.volume: Volume | None = None
        self.state_label = text_label("", "hint", name="bookStateLabel", wrap=True)
        self.print_button = button(_("续打"), "bookPrintButton", self.print_new)
        self.print_button.setToolTip(_("只印新的几行，接在上次印到的地方"))
        self.more_button = button(_("更多"), "bookMoreButton")
        self.more_button.setProperty("menu", "yes")
        self.menu = QMenu(self.more_button)
        self.more_button.setMenu(self.menu)
        self.setLayout(
            column(
                text_label(_("装订成册"), "name"),
                self.state_label,
                self.print_button,
                self.more_button,
                margins=(0, 8, 0, 0),
            )
        )

    # -- the volume ------------------------------------------------------------------------------------------------

    def show_ledger(self, ledger: Ledger | None) -> None:
        """Asks for the open volume of a ledger and what waits for it."""
        self.ledger, self.volume = ledger, None
        self._offer(None, None)
        if ledger is None or not (self.desk.may(ledger.area, "P") and self.desk.may(AREA, "R")):
            self.state_label.setText("")
            return
        room, name = self.desk.room, ledger.name
        self.desk.runner.run(
            lambda: volumes.waiting(room, name),
            partial(self._show, name),
            partial(self._show_none, name),
            owner=self,
        )

    def _show(self, name: str, waiting: Waiting) -> None:
        if self.ledger is None or self.ledger.name != name:
            return
        self.volume = waiting.volume
        words = _("{year}年第{volume_no}册，印到第{last_row}行、第{last_page}页。").format(
            year=waiting.volume.year,
            volume_no=waiting.volume.volume_no,
            last_row=waiting.volume.last_row,
            last_page=waiting.volume.last_page,
        )
        words += (
            _("有 {new} 条新的、{corrections} 条更正没有印。").format(
                new=waiting.new, corrections=waiting.corrections
            )
            if waiting.count
            else _("没有新的要印。")
        )
        self.state_label.setText(words)
        self._offer(waiting.volume, waiting)

    def _show_none(self, name: str, failure: Failure) -> None:
        if self.ledger is None or self.ledger.name != name:
            return
        is_none = failure.code == NO_VOLUME
        self.state_label.setText(_("还没有开册。开册以后可以续打、封存。") if is_none else str(failure))
        self._offer(None, None)

    def _offer(self, volume: Volume | None, waiting: Waiting | None) -> None:
        may_change = self.desk.may(AREA, "U")
        self.print_button.setEnabled(waiting is not None and waiting.count > 0 and self.desk.may(AREA, "P"))
        self.more_button.setEnabled(self.ledger is not None)
        self.menu.clear()
        deeds: tuple[tuple[str, Callable[[], None], bool], ...] = (
            (_("开今年的册"), self.open_volume, volume is None and self.desk.may(AREA, "C")),
            (_("重印上次续打的页"), self.print_last, volume is not None and volume.prints > 0),
            (_("撤销上次续打…"), self.undo, volume is not None and volume.prints > 0 and may_change),
            (_("重印一册"), self.reprint, self.ledger is not None),
            (_("封存这一册…"), self.close_volume, volume is not None and may_change),
        )
        for label, deed, is_possible in deeds:
            action = self.menu.addAction(label)
            action.triggered.connect(partial(self._do, deed))
            action.setEnabled(is_possible)

    def _do(self, deed: Callable[[], None], _checked: bool = False) -> None:
        deed()

    # -- deeds -----------------------------------------------------------------------------------------------------

    def open_volume(self) -> None:
        """开册, after asking for the paper."""
        self.desk.ask.question(
            self,
            _("开册"),
            _("开{year}年的册，用哪种纸？开册以后不能换。").format(year=today(self.desk.clock).year),
            [Option("A4", _("A4 横向")), Option("A3", _("A3 横向"))],
            self._open,
        )

    def _open(self, paper: str) -> None:
        ledger, room, year = self.ledger, self.desk.room, today(self.desk.clock).year
        if paper and ledger is not None:
            self._run(lambda: volumes.open_volume(room, ledger.name, year, paper=paper), lambda _done: None)

    def print_new(self) -> None:
        """续打: makes what is new and shows it; asks first when signs are missing in the fonts."""
        self._print(allow_missing=False)

    def _print(self, *, allow_missing: bool) -> None:
        ledger, room = self.ledger, self.desk.room
        if ledger is None or self.volume is None:
            return
        year = self.volume.year
        self.print_button.setEnabled(False)
        self._run(
            lambda: volumes.print_new(room, ledger.name, year, allow_missing=allow_missing),
            self._show_printed,
            partial(self._ask_boxes, lambda: self._print(allow_missing=True)),
        )

    def _show_printed(self, printed: Printed) -> None:
        if printed.is_onto_used:
            told = _("请先把印到一半的第{page}页放回打印机，再打印").format(page=printed.first_page)
            self.desk.messages.tell(told, "warn")
        self._paper(printed.pdf)

    def _ask_boxes(self, again: Callable[[], None], failure: Failure) -> None:
        """What to do about signs that no font has; any other failure is told as it is."""
        if failure.code != NO_SIGN:
            self.desk.messages.tell_failure(failure)
            return
        options = [Option("", _("先不印，去核对")), Option("boxes", _("印成空框，印后手写"))]
        self.desk.ask.question(
            self, _("字库缺字"), str(failure), options, lambda key: again() if key == "boxes" else None
        )

    def print_last(self) -> None:
        """The last print once more, for sheets that the printer spoiled."""
        ledger, room = self.ledger, self.desk.room
        if ledger is not None:
            self._run(lambda: volumes.last_print(room, ledger.name), self._paper)

    def undo(self) -> None:
        """Takes the last print back, with a reason."""
        self.desk.ask.text(self, _("撤销上次续打"), _("那几张纸要作废。写明原因，例如“卡纸”："), self._undo)

    def _undo(self, reason: str) -> None:
        ledger, room = self.ledger, self.desk.room
        if ledger is not None:
            self._run(lambda: volumes.undo_print(room, ledger.name, reason), lambda _done: None)

    def reprint(self) -> None:
        """Asks which volume, and shows it again."""
        ledger, room = self.ledger, self.desk.room
        if ledger is not None:
            self._run(lambda: volumes.list_volumes(room, ledger.name), self._ask_volume)

    def _ask_volume(self, found: list[Volume]) -> None:
        options = [Option("", _("不印了"))]
        for one in found[-4:]:
            words = _("{year}年第{volume_no}册").format(year=one.year, volume_no=one.volume_no)
            options.append(Option(f"{one.year}/{one.volume_no}/", words))
            if one.is_closed:
                binding = _("{volume} 封面目录").format(volume=words)
                options.append(Option(f"{one.year}/{one.volume_no}/binding", binding))
        self.desk.ask.question(self, _("重印一册"), _("重印哪一册？"), options, self._reprint)

    def _reprint(self, key: str) -> None:
        ledger, room = self.ledger, self.desk.room
        if not key or ledger is None:
            return
        year, volume_no, part = key.split("/")
        self._run(
            lambda: volumes.reprint(room, ledger.name, int(year), int(volume_no), binding=bool(part)),
            self._paper,
        )

    def close_volume(self) -> None:
        """封存, after asking; then asks where to put cover, contents and pages."""
        question = _("封存以后这一册不能再改，以后的更正记在下一册。余下的行会一起印出来。现在封存吗？")
        options = [Option("", _("先不封存")), Option("close", _("封存"), is_danger=True)]
        self.desk.ask.question(self, _("封存这一册"), question, options, self._choose_folder)

    def _choose_folder(self, key: str) -> None:
        if key == "close":
            self.desk.ask.folder(
                self, _("封面、目录和正文存到哪个文件夹"), partial(self._close, allow_missing=False)
            )

    def _close(self, folder: Path, *, allow_missing: bool) -> None:
        ledger, room = self.ledger, self.desk.room
        if ledger is None:
            return

        def job() -> ClosedVolume:
            done = volumes.close_volume(room, ledger.name, allow_missing=allow_missing)
            stem = f"{_(ledger.label)} {done.volume.year}-{done.volume.volume_no}"
            parts = {_("正文"): done.pages, _("装订页"): done.binding, _("末页续打"): done.rest}
            for part, data in parts.items():
                if data is not None:
                    write_file(folder / f"{stem} {part}.pdf", data)
            return done

        self._run(
            job, self._tell_closed, partial(self._ask_boxes, partial(self._close, folder, allow_missing=True))
        )

    def _tell_closed(self, done: ClosedVolume) -> None:
        self.desk.messages.tell(_("已封存，文件存好了。接下来打印封面目录，装订成册"))
        self._paper(done.binding)

    # -- running ---------------------------------------------------------------------------------------------------

    def _paper(self, pdf: bytes) -> None:
        if self.ledger is not None:
            self.desk.show_paper(_(self.ledger.label), pdf)

    def _run(
        self,
        job: Callable[[], Done],
        done: Callable[[Done], object],
        failed: Callable[[Failure], object] | None = None,
    ) -> None:
        """Runs a deed and asks anew how the volume stands."""
        ledger = self.ledger
        self.desk.runner.run(
            job,
            done,
            failed,
            label=_("正在处理台账册"),
            owner=self,
            ended=lambda: self.show_ledger(ledger),
        )
