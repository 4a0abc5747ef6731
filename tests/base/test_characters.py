from __future__ import annotations

import json

from desktop.base.characters import standard_characters
from desktop.base.names import check_name, normalise_name
from desktop.base.paths import resource
from desktop.database.search import fold_text


def test_a_character_of_an_old_font_becomes_its_standard_one() -> None:
    assert standard_characters("王\ue816\ue81e") == "王\U00020087\u9fb4"


def test_a_code_point_that_no_standard_explains_stays() -> None:
    assert standard_characters("王\ue000\uf8ff") == "王\ue000\uf8ff"


def test_a_name_typed_in_an_old_font_is_stored_searched_and_accepted_as_the_same() -> None:
    assert normalise_name("王\ue864") == normalise_name("王\u9fbb") == "王\u9fbb"
    assert fold_text("王\ue864") == fold_text("王\u9fbb")
    assert check_name("王\ue864").code == ""
    assert check_name("王\ue000").code == "NAM-002"


def test_positions_that_gb18030_2000_explains_are_those_of_the_codec() -> None:
    table = json.loads(resource("characters", "private_use.json").read_text(encoding="utf-8"))
    private = 0xE815
    for trail in (*range(0x50, 0x7F), *range(0x80, 0xA1)):
        known = ord(bytes((0xFE, trail)).decode("gb18030"))
        assert known in {int(table[f"{private:04X}"], 16), private}
        private += 1
    assert private == 0xE865


def test_no_private_code_point_leads_to_another() -> None:
    table = json.loads(resource("characters", "private_use.json").read_text(encoding="utf-8"))
    assert len(table) == len(set(table.values())) == 92
    assert not any(0xE000 <= int(standard, 16) <= 0xF8FF for standard in table.values())
