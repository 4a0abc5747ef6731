"""Breaks Chinese text into lines: a pure function of text, character widths and room.

Kept: no line starts with a closing mark or ends with an opening one (GB/T 15834, 行首行尾禁则), numbers, identity
numbers and Latin words stay whole, newlines and leading ideographic spaces stand. Nothing is hung outside the room.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from itertools import accumulate

NO_START = frozenset(
    "，。、；：？！）》」』】〕〉｝］〗〙”’…—·•・％‰℃々ー～〜,.;:?!)]}%~"  # noqa: RUF001 - these are the marks themselves
    "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030c"
)
"""Marks that may not begin a line; the last ones are combining accents of transcribed names."""

NO_END = frozenset("（《「『【〔〈｛［〖〘“‘([{￥¥$＄№")  # noqa: RUF001 - these are the marks themselves
"""Marks that may not end a line."""

_LATIN = "".join(map(chr, (*range(0xC0, 0xD7), *range(0xD8, 0xF7), *range(0xF8, 0x250))))
_WIDE = "".join(map(chr, (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))))
UNBROKEN = frozenset(
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.,-/:_@#*+&'%~=" + _LATIN + _WIDE
)
"""Characters whose runs stay whole: digits and letters, and what joins them in numbers, codes and addresses."""


LONG = 20
"""A shorter text mostly fits, and its sum is the cheapest way to know; half of a ledger's time goes into measuring."""


def may_break(before: str, after: str) -> bool:
    """Whether a line may end with the character `before` when the next begins with `after`."""
    return not (
        after in NO_START or before in NO_END or after == " " or (before in UNBROKEN and after in UNBROKEN)
    )


def wrap(text: str, widths: Mapping[str, float], max_width: float, *, first_indent: float = 0.0) -> list[str]:
    """The lines of a text; joined again they are the text without its newlines.

    A run that is wider than a whole line is cut where the line is full, at a mark if that saves a rule. Blanks at the
    end of a line take no room. An empty text is one empty line.

    Units:   widths, `max_width` and `first_indent` (of every paragraph) in the same unit.
    """
    if "\n" in text:
        return [
            line
            for part in text.split("\n")
            for line in wrap(part, widths, max_width, first_indent=first_indent)
        ]
    measured = map(widths.__getitem__, text)
    if len(text) < LONG:
        if not text or sum(measured) + first_indent <= max_width:
            return [text]
        measured = map(widths.__getitem__, text)
    ends = list(accumulate(measured))
    if ends[-1] + first_indent <= max_width:
        return [text]
    return list(_broken(text, ends, max_width, first_indent))


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


def _broken(text: str, ends: list[float], max_width: float, first_indent: float) -> Iterator[str]:
    start, used, room, length = 0, 0.0, max_width - first_indent, len(text)
    while start < length:
        full = bisect_right(ends, used + room, start)
        while full < length and text[full] == " ":
            full += 1
        # One sign at least stands on a line, even where the column is narrower than it.
        full = max(full, start + 1)
        stop = length if full >= length else _last_break(text, start, full)
        yield text[start:stop]
        used, start, room = ends[stop - 1], stop, max_width


def _last_break(text: str, start: int, full: int) -> int:
    """The last allowed end of a line that begins at `start` and has room up to `full`.

    Where no end is allowed, cutting a run is better than breaking a rule for marks, and that is better than overflow.
    """
    for stop in range(full, start, -1):
        if may_break(text[stop - 1], text[stop]):
            return stop
    for stop in range(full, start, -1):
        if text[stop] not in NO_START and text[stop - 1] not in NO_END:
            return stop
    return full
