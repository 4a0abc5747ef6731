"""Invented quarrels: disputes with parties, and mediations as far as a test wants them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from desktop.base.paths import resource
from desktop.bootstrap import build_catalogue
from desktop.mediation.gathering import mediation_fields, party_fields
from desktop.mediation.paper_rules import AGREEMENT
from desktop.printing.compose import PaperContent, bind
from desktop.printing.form_data import FormLibrary
from desktop.staff.office import Office

PARTIES: list[dict[str, Any]] = [
    {
        "role": "1",
        "name": "李𬭎",
        "sex": "1",
        "ethnic_group": "汉族",
        "id_number": "649901198001010016",
        "address": "青石乡石桥村三组12号",
        "phone": "12000000001",
    },
    {
        "role": "2",
        "name": "买买提·艾力",
        "sex": "1",
        "id_number": "649901198505050011",
        "address": "青石乡石桥村三组15号",
        "phone": "12000000002",
    },
]

MINOR: dict[str, Any] = {
    "role": "3",
    "name": "赵小宝",
    "id_number": "649901201506010139",
    "address": "青石乡石桥村三组18号",
}

ORGANISATION: dict[str, Any] = {
    "role": "3",
    "party_type": "2",
    "organisation_name": "石桥村养殖专业合作社",
    "uscc": "91649901MA0000000U",
    "legal_representative": "马占山",
    "legal_representative_post": "理事长",
    "address": "青石乡石桥村一组",
    "phone": "12000000003",
}


def make_mediator(room: Office, **changes: Any) -> str:
    """A people's mediator who serves; gives the id of the one who is there already."""
    standing = room.list_ids("staff_member")
    if standing and not changes:
        return standing[0]
    values = {"name": "周慧兰", "role": "mediator", "badge_no": "TJ01"} | changes
    return room.add("staff_member", values).id


def make_dispute(room: Office, **changes: Any) -> str:
    """A registered quarrel about water between two parties; gives the id."""
    values = {
        "title": "李𬭎与买买提·艾力浇地用水纠纷",
        "source": "01",
        "dispute_type": "0703",
        "facts": "2026年3月3日上午，双方因轮流浇地的先后次序发生争吵，未动手。",
        "parties": PARTIES,
    } | changes
    return room.add("dispute", values).id


def open_mediation(room: Office, dispute_id: str, **changes: Any) -> str:
    """Opens a people's mediation with everything that is asked at the start; gives its id."""
    inputs = {
        "committee_name": "石桥村人民调解委员会",
        "case_source": "1",
        "place": "石桥村警务室",
        "has_consent": True,
        "is_scope_confirmed": True,
        "rights_notice": "1",
    } | changes
    inputs.setdefault("mediator_ids", [make_mediator(room)])
    room.step("dispute", dispute_id, "open_mediation", inputs)
    ids = room.list_ids("people_mediation")
    return next(one for one in ids if room.show("people_mediation", one)["dispute_id"] == dispute_id)


CLAUSES: list[dict[str, Any]] = [
    {"content": "双方按村委会排定的次序轮流浇地，不得抢水。", "performance_manner": "4"},
    {
        "content": "买买提·艾力赔偿李𬭎水泵修理费",
        "performance_manner": "2",
        "amount_fen": 120050,
        "payer": "买买提·艾力",
        "payee": "李𬭎",
        "due_on": "2026-04-05",
    },
]


def make_mediation(room: Office, **changes: Any) -> str:
    """A mediation that lacks nothing for a written agreement; gives its id.

    Shape:   `changes` are fields of the mediation; `dispute` among them are changes of the dispute.
    """
    dispute_id = make_dispute(room, **changes.pop("dispute", {}))
    room.step("dispute", dispute_id, "accept", {})
    mediation_id = open_mediation(room, dispute_id)
    room.step(
        "people_mediation", mediation_id, "record_session", {"record_text": "双方陈述，查明事实，商定办法。"}
    )
    values = {
        "dispute_items": "浇地次序和水泵修理费由谁承担。",
        "agreement_form": "1",
        "agreement_no": "石桥人调字[2026]12号",
        "clauses": CLAUSES,
    } | changes
    room.change("people_mediation", mediation_id, values)
    return mediation_id


SIGNED: dict[str, Any] = {
    "is_signed_by_all_parties": True,
    "is_signed_by_mediator": True,
    "is_sealed_by_committee": True,
}


def make_signed_mediation(room: Office, folder: Path, **changes: Any) -> str:
    """A written agreement that was printed, signed and scanned today; gives its id."""
    mediation_id = make_mediation(room, **changes)
    room.step("people_mediation", mediation_id, "conclude", {})
    room.paper("people_mediation_agreement", mediation_id)
    attach_scan(room, mediation_id, folder)
    room.step("people_mediation", mediation_id, "mark_signed", SIGNED)
    return mediation_id


def attach_scan(room: Office, mediation_id: str, folder: Path) -> None:
    """A scan of the signed paper."""
    scan = folder / "协议书 扫描.pdf"
    scan.write_bytes(b"%PDF-1.7 invented scan")
    room.attach("people_mediation", mediation_id, scan, "签字件")


def _party(**changes: Any) -> dict[str, Any]:
    """A person as a paper names him."""
    values = dict.fromkeys(party_fields(REGISTRY), "") | {"is_person": True, "is_organisation": False}
    return values | changes


REGISTRY = build_catalogue().registry
PARTY_BLOCKS = [
    _party(
        role_name="申请人", name="李𬭎", sex="男", ethnic_group="汉族", birth="1980年1月1日", occupation="务农",
        document_label="居民身份证", document_no="649901198001010016", address="青石乡石桥村三组12号",
        phone="12000000001",
    ),
    _party(
        role_name="被申请人", name="买买提·艾力", sex="男", document_label="居民身份证",
        document_no="649901198505050011", address="青石乡石桥村三组15号", phone="12000000002",
    ),
    _party(
        role_name="第三人", is_person=False, is_organisation=True, name="石桥村养殖专业合作社",
        document_label="统一社会信用代码", document_no="91649901MA0000000U", head="马占山 理事长",
        address="青石乡石桥村一组", phone="12000000003",
    ),
]  # fmt: skip

AGREEMENT_VALUES: dict[str, Any] = {
    "event_on": "2026-03-05",
    "serial_no": "SQ01-A-2026-M00001",
    "agreement_no": "石桥人调字〔2026〕12号",  # noqa: RUF001 - as numbers are written
    "committee_name": "石桥村人民调解委员会",
    "is_minor_marked": False,
    "is_numbered": True,
    "parties": PARTY_BLOCKS,
    "dispute_facts": "2026年3月3日上午，双方因轮流浇地的先后次序发生争吵，未动手。",
    "dispute_items": "浇地次序和水泵修理费由谁承担。",
    "clauses": [
        {
            "content": "双方按村委会排定的次序轮流浇地，不得抢水。",
            "manner_words": "作出或停止某种行为。",
        },
        {
            "content": "买买提·艾力赔偿李𬭎水泵修理费。",
            "manner_words": "限期一次履行，2026年4月5日前，由买买提·艾力付给李𬭎，人民币壹仟贰佰元伍角（¥1,200.50）。",
        },
    ],
    "place": "石桥村警务室",
    "mediators": [{"name": "周慧兰"}],
    "recorder": "王敏",
    "copies_count": 4,
    "copies_words": "四",
    "concluded_on": "2026年3月5日",
}


def make_agreement(**changes: Any) -> PaperContent:
    """An agreement of two persons and an organisation, as it is printed."""
    form = FormLibrary(resource("forms")).form(AGREEMENT, mediation_fields(REGISTRY))
    return bind(form, AGREEMENT_VALUES | changes)
