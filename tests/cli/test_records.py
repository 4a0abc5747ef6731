"""Records on the command line: fields, add, list, show, set, void, do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.conftest import CommandLine
from tests.helpers.factories.mediation import CLAUSES, PARTIES

TYPES = {
    "text", "long_text", "date", "time", "instant", "integer", "money", "boolean", "choice", "choices",
    "person_name", "identity_number", "phone", "link", "links", "children", "attachment",
}  # fmt: skip
FIELD_KEYS = {
    "name", "label", "type", "required", "choices", "target", "fields", "max_length", "personal", "owner",
}  # fmt: skip
RECORD_KEYS = {"id", "serial_no", "version", "is_void", "origin", "conflicts"}


def household(cli: CommandLine, **values: Any) -> str:
    area = cli.add("area", name=f"石桥村{len(cli('list', 'area').lines)}组", level="4")
    return cli.add(
        "household", **({"door_no": f"{area[-6:]}号", "head_name": "马占山", "area_id": area} | values)
    )


def visit(cli: CommandLine, **values: Any) -> str:
    member = cli.add("staff_member", name="李秀兰", role="辅警")
    given = {"household_id": household(cli), "staff_ids": [member], "topics": ["02"]}
    return cli.add("visit", **(given | values))


def dispute(cli: CommandLine, **values: Any) -> str:
    given = {"title": "浇地用水纠纷", "source": "01", "dispute_type": "0703", "parties": PARTIES}
    return cli.add("dispute", **(given | values))


# -- fields --------------------------------------------------------------------------------------------------------


def test_fields_have_the_shape_of_the_contract(cli: CommandLine) -> None:
    ran = cli("fields", "--json")
    assert ran.status == 0
    assert set(ran.json) == {"kinds"}
    for kind in ran.json["kinds"]:
        assert {"kind", "label", "insert_only", "fields"} <= set(kind)
        for field in kind["fields"]:
            assert set(field) >= FIELD_KEYS, (kind["kind"], field["name"])
            assert field["type"] in TYPES
            assert field["owner"] in {"room", "county"}
            assert bool(field["target"]) == (field["type"] in {"link", "links", "children"})
            assert bool(field["fields"]) == (field["type"] == "children")
            assert bool(field["choices"]) == (field["type"] in {"choice", "choices"}), field["name"]


def test_fields_of_one_kind_hold_its_children_and_choices(cli: CommandLine) -> None:
    (kind,) = cli("fields", "dispute", "--json").json["kinds"]
    fields = {field["name"]: field for field in kind["fields"]}
    assert fields["parties"]["target"] == "party"
    assert {"name", "id_number", "role"} <= {one["name"] for one in fields["parties"]["fields"]}
    assert "dispute_id" not in {one["name"] for one in fields["parties"]["fields"]}
    assert {"code", "label"} == set(fields["source"]["choices"][0])
    assert fields["amount_fen"]["type"] == "money"
    assert fields["title"]["required"] is True
    assert fields["responsible_id"]["target"] == "staff_member"
    inner = {one["name"]: one for one in fields["parties"]["fields"]}
    assert inner["id_number"]["personal"] == "sensitive"


def test_fields_need_no_room_and_no_password(bare: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JINGWUSHI_PASSWORD")
    ran = bare("fields", "visit")
    assert ran.status == 0
    assert "* visited_on 走访日期" in ran.out
    assert not bare.home.exists()


# -- add -----------------------------------------------------------------------------------------------------------


def test_add_gives_ids_and_numbers_in_the_order_given(cli: CommandLine) -> None:
    home = household(cli)
    member = cli.add("staff_member", name="李秀兰", role="辅警")
    one = {"household_id": home, "staff_ids": [member], "topics": ["02"]}
    lines = "".join(json.dumps(one | {"note": note}) + "\n" for note in ("甲", "乙", "丙"))
    records = cli("add", "visit", "--json", given=lines).json["records"]
    assert [cli.show("visit", record["id"])["note"] for record in records] == ["甲", "乙", "丙"]
    assert [record["serial_no"][-5:] for record in records] == ["00001", "00002", "00003"]
    plain = cli("add", "visit", given=lines).out.splitlines()
    assert [line.split(" ")[1][-5:] for line in plain] == ["00004", "00005", "00006"]


def test_add_reads_a_file(cli: CommandLine) -> None:
    path = cli.home.with_name("人员 名单.jsonl")
    path.write_text('{"name": "马占山", "role": "民警"}\n', encoding="utf-8")
    assert cli("add", "staff_member", path).status == 0
    assert len(cli("list", "staff_member").lines) == 1


def test_add_tells_every_wrong_field_of_every_row_and_writes_nothing(cli: CommandLine) -> None:
    rows = [
        {"name": "马占山", "role": "民警"},
        {"role": "法师", "serves_from_on": "哪天"},
        {"name": "单明月", "role": "民警", "colour": "red"},
        {"name": "李秀兰", "role": "民警"},
    ]
    before = cli.commits()
    ran = cli("add", "staff_member", "--json", given="\n".join(map(json.dumps, rows)))
    assert ran.status == 3
    told = {(one["row"], one["field"]) for one in ran.error["fields"]}
    assert told == {(2, "role"), (2, "serves_from_on"), (2, "name"), (3, "colour")}
    assert "第 2 行" in ran.error["message"]
    assert cli.commits() == before
    assert cli("list", "staff_member").lines == []


def test_add_is_refused_for_a_step_s_field(cli: CommandLine) -> None:
    ran = cli("add", "dispute", "--json", given=json.dumps({"title": "甲", "state": "closed"}))
    assert ran.status == 3
    assert {one["field"] for one in ran.error["fields"]} == {"state"}


def test_link_is_accepted_as_id_code_or_number_and_given_back_as_id(cli: CommandLine) -> None:
    first = visit(cli)
    number = cli.show("visit", first)["serial_no"]
    member = cli.show("visit", first)["staff_ids"][0]
    home = cli.show("visit", first)["household_id"]
    door = cli.show("household", home)["door_no"]
    second = cli.add("visit", household_id=door, staff_ids=["李秀兰"], topics=["02"])
    assert cli.show("visit", second)["household_id"] == home
    assert cli.show("visit", second)["staff_ids"] == [member]
    request = cli.add(
        "request",
        visit_id=number,
        request_class="05",
        content="路灯坏了",
        source="02",
        requester_name="马占山",
    )
    assert cli.show("request", request)["visit_id"] == first


def test_link_to_nobody_is_told_with_its_row(cli: CommandLine) -> None:
    ran = cli(
        "add", "visit", "--json", given=json.dumps({"household_id": "没有这户", "staff_ids": ["无此人"]})
    )
    assert ran.status == 3
    assert {(one["row"], one["field"]) for one in ran.error["fields"]} >= {
        (1, "household_id"),
        (1, "staff_ids"),
    }


def test_money_is_fen_as_an_integer_and_yuan_as_a_text(cli: CommandLine) -> None:
    assert cli.show("dispute", dispute(cli, amount_fen=120050))["amount_fen"] == 120050
    assert cli.show("dispute", dispute(cli, amount_fen="1,200.50"))["amount_fen"] == 120050
    record = dispute(cli, amount_fen="3元")
    assert cli.show("dispute", record)["amount_fen"] == 300
    cli("set", "dispute", record, "amount_fen=4500")
    assert cli.show("dispute", record)["amount_fen"] == 4500
    cli("set", "dispute", record, "amount_fen=45.5")
    assert cli.show("dispute", record)["amount_fen"] == 4550
    assert [one["id"] for one in cli("list", "dispute", "--where", "amount_fen=4550").lines] == [record]
    assert cli("add", "dispute", given='{"amount_fen": 1.5}').status == 3


def test_times_are_utc_and_days_are_local(cli: CommandLine) -> None:
    # 08:00 on 5 March in Beijing is midnight in UTC.
    shown = cli.show("visit", visit(cli))
    assert shown["recorded_at"] == "2026-03-05T00:00:00Z"
    assert shown["visited_on"] == "2026-03-05"


# -- list and show -------------------------------------------------------------------------------------------------


def test_record_has_the_keys_of_the_contract(cli: CommandLine) -> None:
    record = visit(cli)
    (line,) = cli("list", "visit").lines
    assert line == cli.show("visit", record)
    assert set(line) >= RECORD_KEYS
    fields = {field["name"] for field in cli("fields", "visit", "--json").json["kinds"][0]["fields"]}
    assert set(line) >= fields
    assert line["version"] == 1
    assert line["is_void"] is False
    assert line["conflicts"] == []
    assert cli("list", "visit", "--json").out == cli("list", "visit").out


def test_list_is_narrowed_by_fields_days_and_count(cli: CommandLine) -> None:
    days = ("2026-02-27", "2026-03-01", "2026-03-04")
    records = [
        visit(cli, visited_on=day, mode=mode) for day, mode in zip(days, ("01", "02", "01"), strict=True)
    ]

    def listed(*words: str) -> list[str]:
        ran = cli("list", "visit", *words)
        assert ran.status == 0, ran.err
        return [one["id"] for one in ran.lines]

    assert listed() == records[::-1]
    assert listed("--from", "2026-03-01") == records[:0:-1]
    assert listed("--to", "2026-03-01") == records[1::-1]
    assert listed("--from", "2026-03-01", "--to", "2026-03-01") == [records[1]]
    assert listed("--where", "mode=01") == [records[2], records[0]]
    assert listed("--where", "mode=01", "--from", "2026-03-01") == [records[2]]
    assert listed("--where", "topics=02", "--limit", "2") == records[:0:-1]
    assert listed("--where", "is_void=true") == []


def test_list_finds_by_characters_initials_and_last_four(cli: CommandLine) -> None:
    home = household(cli, head_name="单明月", phone="12000004321")
    for typed in ("单明", "smy", "dmy", "4321"):
        assert [one["id"] for one in cli("list", "household", "--search", typed).lines] == [home], typed
    assert cli("list", "household", "--search", "没有").lines == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("visit", "--where", "colour=red"), "REC-010"),
        (("visit", "--where", "mode=飞"), "REC-010"),
        (("visit", "--where", "mode"), "CLI-002"),
        (("visit", "--where", "mode=01", "--where", "mode=02"), "CLI-002"),
        (("staff_member", "--from", "2026-01-01"), "REC-010"),
    ],
)
def test_list_tells_a_filter_that_does_not_exist(cli: CommandLine, words: tuple[str, ...], code: str) -> None:
    ran = cli("list", *words, "--json")
    assert (ran.status, ran.error["code"]) == (3, code)


def test_show_finds_by_number_and_tells_when_there_is_none(cli: CommandLine) -> None:
    record = visit(cli)
    assert cli.show("visit", cli.show("visit", record)["serial_no"])["id"] == record
    ran = cli("show", "visit", "649901100201-A-2026-V99999", "--json")
    assert (ran.status, ran.error["code"]) == (3, "REC-002")


# -- set and void --------------------------------------------------------------------------------------------------


def test_set_changes_fields_links_lists_and_clears(cli: CommandLine) -> None:
    member = cli.add("staff_member", name="单明月", role="民警", phone="12000000001")
    hazard = cli.add(
        "hazard", place="涝池", hazard_class="03", description="电线裸露", responsible_name="马占山"
    )
    ran = cli("set", "hazard", hazard, "staff_ids=单明月", "place=涝池 西头=东", "--json")
    assert ran.status == 0
    assert ran.json["staff_ids"] == [member]
    assert ran.json["place"] == "涝池 西头=东"
    assert ran.json["version"] == 2
    assert cli("set", "staff_member", "单明月", "phone=", "--json").json["phone"] is None


def test_set_of_an_insert_only_record_is_a_correction_with_its_reason(cli: CommandLine) -> None:
    record = visit(cli)
    ran = cli("set", "visit", record, "note=补记", "--reason", "漏写", "--json")
    assert ran.status == 0
    assert ran.json["id"] == record
    assert ran.json["version"] == 2
    assert len(cli("list", "visit").lines) == 1
    assert cli.is_sound()


def test_set_writes_children_as_json(cli: CommandLine) -> None:
    record = dispute(cli)
    parties = cli.show("dispute", record)["parties"]
    parties = [{"id": one["id"], "name": f"{one['name']}", "phone": "12000000009"} for one in parties]
    added = [*parties, {"role": "3", "name": "马占山", "address": "一组"}]
    ran = cli("set", "dispute", record, f"parties={json.dumps(added, ensure_ascii=False)}", "--json")
    assert ran.status == 0, ran.err
    told = {one["name"]: one["phone"] for one in ran.json["parties"]}
    assert len(told) == 3
    assert told["李𬭎"] == "12000000009"
    ran = cli("set", "dispute", record, "parties=李四", "--json")
    assert (ran.status, ran.error["code"]) == (3, "CLI-003")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        (("colour=red",), "colour"),
        (("role=法师",), "role"),
        (("name=",), "name"),
        (("serves_from_on=哪天",), "serves_from_on"),
    ],
)
def test_set_is_refused_with_the_field_and_writes_nothing(
    cli: CommandLine, values: tuple[str, ...], field: str
) -> None:
    member = cli.add("staff_member", name="单明月", role="民警")
    before = cli.commits()
    ran = cli("set", "staff_member", member, *values, "--json")
    assert ran.status == 3
    assert [one["field"] for one in ran.error["fields"]] == [field]
    assert cli.commits() == before


def test_set_of_a_field_twice_is_refused(cli: CommandLine) -> None:
    member = cli.add("staff_member", name="单明月", role="民警")
    assert cli("set", "staff_member", member, "name=甲", "name=乙", "--json").error["code"] == "CLI-002"
    assert cli("set", "staff_member", member, "name", "--json").error["code"] == "CLI-002"


def test_void_keeps_the_number_and_needs_a_reason(cli: CommandLine) -> None:
    record = dispute(cli)
    assert cli("void", "dispute", record, "--reason", " ").status == 3
    ran = cli("void", "dispute", record, "--reason", "重复登记", "--json")
    assert ran.status == 0
    assert ran.json["is_void"] is True
    assert ran.json["serial_no"].endswith("00001")
    assert ran.json["void_reason"] == "重复登记"
    assert cli("void", "dispute", record, "--reason", "再来", "--json").error["code"] == "REC-005"
    assert cli("set", "dispute", record, "place=别处", "--json").error["code"] == "REC-005"
    assert cli.is_sound()


# -- steps ---------------------------------------------------------------------------------------------------------


def test_do_lists_the_steps_allowed_now_with_their_fields(cli: CommandLine) -> None:
    record = dispute(cli)
    steps = cli("do", "dispute", record, "--json").json["steps"]
    assert "accept" in {step["name"] for step in steps}
    for step in steps:
        assert set(step) == {"name", "label", "fields"}
        assert all(set(field) >= FIELD_KEYS for field in step["fields"])
    assert "accept" in cli("do", "dispute", record).out


def test_do_takes_a_step_and_gives_the_record(cli: CommandLine) -> None:
    record = dispute(cli)
    number = cli.show("dispute", record)["serial_no"]
    ran = cli("do", "dispute", number, "accept", "{}", "--json")
    assert ran.status == 0
    assert ran.json["id"] == record
    assert ran.json["accepted_on"] == "2026-03-05"
    mediator = cli.add("staff_member", name="周慧兰", role="mediator")
    inputs = {
        "committee_name": "石桥村人民调解委员会",
        "case_source": "1",
        "has_consent": True,
        "is_scope_confirmed": True,
        "rights_notice": "1",
        "mediator_ids": [mediator],
    }
    ran = cli("do", "dispute", record, "open_mediation", "-", "--json", given=json.dumps(inputs))
    assert ran.status == 0, ran.err
    (mediation,) = cli("list", "people_mediation").lines
    ran = cli("set", "people_mediation", mediation["id"], f"clauses={json.dumps(CLAUSES)}", "--json")
    assert ran.status == 0, ran.err
    assert [clause["amount_fen"] for clause in ran.json["clauses"]] == [None, 120050]
    assert cli.is_sound()


def test_do_is_refused_for_what_is_not_allowed_now(cli: CommandLine) -> None:
    record = dispute(cli)
    before = cli.commits()
    for words, code in (
        (("dispute", record, "fly"), "REC-009"),
        (("vist", record, "accept"), "REC-001"),
        (("dispute", "nobody", "accept"), "REC-002"),
        (("dispute", record, "accept", "[]"), "CLI-003"),
        (("dispute", record, "accept", '{"colour": 1}'), "REC-003"),
        (("dispute", record, "withdraw", "{}"), "REC-003"),
    ):
        ran = cli("do", *words, "--json")
        assert (ran.status, ran.error["code"]) == (3, code), words
    assert cli.commits() == before
    assert cli("do", "dispute", record, "accept").status == 0
    assert cli("do", "dispute", record, "accept", "--json").error["code"] == "REC-008"
