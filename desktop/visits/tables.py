"""The two registers of a visit: the visit itself and the requests that people raise."""

from __future__ import annotations

from datetime import date, time

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from desktop.base.text import N_
from desktop.database.codes import CodeList
from desktop.database.fields import (
    boolean,
    choice,
    choices,
    clock_time,
    day,
    integer,
    link,
    links,
    long_text,
    person_name,
    phone,
    text,
)
from desktop.database.record import Children, KindInfo, Record
from desktop.visits import rules

# `satisfaction` is the list of the follow-ups of mediation, below us: one scale in all ledgers.
CODES = (
    CodeList(
        "visit_object",
        N_("走访对象类型"),
        {
            rules.FARM_HOUSEHOLD: N_("农户"),
            "02": N_("单位"),
            "03": N_("商铺"),
            "04": N_("学校"),
            "05": N_("企业"),
            "06": N_("困难家庭关怀"),
            "07": N_("当事人回访"),
            "99": N_("其他"),
        },
    ),
    CodeList(
        "visit_type",
        N_("走访类型"),
        {
            "01": N_("日常"),
            "02": N_("大走访"),
            "03": N_("回访"),
            "04": N_("节日慰问"),
            "05": N_("专项宣传"),
            "06": N_("恳谈会"),
            "07": N_("单位走访"),
        },
    ),
    CodeList(
        "visit_mode",
        N_("走访方式"),
        {
            rules.AT_HOME: N_("入户"),
            rules.BY_PHONE: N_("电话"),
            rules.GATHERING: N_("集中"),
            rules.VILLAGE_ENTRANCE: N_("村口会"),
        },
    ),
    CodeList(
        "visit_result",
        N_("走访结果"),
        {
            rules.VISITED: N_("已访"),
            rules.NOT_MET: N_("未遇"),
            rules.DECLINED: N_("拒访"),
            rules.EMPTY: N_("空户"),
        },
    ),
    CodeList(
        "visit_topic",
        N_("走访内容"),
        {
            "01": N_("政策法律宣传"),
            "02": N_("反诈"),
            "03": N_("防火防盗"),
            "04": N_("交通"),
            "05": N_("禁毒"),
            "06": N_("防溺水"),
            "07": N_("征求意见"),
            "08": N_("便民"),
            "99": N_("其他"),
        },
    ),
    CodeList(
        "request_source",
        N_("诉求来源"),
        {
            rules.FROM_VISIT: N_("走访"),
            "02": N_("群众来访"),
            "03": N_("电话"),
            "04": N_("村干部/网格员"),
            "05": N_("上级交办"),
            "99": N_("其他"),
        },
    ),
    CodeList(
        "request_class",
        N_("诉求类别"),
        {
            "01": N_("户政"),
            "02": N_("治安"),
            "03": N_("邻里"),
            "04": N_("土地水利"),
            "05": N_("道路设施"),
            "06": N_("环境"),
            "07": N_("政策"),
            "08": N_("帮扶"),
            "99": N_("其他"),
        },
    ),
    CodeList(
        "request_state",
        N_("诉求状态"),
        {
            rules.REGISTERED: N_("已登记"),
            rules.IN_HAND: N_("办理中"),
            rules.FINISHED: N_("已办结"),
            rules.TOLD_BACK: N_("已反馈"),
        },
    ),
    CodeList(
        "feedback_mode", N_("反馈方式"), {"1": N_("上门"), "2": N_("电话"), "3": N_("约见"), "4": N_("当场")}
    ),
)


# "Who is next" asks for the last day of every household; with these the answer lies in the index alone.
_SEEN = ("visited_on", "result", "is_superseded", "is_void", "is_deleted")


class Visit(Record):
    """One call at one household, premises or meeting; entered by who was there, corrected by a new version only."""

    __tablename__ = "visit"
    __table_args__ = (
        Index("ix_visit_household_seen", "household_id", *_SEEN),
        Index("ix_visit_premises_seen", "premises_id", *_SEEN),
    )
    kind_info = KindInfo(
        label=N_("走访"),
        area="visits",
        letter="V",
        insert_only=True,
        title=("serial_no", "object_name", "place"),
        day="visited_on",
        children=(
            Children(
                "requests",
                N_("诉求"),
                "request",
                "visit_id",
                help=N_("群众当面提出、要有人办的事，一件一行；登记后会自己走办理流程。"),
                carry=(
                    ("visited_on", "raised_on"),
                    ("area_id", "area_id"),
                    ("place", "place"),
                    ("received_by", "requester_name"),
                    ("received_phone", "phone"),
                ),
            ),
        ),
        check=rules.visit_problems,
        grows_from=("people_mediation", "dispute"),
        empty_hint=N_(
            "每走访一户或一个单位场所，在这里记一条。遇到纠纷、隐患、诉求，从这一条里直接转出，不用再抄。"
        ),
    )

    visited_on: Mapped[date | None] = day(
        N_("走访日期"), required=True, default="today", list_order=1, ledger_mm=20, example="2026-03-05"
    )
    start_time: Mapped[time | None] = clock_time(N_("开始时间"), example="09:30")
    end_time: Mapped[time | None] = clock_time(N_("结束时间"), example="10:00")
    object_type: Mapped[str | None] = choice(
        N_("对象类型"),
        "visit_object",
        required=True,
        default_value=rules.FARM_HOUSEHOLD,
        list_order=5,
        ledger_mm=16,
        example="农户",
    )
    household_id: Mapped[str | None] = link(
        N_("走访的户"),
        "household",
        list_order=2,
        ledger_mm=28,
        help=N_("按门牌选；还没登记的户填“对象名称”。"),
        example="青石村一组12号",
    )
    premises_id: Mapped[str | None] = link(
        N_("走访的单位场所"),
        "premises",
        list_order=3,
        help=N_("户和单位场所只选一个。"),
        example="青石村便民超市",
    )
    object_name: Mapped[str | None] = text(
        N_("对象名称"),
        search=True,
        list_order=4,
        personal="personal",
        help=N_("户或单位场所没有登记过时，在这里写户主姓名或单位名称。"),
        example="欧阳石头",
    )
    area_id: Mapped[str | None] = link(
        N_("村组网格"), "area", ledger_mm=22, help=N_("选了户或单位场所的可以不填。"), example="青石村一组"
    )
    place: Mapped[str | None] = text(
        N_("地址"),
        max_length=100,
        search=True,
        ledger_mm=28,
        help=N_("选了户或单位场所的可以不填。"),
        example="青石村一组12号",
    )
    received_by: Mapped[str | None] = person_name(N_("接待人"), search=True, example="马占山")
    received_relation: Mapped[str | None] = text(N_("与户主关系"), max_length=20, example="本人")
    received_phone: Mapped[str | None] = phone(N_("接待人电话"), example="12000000002")
    staff_ids: Mapped[list[str]] = links(
        N_("走访人"),
        "staff_member",
        required=True,
        default="actor",
        list_order=6,
        ledger_mm=22,
        example="马建国",
    )
    companions: Mapped[str | None] = text(
        N_("陪同人员"), max_length=100, help=N_("村干部、网格员等。"), example="村支书"
    )
    mode: Mapped[str | None] = choice(
        N_("方式"), "visit_mode", required=True, default_value=rules.AT_HOME, ledger_mm=12, example="入户"
    )
    visit_type: Mapped[str | None] = choice(
        N_("走访类型"), "visit_type", required=True, default_value="01", ledger_mm=16, example="日常"
    )
    topics: Mapped[list[str]] = choices(N_("走访内容"), "visit_topic", ledger_mm=30, example="反诈、防火防盗")
    opinions: Mapped[str | None] = long_text(
        N_("社情民意、意见建议"),
        search=True,
        ledger_mm=44,
        help=N_("写群众说了什么事，不写对人的评价。"),
        example="希望把二组路口的路灯修好",
    )
    satisfaction: Mapped[str | None] = choice(N_("满意度"), "satisfaction", ledger_mm=14, example="满意")
    result: Mapped[str | None] = choice(
        N_("结果"),
        "visit_result",
        required=True,
        default_value=rules.VISITED,
        list_order=7,
        ledger_mm=12,
        help=N_("未遇、拒访、空户不用填内容，拒访也不用写理由。"),
        example="已访",
    )
    cards_count: Mapped[int | None] = integer(
        N_("发放联系卡、资料份数"), maximum=10000, help=N_("填一共发了几份。"), example="1"
    )
    next_on: Mapped[date | None] = day(N_("下次计划日期"), example="2026-04-05")
    next_plan: Mapped[str | None] = text(N_("下次计划"), max_length=200, example="带上户籍表再来")
    note: Mapped[str | None] = long_text(N_("备注"), max_length=300, ledger_mm=16)


class Request(Record):
    """One thing that somebody asks the room for, at a visit or on his own way; moved on by its steps, never deleted."""

    __tablename__ = "request"
    kind_info = KindInfo(
        label=N_("诉求"),
        area="visits",
        letter="Q",
        title=("serial_no", "requester_name"),
        day="raised_on",
        state="state",
        check=rules.request_problems,
        grows_from=("visit", "patrol", "patrol_finding"),
        empty_hint=N_("群众提出、要有人办的事登记在这里：谁承办、几号前办好、结果有没有告诉本人，一目了然。"),
    )

    raised_on: Mapped[date | None] = day(
        N_("登记日期"), required=True, default="today", list_order=1, ledger_mm=20, example="2026-03-05"
    )
    source: Mapped[str | None] = choice(
        N_("来源"), "request_source", ledger_mm=18, help=N_("走访时提出的会自己填上。"), example="群众来访"
    )
    visit_id: Mapped[str | None] = link(N_("走访"), "visit", help=N_("走访时提出的会自己填上。"))
    area_id: Mapped[str | None] = link(N_("村组网格"), "area", ledger_mm=22, example="青石村一组")
    place: Mapped[str | None] = text(N_("地点"), max_length=100, search=True, example="青石村一组12号")
    requester_name: Mapped[str | None] = person_name(
        N_("诉求人"), search=True, list_order=2, ledger_mm=20, example="马占山"
    )
    phone: Mapped[str | None] = phone(N_("联系电话"), example="12000000002")
    request_class: Mapped[str | None] = choice(
        N_("类别"), "request_class", required=True, list_order=3, ledger_mm=16, example="道路设施"
    )
    content: Mapped[str | None] = long_text(
        N_("内容"),
        max_length=300,
        required=True,
        search=True,
        list_order=4,
        ledger_mm=48,
        example="二组路口的路灯坏了半个月，晚上看不见路",
    )
    expectation: Mapped[str | None] = text(N_("希望怎么解决"), max_length=200, example="尽快换灯")
    state: Mapped[str | None] = choice(
        N_("状态"), "request_state", by_step=True, default_value=rules.REGISTERED, list_order=7
    )
    staff_id: Mapped[str | None] = link(
        N_("承办人"), "staff_member", by_step=True, list_order=5, ledger_mm=18
    )
    due_on: Mapped[date | None] = day(N_("办理时限"), by_step=True, list_order=6, ledger_mm=20)
    progress: Mapped[str | None] = long_text(N_("办理情况"), by_step=True, ledger_mm=44)
    is_answered_on_the_spot: Mapped[bool | None] = boolean(N_("当场答复"), by_step=True)
    finished_on: Mapped[date | None] = day(N_("办结日期"), by_step=True, ledger_mm=20)
    finish_result: Mapped[str | None] = long_text(N_("办理结果"), max_length=300, by_step=True)
    feedback_mode: Mapped[str | None] = choice(N_("反馈方式"), "feedback_mode", by_step=True, ledger_mm=12)
    told_on: Mapped[date | None] = day(N_("反馈日期"), by_step=True, ledger_mm=20)
    satisfaction: Mapped[str | None] = choice(N_("满意度"), "satisfaction", by_step=True, ledger_mm=14)
    note: Mapped[str | None] = long_text(N_("备注"), max_length=300)


TABLES: tuple[type[Record], ...] = (Visit, Request)
