# ruff: noqa: RUF001 - the tables list the signs that people type
"""Personal names as they are written, and the pinyin initials by which clerks search.

A name is kept as on the card: canonical composition only, never compatibility folding, never cut in the middle
of a sign. Numbers and titles are other modules' business; `initials` serves any text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, product

from desktop.base.characters import standard_characters
from desktop.base.text import _
from desktop.base.verdict import OK, Verdict, block, warn

MAX_NAME_LENGTH = 50
MIDDLE_DOT = "·"
MOST_READINGS = 8

_HAN = "〇㐀-䶿一-鿿豈-﫿\U00020000-\U0003ffff"
# Code points that old police fonts used for rare characters: they stand for Han characters until they are mapped.
_PRIVATE = "\ue000-\uf8ff\U000f0000-\U0010fffd"
# A variation selector belongs to the character before it.
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_HAN_LIKE = _HAN + _PRIVATE + _SELECTORS
_DOTS = "•．.。・·‧∙⋅･﹒●"
_INVISIBLE = re.compile("[\u0000-\u0008\u000e-\u001f\u007f\u200b\u200e\u200f\u2060\ufeff\u00ad]")

_ONE_PRIVATE = re.compile(f"[{_PRIVATE}]")
_HAN_NAME = re.compile(f"[{_HAN_LIKE}]+")
_BLANK_NEAR_HAN = re.compile(f"(?<=[{_HAN_LIKE}]) | (?=[{_HAN_LIKE}])")
_DOT_WITH_BLANKS = re.compile(f" ?([{re.escape(_DOTS)}]) ?")

# Written as the surname that stands before at least one more character.
_COMPOUND_SURNAMES = frozenset(
    {
        "欧阳", "太史", "端木", "上官", "司马", "东方", "独孤", "南宫", "万俟", "闻人", "夏侯", "诸葛", "尉迟", "公羊",
        "赫连", "澹台", "皇甫", "宗政", "濮阳", "公冶", "太叔", "申屠", "公孙", "慕容", "仲孙", "钟离", "长孙", "宇文",
        "司徒", "鲜于", "司空", "闾丘", "子车", "亓官", "司寇", "巫马", "公西", "颛孙", "壤驷", "公良", "漆雕", "乐正",
        "宰父", "谷梁", "拓跋", "夹谷", "轩辕", "令狐", "段干", "百里", "呼延", "东郭", "南门", "羊舌", "微生", "公户",
        "公玉", "公仪", "梁丘", "公仲", "公上", "公门", "公山", "公坚", "左丘", "公伯", "西门", "公祖", "第五", "公乘",
        "贯丘", "公皙", "南荣", "东里", "东宫", "仲长", "子书", "子桑", "即墨", "达奚", "褚师", "纳兰", "完颜", "富察",
        "叶赫", "那拉", "爱新觉罗",
    }
)  # fmt: skip

# The reading as a surname first. Dictionaries give the everyday reading, and people type either.
_SURNAME_READINGS = {
    "单": "sd", "解": "xj", "仇": "qc", "区": "oq", "查": "zc", "曾": "zc", "尉": "wy", "翟": "zd", "乐": "yl",
    "种": "cz", "覃": "qt", "万": "wm", "俟": "qs", "繁": "pf", "晟": "cs", "召": "sz", "谌": "cs", "乜": "nm",
    "折": "sz", "隗": "kw", "适": "ks", "佴": "ne", "祭": "zj", "藏": "zc", "长": "zc", "朝": "zc", "车": "cj",
    "沈": "sc", "石": "sd", "盛": "sc", "谷": "gy", "郇": "xh", "郗": "xc", "郄": "qx", "秘": "bm", "番": "pf",
    "句": "gj", "莘": "sx", "蕃": "pf", "褚": "cz", "重": "cz", "阚": "k", "阿": "ae", "厦": "xs", "角": "jl",
    "术": "zs", "行": "xh", "降": "jx", "炅": "gj", "蔚": "yw", "费": "fb", "龟": "gjq", "冯": "fp",
}  # fmt: skip

# Everyday characters whose readings begin with different letters.
_COMMON_READINGS = {
    "行": "xh", "重": "zc", "长": "cz", "乐": "ly", "会": "hk", "调": "dt", "传": "cz", "朝": "cz", "藏": "cz",
    "降": "jx", "系": "xj", "率": "ls", "弹": "dt", "给": "gj", "校": "xj", "便": "bp", "参": "cs", "曾": "cz",
    "车": "cj", "石": "sd", "厦": "sx", "盛": "sc", "解": "jx", "单": "ds", "仇": "cq", "谷": "gy", "泊": "bp",
    "番": "fp", "覃": "tq", "壳": "kq", "巷": "xh", "蔚": "wy", "尉": "wy", "尾": "wy", "省": "sx", "属": "sz",
    "伺": "cs", "圩": "wx", "查": "cz", "区": "qo", "奇": "qj", "其": "qj", "否": "fp", "夹": "jg", "嚼": "jx",
    "屏": "pb", "扁": "bp", "折": "zs", "提": "td", "术": "sz", "栖": "qx", "殖": "zs", "沈": "sc", "畜": "cx",
    "稽": "jq", "粘": "zn", "翟": "zd", "臭": "cx", "艾": "ay", "虾": "xh", "识": "sz", "贾": "jg", "铅": "qy",
    "阿": "ae", "隗": "wk", "颤": "cz", "颈": "jg", "驮": "td", "召": "zs", "种": "zc", "祭": "jz", "莘": "xs",
    "枸": "gj", "褚": "cz", "繁": "fp", "合": "hg", "吓": "xh", "卡": "kq", "伽": "jgq", "茄": "qj", "峙": "zs",
}  # fmt: skip


def normalise_name(text: str) -> str:
    """The name as it is stored: composed, one kind of middle dot, no blanks inside Han names, single ones elsewhere.

    A character of an old font becomes the standard one. Nothing that can be read is dropped; a name that is too long is
    told by `check_name`, never cut here.
    A full stop between two Latin letters stays, because it marks an initial there.
    """
    value = _INVISIBLE.sub("", unicodedata.normalize("NFC", standard_characters(text)))
    value = " ".join(value.split())
    value = _DOT_WITH_BLANKS.sub(_written_dot, value)
    return _BLANK_NEAR_HAN.sub("", value)


def _written_dot(found: re.Match[str]) -> str:
    before, after = found.string[: found.start()][-1:], found.string[found.end() :][:1]
    if not (_is_letter(before) and _is_letter(after)):
        return found.group()
    if _HAN_NAME.fullmatch(before) or _HAN_NAME.fullmatch(after):
        return MIDDLE_DOT
    return found.group() if found.group(1) == "." or " " in found.group() else MIDDLE_DOT


def _is_letter(sign: str) -> bool:
    return bool(sign) and (unicodedata.category(sign)[0] in "LM" or bool(_HAN_NAME.fullmatch(sign)))


def check_name(text: str) -> Verdict:
    """Whether a name can be stored and will be printed as it is written.

    Units:   code points, because that is what every store counts alike.
    """
    name = normalise_name(text)
    if len(name) > MAX_NAME_LENGTH:
        message = _("姓名最多{limit}个字，现在是{count}个，请核对。")
        return block("NAM-001", message.format(limit=MAX_NAME_LENGTH, count=len(name)))
    if private_use(name):
        return warn(
            "NAM-002", _("姓名里有旧字库的自造字，换一台电脑可能显示不出来，请改用新输入法里的同一个字。")
        )
    if any(sign.isdigit() for sign in name):
        return warn("NAM-003", _("姓名里有数字，请核对。"))
    return OK


def shorten(text: str, limit: int) -> str:
    """The first signs of a text, at most `limit` code points, never parting a character from its marks.

    Errors:  ValueError when `limit` is negative.
    """
    if limit < 0:
        raise ValueError(limit)
    kept = ""
    for cluster in _clusters(text):
        if len(kept) + len(cluster) > limit:
            break
        kept += cluster
    return kept


def _clusters(text: str) -> Iterator[str]:
    cluster = ""
    for sign in text:
        joins = unicodedata.category(sign)[0] == "M" or sign == "\u200d" or cluster.endswith("\u200d")
        if cluster and not joins:
            yield cluster
            cluster = ""
        cluster += sign
    if cluster:
        yield cluster


def private_use(text: str) -> list[str]:
    """The characters of old police fonts in a text, each once, in order; no other PC shows them alike."""
    return list(dict.fromkeys(_ONE_PRIVATE.findall(text)))


def split_surname(text: str) -> tuple[str, str]:
    """Surname and given name of a Han name.

    Shape:   the surname is empty for a name with a middle dot or Latin letters, which has none to split off.
    """
    name = normalise_name(text)
    if not _HAN_NAME.fullmatch(name):
        return "", name
    for length in (4, 2):
        if len(name) > length and name[:length] in _COMPOUND_SURNAMES:
            return name[:length], name[length:]
    first = next(_clusters(name), "")
    return first, name[len(first) :]


def mask_name(text: str) -> str:
    """A name of which only the surname is told: 李某某, 欧阳某某."""
    name = normalise_name(text)
    # Names of other peoples have no surname to split off; their first character does the same.
    return f"{split_surname(name)[0] or name[:1]}某某" if name else ""


def initials(text: str) -> tuple[str, ...]:
    """Every likely way to type a name or a title by its pinyin initials, lower case, the likeliest first.

    Letters and digits stay; signs and characters without a known reading are left out.

    Shape:   no repeats, at most eight; empty when nothing in the text can be typed so.
    """
    signs = _readable(text)
    if not signs:
        return ()
    choices: list[tuple[str, ...]] = [(common,) for common in _common_initials(signs)]
    surname_length = _surname_length("".join(signs))
    for place, sign in enumerate(signs):
        readings = [choices[place], _COMMON_READINGS.get(sign, "")]
        if place < surname_length:
            # Compound surnames stand in the dictionary of phrases; for single ones the table knows better.
            readings.insert(1 if surname_length > 1 else 0, _SURNAME_READINGS.get(sign, ""))
        choices[place] = _merge(*readings)
    return tuple(_fewest_changes_first(choices))


def _readable(text: str) -> list[str]:
    """Folded for the search, where full-width letters and old forms of a character are meant alike."""
    return [sign for sign in unicodedata.normalize("NFKC", text).lower() if sign.isalnum()]


def _common_initials(signs: Sequence[str]) -> list[str]:
    # Importing the dictionaries takes a tenth of a second that a start without any search should not pay.
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415

    found: list[str] = []
    run = ""
    for sign in [*signs, ""]:
        if sign and re.fullmatch(f"[{_HAN}]", sign):
            run += sign
            continue
        # A whole run at once: the dictionary of phrases knows that 会计 is kj and 重庆 is cq.
        # WORKAROUND(pypinyin 0.55): the stub knows one text only; the code spreads a list over the places.
        sounds = lazy_pinyin(run, style=Style.NORMAL, errors=_unknown)  # type: ignore[arg-type]
        found += [_letter(sound) for sound in sounds]
        found += [sign] * bool(sign)
        run = ""
    return found


def _unknown(run: str) -> list[str]:
    """One empty sound for each character without a reading, so that places keep matching."""
    return [""] * len(run)


def _letter(sound: str) -> str:
    return unicodedata.normalize("NFKD", sound)[:1]


def _surname_length(name: str) -> int:
    if not re.fullmatch(f"[{_HAN}]{{1,4}}", name):
        # A longer text may still begin with a name; one more variant does no harm.
        return 1
    return len(split_surname(name)[0])


def _merge(*readings: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(letter for group in readings for letter in group)) or ("",)


def _fewest_changes_first(choices: Sequence[tuple[str, ...]]) -> list[str]:
    """All combinations, those that replace fewest first readings in front, until there are enough."""
    found: dict[str, None] = {}
    ambiguous = [place for place, letters in enumerate(choices) if len(letters) > 1]
    for count in range(len(ambiguous) + 1):
        for places in combinations(ambiguous, count):
            for letters in product(*(choices[place][1:] for place in places)):
                replaced = dict(zip(places, letters, strict=True))
                found["".join(replaced.get(place, first[0]) for place, first in enumerate(choices))] = None
                if len(found) == MOST_READINGS:
                    return list(found)
    return [text for text in found if text]
