"""The papers of people's mediation, each made from a frozen value.

人民调解协议书. Its sentences of law come from `resources/wording/people_mediation.toml` by the day of the agreement.

Source:  Ministry of Justice notice of December 2010 on forms of people's mediation; People's Mediation Law 28, 29.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from desktop.base.days import print_day
from desktop.base.text import N_
from desktop.mediation.agreement import AGREEMENT, AgreementPaper, PartyBlock, chinese_count
from desktop.mediation.gathering import gather_agreement
from desktop.mediation.wording import pick
from desktop.printing.sheets import (
    SIZE_SMALL_PT,
    Cell,
    Field,
    Flow,
    FormSheet,
    GridRow,
    Part,
    SignaturePlace,
    Signatures,
    Text,
)
from desktop.staff.catalogue import Paper, PaperFacts

MINOR_MARK = "涉未成年人　注意保密"


def agreement_sheet(paper: AgreementPaper, facts: PaperFacts) -> FormSheet:
    """人民调解协议书 as parts of a form."""
    day = paper.day
    parts: list[Part] = []
    if paper.is_minor_involved:
        parts.append(Text(MINOR_MARK, SIZE_SMALL_PT, "right", bold=True))
    for party in paper.parties:
        parts += _party_rows(party)
    parts += [
        Flow("纠纷主要事实", paper.facts, 30),
        Flow("争议事项", paper.items, 20),
        Flow(
            "协议内容",
            f"{pick('voluntary', day).text}\n{_numbered(clause.content for clause in paper.clauses)}",
            30,
        ),
        Flow("履行方式、期限", _numbered(clause.performance for clause in paper.clauses), 16),
        GridRow((Cell("调解地点", paper.place), Cell("达成日期", print_day(day)))),
        Text(_law(paper), SIZE_SMALL_PT, indent=2),
        Signatures(tuple(_places(paper))),
    ]
    return FormSheet(
        title="人民调解协议书",
        number=f"编号：{paper.agreement_no or '　' * 12}",
        unit=paper.committee_name,
        parts=tuple(parts),
        copies_text=pick("copies", day).text.replace("{copies}", chinese_count(paper.copies_count)),
        practice=facts.practice,
        code=facts.short_code,
        content_hash=facts.content_hash,
        print_mark=paper.serial_no,
    )


def _law(paper: AgreementPaper) -> str:
    return "".join(pick(name, paper.day).text for name in ("binds", "takes_effect", "may_be_confirmed"))


def _numbered(texts: Iterable[str]) -> str:
    found = list(texts)
    if len(found) == 1:
        return _ended(found[0])
    return "\n".join(f"{place}.{_ended(text)}" for place, text in enumerate(found, 1))


def _ended(text: str) -> str:
    return text if text.endswith(("。", "！", "？")) else f"{text}。"


def _party_rows(party: PartyBlock) -> list[Part]:
    rows = _organisation_rows(party) if party.is_organisation else _person_rows(party)
    if party.guardian:
        rows.append(Field("监护人", party.guardian))
    if party.representative:
        rows.append(Field("委托代理人", party.representative))
    return rows


def _person_rows(party: PartyBlock) -> list[Part]:
    return [
        GridRow(
            (
                Cell(party.role, party.name, 1.5),
                Cell("性别", party.sex, 0.65),
                Cell("民族", party.ethnic_group, 0.9),
                Cell("出生日期", party.birth, 1.7),
            )
        ),
        GridRow((Cell(party.document_label, party.document_no, 1.35), Cell("联系方式", party.phone))),
        GridRow((Cell("职业或职务", party.occupation), Cell("工作单位", party.workplace))),
        Field("住址", party.address),
    ]


def _organisation_rows(party: PartyBlock) -> list[Part]:
    return [
        Field(party.role, party.name),
        GridRow((Cell(party.document_label, party.document_no, 1.35), Cell("联系方式", party.phone))),
        Field("法定代表人（负责人）", party.head),
        Field("单位地址", party.address),
    ]


def _places(paper: AgreementPaper) -> Iterable[SignaturePlace]:
    for party in paper.parties:
        if party.is_organisation:
            yield SignaturePlace(f"{party.role}代表（签名）")
            yield SignaturePlace(f"{party.name}（印章）", "seal")
            continue
        yield SignaturePlace(f"{party.role} {party.name}", "fingerprint")
        if party.guardian_name:
            yield SignaturePlace(f"监护人 {party.guardian_name}", "fingerprint")
        if party.representative_name:
            yield SignaturePlace(f"代理人 {party.representative_name}")
    for mediator in paper.mediators:
        yield SignaturePlace(f"人民调解员 {mediator}")
    yield SignaturePlace(f"记录人 {paper.recorder}".rstrip())
    yield SignaturePlace(f"{paper.committee_name}（印章）", "seal")


def render_agreement(value: AgreementPaper, facts: PaperFacts, fonts: Any) -> bytes:
    """人民调解协议书 as PDF.

    Errors:  RuleBroken PRN-002 naming characters that no font has; EnvironmentFault PRN-001.
    """
    from desktop.printing.form import render_form  # noqa: PLC0415 - ReportLab is loaded when paper is made

    return render_form(agreement_sheet(value, facts), fonts)


def _copies(value: AgreementPaper) -> int:
    return value.copies_count


PAPERS: tuple[Paper, ...] = (
    Paper(AGREEMENT, N_("人民调解协议书"), "people_mediation", gather_agreement, render_agreement, _copies),
)
