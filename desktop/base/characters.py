"""Characters of old fonts: private-use code points that a standard has given their Unicode code points since.

GBK systems kept rare characters in the private use area. The same name typed there and today must be found, printed and
compared as one; a code point that no standard explains stays as it is and is told to the clerk.

Source:  GB 18030-2000, -2005, -2022; the table and its reasons are in `resources/characters/`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache

from desktop.base.paths import resource

_PRIVATE = re.compile("[\ue000-\uf8ff]")


def standard_characters(text: str) -> str:
    """The text with every private-use code point that a standard explains replaced by its character."""
    return text.translate(_standard()) if _PRIVATE.search(text) else text


@cache
def _standard() -> Mapping[int, int]:
    table = json.loads(resource("characters", "private_use.json").read_text(encoding="utf-8"))
    return {int(private, 16): int(standard, 16) for private, standard in table.items()}
