"""How the installer is started: for whom, with which rights, and what is said when it is not."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from pathlib import Path

import pytest

from desktop.base.errors import EnvironmentFault, Refused
from desktop.base.windows import Signature
from desktop.update import install
from desktop.update.install import Installation, start_setup

PACKAGE = Path("C:/Program Files/Jingwushi/program/app/desktop")


class Windows:
    """What would be started."""

    def __init__(self, error: OSError | None = None) -> None:
        self.error = error
        self.started: list[tuple[Path, tuple[str, ...], bool]] = []

    def start(self, program: Path, words: Sequence[str], *, as_administrator: bool) -> None:
        """Remembers it."""
        if self.error is not None:
            raise self.error
        self.started.append((program, tuple(words), as_administrator))


@pytest.mark.parametrize(
    ("registered", "is_for_all"),
    [("", False), ("c:\\program files\\jingwushi", True), ("C:\\Program Files\\Other", False)],
    ids=["nothing", "this one", "another one"],
)
def test_running_is_for_all_when_the_registry_of_the_machine_names_its_folder(
    registered: str, is_for_all: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install, "read_machine_value", lambda _key, _name: registered)

    found = Installation.running(PACKAGE)

    assert found == Installation(Path("C:/Program Files/Jingwushi"), is_for_all)


def test_setup_of_one_user_shows_its_progress_waits_and_starts_the_program_again() -> None:
    windows = Windows()
    setup = Path("setup.exe")

    start_setup(setup, installation=Installation(Path("x"), is_for_all=False), start=windows.start)

    assert windows.started == [(setup, ("/PASSIVE", "/WAIT", "/CurrentUser", "/RUN"), False)]


def test_setup_for_all_users_asks_for_rights_and_starts_nothing_as_the_administrator() -> None:
    windows = Windows()
    start_setup(Path("s"), installation=Installation(Path("x"), is_for_all=True), start=windows.start)
    assert windows.started == [(Path("s"), ("/PASSIVE", "/WAIT", "/AllUsers"), True)]


def test_options_are_those_that_the_installer_knows() -> None:
    script = (Path(__file__).parents[2] / "packaging" / "windows" / "installer.nsi").read_text("utf-8")
    for is_for_all in (False, True):
        for option in Installation(Path("x"), is_for_all).options:
            known = f'"{option}"' in script or option in ("/CurrentUser", "/AllUsers")
            assert known, option


def test_rights_that_were_not_given_are_told_as_such() -> None:
    refused = OSError("cancelled")
    refused.winerror = 1223  # type: ignore[attr-defined,unused-ignore]
    with pytest.raises(Refused, match="UPD-008"):
        start_setup(
            Path("s"), installation=Installation(Path("x"), is_for_all=True), start=Windows(refused).start
        )


def test_start_setup_says_where_the_installer_lies_where_there_is_no_windows(tmp_path: Path) -> None:
    nowhere = Windows(OSError(errno.ENOSYS, "Windows only"))
    with pytest.raises(EnvironmentFault, match=r"UPD-006.*setup\.exe"):
        start_setup(tmp_path / "setup.exe", start=nowhere.start)


def test_installer_that_a_scanner_holds_is_told_as_held() -> None:
    with pytest.raises(EnvironmentFault, match="ENV-0"):
        start_setup(Path("s"), start=Windows(OSError(errno.EBUSY, "held")).start)


@pytest.mark.parametrize(
    ("setup", "own", "is_started"),
    [
        (Signature.TRUSTED, Signature.TRUSTED, True),
        (Signature.UNKNOWN, Signature.TRUSTED, False),
        (Signature.NONE, Signature.TRUSTED, False),
        (Signature.BROKEN, Signature.TRUSTED, False),
        (Signature.NONE, Signature.NONE, True),
        (Signature.UNKNOWN, Signature.UNKNOWN, True),
        (Signature.BROKEN, Signature.NONE, False),
    ],
)
def test_setup_is_started_only_when_it_is_signed_no_weaker_than_the_program(
    setup: Signature, own: Signature, is_started: bool
) -> None:
    windows = Windows()
    signatures = {Path("setup.exe"): setup, Path("home/Jingwushi.exe"): own}

    def start() -> None:
        start_setup(
            Path("setup.exe"),
            installation=Installation(Path("home"), is_for_all=False),
            start=windows.start,
            signature=signatures.__getitem__,
        )

    if is_started:
        start()
    else:
        with pytest.raises(Refused, match="UPD-009"):
            start()
    assert bool(windows.started) == is_started
