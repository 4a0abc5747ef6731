"""What only the operating system knows or does: sticks, keys of one Windows account, the registry, other programs.

Everything answers on Linux too, so that nobody above asks which system it is. No package: the few calls are in Windows'
own libraries, named here with their constants from the headers.
"""

from __future__ import annotations

import ctypes
import errno
import os
import re
import sys
from collections.abc import Sequence
from enum import Enum
from pathlib import Path

# winbase.h, dpapi.h
_DRIVE_REMOVABLE = 2
_SEM_FAILCRITICALERRORS = 1
_CRYPTPROTECT_UI_FORBIDDEN = 1
# wintrust.h, softpub.h: by the file, without a box, without the network.
_GENERIC_VERIFY = bytes.fromhex("6bc5aa00 44cd d011 8cc2 00c04fc295ee")
_WTD_UI_NONE, _WTD_CHOICE_FILE, _WTD_CACHE_ONLY = 2, 1, 0x1000
# winerror.h: no signature, and two ways to say that this kind of file carries none.
_NO_SIGNATURE = (0x800B0100, 0x800B0003, 0x800B0001)
# Altered since; signed with a key that was called back, or that this PC was told never to believe.
_BROKEN_SIGNATURE = (0x80096010, 0x800B010C, 0x800B0111)
_LINUX_MOUNTS = re.compile(r"^\S+ (/(?:media|run/media)/\S+) ", re.MULTILINE)
_ESCAPED = re.compile(r"\\([0-7]{3})")


def removable_drives() -> tuple[Path, ...]:
    """The roots of the sticks that can be read now; cheap enough to be asked every few seconds, off the window."""
    if sys.platform == "win32":
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        # Without it an empty card reader brings up a box of Windows' own.
        before = kernel.SetErrorMode(_SEM_FAILCRITICALERRORS)
        try:
            bits = kernel.GetLogicalDrives()
            roots = [f"{chr(ord('A') + place)}:\\" for place in range(26) if bits >> place & 1]
            return tuple(
                Path(root)
                for root in roots
                if kernel.GetDriveTypeW(root) == _DRIVE_REMOVABLE
                and kernel.GetVolumeInformationW(root, None, 0, None, None, None, None, 0)
            )
        finally:
            kernel.SetErrorMode(before)
    mounts = Path("/proc/mounts")
    text = mounts.read_text(encoding="utf-8", errors="replace") if mounts.exists() else ""
    return tuple(Path(_plain(found)) for found in _LINUX_MOUNTS.findall(text))


def _plain(mount: str) -> str:
    # The kernel writes blanks and the like as three octal digits.
    return _ESCAPED.sub(lambda found: chr(int(found[1], 8)), mount)


def start_program(program: Path, words: Sequence[str], *, as_administrator: bool) -> None:
    """Starts a program and does not wait for it; the words hold neither blanks nor quotes.

    By the shell and not as a child: only the shell asks the person for the rights that an installer wants.

    Errors:  OSError where it cannot be started, or the person refused those rights (winerror 1223); ENOSYS where
             there is no Windows.
    """
    if sys.platform == "win32":
        verb = "runas" if as_administrator else "open"
        os.startfile(program, verb, " ".join(words))  # noqa: S606 - what the caller has just verified
    else:
        raise OSError(errno.ENOSYS, "Windows only")


class Signature(Enum):
    """What Windows says of the digital signature of a program file."""

    TRUSTED = "trusted"
    UNKNOWN = "unknown"
    """Whole, but from somebody whom this PC does not know: without a network it may not have the newest authorities."""
    NONE = "none"
    BROKEN = "broken"


def signature_of(program: Path) -> Signature:
    """The Authenticode signature of a file, judged without the network; NONE where there is no Windows."""
    if sys.platform == "win32":
        file = _TrustedFile(ctypes.sizeof(_TrustedFile), str(program), None, None)
        asked = _Trust(
            size=ctypes.sizeof(_Trust),
            ui=_WTD_UI_NONE,
            choice=_WTD_CHOICE_FILE,
            file=ctypes.pointer(file),
            flags=_WTD_CACHE_ONLY,
        )
        verify = ctypes.WinDLL("wintrust").WinVerifyTrust
        verify.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.POINTER(_Trust)]
        return _signature(verify(None, _GENERIC_VERIFY, ctypes.byref(asked)) & 0xFFFFFFFF)
    return Signature.NONE


def _signature(answer: int) -> Signature:
    if answer == 0:
        return Signature.TRUSTED
    if answer in _NO_SIGNATURE:
        return Signature.NONE
    return Signature.BROKEN if answer in _BROKEN_SIGNATURE else Signature.UNKNOWN


class _TrustedFile(ctypes.Structure):
    _fields_ = (
        ("size", ctypes.c_ulong),
        ("path", ctypes.c_wchar_p),
        ("handle", ctypes.c_void_p),
        ("subject", ctypes.c_void_p),
    )


class _Trust(ctypes.Structure):
    _fields_ = (
        ("size", ctypes.c_ulong),
        ("policy", ctypes.c_void_p),
        ("sip", ctypes.c_void_p),
        ("ui", ctypes.c_ulong),
        ("revocation", ctypes.c_ulong),
        ("choice", ctypes.c_ulong),
        ("file", ctypes.POINTER(_TrustedFile)),
        ("action", ctypes.c_ulong),
        ("state", ctypes.c_void_p),
        ("url", ctypes.c_void_p),
        ("flags", ctypes.c_ulong),
        ("context", ctypes.c_ulong),
        ("settings", ctypes.c_void_p),
    )


def read_machine_value(key: str, name: str) -> str:
    """A text that was registered for every user of this PC; empty where there is none."""
    if sys.platform == "win32":
        import winreg  # noqa: PLC0415 - Windows only

        try:
            return str(winreg.QueryValueEx(winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key), name)[0])
        except FileNotFoundError:
            return ""
    return ""


def machine_id() -> str:
    """What Windows was given when it was installed; empty elsewhere, where a container has a new one each day."""
    return read_machine_value(r"SOFTWARE\Microsoft\Cryptography", "MachineGuid")


def can_bind_to_account() -> bool:
    """Whether this system can seal something for the Windows account that is logged in (DPAPI)."""
    return sys.platform == "win32"


def bind_to_account(data: bytes, purpose: bytes) -> bytes:
    """Sealed so that only this Windows account on this PC (or with its roaming profile) opens it.

    Errors:  OSError where the system cannot.
    """
    return _dpapi("CryptProtectData", data, purpose)


def open_bound(data: bytes, purpose: bytes) -> bytes:
    """The opposite of `bind_to_account`, with the same purpose.

    Errors:  OSError on another PC, for another account, and after an administrator reset the Windows password.
    """
    return _dpapi("CryptUnprotectData", data, purpose)


class _Blob(ctypes.Structure):
    _fields_ = (("size", ctypes.c_ulong), ("data", ctypes.POINTER(ctypes.c_char)))


def _blob(data: bytes) -> _Blob:
    return _Blob(len(data), ctypes.cast(ctypes.create_string_buffer(data, len(data)), _Blob._fields_[1][1]))


def _dpapi(function: str, data: bytes, purpose: bytes) -> bytes:
    if sys.platform == "win32":
        library = ctypes.WinDLL("crypt32", use_last_error=True)
        given, extra, answer = _blob(data), _blob(purpose), _Blob()
        arguments = (ctypes.byref(given), None, ctypes.byref(extra), None, None, _CRYPTPROTECT_UI_FORBIDDEN)
        if not getattr(library, function)(*arguments, ctypes.byref(answer)):
            raise ctypes.WinError(ctypes.get_last_error())
        try:
            return ctypes.string_at(answer.data, answer.size)
        finally:
            free = ctypes.WinDLL("kernel32").LocalFree
            free.argtypes = [ctypes.c_void_p]
            free(ctypes.cast(answer.data, ctypes.c_void_p))
    raise OSError("no DPAPI on this system")
