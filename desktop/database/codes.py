"""Code lists (DOMAIN appendix B): declared by the features, extended by the county's own records, never renamed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session

from desktop.base.text import N_
from desktop.database.fields import boolean, code, text
from desktop.database.record import KindInfo, Record


@dataclass(frozen=True)
class CodeList:
    """A list of codes with their Chinese labels, in the order people see.

    Shape:   `codes` maps code → label; a code once used is never given another meaning.
    """

    name: str
    label: str
    codes: Mapping[str, str]


class CodeEntry(Record):
    """One code that the county added to a list; written by the county, read by all its rooms."""

    __tablename__ = "code_entry"
    kind_info = KindInfo(
        label=N_("代码"), area="codes", owner="county", title=("list_name", "label"), codes=("code",)
    )

    list_name: Mapped[str | None] = text(N_("代码表"), required=True, list_order=1, example="dispute_type")
    code: Mapped[str | None] = code(N_("代码"), max_length=20, required=True, list_order=2, example="51")
    label: Mapped[str | None] = text(N_("名称"), required=True, list_order=3, example="光伏用地纠纷")
    is_retired: Mapped[bool | None] = boolean(N_("停用"), list_order=4)


class CodeLists:
    """All code lists as this PC knows them: the declared ones and the county's additions."""

    def __init__(self, declared: Iterable[CodeList]) -> None:
        self._declared = {item.name: item for item in declared}
        self._added: dict[str, dict[str, str]] = {}

    def refresh(self, session: Session) -> None:
        """Reads the county's additions again."""
        added: dict[str, dict[str, str]] = {}
        rows = session.execute(
            select(CodeEntry.list_name, CodeEntry.code, CodeEntry.label)
            .where(CodeEntry.is_void.isnot(True), CodeEntry.is_retired.isnot(True))
            .order_by(CodeEntry.code)
        )
        for list_name, entry_code, label in rows:
            if list_name and entry_code:
                added.setdefault(list_name, {})[entry_code] = label or entry_code
        self._added = added

    def names(self) -> list[str]:
        """The names of the declared lists."""
        return sorted(self._declared)

    def label_of(self, name: str) -> str:
        """The Chinese name of a list."""
        return self._declared[name].label

    def of(self, name: str) -> dict[str, str]:
        """Code → label of one list, declared codes first."""
        return {**self._declared[name].codes, **self._added.get(name, {})}

    def label(self, name: str, entry_code: str | None) -> str:
        """The label of a code; a code that this PC does not know is shown as it is."""
        return "" if entry_code is None else self.of(name).get(entry_code, entry_code)
