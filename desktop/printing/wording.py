"""Statutory sentences for papers, picked by the day of the event.

They are data (`resources/wording/*.toml`), because laws change and a paper about an event of before rests on the old
text.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from desktop.base.errors import EnvironmentFault, RuleBroken
from desktop.base.paths import resource
from desktop.base.text import _


@dataclass(frozen=True)
class Sentence:
    """One wording with its article, the text of the law that was read, and the days on which it holds.

    Shape:   `in_force_to` is None while it still holds; both days are inside.
    """

    name: str
    text: str
    source: str
    text_version: str
    in_force_from: date
    in_force_to: date | None
    checked_by: str

    def holds_on(self, day: date) -> bool:
        """Whether the sentence was in force on that day."""
        return self.in_force_from <= day and (self.in_force_to is None or day <= self.in_force_to)


def pick(file: str, name: str, on: date) -> Sentence:
    """The sentence of that name as it held on the day of the event.

    Errors:  RuleBroken PRN-020 when none held then; EnvironmentFault PRN-021 for a file that cannot be read.
    """
    for sentence in _sentences(file):
        if sentence.name == name and sentence.holds_on(on):
            return sentence
    raise RuleBroken(
        "PRN-020",
        _("{day}没有可用的法定文字，不能打印这份文书，请核对日期").format(day=on.isoformat()),
        name=name,
    )


def sentence_names(file: str) -> list[str]:
    """The names of all sentences of a file, on whatever day they hold.

    Errors:  EnvironmentFault PRN-021.
    """
    return sorted({sentence.name for sentence in _sentences(file)})


def _sentences(file: str) -> tuple[Sentence, ...]:
    return _load(resource("wording") / f"{file}.toml")


@lru_cache(maxsize=16)
def _load(path: Path) -> tuple[Sentence, ...]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        return tuple(_sentence(item) for item in content["sentence"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        sentence = _("法定文字文件{name}读不出来。已有的记录没有变。请重新安装程序")
        raise EnvironmentFault("PRN-021", sentence.format(name=path.name), file=path.name) from error


def _sentence(item: Mapping[str, Any]) -> Sentence:
    return Sentence(
        name=str(item["name"]),
        text=str(item["text"]),
        source=str(item["source"]),
        text_version=str(item["text_version"]),
        in_force_from=item["in_force_from"],
        in_force_to=item.get("in_force_to"),
        checked_by=str(item["checked_by"]),
    )
