"""What a people's mediation agreement says, as one frozen value: printed, hashed, sealed, printed again from the seal.

Everything here is already in the words of the paper, which is Chinese always, so nothing passes through `_()`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from desktop.base.days import print_day
from desktop.base.money import capitals, format_yuan

AGREEMENT = "people_mediation_agreement"
"""The name of the paper."""

CHINESE_DIGITS = "零一二三四五六七八九"


@dataclass(frozen=True)
class PartyBlock:
    """One party as the paper shows it; empty texts are boxes left for handwriting.

    Shape:   `guardian` and `representative` are whole sentences, empty when there is none.
    """

    role: str
    is_organisation: bool
    name: str
    sex: str = ""
    ethnic_group: str = ""
    birth: str = ""
    document_label: str = ""
    document_no: str = ""
    occupation: str = ""
    workplace: str = ""
    address: str = ""
    phone: str = ""
    head: str = ""
    guardian: str = ""
    guardian_name: str = ""
    representative: str = ""
    representative_name: str = ""


@dataclass(frozen=True)
class ClauseBlock:
    """One performable matter and how it is performed."""

    content: str
    performance: str


@dataclass(frozen=True)
class AgreementPaper:
    """The agreement as it is printed and signed.

    Shape:   `law` names the text of the law that the sentences come from; the sentences themselves are picked again by
             `concluded_on`, so that a corrected misprint in them does not make a signed agreement look altered.
    """

    serial_no: str
    agreement_no: str
    committee_name: str
    law: str
    is_minor_involved: bool
    parties: tuple[PartyBlock, ...]
    facts: str
    items: str
    clauses: tuple[ClauseBlock, ...]
    place: str
    mediators: tuple[str, ...]
    recorder: str
    copies_count: int
    concluded_on: str

    def content(self) -> dict[str, Any]:
        """Plain JSON of everything that was agreed; what the print's hash and the seal are made of."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self), ensure_ascii=False))
        return plain

    @classmethod
    def from_content(cls, content: Mapping[str, Any]) -> AgreementPaper:
        """The value that gave this content."""
        rest = {
            name: value for name, value in content.items() if name not in {"parties", "clauses", "mediators"}
        }
        return cls(
            **rest,
            parties=tuple(PartyBlock(**item) for item in content["parties"]),
            clauses=tuple(ClauseBlock(**item) for item in content["clauses"]),
            mediators=tuple(content["mediators"]),
        )

    @property
    def day(self) -> date:
        """The day of the agreement."""
        return date.fromisoformat(self.concluded_on)


def canonical_json(content: Mapping[str, Any]) -> str:
    """The one text of a content: sorted keys, no blanks, as the print's hash takes it."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def amount_words(fen: int) -> str:
    """An amount in capitals and digits, which agree because both come from the same number."""
    return f"人民币{capitals(fen)}（¥{format_yuan(fen)}）"


def performance_words(clause: Mapping[str, Any], manner: str) -> str:
    """How one clause is performed, in one sentence without its full stop.

    Shape:   `clause` holds the clause's field values, `manner` the label of its manner.
    """
    parts = [manner]
    if clause.get("due_on"):
        parts.append(f"{print_day(clause['due_on'])}前")
    if clause.get("payer") and clause.get("payee"):
        parts.append(f"由{clause['payer']}付给{clause['payee']}")
    if clause.get("amount_fen"):
        parts.append(amount_words(clause["amount_fen"]))
    return "，".join(part for part in parts if part)


def chinese_count(number: int) -> str:
    """A small number as people write copies: 三, 十, 十三, 二十一.

    Errors:  ValueError outside 1 to 99.
    """
    if not 1 <= number <= 99:
        raise ValueError(number)
    tens, ones = divmod(number, 10)
    words = "" if tens == 0 else "十" if tens == 1 else f"{CHINESE_DIGITS[tens]}十"
    return words + (CHINESE_DIGITS[ones] if ones else "")
