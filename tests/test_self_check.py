"""The self-check answers for every part, and a part that is broken is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from desktop import self_check
from desktop.__main__ import main
from tests.helpers.windows.desk import dress_application


def test_self_check_finds_everything_well_in_a_whole_checkout(tmp_path: Path, qapp: QApplication) -> None:
    # Without a screen Windows has no fonts but those of the program.
    dress_application()
    target = tmp_path / "自检 结果.json"
    # The scratch room of the check costs four seconds of key work by design; the command line's tests make rooms too.
    quick = {name: check for name, check in self_check.CHECKS.items() if name != "room"}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(self_check, "CHECKS", quick)
        status = self_check.run_self_check(str(target))

    answer = json.loads(target.read_text(encoding="utf-8"))
    assert {one["name"]: one["told"] for one in answer["checks"] if not one["ok"]} == {}
    assert (status, answer["ok"]) == (0, True)
    assert answer["facts"]["version"]


def test_self_check_names_what_is_broken_and_asks_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_folder: Path) -> None:
        raise self_check._Broken("no ink")

    monkeypatch.setattr(self_check, "CHECKS", {"paper": broken, "files": self_check.check_files})
    target = tmp_path / "told.json"

    assert self_check.run_self_check(str(target)) == 1

    answer = json.loads(target.read_text(encoding="utf-8"))
    assert [(one["name"], one["ok"]) for one in answer["checks"]] == [("paper", False), ("files", True)]
    assert "no ink" in answer["checks"][0]["told"]


def test_program_writes_the_self_check_when_it_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(self_check, "CHECKS", {"files": self_check.check_files})
    monkeypatch.setattr("sys.argv", ["jingwushi", "--self-check", str(tmp_path / "told.json")])

    assert main() == 0
    assert (tmp_path / "told.json").exists()
