"""Six Chinese words for a digest, so that two people can compare keys over the telephone.

The county's clerk reads them out, the room's clerk looks at the own screen. Sixty bits: a forger who wants the same
six words would have to make keys for longer than an enrolment file lives.
"""

from __future__ import annotations

import functools
import re

from desktop.base.errors import EnvironmentFault
from desktop.base.paths import resource
from desktop.base.text import _

WORDS_COUNT = 6
LIST_COUNT = 1024
_BITS = 10
_WORD = re.compile("[\u4e00-\u9fff]{2}")


def six_words(digest: bytes) -> tuple[str, ...]:
    """The words for the first sixty bits of a digest.

    Errors:  EnvironmentFault SYN-050 when the list that ships with the program is damaged.
    """
    if len(digest) * 8 < WORDS_COUNT * _BITS:
        raise ValueError("digest too short")
    number = int.from_bytes(digest, "big") >> (len(digest) * 8 - WORDS_COUNT * _BITS)
    words = word_list()
    places = range((WORDS_COUNT - 1) * _BITS, -1, -_BITS)
    return tuple(words[(number >> place) % LIST_COUNT] for place in places)


@functools.cache
def word_list() -> tuple[str, ...]:
    """The words in their order, which is part of their meaning."""
    lines = resource("wording", "six_words.txt").read_text(encoding="utf-8").splitlines()
    words = tuple(line for line in lines if line and not line.startswith("#"))
    if len(words) != LIST_COUNT or len(set(words)) != LIST_COUNT or not all(map(_WORD.fullmatch, words)):
        raise EnvironmentFault(
            "SYN-050", _("程序文件不完整，核对用的词表不对。记录没有受影响。请重新安装程序。")
        )
    return words
