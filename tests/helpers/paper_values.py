"""Invented values for any paper, of the kinds that break layouts: names of fifty characters, facts of eighteen lines,
empty fields, twelve parties, rare characters, numbers beside marks.

    values = make_values(paper.fields(registry), Random(7))

Fields are filled by their name.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random
from typing import Any

MOST_OF_A_KIND = 12
LONG_NAME = "买买提江·吐尔逊·阿卜杜热合曼·伊敏尼亚孜·库尔班江·艾则孜·玉素甫江·热合木吐拉·阿布都外力·巴克"
NAMES = (
    "王某",
    "赵大勇",
    "欧阳某某",
    "李𬭎",
    "张㛃𠅤",
    "阿卜杜热合曼·库尔班江",
    LONG_NAME,
    "Zhang San",
    "司马某某（曾用名：司马某）",
)
NUMBERS = (
    "64990119900101002X",
    "649901198512310017",
    "12000000001",
    "0951-1234567-801",
    "DQ-TJ-2026-0031",
    "（2026）桥调3号",
    "91649901MA12345678",
)
WORDS = ("村民", "务农", "有", "一般", "人民调解", "汉", "回族", "男", "女", "在外务工（春节前后返乡）", "")
PLACES = ("青石乡大桥村3组12号", "大桥村村委会", "青石镇大桥村石板滩12组208号附3号王家院内（村小学对面）", "")
_CLAUSES = (
    "因宅基地界址与邻居发生争执，双方互不相让；",
    "“你先动手的！”——甲方说，乙方答：“没有……”。",
    "依照《中华人民共和国人民调解法》（2010年8月28日通过）第二十八条、第二十九条，",
    "赔偿医药费、误工费共计人民币12,800.50元（大写：壹万贰仟捌佰元伍角整），",
    "于2026-03-05前付清，账号6217001234567890123，联系电话12000000001；",
    "证据：照片3张、视频1段（00:12:45）、收条《今收到》；",
    "经村委会、司法所多次劝解未果。",
    "一方手臂有轻微擦伤，未申请伤情鉴定，费用占比约33.3%，气温-12℃；",
    "参见https://example.invalid/a/b?c=d（内部编号No.12-3/4）。",
    "【补充】李𬭎、张㛃𠅤在场见证；",
)
_NAME_FIELDS = ("name", "people", "leader", "recorder", "mediator", "reviewer", "host", "speaker", "person")
_NUMBER_FIELDS = ("_no", "phone", "number", "code")
_LONG_FIELDS = (
    *("facts", "items", "content", "performance", "description", "handling", "note", "text", "reason"),
    *(
        "result",
        "summary",
        "opinion",
        "finding",
        "measure",
        "words",
        "statement",
        "guardian",
        "representative",
    ),
)
_DAY_FIELDS = ("_on", "_at", "day", "birth", "date")


def make_values(schema: Mapping[str, Any], dice: Random) -> dict[str, Any]:
    """Invented values for what a form may use: texts, ticks, groups, and one to twelve rows."""
    return {name: _value_of(name, inside, dice) for name, inside in schema.items()}


def _value_of(name: str, inside: Any, dice: Random) -> Any:
    if isinstance(inside, list):
        return [make_values(inside[0], dice) for _row in range(dice.choice((1, 2, 3, MOST_OF_A_KIND)))]
    if inside is not None:
        return make_values(inside, dice)
    return dice.random() < 0.5 if name.startswith(("is_", "has_")) else make_text(name, dice)


def long_text(dice: Random, lines: int = 18) -> str:
    """Sentences with every kind of mark; some of eighteen lines, some with line ends."""
    clauses = [dice.choice(_CLAUSES) for _clause in range(dice.choice((1, 2, 5, lines)))]
    return dice.choice(("", "", "\n")).join(clauses)


def make_text(name: str, dice: Random) -> str:
    """An invented text for a field or a column of that name or label."""
    if dice.random() < 0.08:
        return ""
    if any(part in name for part in _DAY_FIELDS) or "日期" in name or "时限" in name:
        return (date(2026, 1, 1) + timedelta(days=dice.randrange(365))).isoformat()
    if any(part in name for part in _NAME_FIELDS) or any(part in name for part in ("人", "员", "当事")):
        return dice.choice(NAMES)
    if any(part in name for part in _LONG_FIELDS) or any(
        part in name for part in ("简况", "内容", "情况", "诉求")
    ):
        return long_text(dice)
    if any(part in name for part in _NUMBER_FIELDS) or any(part in name for part in ("号", "电话")):
        return dice.choice(NUMBERS)
    if "place" in name or "address" in name or "地" in name:
        return dice.choice(PLACES)
    return dice.choice(WORDS)
