"""Disputes with their parties, people's mediations with sessions and clauses, seals of what was signed, follow-ups."""

from __future__ import annotations

from datetime import date, time

from sqlalchemy.orm import Mapped

from desktop.base.text import N_
from desktop.database.codes import CodeList
from desktop.database.fields import (
    RequiredWhen,
    boolean,
    choice,
    choices,
    clock_time,
    code,
    day,
    identity_number,
    integer,
    link,
    links,
    long_text,
    money,
    person_name,
    phone as phone_number,
    text,
)
from desktop.database.record import Children, KindInfo, Record
from desktop.mediation import code_lists, rules


class Dispute(Record):
    """One quarrel that the room knows of; created by anybody who works there, moved by steps, never deleted."""

    __tablename__ = "dispute"
    kind_info = KindInfo(
        label=N_("矛盾纠纷"),
        area="disputes",
        letter="D",
        title=("title",),
        day="found_on",
        children=(
            Children(
                "parties",
                N_("当事人"),
                "party",
                "dispute_id",
                required=True,
                help=N_("每一方填一行，单位也是一方"),
            ),
        ),
        state="state",
        check=rules.dispute_problems,
        grows_from=("visit", "patrol", "patrol_finding", "request"),
        empty_hint=N_("这里登记矛盾纠纷。走访、巡逻中发现的会自动带过来，也可以直接新建。"),
    )

    found_on: Mapped[date | None] = day(
        N_("发现日期"), required=True, default="today", list_order=1, ledger_mm=20, example="2026-03-05"
    )
    title: Mapped[str | None] = text(
        N_("纠纷名称"), required=True, search=True, list_order=2, ledger_mm=40,
        help=N_("一句话说清谁和谁因为什么"), example="马占山与李秀兰浇地用水纠纷",
    )  # fmt: skip
    source: Mapped[str | None] = choice(
        N_("来源"), "dispute_source", required=True, list_order=5, ledger_mm=16
    )
    dispute_type: Mapped[str | None] = choice(
        N_("纠纷类型"), "dispute_type", required=True, list_order=3, ledger_mm=20
    )
    area_id: Mapped[str | None] = link(N_("村组"), "area", list_order=4, ledger_mm=20)
    place: Mapped[str | None] = text(N_("发生地点"), max_length=100, search=True, example="河东村三组机井旁")
    facts: Mapped[str | None] = long_text(
        N_("基本情况"), ledger_mm=50, search=True,
        help=N_("时间、地点、人物、起因、经过、情节、结果都要写到"),
        example="2026年3月5日上午，双方因轮流浇地的先后次序发生争吵。",
    )  # fmt: skip
    people_count: Mapped[int | None] = integer(N_("涉及人数"), ledger_mm=10, example="2")
    scale: Mapped[str | None] = choice(N_("规模"), "dispute_scale", default_value="01", ledger_mm=14)
    amount_fen: Mapped[int | None] = money(N_("涉及金额"), ledger_mm=18, example="1200.00")
    risk: Mapped[str | None] = choice(
        N_("风险等级"), "dispute_risk", ledger_mm=10, help=N_("指这件事激化的可能，不是对人的评价")
    )
    level: Mapped[str | None] = choice(N_("分级"), "dispute_level", list_order=6, ledger_mm=14)
    responsible_id: Mapped[str | None] = link(N_("责任人"), "staff_member", list_order=7, ledger_mm=16)
    due_on: Mapped[date | None] = day(
        N_("化解时限"), list_order=8, ledger_mm=20, help=N_("不填时，分级后按级别自动算")
    )
    is_minor_involved: Mapped[bool | None] = boolean(
        N_("涉未成年人"), personal="sensitive", help=N_("选“是”后，台账上只写姓，文书另有标记")
    )
    is_domestic_violence_suspected: Mapped[bool | None] = boolean(
        N_("疑似家庭暴力"), personal="sensitive", help=N_("选“是”后不能调解，必须交民警处置")
    )
    archive_no: Mapped[str | None] = text(N_("归档号"), max_length=40, ledger_mm=16)

    state: Mapped[str | None] = choice(
        N_("状态"), "dispute_state", by_step=True, default_value="D1", list_order=9, ledger_mm=14
    )
    mediation_kind: Mapped[str | None] = choice(N_("化解方式"), "mediation_kind", by_step=True, ledger_mm=16)
    result: Mapped[str | None] = choice(N_("结果"), "dispute_result", by_step=True, ledger_mm=14)
    accepted_on: Mapped[date | None] = day(N_("受理日期"), by_step=True)
    closed_on: Mapped[date | None] = day(N_("办结日期"), by_step=True, ledger_mm=20)
    settlement: Mapped[str | None] = long_text(N_("化解情况"), by_step=True)
    end_reason: Mapped[str | None] = long_text(N_("不受理、撤回或移交的原因"), max_length=500, by_step=True)
    escalated_on: Mapped[date | None] = day(N_("上报日期"), by_step=True)
    escalation_note: Mapped[str | None] = long_text(N_("上报（移送）情况"), max_length=500, by_step=True)


class Party(Record):
    """One side of a dispute, a person or an organisation; entered with it, corrected until an agreement is signed."""

    __tablename__ = "party"
    kind_info = KindInfo(
        label=N_("当事人"),
        area="disputes",
        title=("name", "organisation_name"),
        codes=("name", "organisation_name"),
        parent="dispute_id",
        check=rules.party_problems,
        hints=rules.party_hints,
    )

    dispute_id: Mapped[str | None] = link(N_("所属纠纷"), "dispute", required=True)
    role: Mapped[str | None] = choice(N_("身份"), "party_role", list_order=1)
    party_type: Mapped[str | None] = choice(N_("当事人类别"), "party_type", default_value="1", required=True)
    name: Mapped[str | None] = person_name(
        N_("姓名"),
        required_when=RequiredWhen("party_type", ("1",)),
        search=True,
        list_order=2,
        example="马占山",
    )
    sex: Mapped[str | None] = choice(N_("性别"), "sex", personal="personal", list_order=3)
    ethnic_group: Mapped[str | None] = text(
        N_("民族"),
        max_length=20,
        personal="sensitive",
        help=N_("只用在人民调解文书上，不统计"),
        example="回族",
    )
    birth_on: Mapped[date | None] = day(N_("出生日期"), personal="personal", example="1980-01-01")
    id_type: Mapped[str | None] = choice(N_("证件种类"), "id_type", default_value="111", personal="personal")
    id_number: Mapped[str | None] = identity_number(
        N_("证件号码"), codes="id_type", example="649901198001010016"
    )
    no_document_reason: Mapped[str | None] = text(
        N_("无证件号码的原因"),
        required_when=RequiredWhen("id_type", ("990",)),
        example="未随身携带，本人口述",
    )
    occupation: Mapped[str | None] = text(N_("职业或职务"), max_length=40, personal="personal")
    workplace: Mapped[str | None] = text(N_("工作单位"), personal="personal")
    address: Mapped[str | None] = text(N_("住址（地址）"), max_length=120, personal="personal", list_order=5)
    phone: Mapped[str | None] = phone_number(N_("联系电话"), list_order=4, example="12000000001")
    organisation_name: Mapped[str | None] = text(
        N_("单位名称"), required_when=RequiredWhen("party_type", ("2",)), search=True, list_order=6
    )
    uscc: Mapped[str | None] = text(N_("统一社会信用代码"), max_length=18, example="91649901MA0000000U")
    legal_representative: Mapped[str | None] = person_name(N_("法定代表人（负责人）"))
    legal_representative_post: Mapped[str | None] = text(N_("法定代表人职务"), max_length=40)
    representative_name: Mapped[str | None] = person_name(N_("委托代理人（代表）姓名"))
    representative_id_number: Mapped[str | None] = identity_number(N_("代理人身份证号码"))
    representative_relation: Mapped[str | None] = text(N_("代理人与当事人的关系"), max_length=40)
    representative_authority: Mapped[list[str]] = choices(N_("代理权限"), "representative_authority")
    guardian_name: Mapped[str | None] = person_name(N_("监护人姓名"), help=N_("当事人不满18周岁时必须填"))
    guardian_relation: Mapped[str | None] = text(N_("监护人关系"), max_length=20, example="父亲")
    guardian_phone: Mapped[str | None] = phone_number(N_("监护人电话"))
    is_guardian_present: Mapped[bool | None] = boolean(N_("监护人到场"))


class PeopleMediation(Record):
    """One run of the village mediation committee on one dispute; opened from it, sealed when signed, never deleted."""

    __tablename__ = "people_mediation"
    kind_info = KindInfo(
        label=N_("人民调解"),
        area="people_mediation",
        letter="M",
        title=("title",),
        day="accepted_on",
        codes=("agreement_no",),
        children=(
            Children(
                "sessions",
                N_("调解记录"),
                "mediation_session",
                "people_mediation_id",
                carry=(("place", "place"),),
            ),
            Children(
                "clauses",
                N_("协议条款"),
                "agreement_clause",
                "people_mediation_id",
                help=N_("一条只写一件要履行的事"),
            ),
            Children(
                "investigations",
                N_("调查记录"),
                "investigation",
                "people_mediation_id",
                help=N_("需要向知情人了解情况时填，一人一份"),
            ),
        ),
        state="state",
        check=rules.mediation_problems,
        grows_from=("dispute",),
        empty_hint=N_("人民调解从矛盾纠纷开始：打开一条已受理的纠纷，选“开始人民调解”。"),
    )

    dispute_id: Mapped[str | None] = link(
        N_("所属纠纷"), "dispute", required=True, help=N_("从纠纷里选“开始人民调解”会自己填上")
    )
    title: Mapped[str | None] = text(N_("纠纷名称"), by_step=True, search=True, list_order=2)
    committee_name: Mapped[str | None] = text(
        N_("调解委员会"), required=True, list_order=5, example="河东村人民调解委员会"
    )
    case_source: Mapped[str | None] = choice(
        N_("案件来源"), "people_case_source", required=True, ledger_mm=16
    )
    procedure: Mapped[str | None] = choice(N_("程序"), "procedure", default_value="2", ledger_mm=14)
    mediator_ids: Mapped[list[str]] = links(
        N_("人民调解员"), "staff_member", list_order=4, ledger_mm=22, help=N_("至少一名，要在岗")
    )
    recorder_id: Mapped[str | None] = link(N_("记录人"), "staff_member")
    applied_on: Mapped[date | None] = day(N_("申请日期"))
    accepted_on: Mapped[date | None] = day(
        N_("受理日期"), required=True, default="today", list_order=1, ledger_mm=20
    )
    claims: Mapped[str | None] = long_text(
        N_("申请事项"), max_length=1000, help=N_("申请人要求什么，一项一行"), example="赔偿水泵修理费1200元"
    )
    has_consent: Mapped[bool | None] = boolean(N_("各方同意调解"), help=N_("有一方明确拒绝的，不得调解"))
    is_scope_confirmed: Mapped[bool | None] = boolean(
        N_("已核对不属于不得调解的事项"),
        help=N_("法律规定由专门机关处理的、法律禁止调解的，以及法院、公安等已经受理或解决的，不得调解"),
    )
    rights_notice: Mapped[str | None] = choice(N_("权利义务告知"), "rights_notice")
    place: Mapped[str | None] = text(N_("调解地点"), max_length=100, example="河东村警务室")
    dispute_facts: Mapped[str | None] = long_text(
        N_("纠纷主要事实"), help=N_("印在协议书上，请用双方都认可的说法")
    )
    dispute_items: Mapped[str | None] = long_text(N_("争议事项"), help=N_("各方要求什么，各有什么责任"))
    agreement_form: Mapped[str | None] = choice(N_("协议形式"), "agreement_form", ledger_mm=12)
    agreement_no: Mapped[str | None] = code(
        N_("协议编号"), list_order=3, ledger_mm=26,
        help=N_("由调委会编号，年份用六角括号"), example="河东人调字〔2026〕12号",  # noqa: RUF001 - as numbers are written
    )  # fmt: skip
    copies_count: Mapped[int | None] = integer(N_("份数"), help=N_("不填时为当事人数加一"))
    prevented_escalations: Mapped[list[str]] = choices(N_("防止激化"), "prevented_escalation")
    archive_no: Mapped[str | None] = text(N_("卷号"), max_length=40, ledger_mm=18)
    archived_on: Mapped[date | None] = day(N_("归档日期"), ledger_mm=20)
    retention: Mapped[str | None] = choice(N_("保管期限"), "retention", default_value="2")

    state: Mapped[str | None] = choice(
        N_("状态"), "people_mediation_state", by_step=True, default_value="accepted", list_order=6
    )
    due_on: Mapped[date | None] = day(N_("调解期限"), by_step=True, list_order=7)
    extension_reason: Mapped[str | None] = text(N_("延长原因"), max_length=200, by_step=True)
    concluded_on: Mapped[date | None] = day(N_("达成日期"), by_step=True)
    signed_on: Mapped[date | None] = day(N_("签字日期"), by_step=True)
    effective_on: Mapped[date | None] = day(N_("生效日期"), by_step=True)
    court_confirmation_until: Mapped[date | None] = day(N_("司法确认申请截止"), by_step=True)
    court_confirmation: Mapped[str | None] = choice(
        N_("司法确认"), "court_confirmation", by_step=True, default_value="0", ledger_mm=14
    )
    court_name: Mapped[str | None] = text(N_("法院"), by_step=True)
    court_document_no: Mapped[str | None] = text(N_("裁定书编号"), by_step=True)
    court_applied_on: Mapped[date | None] = day(N_("申请确认日期"), by_step=True)
    court_decided_on: Mapped[date | None] = day(N_("裁定日期"), by_step=True)
    termination_reason: Mapped[str | None] = choice(N_("终止原因"), "termination_reason", by_step=True)
    ways_told: Mapped[str | None] = long_text(N_("已告知的其他途径"), max_length=300, by_step=True)
    result: Mapped[str | None] = choice(N_("结果"), "dispute_result", by_step=True, ledger_mm=14)
    closed_on: Mapped[date | None] = day(N_("结案日期"), by_step=True, ledger_mm=20)


class MediationSession(Record):
    """One sitting of a mediation and its minutes; written once, corrected only by a new version."""

    __tablename__ = "mediation_session"
    kind_info = KindInfo(
        label=N_("调解记录"),
        area="people_mediation",
        insert_only=True,
        title=("held_on", "place"),
        day="held_on",
        parent="people_mediation_id",
        check=rules.session_problems,
    )

    people_mediation_id: Mapped[str | None] = link(N_("所属调解"), "people_mediation", required=True)
    held_on: Mapped[date | None] = day(N_("调解日期"), required=True, default="today", list_order=1)
    started_time: Mapped[time | None] = clock_time(N_("开始时间"), list_order=2)
    ended_time: Mapped[time | None] = clock_time(N_("结束时间"))
    place: Mapped[str | None] = text(N_("地点"), max_length=100, list_order=3)
    attendees: Mapped[str | None] = text(
        N_("参加人"), max_length=200, personal="personal", help=N_("受邀参加的人，不含当事人、调解员和记录人")
    )
    record_text: Mapped[str | None] = long_text(
        N_("调解记录"), max_length=8000, required=True,
        help=N_("写明告知权利义务、双方陈述、查明的事实、释法说理和协商经过"),
    )  # fmt: skip
    session_result: Mapped[str | None] = choice(N_("本次结果"), "session_result", list_order=4)
    outcome: Mapped[str | None] = long_text(
        N_("调解结果"), max_length=1000, help=N_("达成了什么，或者为什么没有达成、还可以到哪里解决")
    )


class Investigation(Record):
    """What one person who knows of the matter told the committee; written once, corrected only by a new version."""

    __tablename__ = "investigation"
    kind_info = KindInfo(
        label=N_("调查记录"),
        area="people_mediation",
        insert_only=True,
        title=("asked_on", "name"),
        day="asked_on",
        parent="people_mediation_id",
        check=rules.investigation_problems,
    )

    people_mediation_id: Mapped[str | None] = link(N_("所属调解"), "people_mediation", required=True)
    asked_on: Mapped[date | None] = day(N_("调查日期"), required=True, default="today", list_order=1)
    started_time: Mapped[time | None] = clock_time(N_("开始时间"))
    ended_time: Mapped[time | None] = clock_time(N_("结束时间"))
    place: Mapped[str | None] = text(N_("地点"), max_length=100, list_order=3)
    attendees: Mapped[str | None] = text(N_("参加人"), max_length=200, personal="personal")
    name: Mapped[str | None] = person_name(N_("被调查人"), required=True, list_order=2, example="马占山")
    sex: Mapped[str | None] = choice(N_("性别"), "sex", personal="personal")
    birth_on: Mapped[date | None] = day(N_("出生日期"), personal="personal")
    occupation: Mapped[str | None] = text(N_("职业或职务"), max_length=40, personal="personal")
    address: Mapped[str | None] = text(N_("住址（地址）"), max_length=120, personal="personal")
    phone: Mapped[str | None] = phone_number(N_("联系电话"), example="12000000001")
    relation: Mapped[str | None] = text(N_("与当事人的关系"), max_length=40, example="邻居")
    record_text: Mapped[str | None] = long_text(
        N_("调查内容"), max_length=8000, required=True, help=N_("一问一答，照本人的话记")
    )
    staff_ids: Mapped[list[str]] = links(
        N_("调查人"), "staff_member", default="actor", help=N_("最好两人一起去")
    )
    recorder_id: Mapped[str | None] = link(N_("记录人"), "staff_member")


class AgreementClause(Record):
    """One performable matter of an agreement; edited until it is signed, afterwards only its performance moves on."""

    __tablename__ = "agreement_clause"
    kind_info = KindInfo(
        label=N_("协议条款"), area="people_mediation", title=("content",), parent="people_mediation_id"
    )

    people_mediation_id: Mapped[str | None] = link(N_("所属调解"), "people_mediation", required=True)
    order_no: Mapped[int | None] = integer(N_("序号"), minimum=1, list_order=1, help=N_("不填时按填写的先后"))
    content: Mapped[str | None] = long_text(N_("内容"), max_length=1000, required=True, list_order=2)
    performance_manner: Mapped[str | None] = choice(N_("履行方式"), "performance_manner", list_order=3)
    amount_fen: Mapped[int | None] = money(N_("金额"), list_order=4, example="1200.00")
    payer: Mapped[str | None] = text(N_("付款人"), personal="personal")
    payee: Mapped[str | None] = text(N_("收款人"), personal="personal")
    due_on: Mapped[date | None] = day(
        N_("履行期限"), list_order=5, help=N_("限期履行的必须填；分期的每一期单独写一条")
    )
    performance: Mapped[str | None] = choice(N_("履行情况"), "performance", by_step=True, list_order=6)
    performed_on: Mapped[date | None] = day(N_("履行日期"), by_step=True)
    evidence: Mapped[str | None] = text(N_("履行凭证"), max_length=200, by_step=True)


class AgreementSeal(Record):
    """The words of one agreement as they were signed, and the hashes of its scans; inserted by signing only."""

    __tablename__ = "agreement_seal"
    kind_info = KindInfo(
        label=N_("签字封存"),
        area="people_mediation",
        insert_only=True,
        title=("content_hash",),
        day="signed_on",
    )

    people_mediation_id: Mapped[str | None] = link(
        N_("所属调解"), "people_mediation", required=True, by_step=True
    )
    signed_on: Mapped[date | None] = day(N_("签字日期"), required=True, by_step=True, list_order=1)
    signers: Mapped[str | None] = long_text(N_("签名的人"), by_step=True, personal="personal", list_order=2)
    content: Mapped[str | None] = long_text(
        N_("协议内容"),
        max_length=200_000,
        by_step=True,
        personal="sensitive",
        help=N_("签字时的全文，供核对"),
    )
    content_hash: Mapped[str | None] = text(N_("内容校验值"), max_length=64, by_step=True, list_order=3)
    scan_hashes: Mapped[str | None] = long_text(N_("扫描件校验值"), by_step=True, help=N_("每行一份"))


class FollowUp(Record):
    """One follow-up of one party after an agreement took effect; written once, corrected only by a new version."""

    __tablename__ = "follow_up"
    kind_info = KindInfo(
        label=N_("回访"),
        area="people_mediation",
        letter="F",
        insert_only=True,
        title=("serial_no",),
        day="done_on",
        check=rules.follow_up_problems,
        grows_from=("people_mediation",),
        empty_hint=N_("协议生效后，到期的回访会出现在“今日”。在人民调解里选“登记回访”来填写。"),
    )

    people_mediation_id: Mapped[str | None] = link(
        N_("所属调解"), "people_mediation", required=True, list_order=2
    )
    party_id: Mapped[str | None] = link(N_("被回访人"), "party", required=True, list_order=3)
    due_on: Mapped[date | None] = day(N_("应回访日"), ledger_mm=20)
    done_on: Mapped[date | None] = day(
        N_("回访日期"), required=True, default="today", list_order=1, ledger_mm=20
    )
    mode: Mapped[str | None] = choice(
        N_("回访方式"), "callback_mode", required=True, list_order=4, ledger_mm=12
    )
    performance: Mapped[str | None] = choice(N_("履行情况"), "performance", list_order=5, ledger_mm=14)
    satisfaction: Mapped[str | None] = choice(N_("满意度"), "satisfaction", list_order=6, ledger_mm=14)
    is_relapsed: Mapped[bool | None] = boolean(N_("有无反复"), ledger_mm=10)
    situation: Mapped[str | None] = long_text(N_("新情况"), max_length=500, ledger_mm=40)
    measures: Mapped[str | None] = long_text(N_("措施"), max_length=500, ledger_mm=40)
    lawsuit_note: Mapped[str | None] = text(
        N_("诉讼及结果"), max_length=200, help=N_("协议以后有没有起诉、仲裁，结果怎样")
    )
    staff_ids: Mapped[list[str]] = links(N_("回访人"), "staff_member", default="actor", ledger_mm=20)


TABLES: tuple[type[Record], ...] = (
    Dispute,
    Party,
    PeopleMediation,
    MediationSession,
    Investigation,
    AgreementClause,
    AgreementSeal,
    FollowUp,
)

CODES: tuple[CodeList, ...] = code_lists.CODES
