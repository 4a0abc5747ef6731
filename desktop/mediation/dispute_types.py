"""What disputes are about: one fine list inside, and the coarser lists that reports are printed by.

One matter is counted in every report without being entered twice: each fine type says which type it is in the
statistics of people's mediation (list A) and in the practice list of police rooms (list D). A type that a county added
itself is counted as 其他 until the county maps it.

Source:  `DOMAIN.md` 3.4, lists A and D.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from desktop.base.text import N_

OTHER = "99"

MEDIATION_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "01": N_("婚姻家庭"),
        "02": N_("邻里"),
        "03": N_("房屋宅基地"),
        "04": N_("合同"),
        "05": N_("生产经营"),
        "06": N_("损害赔偿"),
        "07": N_("山林土地"),
        "08": N_("征地拆迁"),
        "09": N_("环境污染"),
        "10": N_("劳动争议"),
        "11": N_("消费"),
        "12": N_("医疗"),
        "13": N_("道路交通事故"),
        "14": N_("物业"),
        "15": N_("村务管理"),
        "17": N_("旅游"),
        "18": N_("互联网、电子商务"),
        OTHER: N_("其他"),
    }
)
"""List A: the types of people's mediation statistics."""

ROOM_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "01": N_("打架口角"),
        "02": N_("损毁财物"),
        "03": N_("土地浇地地界"),
        "04": N_("宅基地建房通行"),
        "05": N_("债务"),
        "06": N_("家庭"),
        "07": N_("工资"),
        "08": N_("宠物牲畜"),
        "09": N_("噪声"),
        "10": N_("情感"),
        OTHER: N_("其他"),
    }
)
"""List D: the types that police rooms use in practice."""


@dataclass(frozen=True)
class DisputeType:
    """One fine type with its place in list A (`mediation`) and list D (`room`)."""

    code: str
    label: str
    mediation: str
    room: str


TYPES: tuple[DisputeType, ...] = (
    DisputeType("0101", N_("夫妻矛盾、离婚"), "01", "06"),
    DisputeType("0102", N_("婚约、彩礼"), "01", "10"),
    DisputeType("0103", N_("子女抚养"), "01", "06"),
    DisputeType("0104", N_("老人赡养"), "01", "06"),
    DisputeType("0105", N_("分家、继承"), "01", "06"),
    DisputeType("0106", N_("恋爱情感"), "01", "10"),
    DisputeType("0199", N_("其他家庭矛盾"), "01", "06"),
    DisputeType("0201", N_("邻里口角"), "02", "01"),
    DisputeType("0202", N_("相邻通行"), "02", "04"),
    DisputeType("0203", N_("相邻采光、排水"), "02", "04"),
    DisputeType("0204", N_("噪声扰邻"), "02", "09"),
    DisputeType("0205", N_("牲畜、宠物"), "02", "08"),
    DisputeType("0299", N_("其他邻里矛盾"), "02", OTHER),
    DisputeType("0301", N_("宅基地界址"), "03", "04"),
    DisputeType("0302", N_("建房、翻修"), "03", "04"),
    DisputeType("0303", N_("房屋买卖、租赁"), "03", OTHER),
    DisputeType("0401", N_("民间借贷"), "04", "05"),
    DisputeType("0402", N_("买卖、欠货款"), "04", "05"),
    DisputeType("0403", N_("承揽、建房工程款"), "04", "05"),
    DisputeType("0499", N_("其他合同"), "04", OTHER),
    DisputeType("0501", N_("合伙经营"), "05", "05"),
    DisputeType("0502", N_("种植养殖、农资"), "05", OTHER),
    DisputeType("0599", N_("其他生产经营"), "05", OTHER),
    DisputeType("0601", N_("打架受伤赔偿"), "06", "01"),
    DisputeType("0602", N_("损坏财物"), "06", "02"),
    DisputeType("0603", N_("名誉、隐私"), "06", "01"),
    DisputeType("0604", N_("动物伤人"), "06", "08"),
    DisputeType("0699", N_("其他损害赔偿"), "06", OTHER),
    DisputeType("0701", N_("土地承包、流转"), "07", "03"),
    DisputeType("0702", N_("耕地地界"), "07", "03"),
    DisputeType("0703", N_("浇地用水"), "07", "03"),
    DisputeType("0704", N_("山林、草场"), "07", "03"),
    DisputeType("0801", N_("征地补偿"), "08", OTHER),
    DisputeType("0802", N_("拆迁安置"), "08", OTHER),
    DisputeType("0901", N_("污水、垃圾、气味"), "09", OTHER),
    DisputeType("1001", N_("拖欠农民工工资"), "10", "07"),
    DisputeType("1002", N_("务工受伤"), "10", OTHER),
    DisputeType("1099", N_("其他劳动争议"), "10", OTHER),
    DisputeType("1101", N_("消费"), "11", OTHER),
    DisputeType("1201", N_("医疗"), "12", OTHER),
    DisputeType("1301", N_("道路交通事故"), "13", OTHER),
    DisputeType("1401", N_("物业"), "14", OTHER),
    DisputeType("1501", N_("村务、集体收益分配"), "15", OTHER),
    DisputeType("1701", N_("旅游"), "17", OTHER),
    DisputeType("1801", N_("网络交易"), "18", OTHER),
    DisputeType("9901", N_("其他"), OTHER, OTHER),
)

BY_CODE: Mapping[str, DisputeType] = MappingProxyType({item.code: item for item in TYPES})


def mediation_type(code: str | None) -> str:
    """The type in list A; 其他 for a code that is not mapped."""
    found = BY_CODE.get(code or "")
    return found.mediation if found else OTHER


def room_type(code: str | None) -> str:
    """The type in list D; 其他 for a code that is not mapped."""
    found = BY_CODE.get(code or "")
    return found.room if found else OTHER
