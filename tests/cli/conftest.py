"""The command line in this process, on a room with toy-strength keys."""

from __future__ import annotations

import io
import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from desktop.cli.main import main
from tests.helpers.clock import FixedClock
from tests.helpers.rooms import PASSWORD, toy_rooms


@dataclass(frozen=True)
class Ran:
    """What one command gave back."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """Standard output as JSON, line by line."""
        return [json.loads(line) for line in self.out.split("\n")[:-1]]

    @property
    def error(self) -> Any:
        """The error of `--json`; on standard error stands the same as one line."""
        told = self.json["error"]
        assert set(told) == {"code", "message", "kind", "fields"}
        assert all(set(one) == {"row", "field", "code", "message"} for one in told["fields"])
        (line,) = self.err.splitlines()
        assert line.startswith(f"{told['code']} ")
        return told


@dataclass
class CommandLine:
    """Runs commands on one room folder."""

    home: Path
    clock: FixedClock
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch
    windows: list[tuple[Path, str, str]]

    def __call__(self, *words: object, given: str | bytes = "") -> Ran:
        data = given.encode() if isinstance(given, str) else given
        self.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))
        self.monkeypatch.setenv("JINGWUSHI_HOME", str(self.home))
        status = main([str(word) for word in words], toy_rooms, self._show_window, self.clock)
        told = self.capsys.readouterr()
        return Ran(status, told.out, told.err)

    def _show_window(self, home: Path, user: str, language: str, _bundle: Path | None) -> int:
        self.windows.append((home, user, language))
        return 0

    def add(self, kind: str, **values: Any) -> str:
        """Adds one record and gives its id."""
        ran = self("add", kind, "--json", given=json.dumps(values))
        assert ran.status == 0, ran.err
        return str(ran.json["records"][0]["id"])

    def show(self, kind: str, record: str) -> Any:
        """One record."""
        return self("show", kind, record, "--json").json

    def commits(self) -> int:
        """How many commits the room holds: what a refusal must not change."""
        scopes = self("status", "--json").json["scopes"]
        return sum(scope["commits"] for scope in scopes.values())

    def is_sound(self) -> bool:
        """Whether nothing was lost or altered."""
        return bool(self("verify", "--deep", "--json").json["ok"])


@pytest.fixture
def bare(
    tmp_path: Path,
    clock: FixedClock,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> CommandLine:
    """The command line where there is no room yet."""
    for name in ("JINGWUSHI_USER", "JINGWUSHI_NEW_PASSWORD", "JINGWUSHI_RECOVERY_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("JINGWUSHI_PASSWORD", PASSWORD)
    return CommandLine(tmp_path / "青石 一室", clock, capsys, monkeypatch, [])


@pytest.fixture
def cli(bare: CommandLine, room_template: Path) -> CommandLine:
    """The command line on an empty room."""
    shutil.copytree(room_template, bare.home)
    return bare
