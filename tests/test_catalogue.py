"""Everything an officer reads has English, complete, and the compiled catalogue is the one that people read."""

from __future__ import annotations

import ast
import gettext
import importlib.machinery
import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]
RENEW = "run scripts/catalogue, fill in what is missing, run it again"
BRACES = re.compile(r"[{}]")


def _script(name: str) -> ModuleType:
    loader = importlib.machinery.SourceFileLoader(f"scripts_{name}", str(ROOT / "scripts" / name))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def script() -> ModuleType:
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        return _script("catalogue")
    finally:
        sys.path.remove(str(ROOT / "scripts"))


@pytest.fixture(scope="module")
def messages(script: ModuleType) -> dict[str, list[str]]:
    return dict(script.extracted())


@pytest.fixture(scope="module")
def english(script: ModuleType) -> dict[str, str]:
    return dict(script.english())


def test_every_message_has_english(messages: dict[str, list[str]], english: dict[str, str]) -> None:
    missing = {
        message: places for message, places in messages.items() if not english.get(message, "").strip()
    }

    assert not missing, RENEW


def test_catalogue_holds_nothing_that_left_the_program(
    messages: dict[str, list[str]], english: dict[str, str]
) -> None:
    assert not english.keys() - messages.keys(), RENEW


def test_english_is_completed_with_the_same_names(script: ModuleType, english: dict[str, str]) -> None:
    differing = {
        message: words
        for message, words in english.items()
        if BRACES.search(message + words) and script.blanks(message) != script.blanks(words)
    }

    assert not differing


def test_english_ends_in_white_space_only_where_the_chinese_may_be_followed(english: dict[str, str]) -> None:
    # Chinese needs no blank after its full-width marks; English does, and only there may one stand at the end.
    ends = {message: words for message, words in english.items() if words != words.rstrip()}

    assert not {message for message in ends if message[-1] not in "：，。；、"}


def test_compiled_catalogue_is_the_readable_one(script: ModuleType, english: dict[str, str]) -> None:
    assert script.mo_bytes(english) == script.MO.read_bytes(), RENEW


def test_program_reads_the_compiled_catalogue(script: ModuleType) -> None:
    found = gettext.translation(
        "jingwushi", localedir=str(ROOT / "resources" / "locale"), languages=["en"]
    ).gettext

    assert found("矛盾纠纷") == "Disputes"


def test_no_message_is_put_together_before_it_is_looked_up(script: ModuleType) -> None:
    assert list(script.assembled()) == []


@pytest.mark.parametrize(
    "source",
    [
        "_(f'已送出{count}条')",
        "_('已送出' + count)",
        "_('已送出' if done else '未送出')",
        "_('已送出{}条'.format(f'{count}'))",
        "_('一', '二')",
        "_('')",
        "N_(label)",
    ],
)
def test_message_put_together_is_found(script: ModuleType, source: str) -> None:
    call = ast.parse(source, mode="eval").body
    assert isinstance(call, ast.Call)

    assert script._fault_of(call)


@pytest.mark.parametrize("source", ["_('已送出')", "_(field.label)", "_(LABELS[state])", "N_('已送出')"])
def test_message_that_stands_whole_is_accepted(script: ModuleType, source: str) -> None:
    call = ast.parse(source, mode="eval").body
    assert isinstance(call, ast.Call)

    assert not script._fault_of(call)


def test_word_that_picks_a_label_is_no_message(script: ModuleType, tmp_path: Path) -> None:
    module = tmp_path / "page.py"
    module.write_text('_(row["label"])\nN_("已送出")\n_(f"{count}")\n', encoding="utf-8")

    assert script._messages(module) == ["已送出"]


def test_message_inside_of_another_text_is_a_message_with_every_python(
    script: ModuleType, tmp_path: Path
) -> None:
    module = tmp_path / "page.py"
    module.write_text("f\"{name}：{_('没有')}\"\n_(names.get(word, N_('见 -h')))\n", encoding="utf-8")

    assert script._messages(module) == ["没有", "见 -h"]
