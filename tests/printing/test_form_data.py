from __future__ import annotations

from pathlib import Path

import pytest

from desktop.base.errors import EnvironmentFault, RuleBroken
from desktop.base.paths import resource
from desktop.bootstrap import build_catalogue
from desktop.printing import preview
from desktop.printing.compose import PaperContent, PrintMarks, bind, compose, render_content
from desktop.printing.fonts import Fonts
from desktop.printing.form_data import FormLibrary, Schema, names_used, read_form
from desktop.printing.sheets import Flow, FormSheet, GridRow, LetterSheet, Signatures, Text

SCHEMA: Schema = {
    "title": None,
    "facts": None,
    "is_urgent": None,
    "parties": [{"name": None, "phone": None}],
    "place": {"village": None},
}
HEAD = 'name = "toy"\nversion = 1\ntitle = "登记表"\n'
BODY = '[[part]]\nrow = [["事由", "{title}"]]\n'


def make_library(folder: Path, text: str) -> FormLibrary:
    (folder / "toy.toml").write_text(text, encoding="utf-8")
    return FormLibrary(folder)


def sheet_of(folder: Path, body: str, **values: object) -> FormSheet:
    form = make_library(folder, HEAD + body).form("toy", SCHEMA)
    sheet = compose(bind(form, values), PrintMarks("青石乡派出所", "石桥村警务室"))
    assert isinstance(sheet, FormSheet)
    return sheet


FAULTS = [
    ("unknown_field", BODY + '\n[[part]]\nflow = "事实"\ntext = "{fact}"\n', "第7行起", "没有名为fact的字段"),
    ("unknown_key", BODY + "\n[[part]]\nturn = true\nsizes = 3\n", "第7行起", "没有名为sizes的项"),
    ("stray_brace", '[[part]]\ntext = "{title"\n', "第4行起", "花括号"),
    ("list_as_field", '[[part]]\ntext = "{parties}"\n', "第4行起", "parties不是一个字段"),
    ("field_as_list", '[[part]]\neach = "title"\nparts = []\n', "第4行起", "title不是可以重复的一组"),
    ("bad_cell", '[[part]]\nrow = [["事由"]]\n', "第4行起", "一格写成"),
    ("bad_share", '[[part]]\nrow = [["事由", "", 0]]\n', "第4行起", "宽度要大于0"),
    ("bad_mark", '[[part]]\nsignatures = [{ label = "甲", kind = "stamp" }]\n', "第4行起", "只能是"),
    ("bad_condition", '[[part]]\nwhen = "urgent"\nturn = true\n', "第4行起", "没有名为urgent的字段"),
    ("bad_type", '[[part]]\nspace = "5"\n', "第4行起", "类型不对"),
    ("no_primitive", "[[part]]\nbold = true\n", "第4行起", "要有其中一项"),
    ("bad_syntax", '[[part]\ntext = "x"\n', "line 4", ""),
    ("unknown_sentence", '[[part]]\ntext = "{law.binds}"\n', "第4行起", "law.binds"),
    (
        "bad_column",
        '[[part]]\ntable = "parties"\ncolumns = [["姓名", "{name}", 1, "middle"]]\n',
        "第4行起",
        "left",
    ),
]


@pytest.mark.parametrize(
    ("body", "place", "reason"), [one[1:] for one in FAULTS], ids=[one[0] for one in FAULTS]
)
def test_a_faulty_form_is_refused_with_file_line_and_reason(
    tmp_path: Path, body: str, place: str, reason: str
) -> None:
    with pytest.raises(RuleBroken) as refused:
        make_library(tmp_path, HEAD + body).form("toy", SCHEMA)
    assert refused.value.code == "PRN-030"
    told = str(refused.value)
    assert all(word in told for word in ("toy.toml", place, reason))


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        ('name = "other"\nversion = 1\ntitle = ""\n', "第1行，name"),
        ('name = "toy"\nversion = 0\ntitle = ""\n', "第2行，version"),
        ('name = "toy"\nversion = true\ntitle = ""\n', "第2行，version"),
        ('name = "toy"\nversion = 1\n', "title"),
        ('name = "toy"\nversion = 1\ntitle = ""\nlayout = "book"\n', "第4行，layout"),
        ('name = "toy"\nversion = 1\ntitle = ""\nwording = "nothing"\n', "第4行，wording"),
    ],
)
def test_a_faulty_head_is_refused_with_its_line(tmp_path: Path, head: str, reason: str) -> None:
    with pytest.raises(RuleBroken, match="PRN-030") as refused:
        make_library(tmp_path, head + BODY).form("toy", SCHEMA)
    assert reason in str(refused.value)


def test_a_file_that_is_not_utf_8_is_told_apart_from_a_faulty_one(tmp_path: Path) -> None:
    (tmp_path / "toy.toml").write_bytes('title = "登记表"'.encode("gb18030"))
    with pytest.raises(EnvironmentFault, match="PRN-031"):
        read_form(tmp_path / "toy.toml", "toy", SCHEMA)


def test_the_countys_form_goes_before_the_bundled_one(tmp_path: Path) -> None:
    for folder, title in (("own", "县局登记表"), ("bundled", "登记表")):
        (tmp_path / folder).mkdir()
        text = HEAD.replace("登记表", title) + BODY
        (tmp_path / folder / "toy.toml").write_text(text, encoding="utf-8")
    (tmp_path / "own" / "tyo.toml").write_text("", encoding="utf-8")
    library = FormLibrary(tmp_path / "bundled", tmp_path / "own")
    form = library.form("toy", SCHEMA)
    assert (form.data["title"], form.is_county) == ("县局登记表", True)
    assert library.strangers(["toy"]) == ["tyo.toml"]


def test_values_are_set_where_their_names_stand(tmp_path: Path) -> None:
    body = """
[[part]]
row = [["事由", "{title}"], ["村", "{place.village}", 0.5]]

[[part]]
each = "parties"
when = "phone"
parts = [{ text = "{no}. {name} {phone} {title}" }]

[[part]]
flow = "情况"
lines = ["{facts}", { each = "parties", text = "{no}. {name}" }, { when = "is_urgent", text = "紧急" }]

[[part]]
unless = "is_urgent"
text = "{facts:4}。{room_name}"

[[part]]
signatures = [{ each = "parties", label = "当事人 {name}", kind = "fingerprint" }]
"""
    people = [{"name": "马占山", "phone": "1"}, {"name": "李秀兰", "phone": ""}]
    values = {
        "title": "口角",
        "place": {"village": "石桥村"},
        "parties": people,
        "facts": "",
        "is_urgent": False,
    }
    parts = sheet_of(tmp_path, body, **values).parts
    assert isinstance(parts[0], GridRow)
    assert [(cell.label, cell.value, cell.width_share) for cell in parts[0].cells] == [
        ("事由", "口角", 1.0),
        ("村", "石桥村", 0.5),
    ]
    assert parts[1:4] == (
        Text("1. 马占山 1 口角"),
        Flow("情况", "1. 马占山\n2. 李秀兰"),
        Text("　　　　。石桥村警务室"),
    )
    assert isinstance(parts[4], Signatures)
    assert [place.label for place in parts[4].places] == ["当事人 马占山", "当事人 李秀兰"]


def test_only_what_the_form_shows_is_kept(tmp_path: Path) -> None:
    form = make_library(tmp_path, HEAD + BODY).form("toy", SCHEMA)
    assert names_used(form.data) == {"title"}
    content = bind(form, {"title": "口角", "facts": "x", "copies_count": 3})
    assert content.values == {"title": "口角", "copies_count": 3}
    assert PaperContent.from_text(content.canonical()) == content


def test_every_bundled_form_fits_its_paper_and_can_be_drawn_empty(fonts: Fonts) -> None:
    catalogue = build_catalogue()
    library = FormLibrary(resource("forms"))
    names = {path.stem for path in resource("forms").glob("*.toml")}
    assert names == {paper.name for paper in catalogue.papers}
    for paper in catalogue.papers:
        form = library.form(paper.name, paper.fields(catalogue.registry))
        content = bind(form, {"event_on": "2026-03-05"})
        pdf = render_content(content, PrintMarks("青石乡派出所", "石桥村警务室"), fonts)
        assert preview.page_count(pdf) <= 3, paper.name
        assert pdf == render_content(content, PrintMarks("青石乡派出所", "石桥村警务室"), fonts), paper.name


def test_a_letter_has_22_lines_of_28_characters_and_the_margins_of_the_standard(
    fonts: Fonts, tmp_path: Path
) -> None:
    text = 'layout = "letter"\nunit = "青石乡派出所"\nnumber = "青公移字〔2026〕12号"\naddressee = "某镇"\n'  # noqa: RUF001
    body = '[[part]]\ntext = "{facts}"\n'
    form = make_library(tmp_path, HEAD + text + body).form("toy", SCHEMA)
    content = bind(form, {"facts": "双方因浇地发生争吵" * 200})
    assert isinstance(compose(content, PrintMarks()), LetterSheet)
    pdf = render_content(content, PrintMarks(), fonts)
    lines = [line for line in preview.page_text(pdf, 2).splitlines() if "浇地" in line]
    assert len(lines) == 22
    assert {len(line.strip()) for line in lines} == {28}
    first = preview.page_text(pdf, 1)
    assert first.index("青石乡派出所") < first.index("12号") < first.index("某镇：")
    assert "— 1 —" in first
