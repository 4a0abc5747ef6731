"""The recovery sheet: printed once at set-up and sealed in an envelope; opens the data when passwords are forgotten."""

from __future__ import annotations

from pathlib import Path

from desktop.base.days import print_day
from desktop.base.paths import write_file
from desktop.printing.sheets import Groups, TextSheet
from desktop.staff.office import Office
from desktop.staff.rooms import SHEET_NAME


def write_recovery_sheet(office: Office, recovery_key: str) -> Path:
    """Writes the sheet beside the data and returns where; the person prints it and deletes the file."""
    from desktop.printing.fonts import Fonts  # noqa: PLC0415 - ReportLab is loaded when paper is made
    from desktop.printing.text import render_text  # noqa: PLC0415

    path = office.home / SHEET_NAME
    write_file(path, render_text(recovery_sheet(office, recovery_key), Fonts.load(office.fonts_folder)))
    return path


def recovery_sheet(office: Office, recovery_key: str) -> TextSheet:
    """The sheet's content."""
    return TextSheet(
        title="数据恢复单",
        paragraphs=(
            f"单位：{office.place.station}{office.place.name}（{office.place.code}）",
            f"制作日期：{print_day(office.today)}　　制作人：{office.actor.name}",
            "恢复密钥（逐组抄录，不分大小写，横线可不写）：",
            Groups(tuple(recovery_key.split("-"))),
            "用途：所有账号的密码都忘记时，凭本单可以重新设置密码、打开数据。",
            "保管：打印一份，装入信封封存，由所长保管；打印后请删除电脑上的本文件。任何人拿到本单和数据文件就能打开数据。",
            "封存人签名：________________",
            "封存日期：__________________",
        ),
        practice=office.place.practice,
    )
