"""Staff members, papers and prints, which travel; accounts, which belong to one PC and stay on it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from desktop.base.text import N_
from desktop.database.codes import CodeEntry, CodeList
from desktop.database.columns import ListColumn
from desktop.database.fields import (
    attachment,
    choice,
    code,
    day,
    instant,
    integer,
    long_text,
    person_name,
    phone,
    text,
)
from desktop.database.record import Base, KindInfo, Record
from desktop.sync import tables as sync_tables

CODES = (
    CodeList(
        "staff_role",
        N_("岗位"),
        {
            "officer": N_("民警"),
            "auxiliary": N_("辅警"),
            "assistant": N_("警务助理"),
            "clerk": N_("内勤"),
            "mediator": N_("人民调解员"),
            "grid_worker": N_("网格员"),
            "volunteer": N_("志愿者"),
            "chief": N_("所长"),
        },
    ),
    CodeList(
        "staff_state", N_("在岗状态"), {"serving": N_("在岗"), "leave": N_("离岗休假"), "left": N_("已离任")}
    ),
    *sync_tables.CODES,
    CodeList(
        "print_result",
        N_("打印结果"),
        {
            "started": N_("送往打印机（没有记下结果）"),
            "done": N_("全部送出"),
            "cancelled": N_("中途停下"),
            "failed": N_("没有印完"),
        },
    ),
)


class StaffMember(Record):
    """One person who works in or for the room; created by the clerk, corrected in place, never deleted."""

    __tablename__ = "staff_member"
    kind_info = KindInfo(
        label=N_("人员"),
        area="staff",
        title=("name",),
        codes=("badge_no", "name"),
        state="state",
        empty_hint=N_("这里登记在警务室工作的人：民警、辅警、警务助理、调解员。排班和走访都从这里选人。"),
    )

    name: Mapped[str | None] = person_name(
        N_("姓名"), required=True, search=True, list_order=1, ledger_mm=20, example="马占山"
    )
    role: Mapped[str | None] = choice(N_("岗位"), "staff_role", required=True, list_order=2, ledger_mm=18)
    badge_no: Mapped[str | None] = code(N_("警号（编号）"), max_length=20, list_order=3, example="FJ0102")
    phone: Mapped[str | None] = phone(N_("电话"), list_order=4, example="12000000001")
    state: Mapped[str | None] = choice(N_("在岗状态"), "staff_state", default_value="serving", list_order=5)
    serves_from_on: Mapped[date | None] = day(N_("到岗日期"))
    note: Mapped[str | None] = long_text(N_("备注"), max_length=300)


class PrintedPaper(Record):
    """One printing of one paper, bound to the version of the record that it was printed from; inserted only."""

    __tablename__ = "printed_paper"
    kind_info = KindInfo(
        label=N_("打印记录"),
        area="people_mediation",
        insert_only=True,
        by_step=True,
        title=("paper_name", "short_code"),
    )

    record_kind: Mapped[str | None] = text(N_("记录类别"), required=True)
    record_id: Mapped[str | None] = code(N_("记录"), required=True)
    paper_name: Mapped[str | None] = text(N_("文书"), required=True, list_order=1)
    record_version: Mapped[int | None] = integer(N_("版本"))
    form_version: Mapped[int | None] = integer(N_("表样版本"))
    short_code: Mapped[str | None] = text(N_("短码"), list_order=2)
    content_hash: Mapped[str | None] = text(N_("内容校验值"), max_length=64)
    copies_count: Mapped[int | None] = integer(N_("份数"))
    printed_on: Mapped[date | None] = day(N_("打印日期"), list_order=3)


class PrintJob(Record):
    """One order to a printer: who, when, what, where, and how it ended. Inserted only.

    The first row is written before anything is sent, so that a power cut leaves a trace; the end corrects it.
    """

    __tablename__ = "print_job"
    kind_info = KindInfo(
        label=N_("打印日志"),
        area="audit",
        insert_only=True,
        by_step=True,
        title=("paper_label", "print_mark"),
        day="printed_on",
        state="print_result",
        empty_hint=N_("每次打印都会记在这里：谁、什么时候、打了什么、打了几页。"),
    )

    printed_on: Mapped[date | None] = day(N_("打印日期"))
    printed_at: Mapped[datetime | None] = instant(N_("打印时间"), list_order=1)
    printed_by: Mapped[str | None] = text(N_("打印人"), search=True, list_order=2)
    paper_label: Mapped[str | None] = text(N_("打印内容"), max_length=120, search=True, list_order=3)
    record_kind: Mapped[str | None] = text(N_("记录类别"))
    record_id: Mapped[str | None] = code(N_("记录"))
    record_version: Mapped[int | None] = integer(N_("版本"))
    content_hash: Mapped[str | None] = code(N_("内容校验值"), max_length=64)
    print_mark: Mapped[str | None] = text(N_("页脚打印标识"), max_length=120, search=True)
    printer_name: Mapped[str | None] = text(N_("打印机"), max_length=120, list_order=4)
    wanted_pages: Mapped[str | None] = text(N_("要打的页"), max_length=400, list_order=5)
    sent_pages: Mapped[str | None] = text(N_("已送出的页"), max_length=400, list_order=6)
    copies_count: Mapped[int | None] = integer(N_("份数"), list_order=7)
    print_result: Mapped[str | None] = choice(N_("打印结果"), "print_result", list_order=8)


class ReservedNumber(Record):
    """One number that was given to a blank form before there is a record to bear it; inserted only.

    Used is a number that a record of its kind bears, spoiled one that was voided here; nothing else is stored.
    """

    __tablename__ = "reserved_number"
    kind_info = KindInfo(
        label=N_("预留编号"),
        area="numbers",
        insert_only=True,
        by_step=True,
        title=("reserved_no",),
        codes=("reserved_no",),
        day="reserved_on",
        empty_hint=N_("停电或下村前，在这里预留编号、打印空白表；回来后照编号补登。"),
    )

    reserved_no: Mapped[str | None] = code(N_("预留的编号"), required=True, search=True, list_order=1)
    record_kind: Mapped[str | None] = text(N_("记录类别"), required=True, list_order=2)
    batch_no: Mapped[str | None] = code(N_("批次"), list_order=3)
    reserved_on: Mapped[date | None] = day(N_("预留日期"), default="today", list_order=4)


class AttachedFile(Record):
    """One file attached to a record; the bytes lie encrypted beside the database under their hash. Inserted only."""

    __tablename__ = "attached_file"
    kind_info = KindInfo(
        label=N_("附件"),
        area="attachments",
        insert_only=True,
        by_step=True,
        title=("file_name",),
        codes=("file_name",),
    )

    record_kind: Mapped[str | None] = text(N_("记录类别"), required=True)
    record_id: Mapped[str | None] = code(N_("记录"), required=True)
    file_name: Mapped[str | None] = text(N_("文件名"), max_length=120, required=True, list_order=1)
    sha256: Mapped[str | None] = attachment(N_("校验值"))
    size_bytes: Mapped[int | None] = integer(N_("大小"), list_order=2)
    purpose: Mapped[str | None] = text(N_("用途"), max_length=40, list_order=3)
    # Only the county's word says that bytes of one room are another's as well: else a room that knows a hash could
    # ask for a stranger's file.
    copied_from: Mapped[str | None] = text(
        N_("转自警务室"), max_length=40, owner="county", by_step=True, help=N_("县局转办时由该室的附件抄来。")
    )


class SettingEntry(Record):
    """The value of one setting, in the scope of the room or of the county that set it."""

    __tablename__ = "setting_entry"
    kind_info = KindInfo(
        label=N_("设置"), area="settings", by_step=True, title=("setting_name",), codes=("setting_name",)
    )

    setting_name: Mapped[str | None] = code(N_("设置项"), max_length=40, required=True, list_order=1)
    setting_value: Mapped[str | None] = text(N_("设置值"), max_length=200, list_order=2)


class Account(Base):
    """One who may log in on this PC; its password lies only in the key file."""

    __tablename__ = "account"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    roles: Mapped[list[str]] = mapped_column(ListColumn(), nullable=True)
    staff_id: Mapped[str | None] = mapped_column(String(36))
    is_disabled: Mapped[bool | None] = mapped_column(Boolean)
    created_at: Mapped[str | None] = mapped_column(String(20))
    note: Mapped[str | None] = mapped_column(Text)


TABLES: tuple[type[Record], ...] = (
    StaffMember,
    PrintedPaper,
    PrintJob,
    ReservedNumber,
    AttachedFile,
    CodeEntry,
    SettingEntry,
    sync_tables.CommitVerdict,
)
