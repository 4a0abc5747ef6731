"""Attaching files to records: the bytes go to the encrypted folder, the fact travels as an insert-only record."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from desktop.base.errors import RuleBroken
from desktop.base.paths import fault_from
from desktop.base.text import _
from desktop.database.attachments import MAX_BYTES, Attachments
from desktop.database.columns import write_instant
from desktop.database.record import Record, room_code
from desktop.staff.records import Work, correct_record, known_id, load_record, new_row
from desktop.staff.tables import AttachedFile
from desktop.staff.views import files_of
from desktop.sync.blobs import hold_blob


def attach_file(
    work: Work, attachments: Attachments, record: Record, file: Path, purpose: str = ""
) -> Record:
    """Keeps a file with a record.

    After:   the bytes are on disk before the record says so; the same file twice is one row.
    Errors:  RuleBroken ATT-001 empty or too large, ATT-004 no such file; EnvironmentFault from the disk.
    """
    work.actor.require("attachments", "C")
    try:
        if not file.is_file():
            raise RuleBroken("ATT-004", _("没有找到文件 {name}").format(name=file.name))
        if file.stat().st_size > MAX_BYTES:
            raise RuleBroken("ATT-001", _("附件超过 64 MB，没有保存。请重新扫描或压缩后再加"))
        data = file.read_bytes()
    except OSError as error:
        raise fault_from(error, _("读取附件")) from error
    return keep_data(work, attachments, record, data, file.name, purpose)


def keep_data(  # noqa: PLR0917 - what a file is
    work: Work, attachments: Attachments, record: Record, data: bytes, file_name: str, purpose: str = ""
) -> Record:
    """Keeps bytes that the program made with a record, as if they were attached; the caller has asked for rights.

    Errors:  RuleBroken ATT-001 empty or too large; EnvironmentFault from the disk.
    """
    sha256 = attachments.put(data)
    standing = _standing(work, record, sha256)
    if standing is not None:
        return standing
    hold_blob(work.session.connection(), record.scope, sha256, len(data), write_instant(work.clock.now()))
    row = new_row(
        work,
        work.registry.kind("attached_file"),
        {
            "record_kind": record.__tablename__,
            "record_id": known_id(record),
            "file_name": file_name[-120:],
            "sha256": sha256,
            "size_bytes": len(data),
            "purpose": purpose or None,
        },
        origin=record,
    )
    work.note("attach", record, sha256=sha256)
    return row


def copy_files(work: Work, source: Record, copy: Record) -> None:
    """The files of a record with its copy in another room's scope; the county's deed, which has the bytes or gets them.

    After:   the other room's PCs ask for them as for their own. What was taken off the record stays behind.
    """
    for file in files_of(work.session, source.__tablename__, known_id(source)):
        values = {
            "record_kind": copy.__tablename__,
            "record_id": known_id(copy),
            "file_name": file.file_name,
            "sha256": file.sha256,
            "size_bytes": file.size_bytes,
            "purpose": file.purpose,
            "copied_from": room_code(source.scope),
        }
        new_row(work, work.registry.kind("attached_file"), values, origin=copy)
        work.note("attach", copy, sha256=file.sha256)


def detach_file(work: Work, file_id: str, reason: str) -> None:
    """Takes a file off a record; its bytes and its place in the history stay."""
    work.actor.require("attachments", "U")
    kind = work.registry.kind("attached_file")
    row = load_record(work.session, kind, file_id)
    correct_record(work, kind, row, {}, reason=reason, is_void=True)
    work.note("detach", row)


def _standing(work: Work, record: Record, sha256: str) -> AttachedFile | None:
    return work.session.scalars(
        select(AttachedFile).where(
            AttachedFile.record_kind == record.__tablename__,
            AttachedFile.record_id == known_id(record),
            AttachedFile.sha256 == sha256,
            AttachedFile.is_void.isnot(True),
            AttachedFile.is_superseded.isnot(True),
        )
    ).first()
