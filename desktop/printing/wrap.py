"""Breaks Chinese text into lines: a pure function of text, character widths and room.

Kept: no line starts with a closing mark or ends with an opening one (GB/T 15834, 行首行尾禁则), numbers, identity
numbers and Latin words stay whole, newlines and leading ideographic spaces stand. A full-width mark gives up its blank
half beside another mark and at the end of a line (标点挤压); so much of it as the caller allows may hang (行末悬挂).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence, Set as AbstractSet
from itertools import accumulate, groupby
from typing import NamedTuple

NO_START = frozenset(
    "，。、；：？！）》」』】〕〉｝］〗〙”’…—·•・％‰℃々ー～〜,.;:?!)]}%~"  # noqa: RUF001 - these are the marks themselves
    "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030c"
)
"""Marks that may not begin a line; the last ones are combining accents of transcribed names."""

NO_END = frozenset("（《「『【〔〈｛［〖〘“‘([{￥¥$＄№□")  # noqa: RUF001 - these are the marks themselves
"""Marks that may not end a line."""

_LATIN = "".join(map(chr, (*range(0xC0, 0xD7), *range(0xD8, 0xF7), *range(0xF8, 0x250))))
_WIDE = "".join(map(chr, (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))))
UNBROKEN = frozenset(
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.,-/:_@#*+&'%~=" + _LATIN + _WIDE
)
"""Characters whose runs stay whole: digits and letters, and what joins them in numbers, codes and addresses."""

RUN = re.compile(f"[{re.escape(''.join(sorted(UNBROKEN)))}]+")
"""Runs of such characters."""
_STARTS, _ENDS, _RUNS = ("".join(map(re.escape, sorted(marks))) for marks in (NO_START, NO_END, UNBROKEN))
UNIT = re.compile(f"[{_ENDS}]*[{_RUNS}]+[{_STARTS}]*")
"""A run with the marks that cannot be parted from it."""

CLOSING = frozenset("，。、；：！？）》」』】〕〉”’")  # noqa: RUF001 - these are the marks themselves
"""Full-width marks of the bundled fonts whose right half is blank; a test looks at the outlines."""
OPENING = frozenset("（《「『【〔〈“‘")  # noqa: RUF001 - these are the marks themselves
"""Those whose left half is blank."""
_BESIDE = re.compile(
    f"[{''.join(sorted(CLOSING))}](?=[{''.join(sorted(CLOSING | OPENING))}])"
    f"|(?<=[{''.join(sorted(OPENING))}])[{''.join(sorted(OPENING))}]"
)

_MARKS = "".join(sorted(CLOSING | OPENING))
_PAIR = re.compile(f"[{_MARKS}](?:(?<=[{''.join(sorted(CLOSING))}])[{_MARKS}]|[{''.join(sorted(OPENING))}])")
"""Whether there is anything to squeeze, four times as fast: a search for a set runs in C."""

NAME = 4
"""A person's name of so many characters is never broken; a longer one may be, a transcribed one after its dots."""
_WORD = re.compile(r"[^\s、，,；;：:／/（）()·•・]+")

BOX, BLANK = "□", "\u3000"
OPTION = re.compile(f"{BOX} ?[^{BOX}{BLANK}\\s，。；：]*(?:：_+)?")
"""A box to tick with what it stands for, and the line to write on behind it."""
_BEFORE_BOX = re.compile(f"{BLANK}+(?={BOX})")

LONG = 20
"""A shorter text mostly fits, and its sum is the cheapest way to know; half of a ledger's time goes into measuring."""


def longest_run(text: str, widths: Mapping[str, float]) -> float:
    """The width of the widest number, code or word in a text, which a narrower column would have to cut."""
    runs = ("".join(run) for whole, run in groupby(text, UNBROKEN.__contains__) if whole)
    return max((sum(map(widths.__getitem__, run)) for run in runs), default=0.0)


def may_break(before: str, after: str) -> bool:
    """Whether a line may end with the character `before` when the next begins with `after`."""
    return not (
        after in NO_START or before in NO_END or after == " " or (before in UNBROKEN and after in UNBROKEN)
    )


def widest_piece(text: str, widths: Mapping[str, float]) -> float:
    """The width of the longest part of a text that no line may break."""
    pieces, start = set[str](), 0
    for at in range(1, len(text) + 1):
        if at == len(text) or text[at] == "\n" or text[at - 1] == "\n" or may_break(text[at - 1], text[at]):
            pieces.add(text[start:at])
            start = at
    return max((ink_width(piece, widths) for piece in pieces), default=0.0)


def has_pairs(text: str) -> bool:
    """Whether a mark stands beside another somewhere, so that one of them is squeezed."""
    return _PAIR.search(text) is not None


def squeezed(line: str) -> Sequence[int]:
    """Where a mark of the line gives up its blank half to its neighbour.

    Shape:   indices of closing marks, which are cut behind, and of opening marks, which are cut before.
    """
    if _PAIR.search(line) is None:
        return ()
    return [found.start() for found in _BESIDE.finditer(line)]


def line_width(line: str, widths: Mapping[str, float]) -> float:
    """The room that a line takes as it is drawn: marks beside marks squeezed, its last one full."""
    width = sum(map(widths.__getitem__, line))
    if _PAIR.search(line) is None:
        return width
    return width - sum(widths[line[at]] / 2 for at in squeezed(line))


def ink_width(line: str, widths: Mapping[str, float]) -> float:
    """The room up to the right edge of the last ink: the blank half of a mark at the end is not counted."""
    shown = line if line[-1:] not in {" ", BLANK} else line.rstrip(f" {BLANK}")
    blank = widths[shown[-1]] / 2 if shown and shown[-1] in CLOSING else 0.0
    return line_width(shown, widths) - blank


def short_names(text: str) -> list[tuple[int, int]]:
    """The spans of the names in a text that are never broken: words of at most four characters."""
    return [found.span() for found in _WORD.finditer(text) if found.end() - found.start() <= NAME]


def _kept_options(text: str, widths: Mapping[str, float], max_width: float) -> Iterator[int]:
    """Where no line may end in a list of boxes to tick: inside an option that a line can hold, before the blanks
    between two; those stay at the end of the line.
    """
    for found in OPTION.finditer(text):
        if ink_width(found.group(), widths) <= max_width:
            yield from range(found.start() + 1, found.end())
    for found in _BEFORE_BOX.finditer(text):
        if found.start():
            yield from range(*found.span())


def wrap(
    text: str,
    widths: Mapping[str, float],
    max_width: float,
    *,
    first_indent: float = 0.0,
    hang: float = 0.0,
    names: bool = False,
) -> list[str]:
    """The lines of a text; joined again they are the text without its newlines.

    A run that is wider than a whole line is cut where the line is full, at a mark if that saves a rule. Blanks at the
    end of a line take no room. An empty text is one empty line. With `names`, people's names of at most four
    characters stay whole as numbers do; so does a box to tick with its words, in any text.

    Units:   widths, `max_width`, `first_indent` (of every paragraph) and `hang` (how much of a closing mark may stand
             beyond the line) in the same unit.
    """
    if "\n" in text:
        return [
            line
            for part in text.split("\n")
            for line in wrap(part, widths, max_width, first_indent=first_indent, hang=hang, names=names)
        ]
    measured: Iterator[float] = map(widths.__getitem__, text)
    if len(text) < LONG:
        if not text or sum(measured) + first_indent <= max_width:
            return [text]
        measured = map(widths.__getitem__, text)
    ends = list(accumulate(measured))
    if ends[-1] + first_indent <= max_width:
        return [text]
    beside = squeezed(text)
    if beside:
        advance = [widths[char] for char in text]
        for at in beside:
            advance[at] /= 2
        ends = list(accumulate(advance))
    kept: AbstractSet[int] = frozenset()
    if names:
        kept = {at for start, stop in short_names(text) for at in range(start + 1, stop)}
    if BOX in text:
        kept = {*kept, *_kept_options(text, widths, max_width - first_indent)}
    return list(_broken(text, ends, widths, _Room(max_width, first_indent, hang), kept))


class Fitted(NamedTuple):
    """A text in lines and the type in which nothing of it is cut."""

    lines: Sequence[str]
    size_pt: float

    def part(self, start: int, stop: int | None = None) -> Fitted:
        """Some of the lines."""
        return self._replace(lines=self.lines[start:stop])


def fit(
    text: str,
    widths: Mapping[str, float],
    room_pt: float,
    size_pt: float,
    *,
    smallest_pt: float,
    hang_pt: float = 0.0,
    names: bool = False,
) -> Fitted:
    """The lines of a cell: a number, word or short name wider than the cell is set smaller instead of being cut.

    Units:   points; the widths in thousandths of the size. Below `smallest_pt` what is too wide is cut after all.
    """
    widest = widest_piece(text, widths)
    if names:
        widest = max((widest, *(ink_width(text[one:two], widths) for one, two in short_names(text))))
    size = min(size_pt, max(smallest_pt, room_pt / widest * 1000 - 0.005)) if widest else size_pt
    lines = wrap(text, widths, room_pt / size * 1000, hang=hang_pt / size * 1000, names=names)
    return Fitted(lines, size)


def balanced(text: str, widths: Mapping[str, float], max_width: float) -> list[str]:
    """As many lines as `wrap` needs, of lengths as equal as may be: for labels and titles."""
    lines = wrap(text, widths, max_width)
    if len(lines) == 1 or "\n" in text:
        return lines
    step = max_width / 20
    narrower = sum(map(widths.__getitem__, text)) / len(lines)
    while narrower < max_width:
        found = wrap(text, widths, narrower)
        if len(found) <= len(lines):
            return found
        narrower += step
    return lines


class _Room:
    """What a line may take: its width, less on the first line, more for a mark that hangs."""

    __slots__ = ("first_indent", "hang", "max_width")

    def __init__(self, max_width: float, first_indent: float, hang: float) -> None:
        self.max_width = max_width
        self.first_indent = first_indent
        self.hang = hang


def _broken(
    text: str, ends: list[float], widths: Mapping[str, float], room: _Room, kept: AbstractSet[int]
) -> Iterator[str]:
    start, used, width, length = 0, 0.0, room.max_width - room.first_indent, len(text)
    while start < length:
        full = bisect_right(ends, used + width, start)
        if full < length and text[full] in _AT_END:
            full = _with_marks(text, ends, full, used + width + room.hang, widths)
            while full < length and (text[full] == " " or (text[full] == BLANK and full in kept)):
                full += 1
        if full == start:
            full += 1  # one sign at least stands on a line, even where the column is narrower than it
        if full >= length:
            yield text[start:]
            return
        stop = _last_break(text, start, full, kept)
        yield text[start:stop]
        used, start, width = ends[stop - 1], stop, room.max_width


_AT_END = CLOSING | {" ", BLANK}


def _with_marks(text: str, ends: list[float], full: int, limit: float, widths: Mapping[str, float]) -> int:
    """The end of a line with the marks that hang or give up their half there."""
    while full < len(text) and text[full] in CLOSING:
        before = ends[full - 1] if full else 0.0
        if before + widths[text[full]] / 2 > limit:
            break
        full += 1
    return full


def _last_break(text: str, start: int, full: int, kept: AbstractSet[int]) -> int:
    """The last allowed end of a line that begins at `start` and has room up to `full`.

    Where no end is allowed, cutting a run is better than breaking a rule for marks, and that is better than overflow.
    """
    if not kept and _FIRST_HAN <= text[full] <= _LAST_HAN and _FIRST_HAN <= text[full - 1] <= _LAST_HAN:
        return full  # between two characters, as most lines end
    for stop in range(full, start, -1):
        if stop not in kept and may_break(text[stop - 1], text[stop]):
            return stop
    for stop in range(full, start, -1):
        if text[stop] not in NO_START and text[stop - 1] not in NO_END:
            return stop
    return full


_FIRST_HAN, _LAST_HAN = "\u3400", "\u9fff"
