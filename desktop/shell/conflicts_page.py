"""待处理: two PCs wrote different things; a person looks at both and says which one holds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QButtonGroup, QRadioButton, QVBoxLayout, QWidget

from desktop.base.errors import Failure
from desktop.base.text import _
from desktop.shell.desk import Changed, Desk
from desktop.shell.office import ConflictItem, Side
from desktop.widgets.blocks import badge, button, clear, column, frame, row, scrolled, text_label
from desktop.widgets.line_edit import LineEdit
from desktop.widgets.theme import px

LEFT, RIGHT, OTHER = "left", "right", "other"


class ConflictCard(QWidget):
    """One field with its two values and the choice between them."""

    def __init__(self, page: ConflictsPage, item: ConflictItem) -> None:
        super().__init__()
        self.setObjectName(f"conflict_{item.id}_Card")
        self.page = page
        self.item = item
        self.group = QButtonGroup(self)
        self.radios = {name: QRadioButton() for name in (LEFT, RIGHT, OTHER)}
        for name, radio in self.radios.items():
            radio.setObjectName(f"take_{name}_Radio")
            self.group.addButton(radio)
        self.other_edit = LineEdit()
        self.other_edit.setObjectName("otherEdit")
        self.other_edit.setPlaceholderText(_("两边都不对，另填一个"))
        self.other_edit.textEdited.connect(lambda _text: self.radios[OTHER].setChecked(True))
        self.reason_edit = LineEdit()
        self.reason_edit.setObjectName("reasonEdit")
        self.reason_edit.setPlaceholderText(_("为什么这样选，例：问过当事人"))
        self.problem_label = text_label("", wrap=True)
        self.problem_label.setProperty("state", "error")
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
        )
        what = text_label(_("“{field}”：{why}").format(field=item.label, why=item.why), "lead", wrap=True)
        sides = row(self._side(LEFT, item.left), self._side(RIGHT, item.right), gap=12)
        sides.setStretch(0, 1)
        sides.setStretch(1, 1)
        other = row(self.radios[OTHER], self.other_edit, gap=6)
        other.setStretch(1, 1)
        foot = row(text_label(_("原因"), "name"), self.reason_edit, self.settle_button)
        foot.setStretch(1, 1)
        lines = column(margins=(18, 12, 18, 14), gap=10)
        for part in (head, what, sides, other, foot):
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

    def settle(self) -> None:
        """Sends the choice, when one was made with its reason."""
        chosen = next((name for name, radio in self.radios.items() if radio.isChecked()), "")
        reason = self.reason_edit.text().strip()
        other = self.other_edit.text().strip()
        if not chosen:
            self._tell(_("请先选一个"))
        elif chosen == OTHER and not other:
            self._tell(_("请填上正确的内容"))
        elif not reason:
            self._tell(_("请写明原因"))
            self.reason_edit.setFocus()
        else:
            self.settle_button.setEnabled(False)
            self.page.settle(self, other if chosen == OTHER else chosen, reason)

    def _tell(self, words: str) -> None:
        self.problem_label.setText(f"✕ {words}")

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
        self.desk.runner.run(self.desk.office.conflicts, self._show, owner=self)

    def _show(self, items: Sequence[ConflictItem]) -> None:
        clear(self._lines)
        self.cards = [ConflictCard(self, item) for item in items]
        if not items:
            words = _("✓ 没有要选定的。两台电脑改了同一处时，会列在这里，由您看过再定；两边的内容都不会丢。")
            self._lines.addWidget(text_label(words, "soft", wrap=True))
        for card in self.cards:
            self._lines.addWidget(card)
        self._lines.addStretch(1)

    def settle(self, card: ConflictCard, take: str, reason: str) -> None:
        """Settles one conflict."""
        office, item = self.desk.office, card.item

        def done(_none: None) -> None:
            self.desk.messages.tell(_("已选定“{field}”").format(field=item.label))
            self.desk.tell_changed([(item.record.kind, item.record.id)])

        self.desk.runner.run(lambda: office.settle(item.id, take, reason), done, card.was_refused, owner=card)
