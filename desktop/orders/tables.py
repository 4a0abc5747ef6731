"""The order, and what is done about it."""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy.orm import Mapped

from desktop.base.text import N_
from desktop.database.codes import CodeList
from desktop.database.fields import (
    choice,
    clock_time,
    day,
    instant,
    integer,
    link,
    links,
    long_text,
    person_name,
    text,
)
from desktop.database.record import Children, KindInfo, Record
from desktop.orders import rules

CODES = (
    CodeList(
        "order_source",
        N_("工单来源"),
        {
            "01": N_("晨会指令"),
            "02": N_("综合指挥室"),
            "03": N_("镇综治中心"),
            "04": N_("12345"),
            "05": N_("110"),
            "06": N_("县局专项"),
            "07": N_("群众诉求"),
            "99": N_("其他"),
        },
    ),
    CodeList(
        "order_class",
        N_("工单类别"),
        {
            "01": N_("走访核查"),
            "02": N_("纠纷调处"),
            "03": N_("隐患整改"),
            "04": N_("巡逻防范"),
            "05": N_("宣传"),
            "06": N_("服务群众"),
            "07": N_("信息报送"),
            "99": N_("其他"),
        },
    ),
    CodeList(
        "order_urgency",
        N_("工单紧急程度"),
        {rules.MOST_URGENT: N_("特急"), rules.URGENT: N_("紧急"), rules.ORDINARY: N_("一般")},
    ),
    CodeList("order_side", N_("哪一边"), {rules.BY_COUNTY: N_("县局"), rules.BY_ROOM: N_("警务室")}),
    CodeList(
        "order_state",
        N_("工单状态"),
        {
            rules.ISSUED: N_("已签发"),
            rules.DECLINED: N_("已退签"),
            rules.SIGNED: N_("已签收"),
            rules.IN_HAND: N_("办理中"),
            rules.FED_BACK: N_("已反馈"),
            rules.SENT_BACK: N_("退回重办"),
            rules.CLOSED: N_("已办结"),
            rules.WITHDRAWN: N_("已撤回"),
            rules.ARCHIVED: N_("已归档"),
        },
    ),
    CodeList(
        "order_step",
        N_("工单步骤"),
        {
            "sign": N_("签收"),
            "decline": N_("退签"),
            "reissue": N_("重新下发"),
            "assign": N_("转派、协办"),
            "record_progress": N_("办理"),
            "ask_extension": N_("申请延期"),
            "grant_extension": N_("同意延期"),
            "deny_extension": N_("不同意延期"),
            "feed_back": N_("办结反馈"),
            "verify": N_("核验通过"),
            "send_back": N_("退回重办"),
            "withdraw": N_("撤回"),
            "urge": N_("催办"),
            "archive": N_("归档"),
        },
    ),
    CodeList("order_verdict", N_("核验结论"), {rules.PASSED: N_("通过"), rules.FAILED: N_("退回")}),
    CodeList("notice_class", N_("通知类别"), {"1": N_("通知"), "2": N_("通报"), "3": N_("转办告知")}),
    CodeList("notice_state", N_("阅知情况"), {rules.UNREAD: N_("待阅"), rules.READ: N_("已阅")}),
    CodeList(
        "referral_target",
        N_("转到哪里"),
        {rules.TO_ROOM: N_("其他警务室"), rules.TO_STATION: N_("派出所"), rules.TO_TOWN: N_("镇综治中心")},
    ),
    CodeList(
        "referral_state",
        N_("转办状态"),
        {
            rules.REQUESTED: N_("等县局转办"),
            rules.CARRIED_OUT: N_("已转办"),
            rules.TURNED_DOWN: N_("不予转办"),
        },
    ),
    CodeList(
        "order_effect",
        N_("步骤的效果"),
        {
            rules.ALREADY_DONE: N_("没有改变状态：当时已办到后面的步骤"),
            rules.AFTER_WITHDRAWAL: N_("没有改变状态：工单当时已撤回"),
            rules.AFTER_CLOSING: N_("没有改变状态：工单当时已办结"),
            rules.TOO_EARLY: N_("没有改变状态：工单当时退回了前面的步骤"),
            rules.NOT_THEIRS: N_("不生效：这一步不由这一边办"),
        },
    ),
)


class WorkOrder(Record):
    """One order; written once by whoever issues it, corrected by a new version of his only.

    The columns after `note` follow from its events on each PC and never travel.
    """

    __tablename__ = "work_order"
    kind_info = KindInfo(
        label=N_("工单"),
        area="orders",
        letter="W",
        insert_only=True,
        title=("title",),
        day="issued_on",
        state="state",
        children=(
            Children(
                "events",
                N_("办理过程"),
                "order_event",
                "order_id",
                by_step=True,
                shows=(
                    "at",
                    "side",
                    "step",
                    "person",
                    "staff_id",
                    "helper_ids",
                    "words",
                    "until_on",
                    "effect",
                ),
            ),
        ),
        check=rules.order_problems,
        may_write=rules.may_write_order,
        shows_arrival=True,
        grows_from=("request", "visit", "patrol", "hazard"),
        empty_hint=N_("县局、派出所派来的工单会到这里；本室自己派的活也在这里登记，一件一张，跟到核验办结。"),
    )

    title: Mapped[str | None] = text(
        N_("标题"), required=True, search=True, list_order=1, ledger_mm=36, example="核查二组路灯损坏情况"
    )
    source: Mapped[str | None] = choice(
        N_("来源"), "order_source", required=True, list_order=6, ledger_mm=18, example="综合指挥室"
    )
    order_class: Mapped[str | None] = choice(N_("类别"), "order_class", ledger_mm=16, example="服务群众")
    urgency: Mapped[str | None] = choice(
        N_("紧急程度"),
        "order_urgency",
        required=True,
        default_value=rules.ORDINARY,
        list_order=2,
        ledger_mm=12,
        help=N_("特急半小时内签收，紧急两小时内，一般下一个工作日内。"),
        example="一般",
    )
    content: Mapped[str | None] = long_text(
        N_("内容"),
        required=True,
        search=True,
        ledger_mm=50,
        help=N_("写清办什么、办到什么程度；涉及未成年人的不写姓名。"),
        example="到二组路口看路灯损坏情况，联系村委会维修，三日内反馈。",
    )
    issuer_name: Mapped[str | None] = person_name(
        N_("签发人"), default="actor_name", ledger_mm=16, example="马建国"
    )
    issued_on: Mapped[date | None] = day(
        N_("签发日期"), required=True, default="today", list_order=4, ledger_mm=20, example="2026-03-05"
    )
    issued_time: Mapped[time | None] = clock_time(N_("签发时间"), default="now", example="08:30")
    unit: Mapped[str | None] = text(N_("承办单位"), max_length=60, example="石桥村警务室")
    staff_id: Mapped[str | None] = link(
        N_("指定承办人"), "staff_member", help=N_("不指定的，由签收的人定。"), example="马建国"
    )
    helpers: Mapped[str | None] = text(N_("协办"), max_length=100, example="村委会")
    due_on: Mapped[date | None] = day(
        N_("要求完成日期"), required=True, list_order=5, ledger_mm=20, example="2026-03-08"
    )
    due_time: Mapped[time | None] = clock_time(
        N_("要求完成时间"), help=N_("不写就是当天结束前。"), example="18:00"
    )
    related: Mapped[str | None] = text(
        N_("关联记录"),
        max_length=100,
        search=True,
        help=N_("别的系统里的编号、案卷号等。"),
        example="12345-2026-0317",
    )
    note: Mapped[str | None] = long_text(N_("备注"), max_length=300)
    side: Mapped[str | None] = choice(N_("签发方"), "order_side", by_step=True)

    state: Mapped[str | None] = choice(N_("状态"), "order_state", by_step=True, derived=True, list_order=3)
    signed_at: Mapped[datetime | None] = instant(N_("签收时间"), by_step=True, derived=True, ledger_mm=22)
    signed_by: Mapped[str | None] = person_name(N_("签收人"), by_step=True, derived=True)
    arrived_at: Mapped[datetime | None] = instant(N_("送达警务室"), by_step=True, derived=True)
    handler_id: Mapped[str | None] = link(
        N_("承办人"), "staff_member", by_step=True, derived=True, list_order=7, ledger_mm=18
    )
    helper_ids: Mapped[list[str]] = links(N_("协办人"), "staff_member", by_step=True, derived=True)
    extended_to_on: Mapped[date | None] = day(N_("延期到"), by_step=True, derived=True, ledger_mm=20)
    extended_to_time: Mapped[time | None] = clock_time(N_("延期到（时间）"), by_step=True, derived=True)
    pending_on: Mapped[date | None] = day(N_("申请延期到"), by_step=True, derived=True)
    pending_time: Mapped[time | None] = clock_time(N_("申请延期到（时间）"), by_step=True, derived=True)
    fed_back_at: Mapped[datetime | None] = instant(N_("反馈时间"), by_step=True, derived=True, ledger_mm=22)
    feedback: Mapped[str | None] = long_text(N_("反馈内容"), by_step=True, derived=True, search=True)
    verdict: Mapped[str | None] = choice(
        N_("核验结论"), "order_verdict", by_step=True, derived=True, ledger_mm=12
    )
    verdict_words: Mapped[str | None] = text(N_("核验意见"), max_length=300, by_step=True, derived=True)
    verified_by: Mapped[str | None] = person_name(N_("核验人"), by_step=True, derived=True)
    verified_at: Mapped[datetime | None] = instant(N_("核验时间"), by_step=True, derived=True)
    closed_at: Mapped[datetime | None] = instant(N_("办结时间"), by_step=True, derived=True, ledger_mm=22)
    withdrawn_at: Mapped[datetime | None] = instant(N_("撤回时间"), by_step=True, derived=True)
    urged_at: Mapped[datetime | None] = instant(N_("催办时间"), by_step=True, derived=True)
    reissued_at: Mapped[datetime | None] = instant(N_("重新下发时间"), by_step=True, derived=True)
    sent_back_count: Mapped[int | None] = integer(N_("退回次数"), by_step=True, derived=True)
    archive_no: Mapped[str | None] = text(N_("归档号"), max_length=40, by_step=True, derived=True)


class OrderEvent(Record):
    """One thing done about an order; written by the side that did it and never changed.

    `seen_ids` are the events that its doer had before him; `effect` follows on each PC and says why it did nothing.
    """

    __tablename__ = "order_event"
    kind_info = KindInfo(
        label=N_("工单步骤"),
        area="orders",
        insert_only=True,
        title=("step",),
        parent="order_id",
        may_write=rules.may_write_event,
        shows_arrival=True,
    )

    order_id: Mapped[str | None] = link(N_("工单"), "work_order", by_step=True)
    at: Mapped[datetime | None] = instant(N_("时间"), by_step=True)
    side: Mapped[str | None] = choice(N_("哪一边"), "order_side", by_step=True)
    step: Mapped[str | None] = choice(N_("步骤"), "order_step", by_step=True)
    person: Mapped[str | None] = person_name(N_("办理的人"), by_step=True)
    staff_id: Mapped[str | None] = link(N_("承办人"), "staff_member", by_step=True)
    helper_ids: Mapped[list[str]] = links(N_("协办人"), "staff_member", by_step=True)
    words: Mapped[str | None] = long_text(N_("内容"), max_length=2000, by_step=True)
    until_on: Mapped[date | None] = day(N_("期限"), by_step=True)
    until_time: Mapped[time | None] = clock_time(N_("期限（时间）"), by_step=True)
    archive_no: Mapped[str | None] = text(N_("归档号"), max_length=40, by_step=True)
    arrived_at: Mapped[datetime | None] = instant(N_("工单送达时间"), by_step=True)
    issuer: Mapped[str | None] = choice(N_("签发方"), "order_side", by_step=True)
    seen_ids: Mapped[list[str]] = links(N_("此前的步骤"), "order_event", by_step=True)
    effect: Mapped[str | None] = choice(N_("效果"), "order_effect", by_step=True, derived=True)


class Notice(Record):
    """One notice or bulletin of the county, written into each room's scope; corrected by the county only."""

    __tablename__ = "notice"
    kind_info = KindInfo(
        label=N_("通知通报"),
        area="notices",
        letter="N",
        insert_only=True,
        owner="county",
        title=("title",),
        day="issued_on",
        state="state",
        children=(
            Children(
                "readings", N_("阅知"), "notice_reading", "notice_id", by_step=True, shows=("at", "person")
            ),
        ),
        shows_arrival=True,
        grows_from=("request", "dispute", "hazard"),
        empty_hint=N_("县局发来的通知、通报在这里，看过点“已阅”。"),
    )

    title: Mapped[str | None] = text(
        N_("标题"), required=True, search=True, list_order=1, example="关于做好汛期值守的通知"
    )
    notice_class: Mapped[str | None] = choice(
        N_("类别"), "notice_class", required=True, default_value="1", list_order=3, example="通知"
    )
    content: Mapped[str | None] = long_text(
        N_("内容"), required=True, search=True, example="汛期每天两人值守，夜间巡查水域。"
    )
    issuer_name: Mapped[str | None] = person_name(N_("签发人"), default="actor_name", example="马建国")
    issued_on: Mapped[date | None] = day(
        N_("签发日期"), required=True, default="today", list_order=4, example="2026-03-05"
    )
    state: Mapped[str | None] = choice(
        N_("阅知情况"), "notice_state", by_step=True, derived=True, list_order=2
    )


class NoticeReading(Record):
    """Somebody of the room has read a notice; written by the room, never changed."""

    __tablename__ = "notice_reading"
    kind_info = KindInfo(
        label=N_("已阅"),
        area="notices",
        insert_only=True,
        title=("person",),
        parent="notice_id",
        may_write=rules.may_write_as_room,
        shows_arrival=True,
    )

    notice_id: Mapped[str | None] = link(N_("通知通报"), "notice", by_step=True)
    at: Mapped[datetime | None] = instant(N_("时间"), by_step=True)
    person: Mapped[str | None] = person_name(N_("阅知人"), by_step=True)


class Referral(Record):
    """The room asks that a matter (its `origin`) be handed to another room, the station or the town."""

    __tablename__ = "referral"
    kind_info = KindInfo(
        label=N_("转办"),
        area="orders",
        letter="Z",
        insert_only=True,
        title=("title",),
        day="requested_on",
        state="state",
        children=(
            Children(
                "outcomes",
                N_("转办结果"),
                "referral_outcome",
                "referral_id",
                by_step=True,
                shows=("at", "person", "outcome", "to_room", "copy_no", "words"),
            ),
        ),
        may_write=rules.may_write_as_room,
        shows_arrival=True,
        grows_from=("request", "dispute", "hazard"),
        empty_hint=N_("该别的警务室、派出所、镇里办的事，在原记录上点“申请转办”，由县局转过去。"),
    )

    title: Mapped[str | None] = text(N_("事项"), by_step=True, search=True, list_order=1)
    referral_target: Mapped[str | None] = choice(N_("转到"), "referral_target", by_step=True, list_order=3)
    to_room: Mapped[str | None] = text(N_("警务室代码"), max_length=40, by_step=True)
    words: Mapped[str | None] = long_text(N_("理由"), max_length=500, by_step=True)
    requested_on: Mapped[date | None] = day(N_("申请日期"), by_step=True, list_order=4)
    state: Mapped[str | None] = choice(N_("状态"), "referral_state", by_step=True, derived=True, list_order=2)


class ReferralOutcome(Record):
    """What the county did about a request: the closing event in the old room; the copy lies in the new one's scope."""

    __tablename__ = "referral_outcome"
    kind_info = KindInfo(
        label=N_("转办结果"),
        area="orders",
        insert_only=True,
        owner="county",
        title=("outcome",),
        parent="referral_id",
        shows_arrival=True,
    )

    referral_id: Mapped[str | None] = link(N_("转办"), "referral", by_step=True)
    at: Mapped[datetime | None] = instant(N_("时间"), by_step=True)
    person: Mapped[str | None] = person_name(N_("办理的人"), by_step=True)
    outcome: Mapped[str | None] = choice(N_("结果"), "referral_state", by_step=True)
    to_room: Mapped[str | None] = text(N_("警务室代码"), max_length=40, by_step=True)
    copy_no: Mapped[str | None] = text(N_("对方编号"), max_length=40, by_step=True)
    words: Mapped[str | None] = long_text(N_("说明"), max_length=500, by_step=True)


TABLES: tuple[type[Record], ...] = (
    WorkOrder,
    OrderEvent,
    Notice,
    NoticeReading,
    Referral,
    ReferralOutcome,
)
