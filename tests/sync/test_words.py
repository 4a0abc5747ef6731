"""Six words: the same on both sides, and no two words that a bad line can confuse."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, strategies as st
from pypinyin import lazy_pinyin

from desktop.base.errors import EnvironmentFault
from desktop.sync import words
from desktop.sync.words import six_words, word_list

_ALIKE = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("r", "l"))
_ENDINGS = (("ang", "an"), ("eng", "en"), ("ing", "in"))


def as_heard(word: str) -> str:
    """The word as somebody may hear it who does not tell zh from z, n from l, or n from ng."""
    heard = []
    for syllable in lazy_pinyin(word):
        sound = syllable
        for strong, weak in _ALIKE:
            if sound.startswith(strong):
                sound = weak + sound[len(strong) :]
                break
        for strong, weak in _ENDINGS:
            if sound.endswith(strong):
                sound = sound[: -len(strong)] + weak
                break
        heard.append(sound)
    return " ".join(heard)


def test_list_has_1024_words_that_nobody_confuses_by_ear() -> None:
    heard: dict[str, str] = {}
    for word in word_list():
        assert as_heard(word) not in heard, (word, heard[as_heard(word)])
        heard[as_heard(word)] = word
    assert len(heard) == 1024


def test_list_is_the_one_that_every_release_ships() -> None:
    assert (word_list()[0], word_list()[511], word_list()[1023]) == ("苹果", "锅铲", "午睡")


def test_six_words_take_sixty_bits_from_the_front() -> None:
    first, second, last = word_list()[0], word_list()[1], word_list()[1023]
    assert six_words(bytes(32)) == (first,) * 6
    assert six_words(b"\xff" * 32) == (last,) * 6
    assert six_words(bytes(7) + b"\x10" + bytes(24)) == (*(first,) * 5, second)
    assert six_words(bytes(7) + b"\x0f" + b"\xff" * 24) == (first,) * 6
    assert six_words(b"\x00\x40" + bytes(30)) == (second, *(first,) * 5)


@given(st.binary(min_size=32, max_size=32), st.integers(0, 59))
def test_any_of_the_first_sixty_bits_changes_a_word(digest: bytes, bit: int) -> None:
    changed = (int.from_bytes(digest, "big") ^ (1 << (255 - bit))).to_bytes(32, "big")
    here, there = six_words(digest), six_words(changed)
    assert [place for place in range(6) if here[place] != there[place]] == [bit // 10]


def test_six_words_need_sixty_bits() -> None:
    with pytest.raises(ValueError, match="short"):
        six_words(bytes(7))


@pytest.mark.parametrize(
    "damage", ["苹果\n", "苹果\n" * 1024, "apple\n" * 1024], ids=["short", "same", "latin"]
)
def test_damaged_list_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    path = tmp_path / "six_words.txt"
    path.write_text("# 词表\n" + damage, encoding="utf-8")
    monkeypatch.setattr(words, "resource", lambda *_parts: path)
    with pytest.raises(EnvironmentFault, match="SYN-050"):
        word_list.__wrapped__()
