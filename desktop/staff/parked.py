"""Changes that arrived and may not be used yet, in words: whose, why they wait, and what they say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from desktop.base.text import N_, _
from desktop.database.kinds import Registry
from desktop.database.values import Wording
from desktop.staff.changes import change_words
from desktop.staff.views import wording_of
from desktop.sync.apply import (
    AUTHOR_REVOKED,
    NOT_ALLOWED,
    NOT_VOUCHED,
    PARENT_MISSING,
    WRONG_ORDER,
    parked_with_reasons,
)
from desktop.sync.commits import Commit, decode_meta, decode_ops
from desktop.sync.conflicts import device_names

WHY = {
    PARENT_MISSING: N_("缺它之前的一条，下次交换会再要"),
    AUTHOR_REVOKED: N_("来自已停用的电脑或已作废的密钥，等县局裁定"),
    NOT_VOUCHED: N_("还没有作者的数字签名，签名随后会到"),
    NOT_ALLOWED: N_("写了不归它写的内容，不能采用，只留着备查"),
    WRONG_ORDER: N_("前后次序不对，不能采用，只留着备查"),
}


@dataclass(frozen=True)
class ParkedChange:
    """One commit that waits.

    Shape:   `reason` as the log has it, `why` in words; `at` is the writer's own wall clock.
    """

    id: str
    scope: str
    reason: str
    why: str
    user: str
    device: str
    at: str
    words: str

    def content(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "id": self.id,
            "scope": self.scope,
            "reason": self.reason,
            "why": self.why,
            "who": self.user,
            "device": self.device,
            "when": self.at,
            "words": self.words,
        }


def read_parked(session: Session, registry: Registry, scopes: Sequence[str] = ()) -> list[ParkedChange]:
    """Everything that waits, oldest first; empty `scopes` means all."""
    connection = session.connection()
    names = device_names(connection)
    waiting = list(parked_with_reasons(connection, scopes))
    ops = [op for commit, _reason in waiting for op in decode_ops(commit) if op.table in registry]
    wording = wording_of(session, registry, [(registry.kind(op.table), op.fields) for op in ops])
    found = []
    for commit, reason in waiting:
        meta = decode_meta(commit)
        found.append(
            ParkedChange(
                id=commit.hex_id,
                scope=commit.scope,
                reason=reason,
                why=_(WHY[reason]) if reason in WHY else reason,
                user=meta.user,
                device=names.get(meta.device, meta.device),
                at=meta.at,
                words="\n".join(_lines(registry, commit, wording)),
            )
        )
    return found


def _lines(registry: Registry, commit: Commit, wording: Wording) -> Iterable[str]:
    for op in decode_ops(commit):
        if op.table not in registry:
            yield _("本程序还不认识的记录（{kind}）").format(kind=op.table)
            continue
        kind = registry.kind(op.table)
        told = change_words(kind, op.fields, wording)
        yield f"{_(kind.label)}：{told}" if told else _(kind.label)
