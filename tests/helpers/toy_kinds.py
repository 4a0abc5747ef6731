"""Invented kinds of records with every type of field, for windows that are tried without a room."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Mapped

from desktop.database import fields as f
from desktop.database.codes import CodeList, CodeLists
from desktop.database.fields import Field, FieldType
from desktop.database.record import Children, KindInfo, Record
from desktop.staff.records import Step, Work

CODES = CodeLists(
    [
        CodeList(
            "toy_source",
            "来源",
            {"01": "走访", "02": "巡逻", "03": "群众来访求助", "08": "电话", "99": "其他"},
        ),
        CodeList("toy_state", "状态", {"open": "已登记", "done": "已办结"}),
        CodeList("toy_risk", "风险", {"1": "低", "2": "中", "3": "高"}),
        CodeList("toy_theme", "主题", {"01": "反诈", "02": "防盗", "03": "防火", "05": "防溺水"}),
        CodeList("toy_role", "身份", {"1": "申请方", "2": "被申请方"}),
    ]
)


class ToyVillage(Record):
    """A village to link to."""

    __tablename__ = "toy_village"
    kind_info = KindInfo(label="村组", area="places", title=("name",), codes=("code",))
    name: Mapped[str | None] = f.text("名称", required=True, list_order=1, search=True)
    code: Mapped[str | None] = f.code("代码", list_order=2)


class ToyParty(Record):
    """A party of a matter."""

    __tablename__ = "toy_party"
    kind_info = KindInfo(label="当事人", area="disputes", title=("name",), parent="matter_id")
    matter_id: Mapped[str | None] = f.link("纠纷", "toy_matter")
    role: Mapped[str | None] = f.choice("身份", "toy_role", required=True)
    name: Mapped[str | None] = f.person_name("姓名", required=True, example="王小青")
    identity_no: Mapped[str | None] = f.identity_number("身份证号")
    phone: Mapped[str | None] = f.phone("电话", example="12000000001")
    is_minor: Mapped[bool | None] = f.boolean("未成年")
    address: Mapped[str | None] = f.text("住址", max_length=120)


class ToyMatter(Record):
    """A matter with every type of field."""

    __tablename__ = "toy_matter"
    kind_info = KindInfo(
        label="矛盾纠纷",
        area="disputes",
        letter="J",
        title=("summary",),
        day="happened_on",
        state="state",
        children=(Children("parties", "当事人", "toy_party", "matter_id", required=True, help="双方都要填"),),
        grows_from=("toy_visit",),
        empty_hint="登记的矛盾纠纷会列在这里。走访、巡逻中发现的纠纷也可以直接转过来。",
    )
    state: Mapped[str | None] = f.choice(
        "状态", "toy_state", by_step=True, default_value="open", list_order=5
    )
    happened_on: Mapped[date | None] = f.day(
        "发生日期", required=True, default="today", list_order=2, example="3.5"
    )
    happened_time: Mapped[Any] = f.clock_time("发生时间", example="1530")
    accepted_at: Mapped[datetime | None] = f.instant("受理时间")
    source: Mapped[str | None] = f.choice("来源", "toy_source", required=True, list_order=3)
    reporter: Mapped[str | None] = f.person_name("报告人")
    reporter_no: Mapped[str | None] = f.identity_number("报告人身份证号")
    reporter_phone: Mapped[str | None] = f.phone("联系电话")
    people_count: Mapped[int | None] = f.integer("涉及人数", maximum=9999)
    amount_fen: Mapped[int | None] = f.money("涉及金额（元）")
    is_urgent: Mapped[bool | None] = f.boolean("是否紧急")
    urgent_reason: Mapped[str | None] = f.text(
        "紧急原因", required_when=f.RequiredWhen("is_urgent", ("True",)), help="紧急的要写明原因"
    )
    risk: Mapped[str | None] = f.choice("风险等级", "toy_risk", list_order=4)
    themes: Mapped[list[str] | None] = f.choices("宣传主题", "toy_theme")
    village_id: Mapped[str | None] = f.link("所在村组", "toy_village")
    helper_ids: Mapped[list[str] | None] = f.links("协助村组", "toy_village")
    summary: Mapped[str | None] = f.text("简要情况", required=True, list_order=1, search=True, max_length=100)
    detail: Mapped[str | None] = f.long_text("详细经过", help="时间、地点、人物、起因、经过、结果")


class ToyVisit(Record):
    """A visit that leads to matters."""

    __tablename__ = "toy_visit"
    kind_info = KindInfo(label="走访", area="visits", letter="Z", title=("householder",), day="visited_on")
    visited_on: Mapped[date | None] = f.day("走访日期", required=True, default="today", list_order=2)
    householder: Mapped[str | None] = f.person_name("户主", required=True, list_order=1)
    note: Mapped[str | None] = f.long_text("走访情况", list_order=3)


FIELD_TABLES: tuple[type[Record], ...] = (ToyVisit, ToyMatter, ToyParty, ToyVillage)
CLOSE_INPUTS = (
    Field("办结日期", FieldType.DATE, name="closed_on", required=True, default="today"),
    Field("办结情况", FieldType.LONG_TEXT, name="closing", required=True, max_length=500),
)


def _run_nothing(_work: Work, _record: Any, _values: Mapping[str, Any]) -> None:
    """The fake takes steps itself."""


def _is_open(record: Any) -> bool:
    return bool(record.state == "open")


def _is_done(record: Any) -> bool:
    return bool(record.state == "done")


CLOSE = Step("toy_matter", "close", "办结", _run_nothing, _is_open, inputs=CLOSE_INPUTS)
REOPEN = Step("toy_matter", "reopen", "重新办理", _run_nothing, _is_done)
