# ruff: noqa: RUF001 - full-width signs are what the tests are about
from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from desktop.base.errors import EnvironmentFault, RuleBroken
from desktop.base.settings import FILE_NAME, SETTINGS, Settings, check_value, declared


def test_every_setting_has_an_allowed_default_a_sentence_and_somebody_who_may_change_it() -> None:
    for name, setting in SETTINGS.items():
        assert check_value(name, setting.default) == setting.default
        assert setting.sentence.endswith("。")
        assert setting.roles
        assert not setting.may_change(())


@pytest.mark.parametrize(
    ("name", "default", "scope"),
    [
        ("language", "zh", "machine"),
        ("idle_lock_minutes", 5, "machine"),
        ("stick_only", False, "machine"),
        ("server_url", "", "machine"),
        ("exchange_at", "08:00", "machine"),
        ("visit_cycle_days", 180, "room"),
        ("station_name", "", "room"),
        ("level_1_deadline_days", 1, "county"),
        ("level_2_deadline_days", 7, "county"),
        ("level_3_deadline_days", 20, "county"),
        ("people_mediation_days", 30, "county"),
        ("follow_up_written_days", 30, "county"),
        ("follow_up_oral_days", 7, "county"),
    ],
)
def test_get_gives_the_default_when_nothing_is_set(
    room_folder: Path, name: str, default: object, scope: str
) -> None:
    assert Settings(room_folder).get(name) == default
    assert SETTINGS[name].scope == scope


def test_only_an_administrator_may_open_the_network() -> None:
    for name in ("server_url", "stick_only"):
        assert declared(name).may_change(("clerk", "admin"))
        assert not declared(name).may_change(("clerk", "officer", "chief"))


def test_an_unknown_name_is_refused_with_the_nearest_ones(room_folder: Path) -> None:
    settings = Settings(room_folder)
    for ask in (settings.get, declared, lambda name: settings.set(name, 1)):
        with pytest.raises(RuleBroken) as caught:
            ask("idle_lock_minute")
        assert caught.value.code == "SET-001"
        assert "你是不是要找：idle_lock_minutes" in caught.value.sentence
    with pytest.raises(RuleBroken) as caught:
        declared("完全不同")
    assert "你是不是要找" not in caught.value.sentence


@pytest.mark.parametrize(
    ("name", "value", "typed"),
    [
        ("idle_lock_minutes", "１０", 10),
        ("idle_lock_minutes", 15, 15),
        ("stick_only", "是", True),
        ("stick_only", "off", None),
        ("stick_only", "关", False),
        ("stick_only", 1, None),
        ("idle_lock_minutes", 0, None),
        ("idle_lock_minutes", 16, None),
        ("idle_lock_minutes", True, None),
        ("idle_lock_minutes", 5.0, None),
        ("idle_lock_minutes", "五", None),
        ("idle_lock_minutes", math.nan, None),
        ("language", "en", "en"),
        ("language", "fr", None),
        ("exchange_at", "23：59", "23:59"),
        ("exchange_at", "24:00", None),
        ("exchange_at", "8:00", None),
        ("server_url", "https://10.0.0.1:8443", "https://10.0.0.1:8443"),
        ("server_url", "http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("server_url", "", ""),
        ("server_url", "http://10.0.0.1", None),
        ("server_url", "https://a:b@10.0.0.1", None),
        ("server_url", "https://", None),
        ("server_url", "https://10.0.0.1:99999", None),
        ("server_url", "ftp://10.0.0.1", None),
        ("server_url", "https://10.0.0.1/?x=1", None),
        ("language", None, None),
    ],
)
def test_check_value_reads_in_what_is_allowed_and_refuses_the_rest(
    name: str, value: object, typed: object
) -> None:
    if typed is None:
        with pytest.raises(RuleBroken) as caught:
            check_value(name, value)
        assert caught.value.code == "SET-002"
        assert caught.value.fields[0].field == name
    else:
        found = check_value(name, value)
        assert found == typed
        assert type(found) is type(typed)


def test_set_survives_a_restart_and_keeps_what_it_does_not_know(room_folder: Path) -> None:
    (room_folder / FILE_NAME).write_text('{"from_a_newer_version": 1}', encoding="utf-8")
    settings = Settings(room_folder)
    assert settings.set("idle_lock_minutes", "12") == 12
    assert settings.whole("idle_lock_minutes") == 12
    settings.set("card_tip", "出门关火")
    again = Settings(room_folder)
    assert again.get("idle_lock_minutes") == 12
    assert again.text("card_tip") == "出门关火"
    assert again.problems == []
    stored = json.loads((room_folder / FILE_NAME).read_text(encoding="utf-8"))
    assert stored["from_a_newer_version"] == 1
    assert again.reset("idle_lock_minutes") == 5
    assert Settings(room_folder).get("idle_lock_minutes") == 5


@pytest.mark.parametrize(
    ("name", "owner"), [("visit_cycle_days", "本警务室"), ("people_mediation_days", "县局")]
)
def test_set_is_refused_for_what_this_machine_does_not_own(room_folder: Path, name: str, owner: str) -> None:
    with pytest.raises(RuleBroken) as caught:
        Settings(room_folder).set(name, 5)
    assert caught.value.code == "SET-003"
    assert owner in caught.value.sentence
    assert not (room_folder / FILE_NAME).exists()


def test_get_takes_room_and_county_values_from_their_own_scope_only(room_folder: Path) -> None:
    settings = Settings(
        room_folder,
        room={"visit_cycle_days": 90, "people_mediation_days": 1, "stick_only": True},
        county={"people_mediation_days": "45"},
    )
    assert settings.whole("visit_cycle_days") == 90
    assert settings.whole("people_mediation_days") == 45
    assert settings.flag("stick_only") is False
    assert settings.text("language") == "zh"


def test_a_value_that_is_not_allowed_counts_as_not_set_and_is_told(room_folder: Path) -> None:
    (room_folder / FILE_NAME).write_text('{"idle_lock_minutes": 9999}', encoding="utf-8")
    settings = Settings(room_folder, county={"people_mediation_days": "许多"})
    assert settings.whole("idle_lock_minutes") == 5
    assert settings.whole("people_mediation_days") == 30
    assert len(settings.problems) == 2
    assert "idle_lock_minutes" in settings.problems[0]


@pytest.mark.parametrize("content", [b"\x00\x00\x00", b"[1, 2]", b"{"])
def test_a_damaged_file_is_put_aside_and_told(room_folder: Path, content: bytes) -> None:
    (room_folder / FILE_NAME).write_bytes(content)
    settings = Settings(room_folder)
    assert settings.whole("idle_lock_minutes") == 5
    assert len(settings.problems) == 1
    assert (room_folder / (FILE_NAME + ".damaged")).read_bytes() == content


def test_set_keeps_the_old_value_when_the_disk_refuses(room_folder: Path) -> None:
    settings = Settings(room_folder)
    (room_folder / (FILE_NAME + ".part")).mkdir()
    with pytest.raises(EnvironmentFault):
        settings.set("idle_lock_minutes", 12)
    assert settings.whole("idle_lock_minutes") == 5
