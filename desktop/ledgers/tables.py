"""Volumes of ledgers and what was printed into them: the room's memory of its books on paper."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Mapped

from desktop.base.text import N_
from desktop.database.codes import CodeList
from desktop.database.fields import choice, code, day, integer, link, long_text, text
from desktop.database.record import KindInfo, Record

AREA = "volumes"
OPEN, CLOSED = "1", "2"

CODES = (CodeList("volume_state", N_("台账册状态"), {OPEN: N_("在用"), CLOSED: N_("已封存")}),)


class LedgerVolume(Record):
    """One bound book (册) of one ledger and year; opened by the clerk, closed once, never changed afterwards.

    Pages and lines run on through the volumes of a year. `rows_hash`, `pages_hash` and `binding_hash` name the frozen
    content: every line as data, the pages as PDF, and cover, contents, 备考表 and spine as PDF.
    """

    __tablename__ = "ledger_volume"
    kind_info = KindInfo(
        label=N_("台账册"),
        area=AREA,
        title=("ledger_name", "year_no", "volume_no"),
        day="opened_on",
        state="state",
    )

    ledger_name: Mapped[str | None] = code(N_("台账"), required=True, by_step=True, list_order=1)
    year_no: Mapped[int | None] = integer(N_("年度"), required=True, by_step=True, list_order=2)
    volume_no: Mapped[int | None] = integer(N_("册次"), required=True, by_step=True, list_order=3)
    state: Mapped[str | None] = choice(
        N_("状态"), "volume_state", by_step=True, default_value=OPEN, list_order=4
    )
    paper_size: Mapped[str | None] = text(N_("纸张"), max_length=4, by_step=True)
    retention_years: Mapped[int | None] = integer(N_("保管期限（年）"), by_step=True)
    opened_on: Mapped[date | None] = day(N_("开册日期"), by_step=True)
    first_row_no: Mapped[int | None] = integer(N_("起始行"), by_step=True)
    first_page_no: Mapped[int | None] = integer(N_("起始页"), by_step=True)
    closed_on: Mapped[date | None] = day(N_("封存日期"), by_step=True, list_order=5)
    last_row_no: Mapped[int | None] = integer(N_("末行"), by_step=True)
    last_page_no: Mapped[int | None] = integer(N_("末页"), by_step=True, list_order=6)
    rows_hash: Mapped[str | None] = text(N_("内容校验值"), max_length=64, by_step=True)
    pages_hash: Mapped[str | None] = text(N_("正文校验值"), max_length=64, by_step=True)
    binding_hash: Mapped[str | None] = text(N_("装订页校验值"), max_length=64, by_step=True)
    note: Mapped[str | None] = long_text(N_("备考"), max_length=600, by_step=True)


class LedgerPrinting(Record):
    """One print into an open volume: which lines went onto which pages; void when its sheets were thrown away.

    `rows_hash` names the lines as they were printed, `pages_hash` the PDF that was printed. Inserted only.
    """

    __tablename__ = "ledger_printing"
    kind_info = KindInfo(
        label=N_("台账打印"),
        area=AREA,
        insert_only=True,
        title=("first_row_no", "last_row_no"),
        day="printed_on",
    )

    volume_id: Mapped[str | None] = link(N_("所属台账册"), "ledger_volume", required=True, by_step=True)
    printed_on: Mapped[date | None] = day(N_("打印日期"), required=True, by_step=True, list_order=1)
    first_row_no: Mapped[int | None] = integer(N_("起始行"), by_step=True, list_order=2)
    last_row_no: Mapped[int | None] = integer(N_("末行"), by_step=True, list_order=3)
    first_page_no: Mapped[int | None] = integer(N_("起始页"), by_step=True, list_order=4)
    last_page_no: Mapped[int | None] = integer(N_("末页"), by_step=True, list_order=5)
    rows_hash: Mapped[str | None] = text(N_("内容校验值"), max_length=64, by_step=True)
    pages_hash: Mapped[str | None] = text(N_("正文校验值"), max_length=64, by_step=True)


TABLES: tuple[type[Record], ...] = (LedgerVolume, LedgerPrinting)
