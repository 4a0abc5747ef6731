"""The Chinese fonts of the PC: 仿宋 for letters, 小标宋 for their titles, 楷, 宋, 黑 where a form asks for one.

Which of them a PC has differs: 仿宋 and 楷 are an optional part of Windows. They are used for paper that goes to the
printer and never copied; what is sealed, bound or written to a file by a command is set in the bundled fonts alone, so
that it has the same bytes on every PC.

Source:  PAPER 1 (which files, which registry keys); GB/T 9704-2012 5.2.2.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from desktop.base.errors import EnvironmentFault
from desktop.printing.fonts import FontFile
from desktop.printing.wrap import CLOSING, OPENING

FONTS_KEY = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion\Fonts"


class Wanted(NamedTuple):
    """One font of Windows: its names in the registry of a Chinese and an English Windows, its usual file and face."""

    names: tuple[str, ...]
    file: str
    face: int = 0


LOOKS: Mapping[str, tuple[Wanted, ...]] = {
    # 仿宋_GB2312 of older PCs has 6,763 characters; the other one is better where both are there.
    "fangsong": (
        Wanted(("FangSong", "仿宋"), "simfang.ttf"),
        Wanted(("FangSong_GB2312", "仿宋_GB2312"), "fangsong_gb2312.ttf"),
    ),
    "kai": (
        Wanted(("KaiTi", "楷体"), "simkai.ttf"),
        Wanted(("KaiTi_GB2312", "楷体_GB2312"), "kaiti_gb2312.ttf"),
    ),
    "song": (Wanted(("SimSun", "宋体"), "simsun.ttc"),),
    "hei": (Wanted(("SimHei", "黑体"), "simhei.ttf"),),
    # Not of Windows: an office that has the licence installs it.
    "biaosong": (
        Wanted(("方正小标宋_GBK", "FZXiaoBiaoSong-B05", "FZXiaoBiaoSong-B05_GBK"), "fzxbsk.ttf"),
        Wanted(("方正小标宋简体", "FZXiaoBiaoSong-B05S"), "fzxbsjw.ttf"),
    ),
}
"""What papers may ask for, best first; `biaosong` is for titles only."""
LABELS: Mapping[str, str] = {
    "fangsong": "仿宋",
    "kai": "楷体",
    "song": "宋体",
    "hei": "黑体",
    "biaosong": "小标宋",
}


class SystemFile(FontFile):
    """A font of Windows.

    A mark whose blank half is not blank in it is left to the bundled font: the typesetter closes up marks that
    stand beside each other.
    """

    def has(self, char: str) -> bool:
        """Whether a character is drawn with it."""
        return char not in self._unfit and super().has(char)

    @cached_property
    def _unfit(self) -> frozenset[str]:
        face = self.face
        found = set()
        for mark in CLOSING | OPENING:
            glyph = face.charToGlyph.get(ord(mark), 0)
            left, right = self.ink_of(glyph)
            half = face.width_of(glyph) / 2
            if right > half if mark in CLOSING else left < half:
                found.add(mark)
        return frozenset(found)


class SystemFonts:
    """What was found on this PC, parsed when first asked for."""

    def __init__(self, candidates: Mapping[str, Sequence[tuple[Path, int]]]) -> None:
        self._candidates = candidates
        self._files: dict[str, SystemFile | None] = {}
        self.refused: dict[Path, str] = {}
        """Files that were found and cannot be used: damaged, other outlines, or not to be embedded."""

    def file(self, look: str) -> SystemFile | None:
        """The font of a look, None where this PC has none that may be used."""
        if look not in self._files:
            self._files[look] = next(self._usable(look), None)
        return self._files[look]

    def _usable(self, look: str) -> Iterator[SystemFile]:
        for path, index in self._candidates.get(look, ()):
            found = SystemFile(path, index)
            try:
                _parsed = found.face
            except EnvironmentFault as fault:
                self.refused[path] = str(fault.__cause__ or fault)
            else:
                yield found

    def found(self) -> dict[str, str]:
        """What a person is told of each look: the file, or an empty text."""
        files = {look: self.file(look) for look in LOOKS}
        return {look: file.path.name if file is not None else "" for look, file in files.items()}


def find_fonts(registered: Mapping[str, str], folders: Sequence[Path]) -> SystemFonts:
    """The fonts among these.

    Shape:   `registered` as in the registry: "SimSun & NSimSun (TrueType)" → a path, or a name in one of the folders.
    """
    files = {path.name.lower(): path for folder in reversed(folders) for path in _inside(folder)}
    known: dict[str, tuple[Path, int]] = {}
    for names, told in registered.items():
        path = Path(told) if Path(told).is_absolute() else files.get(told.lower())
        if path is None or not path.is_file():
            continue
        # A collection names its faces in their order.
        for index, name in enumerate(names.rpartition(" (")[0].split(" & ")):
            known.setdefault(name.strip().lower(), (path, index))
    return SystemFonts({look: list(_candidates(wanted, known, files)) for look, wanted in LOOKS.items()})


def _candidates(
    wanted: Sequence[Wanted], known: Mapping[str, tuple[Path, int]], files: Mapping[str, Path]
) -> Iterator[tuple[Path, int]]:
    for one in wanted:
        for name in one.names:
            if name.lower() in known:
                yield known[name.lower()]
        if one.file in files:
            yield files[one.file], one.face


def _inside(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:  # not there, or not to be read: a PC without fonts of its own
        return []


def fonts_of_this_pc() -> SystemFonts:
    """The fonts of this Windows, for the machine and for the one who works on it; none on other systems."""
    places = (("SystemRoot", r"Fonts"), ("LOCALAPPDATA", r"Microsoft\Windows\Fonts"))
    folders = [Path(os.environ[name]) / inside for name, inside in places if os.environ.get(name)]
    return find_fonts(_registered(), folders)


def _registered() -> dict[str, str]:
    """What the registry says; the machine's fonts go before a person's own."""
    found: dict[str, str] = {}
    if sys.platform == "win32":
        import winreg  # noqa: PLC0415 - Windows only

        for root in (winreg.HKEY_CURRENT_USER, winreg.HKEY_LOCAL_MACHINE):
            try:
                with winreg.OpenKey(root, FONTS_KEY) as key:
                    entries = [winreg.EnumValue(key, number) for number in range(winreg.QueryInfoKey(key)[1])]
            except OSError:  # nobody installed a font of his own
                continue
            found |= {name: told for name, told, _kind in entries if isinstance(told, str)}
    return found
