"""After an exchange: whether the stick, or the county, also brought a newer version of the program."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from desktop.base.clock import today
from desktop.base.errors import Failure, Refused
from desktop.base.text import _
from desktop.shell.desk import Desk
from desktop.shell.office import UpdateNews, UpdateOffer
from desktop.shell.silence import LANE

# A program that was built without update keys has nothing to look for.
_NO_KEYS = "UPD-001"


class UpdateWatch(QObject):
    """Looks where an exchange just went; says nothing where there is nothing, and asks the county once a day."""

    told = Signal(object)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self._asked_on: date | None = None
        desk.exchanged.connect(self.look)

    def look(self, source: Path | None) -> None:
        """Looks at a stick, or asks the county where there is none."""
        day = today(self.desk.clock)
        if source is None and self._asked_on == day:
            return
        if source is None:
            self._asked_on = day
        office = self.desk.office
        self.desk.runner.run(
            lambda: office.find_update(source), self._was_found, self._failed, lane=LANE, owner=self
        )

    def _was_found(self, offer: UpdateOffer | None) -> None:
        if offer is not None:
            words = _("有新版本 {version} 可以安装。").format(version=offer.version)
            if not self.desk.may("system", "C"):
                words += _("请系统管理员登录后，在“设置”里更新。")
            self._tell(UpdateNews(words, "info", offer))

    def _failed(self, failure: Failure) -> None:
        # A stick without an update and a line that is down are no news to somebody who did not ask.
        if isinstance(failure, Refused) and failure.code != _NO_KEYS:
            self._tell(UpdateNews(f"{failure.sentence}  [{failure.code}]", "warn"))

    def _tell(self, news: UpdateNews) -> None:
        self.desk.update_news = news
        self.told.emit(news)
