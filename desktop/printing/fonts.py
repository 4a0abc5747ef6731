"""The fonts that paper is set in: the bundled ones, so that the same paper has the same bytes on every PC.

Each style is a chain: a character is drawn with the first font that has it. What no font has is told before printing
(`Fonts.missing`) and never drawn as an empty box without a word. What Windows brings differs from PC to PC; it comes
before the bundled fonts only where a paper asks for it (`Fonts.dressed`, `system_fonts.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from mmap import ACCESS_READ, mmap
from pathlib import Path
from threading import Lock
from typing import Any, Literal

from reportlab.pdfbase.ttfonts import TTFError

from desktop.base.characters import standard_characters
from desktop.base.errors import EnvironmentFault, RuleBroken
from desktop.base.text import _
from desktop.printing.face import Face
from desktop.printing.wrap import ink_width, line_width

Style = Literal["serif", "sans", "title", "kai"]
"""Text, heads, the title of a letter, its second headings; the last two are 宋 unless the fonts are `dressed`."""

SERIF = "NotoSerifSC-Regular.ttf"
SANS = "NotoSansSC-Regular.ttf"
RARE = "HanaMinB.ttf"
CHAINS: Mapping[Literal["serif", "sans"], tuple[str, ...]] = {
    "serif": (SERIF, RARE, SANS),
    "sans": (SANS, RARE, SERIF),
}
"""宋 and 黑. Noto has GB 18030 levels 1 and 2 whole, HanaMinB the rest of level 3."""

_PRIVATE, _PRIVATE_PLANES = range(0xE000, 0xF900), 0xF0000
_INVISIBLE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\xa0\xad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]"
)
_UNCLEAN = re.compile(f"{_INVISIBLE.pattern[:-1]}\ue000-\uf8ff]")
_SHOWN_AS = {"\t": " ", "\xa0": " ", "\x85": "\n", "\u2028": "\n", "\u2029": "\n", "\r": "\n"}


def printable(text: str) -> str:
    """The text as it can stand on paper: line ends are newlines, a tab is a blank, invisible characters are gone.

    Characters of old fonts become the standard ones. A variation selector after a name character is dropped too: our
    fonts have no variants, the base character stays.
    """
    if not _UNCLEAN.search(text):
        return text
    known = standard_characters(text.replace("\r\n", "\n"))
    return _INVISIBLE.sub(lambda found: _SHOWN_AS.get(found.group(), ""), known)


def needs_cleaning(text: str) -> bool:
    """Whether `printable` would change the text."""
    return bool(_UNCLEAN.search(text))


def all_printable(texts: Sequence[str]) -> Sequence[str]:
    """Several texts as they can stand on paper; one search where nothing has to be changed."""
    return [printable(text) for text in texts] if _UNCLEAN.search("".join(texts)) else texts


class FontFile:
    """One font file, or one face of a collection, parsed when first used."""

    def __init__(self, path: Path, index: int = 0) -> None:
        self.path = path
        self._index = index
        self._lock = Lock()

    @cached_property
    def face(self) -> Any:
        """ReportLab's parsed face.

        Errors:  EnvironmentFault PRN-001 when the file is gone or damaged.
        """
        try:
            with self.path.open("rb") as opened, mmap(opened.fileno(), 0, access=ACCESS_READ) as data:
                return Face(data, self.path, self._index)
        except (TTFError, OSError, ValueError) as error:
            raise _font_fault(self.path) from error

    def has(self, char: str) -> bool:
        """Whether the font has a glyph for the character; never for private-use ones, whose meaning nobody knows."""
        code = ord(char)
        return code in self.face.charToGlyph and code not in _PRIVATE and code < _PRIVATE_PLANES

    def width(self, char: str) -> float:
        """The advance width in thousandths of the size."""
        face = self.face
        return float(face.width_of(face.charToGlyph.get(ord(char), 0)))

    def ink_of(self, glyph: int) -> tuple[float, float]:
        """How far the ink of a glyph reaches to the left and to the right, in thousandths of the size."""
        with self.path.open("rb") as opened, mmap(opened.fileno(), 0, access=ACCESS_READ) as data:
            left, right = self.face.ink_of(data, glyph)
            return float(left), float(right)

    def subset(self, codes: list[int]) -> bytes:
        """A TrueType file with the glyphs of these characters only."""
        with self._lock:  # ReportLab's parser keeps its reading position in the face
            face = self.face
            try:
                with self.path.open("rb") as opened, mmap(opened.fileno(), 0, access=ACCESS_READ) as data:
                    return bytes(face.subset(data, codes))
            except (OSError, ValueError) as error:
                raise _font_fault(self.path) from error


class _Widths(dict[str, float]):
    def __init__(self, chain: Chain) -> None:
        super().__init__()
        self._chain = chain

    def __missing__(self, char: str) -> float:
        font = self._chain.font_of(char)
        width = self[char] = 1000.0 if font is None else font.width(char)
        return width


class Chain:
    """The fonts of one style in order of preference."""

    def __init__(self, files: tuple[FontFile, ...]) -> None:
        self.files = files
        self.widths: Mapping[str, float] = _Widths(self)
        self._font_of: dict[str, FontFile | None] = {}

    @property
    def first(self) -> FontFile:
        """The font that has all but the rare characters."""
        return self.files[0]

    def font_of(self, char: str) -> FontFile | None:
        """The first font that has the character, None when none has."""
        if char not in self._font_of:
            self._font_of[char] = next((font for font in self.files if font.has(char)), None)
        return self._font_of[char]

    def width(self, text: str, size_pt: float) -> float:
        """The width of a line in points as it is drawn; a character that no font has counts as full-width."""
        return line_width(text, self.widths) * size_pt / 1000

    def ink_width(self, text: str, size_pt: float) -> float:
        """The width up to the last ink: the blank half of a mark at the end is not counted."""
        return ink_width(text, self.widths) * size_pt / 1000


class Fonts:
    """The font files of one folder; safe to share between threads and papers."""

    def __init__(self, serif: Chain, sans: Chain) -> None:
        self._chains: dict[Style, Chain] = {"serif": serif, "sans": sans, "title": serif, "kai": serif}
        self.has_heavy_title = False
        """Whether titles are in 小标宋, which is heavy by itself."""

    @classmethod
    def load(cls, fonts_folder: Path) -> Fonts:
        """The fonts of a folder; files are parsed when first needed.

        Errors:  EnvironmentFault PRN-001 naming the file that is missing.
        """
        files = {name: FontFile(fonts_folder / name) for name in (SERIF, SANS, RARE)}
        for font in files.values():
            if not font.path.is_file():
                raise _font_fault(font.path)
        serif, sans = (Chain(tuple(files[name] for name in CHAINS[style])) for style in ("serif", "sans"))
        return cls(serif, sans)

    def dressed(self, text: FontFile | None, kai: FontFile | None, title: FontFile | None = None) -> Fonts:
        """The same fonts with others before them for text, second headings, titles; None leaves the bundled one."""
        bundled = self._chains["title"]
        dressed = Fonts(bundled, self._chains["sans"])
        chains: dict[Style, FontFile | None] = {"serif": text, "kai": kai, "title": title}
        for style, own in chains.items():
            if own is not None:
                dressed._chains[style] = Chain((own, *bundled.files))
        dressed.has_heavy_title = title is not None
        return dressed

    def chain(self, style: Style) -> Chain:
        """The chain of a style."""
        return self._chains[style]

    def missing(self, texts: Iterable[str]) -> list[str]:
        """The characters that no font has, each once, in code order. Show them before printing."""
        wanted: set[str] = set()
        wanted.update(*texts)
        shown = set(printable("".join(wanted))) - {"\n"}
        return sorted(char for char in shown if self._chains["serif"].font_of(char) is None)

    def require(self, texts: Iterable[str], *, allow_missing: bool) -> list[str]:
        """The missing characters when the caller allows them, else a refusal that names them.

        Errors:  RuleBroken PRN-002 with the fact `characters`.
        """
        missing = self.missing(texts)
        if missing and not allow_missing:
            named = "、".join(f"{char}（{code_point(char)}）" for char in missing)
            raise RuleBroken(
                "PRN-002",
                _(
                    "本机字库没有这些字：{characters}。没有打印。请核对录入是否有误；确为人名用字的，可选择打印手写方框，打印后补写。"
                ).format(characters=named),
                characters=missing,
            )
        return missing


def code_point(char: str) -> str:
    """The character's number as Unicode writes it: U+2EBF0."""
    return f"U+{ord(char):04X}"


def hand_note(missing: Iterable[str]) -> str:
    """The line under a paper that names what must be written into its boxes; empty when there are none."""
    codes = "、".join(map(code_point, missing))
    return f"方框处为本机字库没有的字，请按原件手写补齐，字码：{codes}。" if codes else ""


def _font_fault(path: Path) -> EnvironmentFault:
    return EnvironmentFault(
        "PRN-001",
        _("打印用的字体文件 {name} 不见了或已损坏，没有打印，数据没有丢失。请重新运行安装程序修复。").format(
            name=path.name
        ),
        name=path.name,
    )
