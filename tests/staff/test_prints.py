"""The print log: one row before anything is sent, one that corrects it when it has ended."""

from __future__ import annotations

from desktop.printing.jobs import Outcome
from desktop.staff.office import Office
from desktop.staff.prints import PrintOrder, PrintSource, begin_print, end_print, hash_of
from tests.helpers.clock import FixedClock

PDF = b"%PDF-1.7 of a ledger"


def logged(room: Office) -> list[dict[str, object]]:
    return [room.show("print_job", one) for one in room.list_ids("print_job")]


def test_begin_print_leaves_a_trace_before_anything_is_sent(room: Office) -> None:
    begin_print(room, PrintOrder(PDF, "走访台账", "二楼打印机", (1, 2, 3), 2))

    (row,) = logged(room)
    assert row["print_result"] == "started"
    assert row["wanted_pages"] == "1-3"
    assert row["copies_count"] == 2
    assert row["printed_by"] == room.actor.name
    assert row["content_hash"] == hash_of(PDF)
    assert row["paper_label"] == "走访台账"


def test_print_of_a_known_pdf_is_bound_to_its_record_and_version(room: Office) -> None:
    source = PrintSource("协议书 M00001", "people_mediation", "id-1", 4, "ab" * 32, room.print_mark())
    room.print_sources.remember(PDF, source)

    begin_print(room, PrintOrder(PDF, "协议书", "打印机", (1,)))

    (row,) = logged(room)
    assert (row["record_kind"], row["record_id"], row["record_version"]) == ("people_mediation", "id-1", 4)
    assert row["content_hash"] == "ab" * 32
    assert row["print_mark"] == source.print_mark


def test_end_print_says_which_pages_were_sent_and_keeps_one_line(room: Office) -> None:
    for outcomes, result, sent in (
        ((Outcome((1, 3), 2), Outcome((2,), 1)), "done", "1,3,2"),
        ((Outcome((1, 2, 3), 1, is_cancelled=True),), "cancelled", "1"),
        ((Outcome((1, 3), 2), Outcome((4, 2), 1, fault="没纸")), "failed", "1,3-4"),
        ((), "cancelled", ""),
    ):
        print_id = begin_print(room, PrintOrder(PDF, "台账", "打印机", (1, 2, 3)))
        end_print(room, print_id, outcomes)
        row = room.show("print_job", print_id)
        assert (row["print_result"], row["sent_pages"]) == (result, sent)
    assert len(logged(room)) == 4


def test_print_log_is_found_by_the_mark_at_the_foot(room: Office) -> None:
    room.print_sources.remember(PDF, PrintSource("走访台账", print_mark=room.print_mark()))
    print_id = begin_print(room, PrintOrder(PDF, "台账", "打印机", (1,)))

    hits = room.find("08:00:00")

    assert [hit.record_id for hit in hits if hit.kind == "print_job"] == [print_id]


def test_print_mark_names_the_pc_the_person_and_the_second(room: Office, clock: FixedClock) -> None:
    assert room.print_mark() == f"{room.place.code}-{room.place.letter} {room.actor.name} 2026-03-05 08:00:00"


def test_only_the_last_pdfs_are_remembered(room: Office) -> None:
    for number in range(250):
        room.print_sources.remember(str(number).encode(), PrintSource(str(number)))

    assert room.print_sources.find(b"249", "?").label == "249"
    assert room.print_sources.find(b"0", "?").label == "?"
