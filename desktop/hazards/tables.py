"""The register of hazards."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Mapped

from desktop.base.text import N_
from desktop.database.codes import CodeList
from desktop.database.fields import choice, day, link, links, long_text, person_name, phone, text
from desktop.database.record import KindInfo, Record
from desktop.hazards import rules

CODES = (
    CodeList(
        "hazard_class",
        N_("隐患类别"),
        {
            "01": N_("治安防范"),
            "02": N_("消防通道/器材"),
            "03": N_("用电"),
            "04": N_("燃气"),
            "05": N_("道路交通"),
            "06": N_("水域"),
            "07": N_("建筑"),
            "08": N_("危险化学品/烟花"),
            "09": N_("校园"),
            "10": N_("机械农具"),
            "99": N_("其他"),
        },
    ),
    CodeList("hazard_level", N_("隐患等级"), {"1": N_("一般"), "2": N_("较大"), "3": N_("重大")}),
    CodeList(
        "hazard_source",
        N_("隐患来源"),
        {
            rules.FOUND_AT_VISIT: N_("走访"),
            rules.FOUND_AT_PATROL: N_("巡逻"),
            "03": N_("群众反映"),
            "06": N_("村干部/网格员"),
            "07": N_("上级交办"),
            "10": N_("安全检查"),
            "99": N_("其他"),
        },
    ),
    CodeList(
        "rectify_mode",
        N_("整改方式"),
        {rules.ON_THE_SPOT: N_("当场"), rules.BY_DEADLINE: N_("限期"), rules.BY_REFERRAL: N_("移交")},
    ),
    CodeList(
        "hazard_conclusion",
        N_("复查结论"),
        {
            rules.CONCLUSION_PASSED: N_("合格"),
            rules.CONCLUSION_FAILED: N_("不合格"),
            rules.CONCLUSION_REFERRED: N_("转移交"),
        },
    ),
    CodeList(
        "hazard_state",
        N_("隐患状态"),
        {
            rules.REGISTERED: N_("已登记"),
            rules.RECTIFYING: N_("限期整改中"),
            rules.FAILED: N_("复查不合格"),
            rules.PASSED: N_("合格待销号"),
            rules.REFERRED: N_("已移交"),
            rules.CLOSED: N_("已销号"),
        },
    ),
    CodeList(
        "authority",
        N_("主管部门"),
        {
            "01": N_("消防"),
            "02": N_("应急管理"),
            "03": N_("住建"),
            "04": N_("市场监管"),
            "05": N_("交通"),
            "06": N_("水利"),
            "07": N_("供电"),
            "08": N_("燃气"),
            "09": N_("教育"),
            "10": N_("乡镇政府"),
            "11": N_("派出所"),
            "99": N_("其他"),
        },
    ),
)


class Hazard(Record):
    """One danger at one place; entered by whoever saw it, moved on by its steps, never deleted."""

    __tablename__ = "hazard"
    kind_info = KindInfo(
        label=N_("隐患"),
        area="hazards",
        letter="H",
        title=("serial_no", "place"),
        day="found_on",
        state="state",
        check=rules.hazard_problems,
        grows_from=("visit", "patrol", "patrol_finding", "request"),
        empty_hint=N_("发现隐患后在这里登记：能当场改的当场改，改不了的定期限、去复查、合格后销号。"),
    )

    found_on: Mapped[date | None] = day(
        N_("发现日期"), required=True, default="today", list_order=1, ledger_mm=20, example="2026-03-05"
    )
    source: Mapped[str | None] = choice(N_("来源"), "hazard_source", example="走访")
    area_id: Mapped[str | None] = link(
        N_("村组网格"), "area", list_order=2, ledger_mm=22, example="青石村一组"
    )
    place: Mapped[str | None] = text(
        N_("地点"),
        max_length=100,
        search=True,
        list_order=3,
        ledger_mm=28,
        help=N_("写到别人能找到，例如“一组西头涝池北岸”。"),
        example="青石村一组西头涝池北岸",
    )
    household_id: Mapped[str | None] = link(N_("所在的户"), "household", example="青石村一组12号")
    premises_id: Mapped[str | None] = link(N_("所在的单位场所"), "premises", example="青石村便民超市")
    hazard_class: Mapped[str | None] = choice(
        N_("隐患类别"), "hazard_class", required=True, list_order=4, ledger_mm=20, example="用电"
    )
    hazard_level: Mapped[str | None] = choice(
        N_("等级"),
        "hazard_level",
        required=True,
        default_value="1",
        list_order=5,
        ledger_mm=12,
        example="一般",
    )
    description: Mapped[str | None] = long_text(
        N_("隐患描述"),
        max_length=500,
        required=True,
        search=True,
        ledger_mm=46,
        help=N_("写看到了什么，不写对人的评价。"),
        example="灶房门口电线外皮破损，铜线裸露",
    )
    advice: Mapped[str | None] = long_text(N_("整改建议"), max_length=300, example="更换电线，加装漏电保护器")
    responsible_name: Mapped[str | None] = person_name(
        N_("整改责任人"), search=True, ledger_mm=18, example="马占山"
    )
    responsible_phone: Mapped[str | None] = phone(N_("责任人电话"), example="12000000002")
    staff_ids: Mapped[list[str]] = links(
        N_("发现人"), "staff_member", default="actor", ledger_mm=20, example="马建国"
    )
    state: Mapped[str | None] = choice(
        N_("状态"), "hazard_state", by_step=True, default_value=rules.REGISTERED, list_order=8
    )
    rectify_mode: Mapped[str | None] = choice(N_("整改方式"), "rectify_mode", by_step=True, ledger_mm=12)
    due_on: Mapped[date | None] = day(N_("整改期限"), by_step=True, list_order=6, ledger_mm=20)
    extended_to_on: Mapped[date | None] = day(N_("延期到"), by_step=True, list_order=7)
    extend_reason: Mapped[str | None] = text(N_("延期理由"), max_length=200, by_step=True)
    rectified_note: Mapped[str | None] = long_text(N_("整改情况"), max_length=300, by_step=True)
    rechecked_on: Mapped[date | None] = day(N_("复查日期"), by_step=True, ledger_mm=20)
    recheck_staff_ids: Mapped[list[str]] = links(N_("复查人"), "staff_member", by_step=True)
    conclusion: Mapped[str | None] = choice(N_("复查结论"), "hazard_conclusion", by_step=True, ledger_mm=12)
    referred_to: Mapped[str | None] = choice(N_("移交部门"), "authority", by_step=True)
    referred_on: Mapped[date | None] = day(N_("移交日期"), by_step=True)
    receipt: Mapped[str | None] = text(N_("部门回执"), max_length=200, by_step=True)
    closed_on: Mapped[date | None] = day(N_("销号日期"), by_step=True, ledger_mm=20)
    note: Mapped[str | None] = long_text(N_("备注"), max_length=300)


TABLES: tuple[type[Record], ...] = (Hazard,)
