"""The key on the printed sheet: how it is made, spelled, and read back from what people type."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from collections.abc import Callable

from desktop.base.errors import RuleBroken
from desktop.base.text import _

# Thirty-two signs of five bits each, without I, O, 0 and 1, which look alike on a printed sheet.
RECOVERY_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
RECOVERY_GROUPS_COUNT = 8
RECOVERY_GROUP_CHARS = 4


def new_recovery_key(random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> str:
    """Seven groups of four random signs (140 bits) and a check group, joined by hyphens."""
    count = (RECOVERY_GROUPS_COUNT - 1) * RECOVERY_GROUP_CHARS
    # 256 is a multiple of 32, so the low five bits of a byte are even.
    body = "".join(RECOVERY_ALPHABET[byte % 32] for byte in random_bytes(count))
    return spell_recovery_key(body + check_group(body))


def spell_recovery_key(signs: str) -> str:
    """The signs in groups of four, as the sheet shows them."""
    starts = range(0, len(signs), RECOVERY_GROUP_CHARS)
    return "-".join(signs[start : start + RECOVERY_GROUP_CHARS] for start in starts)


def recovery_secret(typed: str) -> str:
    """What is stretched into a key: the random signs of what was typed.

    Errors:  RuleBroken KEY-009 mistyped.
    """
    text = unicodedata.normalize("NFKC", typed).upper()
    # People type the hyphen as dash, minus, long dash or blank.
    signs = "".join(
        char for char in text if not char.isspace() and unicodedata.category(char) not in {"Pd", "Sm"}
    )
    whole = RECOVERY_GROUPS_COUNT * RECOVERY_GROUP_CHARS
    body, check = signs[:-RECOVERY_GROUP_CHARS], signs[-RECOVERY_GROUP_CHARS:]
    if len(signs) != whole or set(signs) - set(RECOVERY_ALPHABET) or check != check_group(body):
        raise RuleBroken(
            "KEY-009", _("恢复密钥输入有误。请对照恢复单逐组核对，恢复密钥里没有字母 I、O 和数字 0、1。")
        )
    return body


def check_group(body: str) -> str:
    """The eighth group, which tells a slip of the pen from a wrong key."""
    number = hashlib.sha256(b"jingwushi recovery" + body.encode("ascii", "replace")).digest()
    return "".join(RECOVERY_ALPHABET[byte % 32] for byte in number[:RECOVERY_GROUP_CHARS])
