from __future__ import annotations

from dataclasses import replace

import pytest
from PIL import Image

from desktop.base.errors import RuleBroken
from desktop.printing import preview
from desktop.printing.fonts import Fonts
from desktop.printing.form import render_form
from desktop.printing.sheets import (
    Cell,
    Cut,
    Field,
    Flow,
    FormSheet,
    GridRow,
    Part,
    Rule,
    SignaturePlace,
    Signatures,
    Space,
    Table,
    TableColumn,
    Text,
    Turn,
)

FACTS = "2026年3月5日18时30分许，甲方因宅基地界址与乙方发生争执，双方互相推搡，乙方左前臂轻微擦伤。"
PLACES = Signatures(
    (
        SignaturePlace("甲方（签名）", "fingerprint"),
        SignaturePlace("乙方（签名）", "fingerprint"),
        SignaturePlace("主持人（签名）"),
        SignaturePlace("见证人（签名）"),
        SignaturePlace("青石派出所（印章）", "seal"),
    )
)


def make_form(*parts: Part, **changes: object) -> FormSheet:
    sheet = FormSheet(
        "治安调解协议书",
        "青公（治）调解字〔2026〕12号",  # noqa: RUF001
        "青石派出所",
        parts,
        "本协议书一式三份。",
        code="K7QD-3M2P",
        content_hash="3b1f0c9ad27e4b6f8e1d5a7c90f2e3d4",
    )
    return replace(sheet, **changes)  # type: ignore[arg-type]


def pages_of(pdf: bytes) -> list[str]:
    return [preview.page_text(pdf, page) for page in range(1, preview.page_count(pdf) + 1)]


def joined(pdf: bytes) -> str:
    return "".join(pages_of(pdf)).replace("\n", "")


def grey_page(pdf: bytes, page: int) -> Image.Image:
    width, height, stride, dots = preview.page_grey(pdf, page, 150)
    return Image.frombuffer("L", (width, height), dots, "raw", "L", stride, 1)


def test_form_is_a4_portrait_with_title_number_unit_and_copies(fonts: Fonts) -> None:
    pdf = render_form(make_form(Text(FACTS, indent=2)), fonts)
    assert preview.page_size_mm(pdf, 1) == pytest.approx((210, 297), abs=0.01)
    text = preview.page_text(pdf, 1)
    for part in ("青石派出所", "治安调解协议书", "12号", "本协议书一式三份。", "第 1 页　共 1 页"):
        assert part in text


def test_parts_appear_in_order(fonts: Fonts) -> None:
    parts = (
        GridRow([Cell("甲方", "王䶮𠅤", 2), Cell("性别", "男")]),
        Field("现住址", "青石乡大桥村3组12号"),
        Flow("主要事实：", FACTS),
        Rule(),
        Space(5),
        Text("本协议自双方签字之时起生效。"),
        PLACES,
    )
    text = joined(render_form(make_form(*parts), fonts))
    expected = (
        "甲方",
        "王䶮𠅤",
        "性别",
        "男",
        "现住址",
        "青石乡",
        "主要事实",
        "轻微擦伤",
        "本协议自",
        "主持人",
    )
    positions = [text.find(part) for part in expected]
    assert -1 not in positions
    assert positions == sorted(positions)


def test_rare_and_long_names_read_back(fonts: Fonts) -> None:
    name = "买买提江·吐尔逊·阿卜杜热合曼·伊敏尼亚孜·库尔班江·艾则孜·玉素甫江·热合木吐拉·阿布都外力·巴克"
    text = joined(render_form(make_form(GridRow([Cell("甲方", name), Cell("乙方", "李𬭎")])), fonts))
    assert name in text
    assert "李𬭎" in text


def test_a_grid_row_grows_with_its_longest_value(fonts: Fonts) -> None:
    short = render_form(make_form(Field("事由", "口角"), Field("备注", "无")), fonts)
    long = render_form(make_form(Field("事由", FACTS * 3), Field("备注", "无")), fonts)
    assert FACTS * 3 in joined(long)
    assert _lowest_frame_mm(long, 1) > _lowest_frame_mm(short, 1) + 15


def _lowest_frame_mm(pdf: bytes, page: int) -> float:
    """The lowest black line that runs over the whole width."""
    picture = grey_page(pdf, page)
    left, right = 30 * 150 / 25.4, 180 * 150 / 25.4
    lines = [
        y
        for y in range(picture.height)
        if all(picture.getpixel((int(x), y)) < 160 for x in (left, (left + right) / 2, right))  # type: ignore[operator]
    ]
    return max(lines) / 150 * 25.4


def test_a_grid_row_taller_than_a_page_is_split_and_loses_nothing(fonts: Fonts) -> None:
    value = "".join(f"第{number}次走访，情况正常。" for number in range(1, 251))
    pdf = render_form(make_form(Field("记录", value), Field("备注", "完")), fonts)
    assert preview.page_count(pdf) >= 2
    text = joined(pdf)
    positions = [text.find(f"第{number}次走访，情况正常。") for number in range(1, 251)]
    assert positions.count(-1) <= preview.page_count(pdf) - 1  # one may stand half on each side of a turn
    assert "备注 完" in text


def test_a_flow_goes_over_pages_with_closed_borders(fonts: Fonts) -> None:
    facts = "\n".join(f"{number}、{FACTS}" for number in range(1, 36))
    pdf = render_form(make_form(Flow("主要事实：", facts)), fonts)
    assert preview.page_count(pdf) == 3
    texts = pages_of(pdf)
    assert "主要事实（续）" in texts[1]
    assert "主要事实（续）" in texts[2]
    text = "".join(texts).replace("\n", "")
    for number in (1, 15, 35):
        assert f"{number}、2026年3月5日18时30分许" in text
    assert 255 < _lowest_frame_mm(pdf, 1) < 271
    assert _lowest_frame_mm(pdf, 3) < 255


def test_no_paragraph_leaves_one_line_alone_on_a_page(fonts: Fonts) -> None:
    paragraph = (
        "双方于三月五日发生争执，由村委会先行劝解未果，遂到警务室申请调解，双方均愿意接受结果并当场履行义务。"
    )
    for count in range(8, 18):
        text = "\n".join(f"第{number:02d}段{paragraph * 2}" for number in range(count))
        first = preview.page_text(render_form(make_form(Flow("事实：", text)), fonts), 1)
        lines = first.split("第 1 页")[0].strip("\n").split("\n")
        assert not lines[-1].startswith("第"), lines[-1]


@pytest.mark.parametrize("height_mm", range(130, 190, 4))
def test_the_label_of_a_flow_never_stands_alone_at_the_foot_of_a_page(fonts: Fonts, height_mm: int) -> None:
    paragraph = (
        "双方于三月五日发生争执，由村委会先行劝解未果，遂到警务室申请调解，双方均愿意接受结果并当场履行义务。"
        * 2
    )
    parts = (Flow("备注：", "", height_mm), Flow("协议内容：", paragraph))
    for text in pages_of(render_form(make_form(*parts, copies_text=""), fonts)):
        lines = text.split("\n")
        if "协议内容：" in lines:
            assert lines[lines.index("协议内容：") + 1].startswith("双方于")


def test_an_empty_flow_leaves_a_box_for_handwriting_without_a_mark(fonts: Fonts) -> None:
    sheet = make_form(Flow("备注：", "", 60), PLACES)
    text = preview.page_text(render_form(sheet, fonts), 1)
    assert text.count("以下空白") == 1


def test_blank_left_in_a_box_and_after_the_text_is_marked(fonts: Fonts) -> None:
    text = preview.page_text(render_form(make_form(Flow("事实：", "口角。", 60)), fonts), 1)
    assert text.count("（以下空白）") == 2


def test_the_mark_for_blank_stands_between_the_text_and_the_places_to_sign(fonts: Fonts) -> None:
    text = preview.page_text(render_form(make_form(Text("协议内容。"), PLACES), fonts), 1)
    assert text.index("协议内容") < text.index("以下空白") < text.index("甲方（签名）")


@pytest.mark.parametrize("height_mm", range(60, 200, 10))
def test_the_places_to_sign_stay_together(fonts: Fonts, height_mm: int) -> None:
    pdf = render_form(make_form(Space(0), Flow("事实：", "口角。", height_mm), PLACES), fonts)
    texts = pages_of(pdf)
    holding = [number for number, text in enumerate(texts) if "（签名）" in text or "（印章）" in text]
    assert len(holding) == 1
    assert texts[holding[0]].count("（签名）") == 4


@pytest.mark.parametrize(
    "last",
    [Flow("备注：", "", 16), Flow("备注：", "口角。", 24), Field("备注", "口角。"), Text("以上属实。")],
)
def test_the_places_to_sign_never_stand_alone_on_a_page(fonts: Fonts, last: Part) -> None:
    for lines in range(8, 32):
        pdf = render_form(make_form(Flow("事实：", "\n".join(["口角。"] * lines)), last, PLACES), fonts)
        text = next(text for text in pages_of(pdf) if "（印章）" in text)
        assert "口角" in text or "备注" in text or "属实" in text


def test_boxes_for_handwriting_are_lower_where_that_saves_a_page(fonts: Fonts) -> None:
    counts = [
        preview.page_count(render_form(make_form(Flow("事实：", "口角。", height), PLACES), fonts))
        for height in (100, 130, 150, 170)
    ]
    assert counts == [1, 1, 1, 1]


def test_the_mark_for_blank_never_pushes_the_places_to_another_page(fonts: Fonts) -> None:
    marked = []
    for height in range(80, 160, 2):
        pdf = render_form(make_form(Space(height), PLACES), fonts)
        if preview.page_count(pdf) == 1:
            marked.append("以下空白" in preview.page_text(pdf, 1))
    assert marked == sorted(marked, reverse=True)
    assert set(marked) == {True, False}


def test_twelve_parties_sign_on_one_page(fonts: Fonts) -> None:
    parties = [
        GridRow([Cell(f"当事人{number}", "王某", 2), Cell("证件号码", "649901199001010010", 3)])
        for number in range(12)
    ]
    places = Signatures(
        tuple(SignaturePlace(f"当事人{number}（签名）", "fingerprint") for number in range(12))
    )
    pdf = render_form(make_form(*parties, Flow("事实：", FACTS * 12), places), fonts)
    last = pages_of(pdf)[-1]
    assert last.count("捺指印处") == 12
    assert all(f"当事人{number}（签名）：" in last for number in range(12))


def test_the_line_about_copies_stays_with_the_places_to_sign(fonts: Fonts) -> None:
    for height in range(100, 160, 2):
        last = pages_of(render_form(make_form(Flow("备注：", "", height), PLACES), fonts))[-1]
        assert "（印章）" in last, height
        assert "一式三份" in last, height


def test_more_places_than_a_page_holds_go_over_pages(fonts: Fonts) -> None:
    places = Signatures(tuple(SignaturePlace(f"村民{number}", "fingerprint") for number in range(40)))
    texts = pages_of(render_form(make_form(places), fonts))
    assert sum(text.count("捺指印处") for text in texts) == 40


def test_only_kinds_that_press_a_finger_have_a_box_for_it(fonts: Fonts) -> None:
    text = preview.page_text(render_form(make_form(PLACES), fonts), 1)
    assert text.count("捺指印处") == 2
    assert text.count("年　　月　　日") == 5


def test_every_page_has_its_number_the_short_code_and_half_the_hash(fonts: Fonts) -> None:
    texts = pages_of(render_form(make_form(Flow("事实：", FACTS * 40), print_mark="印 PC-01"), fonts))
    assert len(texts) > 1
    for page, text in enumerate(texts, 1):
        assert f"第 {page} 页　共 {len(texts)} 页" in text
        assert "K7QD-3M2P" in text
        assert "3b1f0c9a d27e4b6f" in text
        assert "8e1d5a7c" not in text
        assert "印 PC-01" in text
    assert "治安调解协议书　青公" in texts[1]


def test_without_a_code_there_is_no_qr_code(fonts: Fonts) -> None:
    corner = (int(24 * 150 / 25.4), int(274 * 150 / 25.4), int(40 * 150 / 25.4), int(291 * 150 / 25.4))
    with_code = grey_page(render_form(make_form(Text("甲")), fonts), 1).crop(corner)
    without = grey_page(render_form(make_form(Text("甲"), code=""), fonts), 1).crop(corner)
    assert with_code.getextrema()[0] == 0
    assert without.getextrema() == (255, 255)


def test_a_short_code_must_be_ascii(fonts: Fonts) -> None:
    with pytest.raises(ValueError, match="ASCII"):
        render_form(make_form(Text("甲"), code="警"), fonts)


def test_nothing_is_drawn_within_five_millimetres_of_the_edge(fonts: Fonts) -> None:
    pdf = render_form(make_form(Flow("事实：", FACTS * 40), PLACES, practice=True, print_mark="印"), fonts)
    for page in range(1, preview.page_count(pdf) + 1):
        picture = grey_page(pdf, page).point(lambda dot: 255 - dot)
        left, top, right, bottom = picture.getbbox() or (0, 0, 0, 0)
        edge = 5 / 25.4 * 150
        assert (left > edge, top > edge) == (True, True)
        assert (right < picture.width - edge, bottom < picture.height - edge) == (True, True)


def test_practice_is_in_the_title_and_across_every_page(fonts: Fonts) -> None:
    texts = pages_of(render_form(make_form(Flow("事实：", FACTS * 40), practice=True), fonts))
    assert "治安调解协议书（演练）" in texts[0]
    assert all("演练" in text.split("\n") for text in texts)


def test_a_character_in_no_font_is_refused_wherever_it_stands(fonts: Fonts) -> None:
    rare = "\U0002ebf0"
    for part in (
        Text(rare),
        Field("甲", rare),
        GridRow([Cell(rare, "甲")]),
        Flow("甲", rare),
        Signatures((SignaturePlace(rare),)),
    ):
        with pytest.raises(RuleBroken) as caught:
            render_form(make_form(part), fonts)
        assert caught.value.facts["characters"] == [rare]


def test_a_character_in_no_font_becomes_a_box_that_is_named(fonts: Fonts) -> None:
    pdf = render_form(make_form(Field("甲方", "\U0002ebf0")), fonts, allow_missing=True)
    assert "U+2EBF0" in preview.page_text(pdf, 1)
    empty = render_form(make_form(Field("甲方", ""), copies_text="本协议书一式三份。"), fonts)
    frame = (int(37.5 * 150 / 25.4), int(45 * 150 / 25.4), int(60 * 150 / 25.4), int(70 * 150 / 25.4))
    assert grey_page(pdf, 1).crop(frame).tobytes() != grey_page(empty, 1).crop(frame).tobytes()


def test_equal_forms_give_equal_bytes(fonts: Fonts) -> None:
    sheet = make_form(Field("甲方", "李𬭎"), Flow("事实：", FACTS), PLACES, practice=True)
    assert render_form(sheet, fonts) == render_form(sheet, fonts)


def test_another_content_hash_gives_another_paper(fonts: Fonts) -> None:
    sheet = make_form(Field("甲方", "李𬭎"))
    assert render_form(sheet, fonts) != render_form(replace(sheet, content_hash="0" * 64), fonts)


def test_four_parties_sign_under_the_text_when_much_of_the_page_would_stay_blank(fonts: Fonts) -> None:
    places = Signatures(
        (
            *(SignaturePlace(f"当事人 王某{number}", "fingerprint") for number in range(4)),
            SignaturePlace("人民调解员 周慧兰"),
            SignaturePlace("记录人 王敏"),
            SignaturePlace("石桥村人民调解委员会（印章）", "seal"),
        )
    )
    for height in range(40, 232, 8):
        texts = pages_of(render_form(make_form(Space(0), Flow("事实：", "口角。", height), places), fonts))
        assert len(texts) <= 2, height
        if len(texts) == 2:
            free = 246 - 24 - height
            assert "捺指印处" in texts[0] or free < 0.25 * 246 + 10, height


def test_a_long_name_is_signed_under_at_a_size_that_can_be_read(fonts: Fonts) -> None:
    name = "买买提江·吐尔逊·阿卜杜热合曼·伊敏尼亚孜·库尔班江·艾则孜·玉素甫江·热合木吐拉·阿布都外力·巴克"
    pdf = render_form(make_form(Signatures((SignaturePlace(f"申请人 {name}", "fingerprint"),))), fonts)
    text = preview.page_text(pdf, 1)
    assert f"申请人{name}：" in text.replace("\n", "").replace("\r", "")
    assert text.splitlines().count("申请人") == 1  # who he is stands above the name, which is not torn


def test_a_long_value_gets_a_row_of_its_own(fonts: Fonts) -> None:
    narrow = GridRow([Cell("甲方", "王" * 48), Cell("性别", "男"), Cell("民族", "回族"), Cell("年龄", "40")])
    lines = preview.page_text(render_form(make_form(narrow), fonts), 1).splitlines()
    assert sum("王" in line for line in lines) == 2


def test_a_tall_row_says_on_the_next_page_that_it_goes_on(fonts: Fonts) -> None:
    texts = pages_of(render_form(make_form(Field("记录", "情况正常。" * 500)), fonts))
    assert len(texts) > 1
    assert all("记录（续）" in text.replace("\n", "").replace("\r", "") for text in texts[1:])


def test_a_table_repeats_its_head_and_keeps_blank_rows_for_handwriting(fonts: Fonts) -> None:
    columns = (TableColumn("序号", 0.3, "center"), TableColumn("文书名称"))
    rows = [(str(number), f"第{number}份") for number in range(1, 61)]
    texts = pages_of(render_form(make_form(Table(columns, rows)), fonts))
    assert len(texts) > 1
    assert all("文书名称" in text for text in texts)
    assert all(sum(f"第{number}份" in text for text in texts) == 1 for number in range(1, 61))
    few = make_form(Table(columns, rows[:2], min_rows=12))
    many = make_form(Table(columns, rows[:2]))
    assert _lowest_frame_mm(render_form(few, fonts), 1) > _lowest_frame_mm(render_form(many, fonts), 1) + 75


def test_each_copy_is_named_and_counts_its_own_pages(fonts: Fonts) -> None:
    sheet = make_form(Flow("事实：", FACTS * 40), PLACES, copy_labels=("第一联　存根", "第二联　送达"))
    texts = pages_of(render_form(sheet, fonts))
    half = len(texts) // 2
    assert half >= 2
    assert all("第一联" in text for text in texts[:half])
    assert all("第二联" in text for text in texts[half:])
    assert [f"第 {number} 页" in text for number, text in enumerate(texts[half:], 1)] == [True] * half


def test_only_a_paper_of_several_pages_has_the_mark_for_one_seal_over_all(fonts: Fonts) -> None:
    long = pages_of(render_form(make_form(Flow("事实：", FACTS * 40), joint=True), fonts))
    short = pages_of(render_form(make_form(Flow("事实：", FACTS), joint=True), fonts))
    assert all("骑" in text and "缝" in text for text in long)
    assert "骑" not in short[0]


def test_a_receipt_stands_under_the_line_where_it_is_cut_off(fonts: Fonts) -> None:
    receipt = (Cut("骑　缝　章"), Text("回执", align="center"), Signatures((SignaturePlace("接收人"),)))
    text = preview.page_text(render_form(make_form(Text("请整改。"), PLACES, *receipt), fonts), 1)
    assert text.index("甲方（签名）") < text.index("骑") < text.index("回执") < text.index("接收人")


def test_a_turn_behind_the_last_part_makes_no_empty_page(fonts: Fonts) -> None:
    pdf = render_form(make_form(Text("甲"), PLACES, Turn(), Text("乙"), PLACES, Turn()), fonts)
    assert preview.page_count(pdf) == 2


@pytest.mark.parametrize("height_mm", range(150, 240, 5))
def test_heavy_words_over_a_table_stand_on_its_page(fonts: Fonts, height_mm: int) -> None:
    table = Table((TableColumn("日期"), TableColumn("地点")), (("初五", "村部"),))
    pages = pages_of(render_form(make_form(Space(height_mm), Text("下面的表", bold=True), table), fonts))
    assert any("下面的表" in page and "初五" in page for page in pages)
