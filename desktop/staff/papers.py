"""From a record to what its paper says: declared fields in the words of paper, bound to the form of this PC.

Paper is Chinese always, so nothing here passes through `_()` but what is told when paper cannot be made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from hashlib import sha256
from typing import Any

from sqlalchemy.orm import Session

from desktop.base.days import print_day, print_instant
from desktop.base.errors import RuleBroken
from desktop.base.money import capitals, format_yuan
from desktop.base.text import _
from desktop.database.fields import Field, FieldType
from desktop.database.kinds import Kind, Registry
from desktop.database.record import Record
from desktop.printing.compose import PaperContent, bind
from desktop.printing.form_data import Form, FormLibrary
from desktop.staff import views
from desktop.staff.catalogue import Paper
from desktop.staff.work import Work, known_id, new_row


def record_schema(kind: Kind) -> dict[str, Any]:
    """What `record_values` gives: every declared field, and the number."""
    return dict.fromkeys([*kind.fields, "serial_no"])


def record_values(session: Session, registry: Registry, record: Record) -> dict[str, Any]:
    """One record in the words of paper; what is not filled is empty and stays a box to write into."""
    return rows_values(session, registry, [record])[0]


def rows_values(session: Session, registry: Registry, records: Iterable[Any]) -> list[dict[str, Any]]:
    """Records of one kind in the words of paper."""
    rows = list(records)
    if not rows:
        return []
    kind = registry.kind(rows[0].__tablename__)
    titles = views.wording_for(session, registry, kind, rows).link_titles
    return [
        {name: _words(field, getattr(row, name), registry, titles) for name, field in kind.fields.items()}
        | {"serial_no": row.serial_no or ""}
        for row in rows
    ]


def _words(field: Field, value: Any, registry: Registry, titles: Mapping[tuple[str, str], str]) -> str:
    if value is None or value in ("", []):
        return ""
    if field.type is FieldType.CHOICE:
        return registry.codes.label(field.codes, value)
    if field.type is FieldType.CHOICES:
        return "、".join(registry.codes.label(field.codes, one) for one in value)
    if field.type is FieldType.LINK:
        return titles.get((field.target, value), "")
    if field.type is FieldType.LINKS:
        return "、".join(filter(None, (titles.get((field.target, one), "") for one in value)))
    if field.type is FieldType.MONEY:
        return amount_words(value)
    return plain_words(value)


def plain_words(value: Any) -> str:
    """A day, a time, a tick, a count or a text as paper shows it."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return print_instant(value)
    if isinstance(value, date):
        return print_day(value)
    if isinstance(value, time):
        return f"{value.hour}时{value.minute:02}分"
    return str(value)


def amount_words(fen: int) -> str:
    """An amount in capitals and digits, which agree because both come from the same number."""
    return f"人民币{capitals(fen)}（¥{format_yuan(fen)}）"


def form_of(forms: FormLibrary, registry: Registry, paper: Paper) -> Form:
    """The form of a paper on this PC.

    Errors:  RuleBroken PRN-030 with the fault of a form file; EnvironmentFault PRN-031.
    """
    return forms.form(paper.name, paper.fields(registry))


def read_paper(
    session: Session, registry: Registry, forms: FormLibrary, paper: Paper, record: Any
) -> PaperContent:
    """What a paper of a record says: what was signed as it was signed, else what is stored now on the form in force.

    Errors:  RuleBroken with every field that the paper lacks; PRN-011 for a void record; PRN-030 for a faulty form.
    """
    if sealed := paper.sealed(session, record):
        return PaperContent.from_text(sealed)
    if record.is_void:
        raise RuleBroken("PRN-011", _("这条记录已经作废，不能再打印“{paper}”").format(paper=_(paper.label)))
    form = form_of(forms, registry, paper)
    return bind(form, paper.gather(session, registry, record))


def content_hash_of(content: PaperContent) -> str:
    """The SHA-256 of a paper's content, over its canonical JSON."""
    return sha256(content.canonical().encode()).hexdigest()


def short_code(content_hash: str) -> str:
    """What people read aloud to compare two papers."""
    return content_hash[:8].upper()


def keep_print(work: Work, paper: Paper, record: Any, content: PaperContent) -> None:
    """Keeps what was printed: which paper, from which version of the record, on which form."""
    content_hash = content_hash_of(content)
    values = {
        "record_kind": paper.kind,
        "record_id": known_id(record),
        "paper_name": paper.name,
        "record_version": views.version_of(work.session, record),
        "form_version": content.form["version"],
        "short_code": short_code(content_hash),
        "content_hash": content_hash,
        "copies_count": content.values.get("copies_count") or 1,
        "printed_on": work.today,
    }
    new_row(work, work.registry.kind("printed_paper"), values, origin=record)
    work.note("print", record, paper=paper.name, content_hash=content_hash)
