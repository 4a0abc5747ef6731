"""Teams, shifts, leaves, sign-ins, patrols and what patrols met, with their declared fields."""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy.orm import Mapped

from desktop.base.text import N_
from desktop.database.codes import CodeList
from desktop.database.fields import (
    choice,
    clock_time,
    code,
    day,
    instant,
    integer,
    link,
    links,
    long_text,
    phone,
    text,
)
from desktop.database.record import Children, KindInfo, Record
from desktop.patrol import rules

CODES = (
    CodeList(
        "duty_type",
        N_("勤务类型"),
        {
            "01": N_("治安巡逻"),
            "02": N_("义务巡防"),
            "03": N_("联户守夜"),
            "04": N_("护学岗"),
            "05": N_("夏夜治安服务台"),
            "06": N_("夜市护航"),
            "07": N_("值班接待"),
            "08": N_("备勤"),
            "09": N_("节日/活动安保"),
            "10": N_("防溺水/防火巡查"),
        },
    ),
    CodeList(
        "team_type",
        N_("队伍类型"),
        {
            "1": N_("专职巡防队"),
            "2": N_("义务巡防队"),
            "3": N_("保安"),
            "4": N_("志愿者队伍"),
            "9": N_("其他"),
        },
    ),
    CodeList("shift_state", N_("排班状态"), {rules.DRAFT: N_("编排中"), rules.PUBLISHED: N_("已发布")}),
    CodeList(
        "leave_kind",
        N_("请假类别"),
        {
            "1": N_("年休假"),
            "2": N_("病假"),
            "3": N_("事假"),
            "4": N_("补休"),
            "5": N_("学习培训"),
            "9": N_("其他"),
        },
    ),
    CodeList("sign_mode", N_("签到方式"), {"1": N_("手签"), "2": N_("代登"), "3": N_("刷卡")}),
    CodeList(
        "attendance",
        N_("出勤"),
        {
            rules.PRESENT: N_("正常"),
            rules.LATE: N_("迟到"),
            rules.LEFT_EARLY: N_("早退"),
            rules.LATE_AND_EARLY: N_("迟到并早退"),
            rules.ABSENT: N_("缺勤"),
        },
    ),
    CodeList(
        "patrol_mode",
        N_("巡逻方式"),
        {"1": N_("步巡"), "2": N_("车巡"), "3": N_("骑巡"), "4": N_("混合")},
    ),
    CodeList(
        "finding_class",
        N_("异常类别"),
        {
            "01": N_("火情烟雾"),
            "02": N_("道路障碍"),
            "03": N_("设施损坏"),
            "04": N_("门窗未关"),
            "05": N_("纠纷"),
            "06": N_("求助走失"),
            "07": N_("噪声"),
            "08": N_("可疑情况（已报）"),
            "09": N_("牲畜"),
            "10": N_("天气灾害"),
            "99": N_("其他"),
        },
    ),
)


class Team(Record):
    """One patrol or volunteer team; entered by the clerk, kept up to date in place, dissolved and never deleted."""

    __tablename__ = "team"
    kind_info = KindInfo(
        label=N_("队伍"),
        area="patrol",
        title=("name",),
        codes=("name",),
        check=rules.team_problems,
        empty_hint=N_("这里登记巡防队、义务队。登记队员以后，可以按队伍自动排出一个月的班。"),
    )

    name: Mapped[str | None] = code(
        N_("队伍名称"), required=True, search=True, list_order=1, ledger_mm=36, example="上河村义务巡防队"
    )
    team_type: Mapped[str | None] = choice(
        N_("队伍类型"), "team_type", required=True, list_order=2, ledger_mm=22
    )
    leader_id: Mapped[str | None] = link(N_("负责人"), "staff_member", list_order=3, ledger_mm=20)
    leader_phone: Mapped[str | None] = phone(N_("负责人电话"), example="12000000002")
    area_id: Mapped[str | None] = link(N_("所属村组"), "area", list_order=4)
    staff_ids: Mapped[list[str]] = links(
        N_("队员"), "staff_member", help=N_("先在“人员”里登记，再到这里选；自动排班从这些人里轮")
    )
    patrol_area: Mapped[str | None] = text(N_("巡逻区域"), max_length=100, search=True, ledger_mm=40)
    unit_name: Mapped[str | None] = text(N_("所属单位"), example="上河村村委会")
    formed_on: Mapped[date | None] = day(N_("组建日期"), list_order=5)
    dissolved_on: Mapped[date | None] = day(N_("撤销日期"))
    dissolve_reason: Mapped[str | None] = text(N_("撤销原因"), max_length=100)
    note: Mapped[str | None] = long_text(N_("备注"), max_length=300)


class Shift(Record):
    """One person's duty on one day: the room's roster is the set of these rows, so two clerks who plan different
    people never meet in one row.

    Made by the month grid, by an automatic draft or one by one; free to change while a draft, with a reason after it
    was published. It belongs to the day on which it begins.
    """

    __tablename__ = "shift"
    kind_info = KindInfo(
        label=N_("班次"),
        area="patrol",
        title=("shift_on", "place"),
        day="shift_on",
        state="state",
        children=(Children("sign_ins", N_("签到"), "sign_in", "shift_id"),),
        check=rules.shift_problems,
        empty_hint=N_("还没有排班。打开“排班表”，在格子里按字母就能排一个月。"),
    )

    shift_on: Mapped[date | None] = day(
        N_("日期"), required=True, default="today", list_order=1, ledger_mm=20
    )
    staff_id: Mapped[str | None] = link(N_("人员"), "staff_member", required=True, list_order=2, ledger_mm=18)
    duty_type: Mapped[str | None] = choice(
        N_("勤务类型"), "duty_type", required=True, list_order=3, ledger_mm=24
    )
    start_time: Mapped[time | None] = clock_time(
        N_("起"), required=True, list_order=4, ledger_mm=14, example="20:00"
    )
    end_time: Mapped[time | None] = clock_time(
        N_("止"),
        required=True,
        list_order=5,
        ledger_mm=14,
        example="02:00",
        help=N_("比开始早，就是第二天的钟点"),
    )
    place: Mapped[str | None] = text(N_("路线或点位"), max_length=80, search=True, list_order=6, ledger_mm=34)
    team_id: Mapped[str | None] = link(N_("队伍"), "team")
    duty_lead_id: Mapped[str | None] = link(N_("带班领导"), "staff_member", ledger_mm=18)
    equipment: Mapped[str | None] = text(N_("车辆/装备"), max_length=80)
    note: Mapped[str | None] = text(N_("备注"), max_length=100)
    state: Mapped[str | None] = choice(
        N_("排班状态"), "shift_state", by_step=True, default_value=rules.DRAFT, list_order=7
    )
    published_on: Mapped[date | None] = day(N_("发布日期"), by_step=True)
    change_reason: Mapped[str | None] = text(
        N_("调整原因"), max_length=100, by_step=True, help=N_("发布以后换班、调整的原因")
    )


class Leave(Record):
    """Days on which one person is away, both included; corrected in place, voided when the leave is taken back."""

    __tablename__ = "leave"
    kind_info = KindInfo(
        label=N_("请假"),
        area="patrol",
        title=("from_on", "to_on"),
        day="from_on",
        check=rules.leave_problems,
        empty_hint=N_("这里登记谁哪几天不在。排班表会在那几天画斜线，不会排进去。"),
    )

    staff_id: Mapped[str | None] = link(
        N_("请假人"), "staff_member", required=True, list_order=1, ledger_mm=18
    )
    from_on: Mapped[date | None] = day(N_("从"), required=True, default="today", list_order=2, ledger_mm=20)
    to_on: Mapped[date | None] = day(N_("到"), required=True, default="today", list_order=3, ledger_mm=20)
    leave_kind: Mapped[str | None] = choice(
        N_("类别"), "leave_kind", required=True, default_value="9", list_order=4
    )
    approved_by: Mapped[str | None] = text(N_("批准人"), max_length=20)
    note: Mapped[str | None] = text(N_("备注"), max_length=100, help=N_("不写病情"))


class SignIn(Record):
    """How one person came to one shift and left it. Inserted only: leaving is a new version of the row of arriving."""

    __tablename__ = "sign_in"
    kind_info = KindInfo(
        label=N_("签到"),
        area="patrol",
        insert_only=True,
        title=("signed_on",),
        day="signed_on",
        parent="shift_id",
        check=rules.sign_in_problems,
    )

    shift_id: Mapped[str | None] = link(N_("班次"), "shift", required=True)
    signed_on: Mapped[date | None] = day(N_("签到日期"), default="today", list_order=1)
    staff_id: Mapped[str | None] = link(
        N_("到岗人"), "staff_member", list_order=2, help=N_("不填就是班次上的人；替班的人填替班人")
    )
    arrived_at: Mapped[datetime | None] = instant(N_("到岗时间"), list_order=3, ledger_mm=16)
    left_at: Mapped[datetime | None] = instant(N_("离岗时间"), list_order=4, ledger_mm=16)
    sign_mode: Mapped[str | None] = choice(N_("签到方式"), "sign_mode", default_value="1")
    attendance: Mapped[str | None] = choice(N_("出勤"), "attendance", list_order=5, ledger_mm=14)
    note: Mapped[str | None] = text(N_("备注"), max_length=100)


class Patrol(Record):
    """One patrol that took place; written down after it ended, also one without a finding. Inserted only.

    It counts on the day it begins: 2026-03-31 23:00 to 02:00 is a patrol of March.
    """

    __tablename__ = "patrol"
    kind_info = KindInfo(
        label=N_("巡逻记录"),
        area="patrol",
        letter="P",
        insert_only=True,
        title=("patrol_on", "route"),
        day="patrol_on",
        children=(Children("findings", N_("发现情况"), "patrol_finding", "patrol_id"),),
        check=rules.patrol_problems,
        empty_hint=N_("巡逻回来登记一条。没有异常也要登记，“发现情况”空着就是无异常。"),
    )

    patrol_on: Mapped[date | None] = day(
        N_("日期"), required=True, default="today", list_order=1, ledger_mm=20
    )
    shift_id: Mapped[str | None] = link(N_("班次"), "shift", help=N_("按排班巡逻的，选当天的班次"))
    duty_type: Mapped[str | None] = choice(
        N_("类型"), "duty_type", required=True, default_value="01", list_order=2, ledger_mm=20
    )
    start_time: Mapped[time | None] = clock_time(
        N_("开始时间"), required=True, list_order=3, ledger_mm=14, example="23:00"
    )
    end_time: Mapped[time | None] = clock_time(
        N_("结束时间"),
        required=True,
        list_order=4,
        ledger_mm=14,
        example="02:00",
        help=N_("比开始早，就是第二天的钟点；仍算开始那天的巡逻"),
    )
    weather: Mapped[str | None] = text(N_("天气"), max_length=10, example="晴")
    leader_id: Mapped[str | None] = link(
        N_("带队人"), "staff_member", default="actor", list_order=5, ledger_mm=18
    )
    staff_ids: Mapped[list[str]] = links(N_("巡逻人员"), "staff_member", help=N_("不用再填带队人"))
    volunteers_count: Mapped[int | None] = integer(N_("义务队员人数"), maximum=500)
    patrol_mode: Mapped[str | None] = choice(N_("方式"), "patrol_mode", default_value="1", list_order=6)
    route: Mapped[str | None] = text(
        N_("路线"),
        max_length=100,
        required=True,
        search=True,
        list_order=7,
        ledger_mm=36,
        example="村部—学校—东河沿",
    )
    points_count: Mapped[int | None] = integer(N_("到点数"), maximum=500, ledger_mm=12)
    publicity_count: Mapped[int | None] = integer(N_("宣传提醒次数"), maximum=5000)
    helped_count: Mapped[int | None] = integer(N_("帮助群众次数"), maximum=5000, ledger_mm=12)
    handover_note: Mapped[str | None] = long_text(N_("交接事项"), max_length=300, search=True)
    reviewed_by_id: Mapped[str | None] = link(N_("审核"), "staff_member", by_step=True, ledger_mm=18)
    reviewed_on: Mapped[date | None] = day(N_("审核日期"), by_step=True)


class PatrolFinding(Record):
    """One thing out of order that a patrol met, and what was done about it at once. Inserted only.

    What has to be followed up becomes a dispute or a hazard with the patrol as its origin.
    """

    __tablename__ = "patrol_finding"
    kind_info = KindInfo(
        label=N_("发现情况"),
        area="patrol",
        insert_only=True,
        title=("place", "description"),
        parent="patrol_id",
    )

    patrol_id: Mapped[str | None] = link(N_("巡逻记录"), "patrol", required=True)
    finding_class: Mapped[str | None] = choice(N_("类别"), "finding_class", required=True, list_order=1)
    found_time: Mapped[time | None] = clock_time(N_("时间"), list_order=2, example="23:40")
    place: Mapped[str | None] = text(N_("地点"), max_length=60, search=True, list_order=3)
    description: Mapped[str | None] = long_text(
        N_("情况"), max_length=500, required=True, search=True, list_order=4, example="路边一棵树倒在路上"
    )
    handling: Mapped[str | None] = long_text(N_("处置"), max_length=500, list_order=5, ledger_mm=40)
    reported_to: Mapped[str | None] = text(N_("报告对象"), max_length=40, example="派出所值班室")
    reported_time: Mapped[time | None] = clock_time(N_("报告时间"))


TABLES: tuple[type[Record], ...] = (Team, Shift, Leave, SignIn, Patrol, PatrolFinding)
