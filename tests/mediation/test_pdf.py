from __future__ import annotations

from datetime import date

import pytest

from desktop.base.errors import RuleBroken
from desktop.base.paths import resource
from desktop.mediation.agreement import chinese_count
from desktop.printing import preview
from desktop.printing.compose import PaperContent, PrintMarks, compose, render_content
from desktop.printing.fonts import Fonts
from desktop.printing.sheets import FormSheet, Signatures
from desktop.printing.wording import pick
from desktop.staff.papers import amount_words, content_hash_of
from tests.helpers.factories.mediation import AGREEMENT_VALUES, PARTY_BLOCKS, make_agreement

MARKS = PrintMarks("青石乡派出所", "石桥村警务室", False, "3B1F0C9A", "3b1f0c9ad27e4b6f8e1d5a7c90f2e3d4")


@pytest.fixture(scope="module")
def fonts() -> Fonts:
    return Fonts.load(resource("fonts"))


def text_of(content: PaperContent, fonts: Fonts) -> str:
    pdf = render_content(content, MARKS, fonts)
    pages = [preview.page_text(pdf, page) for page in range(1, preview.page_count(pdf) + 1)]
    return "".join(pages).replace("\n", "").replace("\r", "")


def sheet_of(content: PaperContent) -> FormSheet:
    sheet = compose(content, MARKS)
    assert isinstance(sheet, FormSheet)
    return sheet


def test_agreement_prints_parties_content_and_law_in_order(fonts: Fonts) -> None:
    text = text_of(make_agreement(), fonts)
    number = "编号：石桥人调字〔2026〕12号"  # noqa: RUF001 - as numbers are written
    places = [
        text.index(words)
        for words in (number, "李𬭎", "买买提·艾力", "91649901MA0000000U", "争议事项", "履行方式")
    ]
    assert places == sorted(places)
    assert "人民币壹仟贰佰元伍角（¥1,200.50）" in text
    assert "一式四份" in text
    for name in ("voluntary", "binds", "takes_effect", "may_be_confirmed"):
        assert pick("people_mediation", name, date(2026, 3, 5)).text in text


def test_every_party_has_its_place_for_a_mark() -> None:
    [marks] = [part for part in sheet_of(make_agreement()).parts if isinstance(part, Signatures)]
    assert [(place.label, place.kind) for place in marks.places] == [
        ("申请人 李𬭎", "fingerprint"),
        ("被申请人 买买提·艾力", "fingerprint"),
        ("第三人代表（签名）", "signature"),
        ("石桥村养殖专业合作社（印章）", "seal"),
        ("人民调解员 周慧兰", "signature"),
        ("记录人 王敏", "signature"),
        ("石桥村人民调解委员会（印章）", "seal"),
    ]


def test_guardian_and_agent_sign_beside_their_party() -> None:
    party = PARTY_BLOCKS[0] | {
        "guardian": "李大山，父亲，到场",
        "guardian_name": "李大山",
        "representative": "张律，律师",
        "representative_name": "张律",
    }
    sheet = sheet_of(make_agreement(parties=[party, PARTY_BLOCKS[1]], is_minor_marked=True))
    [marks] = [part for part in sheet.parts if isinstance(part, Signatures)]
    assert {"申请人 李𬭎", "监护人 李大山", "代理人 张律"} <= {place.label for place in marks.places}
    assert any(getattr(part, "text", "") == "涉未成年人　注意保密" for part in sheet.parts)


def test_twelve_parties_and_long_facts_go_over_pages(fonts: Fonts) -> None:
    parties = [PARTY_BLOCKS[place % 3] for place in range(12)]
    facts = "因轮流浇地的先后次序发生争吵。" * 50
    content = make_agreement(parties=parties, dispute_facts=facts, copies_words="十三")
    assert preview.page_count(render_content(content, MARKS, fonts)) == 5
    assert "一式十三份" in text_of(content, fonts)


def test_same_agreement_prints_the_same_bytes(fonts: Fonts) -> None:
    assert render_content(make_agreement(), MARKS, fonts) == render_content(make_agreement(), MARKS, fonts)


def test_sealed_text_gives_the_same_paper_byte_for_byte(fonts: Fonts) -> None:
    content = make_agreement()
    again = PaperContent.from_text(content.canonical())
    assert again == content
    assert render_content(again, MARKS, fonts) == render_content(content, MARKS, fonts)
    assert "\\u" not in content.canonical()


def test_content_hash_changes_with_one_character_and_with_the_form() -> None:
    content = make_agreement()
    changed = make_agreement(dispute_facts=f"{AGREEMENT_VALUES['dispute_facts']}。")
    other_form = PaperContent({**content.form, "version": 2}, content.values, content.law)
    assert len({content_hash_of(one) for one in (content, changed, other_form)}) == 3


def test_what_the_form_does_not_show_does_not_change_the_hash() -> None:
    assert content_hash_of(make_agreement(archive_no="卷12")) == content_hash_of(make_agreement())


@pytest.mark.parametrize(
    ("number", "words"), [(2, "二"), (3, "三"), (10, "十"), (13, "十三"), (20, "二十"), (21, "二十一")]
)
def test_copies_are_counted_as_people_write_them(number: int, words: str) -> None:
    assert chinese_count(number) == words


def test_copies_beyond_two_digits_are_refused() -> None:
    with pytest.raises(ValueError, match="100"):
        chinese_count(100)


def test_amount_stands_in_capitals_and_digits() -> None:
    assert amount_words(40000) == "人民币肆佰元整（¥400.00）"


def test_wording_is_picked_by_the_day_of_the_event() -> None:
    sentence = pick("people_mediation", "takes_effect", date(2011, 1, 1))
    assert sentence.source == "人民调解法第二十九条第二款"
    with pytest.raises(RuleBroken, match="PRN-020"):
        pick("people_mediation", "takes_effect", date(2010, 12, 31))
