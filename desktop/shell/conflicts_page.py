"""待处理: PCs wrote different things; a person looks at all of them and says which one holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QGridLayout, QRadioButton, QVBoxLayout, QWidget

from desktop.base.errors import Failure
from desktop.base.text import _
from desktop.shell.desk import Changed, Desk
from desktop.shell.office import ConflictItem, ParkedLine, Pick, Side
from desktop.widgets.blocks import badge, button, clear, column, frame, row, scrolled, text_label
from desktop.widgets.line_edit import LineEdit
from desktop.widgets.theme import px

_OTHER = 0
_NAMES = {_OTHER: "other", 1: "left", 2: "right"}


class ConflictCard(QWidget):
    """One field with everything that was written into it, and the choice between them."""

    def __init__(self, page: ConflictsPage, item: ConflictItem, place: str) -> None:
        super().__init__()
        self.setObjectName(f"conflict_{item.id}_Card")
        self.page = page
        self.item = item
        self._place = place
        self.group = QButtonGroup(self)
        self.radios: dict[str, QRadioButton] = {}
        for number in (*range(1, len(item.sides) + 1), _OTHER):
            name, radio = _NAMES.get(number, str(number)), QRadioButton()
            radio.setObjectName(f"take_{name}_Radio")
            self.group.addButton(radio, number)
            self.radios[name] = radio
        self.other_radio = self.group.button(_OTHER)
        self.other_edit = LineEdit()
        self.other_edit.setObjectName("otherEdit")
        self.other_edit.setPlaceholderText(_("都不对，另填一个"))
        self.other_edit.textEdited.connect(lambda _text: self.other_radio.click())
        self.rest_box = QCheckBox()
        self.rest_box.setObjectName("restBox")
        self.rest_box.hide()
        self.group.buttonClicked.connect(lambda _button: self._offer_rest())
        self.reason_edit = LineEdit()
        self.reason_edit.setObjectName("reasonEdit")
        self.reason_edit.setPlaceholderText(_("为什么这样选，例：问过当事人"))
        self.problem_label = text_label("", wrap=True)
        self.problem_label.setProperty("state", "error")
        self.problem_label.hide()
        self.settle_button = button(_("就这样定"), "settleButton", self.settle, kind="primary")
        self._build()

    def _build(self) -> None:
        item = self.item
        label = self.page.desk.office.registry.kind(item.record.kind).label
        open_record = partial(self.page.desk.open_record, item.record.kind, item.record.id)
        head = row(
            badge("conflict"),
            button(f"{label}：{item.record.title}", "conflictRecordButton", open_record, kind="item"),
            1,
            text_label(self._place, "hint"),
        )
        what = text_label(_("“{field}”：{why}").format(field=item.label, why=item.why), "lead", wrap=True)
        sides = QGridLayout()
        sides.setSpacing(px(12))
        for number, (name, side) in enumerate(zip(self.radios, item.sides, strict=False)):
            sides.addWidget(self._side(name, side), number // 2, number % 2)
        sides.setColumnStretch(0, 1)
        sides.setColumnStretch(1, 1)
        other = row(self.other_radio, self.other_edit, gap=6)
        other.setStretch(1, 1)
        self.other_radio.setVisible(item.may_type)
        self.other_edit.setVisible(item.may_type)
        foot = row(text_label(_("原因"), "name"), self.reason_edit, self.settle_button)
        foot.setStretch(1, 1)
        lines = column(margins=(18, 12, 18, 14), gap=10)
        for part in (head, what, sides, other, self.rest_box, foot):
            lines.addWidget(part) if isinstance(part, QWidget) else lines.addLayout(part)
        lines.addWidget(self.problem_label)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(frame("card", lines))

    def _side(self, name: str, side: Side) -> QWidget:
        self.radios[name].setText(_("用这一个"))
        value = text_label(side.words or _("（空）"), wrap=True)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        who = "　".join(word for word in (side.who, side.at, side.pc) if word)
        lines = column(
            self.radios[name], value, text_label(who, "hint", wrap=True), margins=(12, 8, 12, 8), gap=6
        )
        return frame("card", lines, name=f"{name}Side")

    def _offer_rest(self) -> None:
        """After a side is chosen: the others into which the same PC wrote may go the same way."""
        picks = self._rest()
        self.rest_box.setVisible(bool(picks))
        if picks:
            pc = self.item.sides[self.group.checkedId() - 1].pc
            self.rest_box.setText(_("其余 {count} 项也用{pc}填的").format(count=len(picks), pc=pc))

    def _rest(self) -> dict[str, Pick]:
        chosen = self.group.checkedId()
        if chosen <= _OTHER:
            return {}
        pc = self.item.sides[chosen - 1].pc
        found: dict[str, Pick] = {}
        for one in self.page.cards:
            numbers = [number for number, side in enumerate(one.item.sides, 1) if side.pc == pc]
            # Where this PC stands on several sides, somebody must look.
            if one is not self and len(numbers) == 1:
                found[one.item.id] = numbers[0]
        return found

    def settle(self) -> None:
        """Sends the choice, when one was made with its reason."""
        chosen = self.group.checkedId()
        reason = self.reason_edit.text().strip()
        other = self.other_edit.text().strip()
        if chosen < 0:
            self._tell(_("请先选一个"))
        elif chosen == _OTHER and not other:
            self._tell(_("请填上正确的内容"))
        elif not reason:
            self._tell(_("请写明原因"))
            self.reason_edit.setFocus()
        else:
            self.settle_button.setEnabled(False)
            picks: dict[str, Pick] = {self.item.id: chosen or other}
            if self.rest_box.isVisible() and self.rest_box.isChecked():
                picks |= self._rest()
            self.page.settle(self, picks, reason)

    def _tell(self, words: str) -> None:
        self.problem_label.setText(f"✕ {words}")
        self.problem_label.show()

    def was_refused(self, failure: Failure) -> None:
        """Shows why the choice was not taken."""
        self.settle_button.setEnabled(True)
        self._tell(failure.sentence)


class ConflictsPage(QWidget):
    """Everything that waits for a person."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("conflictsPage")
        self.desk = desk
        self.cards: list[ConflictCard] = []
        self._is_stale = True
        body = QWidget()
        self._lines = QVBoxLayout(body)
        self._lines.setContentsMargins(px(20), px(16), px(20), px(16))
        self._lines.setSpacing(px(14))
        title = row(text_label(_("待处理"), "title"), 1, margins=(20, 10, 20, 10))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(frame("bar", title))
        layout.addWidget(scrolled(body), 1)
        desk.changed.connect(self._was_changed)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_stale:
            self.reload()

    def _was_changed(self, _changed: Changed) -> None:
        self._is_stale = True
        if self.isVisible():
            self.reload()

    def reload(self) -> None:
        """Asks again what waits."""
        self._is_stale = False
        office = self.desk.office
        self.desk.runner.run(lambda: (office.conflicts(), office.parked()), self._show, owner=self)

    def _show(self, found: tuple[Sequence[ConflictItem], Sequence[ParkedLine]]) -> None:
        items, parked = found
        clear(self._lines)
        self.cards = [
            ConflictCard(
                self, item, _("第 {number} 项，共 {count} 项").format(number=number, count=len(items))
            )
            for number, item in enumerate(items, start=1)
        ]
        if not items:
            words = _("✓ 没有要选定的。两台电脑改了同一处时，会列在这里，由您看过再定；两边的内容都不会丢。")
            self._lines.addWidget(text_label(words, "soft", wrap=True))
        for card in self.cards:
            self._lines.addWidget(card)
        if parked:
            self._lines.addWidget(_parked_card(parked))
        self._lines.addStretch(1)

    def settle(self, card: ConflictCard, picks: Mapping[str, Pick], reason: str) -> None:
        """Settles these conflicts in one save."""
        office = self.desk.office
        settled = [one.item for one in self.cards if one.item.id in picks]

        def done(_none: None) -> None:
            told = (
                _("已选定“{field}”").format(field=settled[0].label)
                if len(settled) == 1
                else _("已选定 {count} 项").format(count=len(settled))
            )
            self.desk.messages.tell(told)
            self.desk.tell_changed([(one.record.kind, one.record.id) for one in settled])

        self.desk.runner.run(lambda: office.settle(picks, reason), done, card.was_refused, owner=card)


def _parked_card(parked: Sequence[ParkedLine]) -> QWidget:
    """What arrived and waits: nothing is to be done here, and nobody should wonder where it stays."""
    lines = column(
        text_label(_("收到了还不能采用的改动，共 {count} 条").format(count=len(parked)), "lead"),
        text_label(_("内容都存着，不会丢；等的条件到了，能采用的自动采用。"), "soft", wrap=True),
        margins=(18, 12, 18, 14),
        gap=8,
    )
    for one in parked:
        who = "　".join(word for word in (one.who, one.at, one.pc) if word)
        lines.addWidget(text_label(one.words, wrap=True))
        lines.addWidget(text_label(f"{one.why}　{who}", "hint", wrap=True))
    return frame("card", lines, name="parkedCard")
