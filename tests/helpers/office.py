"""A room in memory that answers windows as the real one does: same declared fields, same readers, no database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from desktop.base.clock import Clock, today
from desktop.base.errors import Failure, FieldProblem, RuleBroken
from desktop.database.fields import Field, from_json, to_json
from desktop.database.kinds import Registry
from desktop.database.search import Hit
from desktop.database.values import Reading, Wording, missing, read_fields, words
from desktop.printing.jobs import Outcome
from desktop.shell.office import (
    AccountLine,
    Board,
    BoardItem,
    BoardSection,
    ChildRow,
    ConflictItem,
    ContactLine,
    ExchangeLine,
    ExchangeResult,
    FileRef,
    HistoryLine,
    ImportReport,
    KeyBinding,
    Paper,
    ParkedLine,
    Pick,
    RecordRef,
    RecordView,
    RoomStatus,
    Saved,
    Side,
    Tell,
    UpdateOffer,
    UpdateReady,
)
from desktop.staff.permissions import Actor, actor_of
from desktop.staff.prints import PrintOrder
from desktop.staff.records import Step
from desktop.widgets.listing import ListQuery, ListRow
from tests.helpers.toy_kinds import CLOSE, CODES, FIELD_TABLES, REOPEN


@dataclass
class Held:
    """One record of the fake."""

    id: str
    kind: str
    serial_no: str
    values: dict[str, Any]
    children: dict[str, list[dict[str, Any]]]
    origin: RecordRef | None = None
    void_reason: str = ""
    seen: tuple[str, ...] = ("v1",)
    history: list[HistoryLine] = field(default_factory=list)
    files: list[FileRef] = field(default_factory=list)


class ToySettings:
    """Settings in memory."""

    def __init__(self) -> None:
        self.held: dict[str, Any] = {}

    def get(self, name: str) -> Any:
        from desktop.base.settings import declared

        return self.held.get(name, declared(name).default)

    def set(self, name: str, value: Any) -> Any:
        from desktop.base.settings import check_value

        self.held[name] = check_value(name, value)
        return self.held[name]


class FakeOffice:
    """Satisfies `desktop.shell.office.Office`."""

    def __init__(
        self,
        home: Path,
        clock: Clock,
        *,
        practice: bool = True,
        roles: tuple[str, ...] = ("officer", "admin"),
    ) -> None:
        self.home = home
        self.clock = clock
        self.practice = practice
        self.room_name = "青石镇柳湾村警务室"
        self.room_code = "649901100201"
        self.registry = Registry(FIELD_TABLES, CODES)
        self.actor: Actor = actor_of("王警官", roles)
        self.settings = ToySettings()
        self.steps: Sequence[Step] = (CLOSE, REOPEN)
        self.papers: Sequence[Paper] = (Paper("toy_agreement", "调解协议书", "toy_matter"),)
        self.held: dict[str, dict[str, Held]] = {kind.name: {} for kind in self.registry}
        self.password = "Toy-1234"
        self.pdf = b""
        self.orders: list[PrintOrder] = []
        self.number_reports: list[str] = []
        self.ended_prints: dict[str, tuple[Outcome, ...]] = {}
        self.conflict_items: list[ConflictItem] = []
        self.parked_lines: list[ParkedLine] = []
        self.contact_lines: tuple[ContactLine, ...] = ()
        self.second_copies = 0
        self.searches_caught_up = 0
        self.warmed = 0
        self.network_results: list[ExchangeResult | Failure] = []
        self.settled: list[tuple[str, Pick, str]] = []
        self.taken_files: list[Path] = []
        self.wiped: Path | None = None
        self.account_lines = [AccountLine("王警官", ("officer", "admin")), AccountLine("李内勤", ("clerk",))]
        self.fail_with: Exception | None = None
        self.version = "0.1.0"
        self.binding = KeyBinding(can_bind=True)
        self.offered: UpdateOffer | Failure | None = None
        self.prepared_failure: Failure | None = None
        self.start_failure: Failure | None = None
        self.looked_at: list[Path | None] = []
        self.started_setups: list[Path] = []
        self.room_status = RoomStatus(
            light="warn",
            sentence="已存本机；12 条还没有交换，上次备份是 3 天前",
            unsent_count=12,
            waiting_file_count=1,
            last_exchange="3月2日 17:20 用U盘交换，双方一致",
            last_backup="3月2日 17:25",
            may_use_network=True,
            exchanges=(
                ExchangeLine(
                    datetime(2026, 3, 2, 9, 20, tzinfo=UTC), "U盘", "送出 35 条，收到 4 条，双方一致"
                ),
                ExchangeLine(
                    datetime(2026, 2, 23, 9, 5, tzinfo=UTC), "U盘", "送出 28 条，收到 0 条，双方一致"
                ),
            ),
        )

    # -- filling -----------------------------------------------------------------------------------------------

    def put(
        self, kind: str, values: Mapping[str, Any], children: Mapping[str, list[dict[str, Any]]] | None = None
    ) -> Held:
        """Puts a record in without any check; values as JSON."""
        place = self.held[kind]
        letter = self.registry.kind(kind).info.letter
        number = f"649901-A-2026-{letter}{len(place) + 1:05d}" if letter else ""
        made = Held(
            f"{kind}-{len(place) + 1}",
            kind,
            number,
            dict(values),
            {k: list(v) for k, v in (children or {}).items()},
        )
        made.history.append(HistoryLine(self.clock.now(), self.actor.name, "A机", "登记"))
        place[made.id] = made
        return made

    # -- reading -----------------------------------------------------------------------------------------------

    def _title(self, held: Held) -> str:
        return self.registry.kind(held.kind).title_of(held.values) or held.serial_no

    def list_ids(self, kind: str, query: ListQuery) -> list[str]:
        """The ids that the query asks for."""
        info = self.registry.kind(kind).info
        found = []
        for held in self.held[kind].values():
            if held.void_reason and not query.include_void:
                continue
            if any(str(held.values.get(name)) != value for name, value in query.where.items()):
                continue
            day = str(held.values.get(info.day) or "")
            if (query.day_from and day < query.day_from.isoformat()) or (
                query.day_to and day > query.day_to.isoformat()
            ):
                continue
            if (
                query.search
                and query.search not in f"{held.serial_no} {' '.join(map(str, held.values.values()))}"
            ):
                continue
            found.append(held)
        if query.sort:
            found.sort(
                key=lambda one: str(
                    one.serial_no if query.sort == "serial_no" else one.values.get(query.sort) or ""
                )
            )
        if query.descending:
            found.reverse()
        return [one.id for one in found]

    def rows(self, kind: str, ids: Sequence[str], fields: Sequence[str]) -> list[ListRow]:
        """The lines."""
        waiting = {item.record.id for item in self.conflict_items}
        found = []
        for record_id in ids:
            held = self.held[kind][record_id]
            shown = self._words(held)
            cells = tuple(held.serial_no if name == "serial_no" else shown.get(name, "") for name in fields)
            found.append(ListRow(cells, is_void=bool(held.void_reason), has_conflict=held.id in waiting))
        return found

    def _words(self, held: Held) -> dict[str, str]:
        return self._words_of(self.registry.kind(held.kind).fields, held.values)

    def _words_of(self, fields: Mapping[str, Field], values: Mapping[str, Any]) -> dict[str, str]:
        wording = Wording(CODES, self._titles())
        return {
            name: words(one, from_json(one.type, values.get(name)), wording) for name, one in fields.items()
        }

    def _titles(self) -> dict[tuple[str, str], str]:
        return {
            (kind, held.id): self._title(held) for kind, place in self.held.items() for held in place.values()
        }

    def view(self, kind: str, id: str) -> RecordView:
        """One record."""
        held = self.held[kind].get(id)
        if held is None:
            raise RuleBroken("REC-002", "没有找到这条记录")
        declared = self.registry.kind(kind)
        children: dict[str, tuple[ChildRow, ...]] = {}
        for child in declared.children:
            own = self.registry.kind(child.kind).fields
            children[child.name] = tuple(
                ChildRow(row["id"], {k: v for k, v in row.items() if k != "id"}, self._words_of(own, row))
                for row in held.children.get(child.name, [])
            )
        state = type("State", (), {"state": held.values.get("state")})()
        return RecordView(
            id=id,
            kind=kind,
            title=self._title(held),
            serial_no=held.serial_no,
            version="3",
            seen=held.seen,
            values=dict(held.values),
            words=self._words(held),
            link_titles=self._titles(),
            children=children,
            steps=tuple(
                step
                for step in self.steps
                if step.kind == kind and not held.void_reason and step.allowed(state)
            ),
            papers=tuple(paper for paper in self.papers if paper.kind == kind),
            conflicts=tuple(item.field for item in self.conflict_items if item.record.id == id),
            is_void=bool(held.void_reason),
            void_reason=held.void_reason,
            origin=held.origin,
            grown=tuple(
                RecordRef(one.kind, one.id, self._title(one))
                for place in self.held.values()
                for one in place.values()
                if one.origin is not None and one.origin.id == id
            ),
            files=tuple(held.files),
            history=tuple(held.history),
        )

    # -- saving ------------------------------------------------------------------------------------------------

    def _read(
        self, kind: str, raw: Mapping[str, Any], *, partly: bool
    ) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
        if self.fail_with is not None:
            raise self.fail_with
        declared = self.registry.kind(kind)
        reading = Reading(today(self.clock), CODES, self._find_link, practice=self.practice)
        values, problems = read_fields(declared.fields.values(), raw, reading)
        if not partly:
            problems += missing(declared.fields.values(), values)
        children: dict[str, list[dict[str, Any]]] = {}
        for child in declared.children:
            if child.name not in raw:
                continue
            own = [
                one
                for name, one in self.registry.kind(child.kind).fields.items()
                if name != child.parent_field
            ]
            children[child.name] = []
            for place, item in enumerate(raw[child.name], 1):
                row, wrong = read_fields(own, item, reading)
                wrong += missing(own, row)
                problems += [
                    FieldProblem(f"{child.name}.{place}.{one.field}", one.code, one.message) for one in wrong
                ]
                row_id = item.get("id") or f"{child.kind}-{len(self.held) + place}-{id(item)}"
                children[child.name].append(
                    {name: to_json(value) for name, value in row.items()} | {"id": row_id}
                )
        if problems:
            told = "；".join(one.message for one in problems[:5])
            raise RuleBroken("REC-003", f"没有保存，请改正后再试：{told}", fields=tuple(problems))
        return {name: to_json(value) for name, value in values.items()}, children

    def _find_link(self, kind: str, text: str) -> str:
        for held in self.held[kind].values():
            if text in (held.id, held.serial_no, held.values.get("code"), held.values.get("name")):
                return held.id
        raise ValueError(f"没有找到“{text}”")

    def add(self, kind: str, values: Mapping[str, Any], origin: RecordRef | None = None) -> Saved:
        """Adds a record."""
        read, children = self._read(kind, values, partly=False)
        for one in self.registry.kind(kind).fields.values():
            if one.default_value is not None:
                read.setdefault(one.name, one.default_value)
        held = self.put(kind, read, children)
        held.origin = origin
        return Saved(held.id, held.serial_no)

    def change(
        self, kind: str, id: str, values: Mapping[str, Any], seen: Sequence[str], reason: str = ""
    ) -> Saved:
        """Changes a record."""
        held = self.held[kind][id]
        read, children = self._read(kind, values, partly=True)
        held.values |= read
        held.children |= children
        held.seen = (f"v{len(held.history) + 1}",)
        labels = "、".join(one.label for name, one in self.registry.kind(kind).fields.items() if name in read)
        held.history.append(HistoryLine(self.clock.now(), self.actor.name, "A机", f"修改：{labels}"))
        return Saved(id, held.serial_no)

    def void(self, kind: str, id: str, reason: str) -> None:
        """Voids a record."""
        self.held[kind][id].void_reason = reason

    def undo(self, kind: str, id: str) -> Saved:
        """Takes back the last change."""
        held = self.held[kind][id]
        held.history.append(HistoryLine(self.clock.now(), self.actor.name, "A机", "撤销上一次修改"))
        return Saved(id, held.serial_no)

    def step(self, kind: str, id: str, step_name: str, values: Mapping[str, Any]) -> Saved:
        """Takes a step."""
        step = next(one for one in self.steps if one.kind == kind and one.name == step_name)
        reading = Reading(today(self.clock), CODES, self._find_link)
        read, problems = read_fields(step.inputs, values, reading)
        problems += missing(step.inputs, read)
        if problems:
            raise RuleBroken("REC-003", "没有保存，请改正后再试", fields=tuple(problems))
        held = self.held[kind][id]
        held.values["state"] = "done" if step_name == "close" else "open"
        held.history.append(HistoryLine(self.clock.now(), self.actor.name, "A机", step.label))
        return Saved(id, held.serial_no)

    # -- the rest ----------------------------------------------------------------------------------------------

    def find(self, text: str, limit: int) -> list[Hit]:
        """Records that hold the text."""
        found = [
            Hit(kind, held.id, "r:1", self._title(held), held.serial_no, "2026-03-05")
            for kind, place in self.held.items()
            for held in place.values()
            if text in f"{held.serial_no} {' '.join(map(str, held.values.values()))}"
        ]
        return found[:limit]

    def link_choices(self, kind: str, typed: str, limit: int) -> list[tuple[str, str]]:
        """Records to link to."""
        return [(one.id, self._title(one)) for one in self.held[kind].values() if typed in self._title(one)][
            :limit
        ]

    def paper(self, name: str, id: str) -> bytes:
        """The PDF that the test gave."""
        return self.pdf

    def list_pdf(self, kind: str, ids: Sequence[str], fields: Sequence[str]) -> bytes:
        """The PDF that the test gave."""
        return self.pdf

    def export_xlsx(self, kind: str, ids: Sequence[str], fields: Sequence[str], path: Path) -> None:
        """Writes the ids, a line each."""
        path.write_text("\n".join(ids), encoding="utf-8")

    def import_table(self, kind: str, path: Path, *, rehearse: bool) -> ImportReport:
        """Pretends that the table has three rows, the second of them wrong."""
        if rehearse:
            return ImportReport(2, (FieldProblem("happened_on", "VAL-001", "发生日期：看不懂这个日期", 2),))
        return ImportReport(3, (), is_rehearsal=False)

    def attach(self, kind: str, id: str, path: Path) -> None:
        """Keeps the file's name."""
        self.held[kind][id].files.append(FileRef(f"file-{path.name}", path.name, path.stat().st_size))

    def save_file(self, kind: str, id: str, file_id: str, path: Path) -> None:
        """Writes something."""
        path.write_bytes(file_id.encode())

    def blank_forms_pdf(self, kind: str, count: str) -> bytes:
        """The paper that was put here."""
        return self.pdf

    def number_report_pdf(self, kind: str) -> bytes:
        """The paper that was put here; which kind was asked about is remembered."""
        self.number_reports.append(kind)
        return self.pdf

    def handover_pdf(self) -> bytes:
        """The paper that was put here."""
        return self.pdf

    def stick_slip_pdf(self, path: Path) -> bytes:
        """The paper that was put here."""
        return self.pdf

    def begin_print(self, order: PrintOrder) -> str:
        """Remembers the order."""
        self.orders.append(order)
        return f"print-{len(self.orders)}"

    def end_print(self, print_id: str, outcomes: tuple[Outcome, ...]) -> None:
        """Remembers how it ended."""
        self.ended_prints[print_id] = outcomes

    def today_board(self) -> Board:
        """A board with every kind of card."""
        matters = list(self.held["toy_matter"].values())
        items = tuple(
            BoardItem(
                self._title(one),
                "toy_matter",
                one.id,
                "今天到期" if place else "超期 2 天",
                "due" if place else "late",
            )
            for place, one in enumerate(matters[:3])
        )
        return Board(
            (
                BoardSection("due", "今天要办", items, "今天没有到期的事"),
                BoardSection(
                    "patrol",
                    "今晚巡逻",
                    (BoardItem("20:00 第二组：王小青、李大山", due="20:00"),),
                    "今晚没有排班",
                ),
                BoardSection("follow_up", "该回访的", (), "没有到期的回访"),
                BoardSection("unsent", "没有交换的", (BoardItem("12 条记录等着送到县局", severity="info"),)),
            )
        )

    def status(self) -> RoomStatus:
        """The status that the test set."""
        return self.room_status

    def exchange_stick(self, path: Path, progress: Tell) -> ExchangeResult:
        """Counts to three."""
        for done in range(3):
            progress("写入U盘", done + 1, 3)
        return ExchangeResult(12, 3)

    def take_files(self, paths: Sequence[Path], progress: Tell) -> ExchangeResult:
        """Remembers which."""
        self.taken_files += paths
        return ExchangeResult(0, 2)

    def wipe_stick(self, path: Path) -> int:
        """Says that there were two."""
        self.wiped = path
        return 2

    def exchange_network(self, progress: Tell) -> ExchangeResult:
        """Says that all is equal."""
        progress("连接县局", 0, 0)
        if not self.network_results:
            return ExchangeResult(0, 0)
        result = self.network_results.pop(0)
        if isinstance(result, Failure):
            raise result
        return result

    def warm_paper(self) -> None:
        """Counts the times."""
        self.warmed += 1

    def catch_up_search(self) -> None:
        """Counts the times."""
        self.searches_caught_up += 1

    def back_up_second(self) -> bool:
        """Counts the copies."""
        self.second_copies += 1
        return True

    def contacts(self) -> tuple[ContactLine, ...]:
        """What the test put there."""
        return self.contact_lines

    def conflicts(self) -> list[ConflictItem]:
        """What the test put there."""
        return [item for item in self.conflict_items if item.id not in {one[0] for one in self.settled}]

    def parked(self) -> list[ParkedLine]:
        """What the test put there."""
        return list(self.parked_lines)

    def settle(self, picks: Mapping[str, Pick], reason: str) -> None:
        """Remembers the choices."""
        self.settled += [(one, pick, reason) for one, pick in picks.items()]

    def set_setting(self, name: str, value: object) -> Any:
        return self.settings.set(name, value)

    def accounts(self) -> list[AccountLine]:
        """The accounts."""
        return list(self.account_lines)

    def add_account(self, name: str, password: str, roles: Sequence[str]) -> None:
        """Adds one."""
        self.account_lines.append(AccountLine(name, tuple(roles)))

    def change_password(self, name: str, old: str, new: str) -> None:
        """Takes the new one."""
        self.password = new

    def disable_account(self, name: str) -> None:
        """Marks it."""
        self.account_lines = [
            AccountLine(one.name, one.roles, is_disabled=one.is_disabled or one.name == name)
            for one in self.account_lines
        ]

    def check_password(self, password: str) -> bool:
        """Compares."""
        return password == self.password

    def key_binding(self) -> KeyBinding:
        """What the test set."""
        return self.binding

    def bind_key(self, *, is_bound: bool) -> None:
        """Remembers it."""
        if self.fail_with is not None:
            raise self.fail_with
        self.binding = replace(self.binding, is_bound=is_bound)

    def backup(self, path: Path) -> str:
        """Says that it did."""
        return f"已备份到 {path}"

    def find_update(self, stick: Path | None) -> UpdateOffer | None:
        """What the test put there."""
        self.looked_at.append(stick)
        if isinstance(self.offered, Failure):
            raise self.offered
        return replace(self.offered, source=stick) if self.offered else None

    def prepare_update(self, offer: UpdateOffer, progress: Tell) -> UpdateReady:
        """Pretends to copy and to back up."""
        for done in range(3):
            progress("正在复制安装程序（MB）", done, 2)
        if self.prepared_failure is not None:
            raise self.prepared_failure
        return UpdateReady(offer.version, self.home / "setup.exe", self.home / "backups")

    def start_update(self, ready: UpdateReady) -> None:
        """Remembers what would be started."""
        if self.start_failure is not None:
            raise self.start_failure
        self.started_setups.append(ready.setup)


def one_conflict(record: RecordRef, name: str = "summary", label: str = "简要情况") -> ConflictItem:
    """A conflict over one field."""
    return ConflictItem(
        id="c1",
        record=record,
        field=name,
        label=label,
        why="两台电脑都改了这一项",
        sides=(
            Side("东边地界争执", "王警官", "2026-03-04 10:20", "A机"),
            Side("西边地界争执", "李内勤", "2026-03-04 11:05", "B机"),
        ),
    )


Fill = Callable[[FakeOffice], None]


def filled_office(home: Path, clock: Clock, *, count: int = 30, practice: bool = True) -> FakeOffice:
    """A room with some records of every kind."""
    office = FakeOffice(home, clock, practice=practice)
    villages = [
        office.put("toy_village", {"name": name, "code": f"0{n}"}).id
        for n, name in enumerate(("柳湾一组", "柳湾二组", "石桥组"), 1)
    ]
    matters = (
        "邻里因排水沟走向发生争执",
        "两户因宅基地边界争吵",
        "商铺噪音扰民",
        "借款三千元未按时归还",
        "牛吃庄稼赔偿",
    )
    for place in range(count):
        office.put(
            "toy_matter",
            {
                "state": "done" if place % 3 == 0 else "open",
                "happened_on": f"2026-{place % 3 + 1:02d}-{place % 27 + 1:02d}",
                "source": ("01", "02", "03")[place % 3],
                "risk": str(place % 3 + 1),
                "summary": matters[place % len(matters)],
                "village_id": villages[place % 3],
                "reporter": "王小青",
                "amount_fen": 300000 if place % 5 == 3 else None,
                "themes": [],
                "helper_ids": [],
                "detail": "双方在排水沟走向上意见不一，经村干部劝说后愿意到警务室调解。",
            },
            {
                "parties": [
                    {
                        "id": f"p{place}a",
                        "role": "1",
                        "name": "张三丰",
                        "phone": "12000000001",
                        "address": "柳湾一组3号",
                    },
                    {
                        "id": f"p{place}b",
                        "role": "2",
                        "name": "李大山",
                        "phone": "12000000002",
                        "address": "柳湾一组4号",
                    },
                ]
            },
        )
    for place in range(5):
        office.put(
            "toy_visit",
            {"visited_on": f"2026-03-0{place + 1}", "householder": "赵小河", "note": "家中一切正常"},
        )
    return office
