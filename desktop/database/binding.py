"""A second wrap around the keys of accounts, which only one Windows account on one PC opens (DPAPI).

With it, whoever copied the room's folder cannot even try passwords. The recovery key never has it: the printed sheet
opens the room on any PC. Layout: `docs/formats/keys.md`.
"""

from __future__ import annotations

from desktop.base import windows
from desktop.base.errors import Refused, RuleBroken
from desktop.base.paths import fault_from
from desktop.base.text import _

ELSEWHERE = "KEY-014"


def can_bind() -> bool:
    """Whether this PC has such a wrap at all: Windows only."""
    return windows.can_bind_to_account()


def demand_windows() -> None:
    """Errors: RuleBroken KEY-015 where there is no Windows."""
    if not can_bind():
        raise RuleBroken("KEY-015", _("这台电脑不是 Windows，没有这一道锁，什么都没有改。密码照常保护数据。"))


def seal(wrapped: bytes, purpose: bytes) -> bytes:
    """The wrapped key for this Windows account; opened once on the spot, so that nobody is locked out by it.

    Errors:  EnvironmentFault ENV-0xx when Windows refuses, Refused KEY-014 when it does not open what it sealed;
             nothing has changed.
    """
    try:
        sealed = windows.bind_to_account(wrapped, purpose)
    except OSError as error:
        raise fault_from(error, _("绑定 Windows 账号")) from error
    if unseal(sealed, purpose) != wrapped:
        raise ValueError("DPAPI opened something else")
    return sealed


def unseal(sealed: bytes, purpose: bytes) -> bytes:
    """The opposite of `seal`.

    Errors:  Refused KEY-014 on another PC, for another Windows account, and after its password was reset.
    """
    try:
        return windows.open_bound(sealed, purpose)
    except OSError as error:
        raise Refused(
            ELSEWHERE,
            _(
                "密钥绑定着另一个 Windows 账号，密码在这里打不开；数据没有受到影响。请用恢复单："
                "登录时点“忘记密码”；从备份恢复时，在密码处填恢复密钥。"
            ),
        ) from error
