"""Areas, households and premises, with what each can be looked up by."""

from __future__ import annotations

from sqlalchemy.orm import Mapped

from desktop.base.text import N_
from desktop.database.codes import CodeList
from desktop.database.fields import choice, code, integer, link, long_text, person_name, phone, text
from desktop.database.record import KindInfo, Record
from desktop.places import rules

CODES = (
    CodeList(
        "area_level",
        N_("区域级别"),
        {
            rules.COUNTY: N_("县"),
            rules.TOWN: N_("乡镇"),
            rules.VILLAGE: N_("村"),
            rules.GROUP: N_("村民小组"),
            rules.GRID: N_("网格"),
        },
    ),
    CodeList(
        "object_class",
        N_("场所类别"),
        {
            "01": N_("农户"),
            "02": N_("出租房"),
            "03": N_("商铺"),
            "04": N_("餐饮"),
            "05": N_("旅馆民宿"),
            "06": N_("学校幼儿园"),
            "07": N_("卫生室"),
            "08": N_("企业作坊"),
            "09": N_("加油加气"),
            "10": N_("寄递"),
            "11": N_("娱乐网吧"),
            "12": N_("养老机构"),
            "14": N_("村集体设施"),
            "15": N_("工地"),
            "99": N_("其他"),
        },
    ),
)


class Area(Record):
    """One county, town, village, group or grid; set up by the clerk, corrected in place, voided when merged away."""

    __tablename__ = "area"
    kind_info = KindInfo(
        label=N_("村组网格"),
        area="places",
        title=("name",),
        codes=("division_code", "name"),
        check=rules.area_problems,
        hints=rules.area_hints,
        empty_hint=N_("先登记本警务室的村，再登记村里的组或网格。走访、纠纷、巡逻都从这里选地方。"),
    )

    name: Mapped[str | None] = code(
        N_("名称"),
        required=True,
        search=True,
        list_order=1,
        ledger_mm=30,
        help=N_("写全称，例如“青石村一组”，不要只写“一组”：导入表格时按这个名称找地方。"),
        example="青石村一组",
    )
    level: Mapped[str | None] = choice(
        N_("级别"), "area_level", required=True, list_order=2, ledger_mm=18, example="村民小组"
    )
    parent_id: Mapped[str | None] = link(
        N_("上级区域"),
        "area",
        list_order=3,
        help=N_("组和网格填所在的村，村填所在的乡镇。"),
        example="青石村",
    )
    division_code: Mapped[str | None] = code(
        N_("区划代码"),
        max_length=20,
        list_order=4,
        ledger_mm=30,
        help=N_("村是12位数字；组在村代码后加2位，网格加3位，由本室自己编。不知道可以不填。"),
        example="64990110020001",
    )
    note: Mapped[str | None] = long_text(N_("备注"), max_length=300)


class Household(Record):
    """One household at one door; entered by whoever first visits or from a list, corrected in place."""

    __tablename__ = "household"
    kind_info = KindInfo(
        label=N_("户"),
        area="places",
        title=("head_name", "door_no"),
        codes=("door_no",),
        check=rules.household_problems,
        hints=rules.household_hints,
        empty_hint=N_("这里登记辖区的户：门牌、户主、电话。可以从表格导入；走访时按门牌选，不用再写地址。"),
    )

    door_no: Mapped[str | None] = code(
        N_("门牌号"),
        max_length=60,
        search=True,
        list_order=1,
        ledger_mm=34,
        help=N_("写到不会和别家弄混，例如“青石村一组12号”。"),
        example="青石村一组12号",
    )
    head_name: Mapped[str | None] = person_name(
        N_("户主姓名"), search=True, list_order=2, ledger_mm=22, example="马占山"
    )
    area_id: Mapped[str | None] = link(
        N_("村组网格"), "area", required=True, list_order=3, ledger_mm=28, example="青石村一组"
    )
    address: Mapped[str | None] = text(
        N_("地址"),
        max_length=100,
        personal="personal",
        help=N_("门牌号说不清时再填。"),
        example="村口老槐树旁第二家",
    )
    phone: Mapped[str | None] = phone(N_("联系电话"), list_order=4, ledger_mm=26, example="12000000002")
    member_count: Mapped[int | None] = integer(
        N_("家庭人数"),
        maximum=500,
        list_order=5,
        ledger_mm=14,
        help=N_("只填人数，不登记家庭成员。"),
        example="4",
    )
    note: Mapped[str | None] = long_text(
        N_("备注"), max_length=300, help=N_("只写找人、走访用得上的话，不写对人的评价。")
    )


class Premises(Record):
    """One shop, school, firm or other place; entered by the clerk, corrected in place, voided when it closes down."""

    __tablename__ = "premises"
    kind_info = KindInfo(
        label=N_("单位场所"),
        area="places",
        title=("name",),
        codes=("name", "credit_code"),
        hints=rules.premises_hints,
        empty_hint=N_("这里登记辖区的商铺、学校、企业等单位场所。走访和安全检查都从这里选。"),
    )

    name: Mapped[str | None] = code(
        N_("名称"),
        max_length=80,
        required=True,
        search=True,
        list_order=1,
        ledger_mm=40,
        example="青石村便民超市",
    )
    object_class: Mapped[str | None] = choice(
        N_("类别"), "object_class", required=True, list_order=2, ledger_mm=20, example="商铺"
    )
    area_id: Mapped[str | None] = link(
        N_("村组网格"), "area", required=True, list_order=3, ledger_mm=28, example="青石村"
    )
    address: Mapped[str | None] = text(
        N_("地址"), max_length=100, search=True, ledger_mm=36, example="青石村主街8号"
    )
    responsible_name: Mapped[str | None] = person_name(
        N_("负责人"), search=True, list_order=4, ledger_mm=20, example="单明月"
    )
    phone: Mapped[str | None] = phone(N_("联系电话"), list_order=5, ledger_mm=26, example="12000000003")
    credit_code: Mapped[str | None] = code(
        N_("统一社会信用代码"),
        max_length=18,
        ledger_mm=36,
        help=N_("照营业执照抄，没有可以不填。"),
        example="91649901MA0000000U",
    )
    note: Mapped[str | None] = long_text(N_("备注"), max_length=300)


TABLES: tuple[type[Record], ...] = (Area, Household, Premises)
