from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.base import log
from desktop.base.errors import EnvironmentFault
from desktop.base.log import logger, mask_personal_data, start_log, stop_log


@pytest.fixture
def log_file(room_folder: Path) -> Iterator[Path]:
    level = logging.getLogger().level
    yield start_log(room_folder)
    stop_log()
    logging.getLogger().setLevel(level)


def lines(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("号码649901198001010016不对", "号码[证件号]不对"),
        ("64990119750319018X", "[证件号]"),
        ("64990119750319018x,", "[证件号],"),
        ("649901800101001", "[证件号]"),
        ("电话13800001234。", "电话[手机号]。"),
        ("138 0000 1234", "[手机号]"),
        ("12000000001", "[手机号]"),
        ("\uff11\uff13\uff18\uff10\uff10\uff10\uff10\uff11\uff12\uff13\uff14", "[手机号]"),
        ("2026-03-05 15:30:00", "2026-03-05 15:30:00"),
        ("1772691000123", "1772691000123"),
        ("MED-012 3 rows", "MED-012 3 rows"),
    ],
)
def test_mask_personal_data_strikes_out_numbers_of_people_only(text: str, masked: str) -> None:
    assert mask_personal_data(text) == masked


def test_log_writes_json_lines_with_their_facts(log_file: Path) -> None:
    logger("sync").info("%d commits read", 3, extra={"code": "SYN-001"})
    (line,) = lines(log_file)
    assert (line["level"], line["logger"], line["message"]) == ("info", "jingwushi.sync", "3 commits read")
    assert line["code"] == "SYN-001"
    assert line["at"].endswith("+00:00")
    assert log_file.name == "jingwushi.log"


def test_log_holds_no_number_of_a_person_in_message_fact_or_trace(log_file: Path) -> None:
    try:
        int("649901198001010016号")
    except ValueError:
        logger("visits").exception("call %s", "13800001234", extra={"number": "649901199202290020"})
    text = log_file.read_text(encoding="utf-8")
    assert "[证件号]号" in text
    assert not any(number in text for number in ("649901198001010016", "13800001234", "649901199202290020"))


def test_log_hides_the_number_from_other_handlers_of_the_same_record(log_file: Path) -> None:
    record = logging.makeLogRecord({"msg": "call %s", "args": ("13800001234",)})
    assert log.PersonalDataFilter().filter(record)
    assert record.getMessage() == "call [手机号]"


def test_log_has_no_handler_that_reaches_a_network(log_file: Path) -> None:
    ours = [
        handler for handler in logging.getLogger().handlers if type(handler).__module__ == "desktop.base.log"
    ]
    assert len(ours) == 1
    assert isinstance(ours[0], logging.FileHandler)


def test_start_log_twice_writes_each_line_once(log_file: Path, room_folder: Path) -> None:
    start_log(room_folder)
    logger("shell").warning("once")
    assert len(lines(log_file)) == 1


def test_log_rotates_and_keeps_no_more_than_its_files(
    room_folder: Path, monkeypatch: pytest.MonkeyPatch, log_file: Path
) -> None:
    monkeypatch.setattr(log, "_FILE_BYTES", 300)
    start_log(room_folder)
    for number in range(40):
        logger("shell").info("line %d", number)
    names = sorted(file.name for file in (room_folder / "logs").iterdir())
    assert names == ["jingwushi.log", *(f"jingwushi.log.{number}" for number in range(1, 6))]


def test_log_goes_on_when_the_file_cannot_be_renamed(
    room_folder: Path, monkeypatch: pytest.MonkeyPatch, log_file: Path
) -> None:
    monkeypatch.setattr(log, "_FILE_BYTES", 300)
    start_log(room_folder)

    def held(*_args: object) -> None:
        raise PermissionError(13, "held by another process")

    monkeypatch.setattr("os.rename", held)
    for number in range(10):
        logger("shell").info("line %d", number)
    assert len(lines(log_file)) == 10


def test_start_log_tells_when_the_folder_cannot_be_made(room_folder: Path) -> None:
    (room_folder / "logs").write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(EnvironmentFault, match="ENV-007"):
        start_log(room_folder)
