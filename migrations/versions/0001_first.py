"""The first schema. There are no earlier rooms, so there is nothing to carry over and nothing to go back to.

Written out in full and never changed: a migration is history and must not follow the program's classes. Each table is a
list of `name:type`; a number is the length of a text, `!` marks the key and `*` an index of its own.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TYPES: dict[str, sa.types.TypeEngine[Any]] = {
    "text": sa.Text(),
    "day": sa.String(10),
    "time": sa.String(5),
    "instant": sa.String(20),
    "int": sa.Integer(),
    "big": sa.BigInteger(),
    "bool": sa.Boolean(),
    "blob": sa.LargeBinary(),
}

# What every record has; the keys first, as in every table.
KEYS = "scope:80! id:36!* ver:text serial_no:40*"
COMMON = """
    void_reason:text origin_kind:text origin_id:36* recorded_by:text recorded_at:instant root_id:36* corrects:text
    correct_reason:text is_superseded:bool is_deleted:bool is_void:bool
"""

RECORDS = {
    "agreement_clause": """
        people_mediation_id:36* order_no:int content:text performance_manner:20 amount_fen:big payer:text
        payee:text due_on:day* performance:20 performed_on:day* evidence:text
    """,
    "agreement_seal": """
        people_mediation_id:36* signed_on:day* signers:text content:text content_hash:text scan_hashes:text
    """,
    "area": """
        name:text* level:20 parent_id:36* division_code:text* note:text
    """,
    "attached_file": """
        record_kind:text record_id:text* file_name:text sha256:64 size_bytes:int purpose:text copied_from:text
    """,
    "code_entry": """
        list_name:text code:text* label:text is_retired:bool
    """,
    "commit_verdict": """
        commit_id:text* verdict:20 reason:text
    """,
    "dispute": """
        found_on:day* title:text source:20 dispute_type:20 area_id:36* place:text facts:text people_count:int
        scale:20 amount_fen:big risk:20 level:20 responsible_id:36* due_on:day* is_minor_involved:bool
        is_domestic_violence_suspected:bool archive_no:text state:20 mediation_kind:20 result:20
        accepted_on:day* closed_on:day* settlement:text end_reason:text escalated_on:day* escalation_note:text
    """,
    "follow_up": """
        people_mediation_id:36* party_id:36* due_on:day* done_on:day* mode:20 performance:20 satisfaction:20
        is_relapsed:bool situation:text measures:text lawsuit_note:text staff_ids:text
    """,
    "hazard": """
        found_on:day* source:20 area_id:36* place:text household_id:36* premises_id:36* hazard_class:20
        hazard_level:20 description:text advice:text responsible_name:text responsible_phone:40 staff_ids:text
        state:20 rectify_mode:20 due_on:day* extended_to_on:day* extend_reason:text rectified_note:text
        rechecked_on:day* recheck_staff_ids:text conclusion:20 referred_to:20 referred_on:day* receipt:text
        closed_on:day* note:text
    """,
    "household": """
        door_no:text* head_name:text area_id:36* address:text phone:40 member_count:int note:text
    """,
    "investigation": """
        people_mediation_id:36* asked_on:day* started_time:time ended_time:time place:text attendees:text
        name:text sex:20 birth_on:day* occupation:text address:text phone:40 relation:text record_text:text
        staff_ids:text recorder_id:36*
    """,
    "leave": """
        staff_id:36* from_on:day* to_on:day* leave_kind:20 approved_by:text note:text
    """,
    "ledger_printing": """
        volume_id:36* printed_on:day* first_row_no:int last_row_no:int first_page_no:int last_page_no:int
        rows_hash:text pages_hash:text
    """,
    "ledger_volume": """
        ledger_name:text* year_no:int volume_no:int state:20 paper_size:text retention_years:int opened_on:day*
        first_row_no:int first_page_no:int closed_on:day* last_row_no:int last_page_no:int rows_hash:text
        pages_hash:text binding_hash:text note:text
    """,
    "mediation_session": """
        people_mediation_id:36* held_on:day* started_time:time ended_time:time place:text attendees:text
        record_text:text session_result:20 outcome:text
    """,
    "notice": """
        title:text notice_class:20 content:text issuer_name:text issued_on:day* state:20
    """,
    "notice_reading": """
        notice_id:36* at:instant person:text
    """,
    "order_event": """
        order_id:36* at:instant side:20 step:20 person:text staff_id:36* helper_ids:text words:text
        until_on:day* until_time:time archive_no:text arrived_at:instant issuer:20 seen_ids:text effect:20
    """,
    "party": """
        dispute_id:36* role:20 party_type:20 name:text sex:20 ethnic_group:text birth_on:day* id_type:20
        id_number:40* no_document_reason:text occupation:text workplace:text address:text phone:40
        organisation_name:text uscc:text legal_representative:text legal_representative_post:text
        representative_name:text representative_id_number:40* representative_relation:text
        representative_authority:text guardian_name:text guardian_relation:text guardian_phone:40
        is_guardian_present:bool
    """,
    "patrol": """
        patrol_on:day* shift_id:36* duty_type:20 start_time:time end_time:time weather:text leader_id:36*
        staff_ids:text volunteers_count:int patrol_mode:20 route:text points_count:int publicity_count:int
        helped_count:int handover_note:text reviewed_by_id:36* reviewed_on:day*
    """,
    "patrol_finding": """
        patrol_id:36* finding_class:20 found_time:time place:text description:text handling:text
        reported_to:text reported_time:time
    """,
    "people_mediation": """
        dispute_id:36* title:text committee_name:text case_source:20 procedure:20 mediator_ids:text
        recorder_id:36* applied_on:day* accepted_on:day* claims:text has_consent:bool is_scope_confirmed:bool
        rights_notice:20 place:text dispute_facts:text dispute_items:text agreement_form:20 agreement_no:text*
        copies_count:int prevented_escalations:text archive_no:text archived_on:day* retention:20 state:20 due_on:day*
        extension_reason:text concluded_on:day* signed_on:day* effective_on:day* court_confirmation_until:day*
        court_confirmation:20 court_name:text court_document_no:text court_applied_on:day* court_decided_on:day*
        termination_reason:20 ways_told:text result:20 closed_on:day*
    """,
    "premises": """
        name:text* object_class:20 area_id:36* address:text responsible_name:text phone:40 credit_code:text*
        note:text
    """,
    "print_job": """
        printed_on:day* printed_at:instant printed_by:text paper_label:text record_kind:text record_id:text*
        record_version:int content_hash:text* print_mark:text printer_name:text wanted_pages:text sent_pages:text
        copies_count:int print_result:20
    """,
    "printed_paper": """
        record_kind:text record_id:text* paper_name:text record_version:int form_version:int short_code:text
        content_hash:text copies_count:int printed_on:day*
    """,
    "reserved_number": """
        reserved_no:text* record_kind:text batch_no:text* reserved_on:day*
    """,
    "referral": """
        title:text referral_target:20 to_room:text words:text requested_on:day* state:20
    """,
    "referral_outcome": """
        referral_id:36* at:instant person:text outcome:20 to_room:text copy_no:text words:text
    """,
    "request": """
        raised_on:day* source:20 visit_id:36* area_id:36* place:text requester_name:text phone:40
        request_class:20 content:text expectation:text state:20 staff_id:36* due_on:day* progress:text
        is_answered_on_the_spot:bool finished_on:day* finish_result:text feedback_mode:20 told_on:day*
        satisfaction:20 note:text
    """,
    "shift": """
        shift_on:day* staff_id:36* duty_type:20 start_time:time end_time:time place:text team_id:36*
        duty_lead_id:36* equipment:text note:text state:20 published_on:day* change_reason:text
    """,
    "setting_entry": """
        setting_name:text* setting_value:text
    """,
    "sign_in": """
        shift_id:36* signed_on:day* staff_id:36* arrived_at:instant left_at:instant sign_mode:20 attendance:20
        note:text
    """,
    "staff_member": """
        name:text role:20 badge_no:text* phone:40 state:20 serves_from_on:day* note:text
    """,
    "team": """
        name:text* team_type:20 leader_id:36* leader_phone:40 area_id:36* staff_ids:text patrol_area:text
        unit_name:text formed_on:day* dissolved_on:day* dissolve_reason:text note:text
    """,
    "visit": """
        visited_on:day* start_time:time end_time:time object_type:20 household_id:36* premises_id:36*
        object_name:text area_id:36* place:text received_by:text received_relation:text received_phone:40
        staff_ids:text companions:text mode:20 visit_type:20 topics:text opinions:text satisfaction:20 result:20
        cards_count:int next_on:day* next_plan:text note:text
    """,
    "work_order": """
        title:text source:20 order_class:20 urgency:20 content:text issuer_name:text issued_on:day*
        issued_time:time unit:text staff_id:36* helpers:text due_on:day* due_time:time related:text note:text
        side:20 state:20 signed_at:instant signed_by:text arrived_at:instant handler_id:36* helper_ids:text
        extended_to_on:day* extended_to_time:time pending_on:day* pending_time:time fed_back_at:instant
        feedback:text verdict:20 verdict_words:text verified_by:text verified_at:instant closed_at:instant
        withdrawn_at:instant urged_at:instant reissued_at:instant sent_back_count:int archive_no:text
    """,
}

OTHERS = {
    "account": """
        name:60! roles:text staff_id:36 is_disabled:bool created_at:20 note:text
    """,
    "audit_entry": """
        number:int! at:20* user:60 verb:40 kind:60 record_id:64 facts:text result:20 chain:64
    """,
    "blob": """
        scope:80! sha256:64! size_bytes:big state:10* at:20 copied_from:80
    """,
    "blob_word": """
        peer:64! sha256:64! said:10
    """,
    "commit_": """
        scope:80! id:blob! lam:big dev:140 own:blob parents:blob meta:blob salt:blob ops:blob got_at:20
    """,
    "conflict": """
        scope:80! tbl:60! rid:64! field:64! kind:40 choices:text
    """,
    "device": """
        id:64! scope:80* letter:4 name:text role:10 cert:text state:20 token:64 request:text reason:text
        revocation:text at:20
    """,
    "exchange_log": """
        id:36! at:20* peer:64 transport:10 bundle:80* sent_count:int received_count:int parked_count:int
        up_bytes:big down_bytes:big outcome:text address:text
    """,
    "head": """
        scope:80! id:blob!
    """,
    "meta": """
        key:60! value:text
    """,
    "op": """
        scope:80! tbl:60! rid:64! cid:blob!
    """,
    "parked": """
        scope:80! id:blob! why:40 raw:blob got_at:20
    """,
    "peer": """
        scope:80! peer:64! heads:text base:text wants:text at:20
    """,
    "pending_op": """
        id:36! scope:80 table_name:60 record_id:36 parents:text fields:text
    """,
    "scope_lock": """
        scope:80!
    """,
    "search_due": """
        entry:int! scope:80 kind:60 record_ids:text
    """,
    "search_number": """
        id:int! entry:int* number:40* tail:4*
    """,
    "search_row": """
        entry:int! scope:80 kind:60 record_id:36 title:text serial_no:40* on_day:10 words:text
    """,
    "stick_file": """
        name:40! peer:64 digest:64 tips:text scope:80 sha256:64 at:20
    """,
    "stick_package": """
        way:3! peer:64! mark:12! number:int! at:20 received_at:20 files_count:int commits_count:int blobs_count:int
        size_bytes:big
    """,
    "stick_seen": """
        name:40! sha256:64 at:20
    """,
    "vouch": """
        scope:80! id:blob! dev:64! sig:blob
    """,
}

INDEXES = (
    (
        "ix_visit_premises_seen",
        "visit",
        ["premises_id", "visited_on", "result", "is_superseded", "is_void", "is_deleted"],
    ),
    (
        "ix_visit_household_seen",
        "visit",
        ["household_id", "visited_on", "result", "is_superseded", "is_void", "is_deleted"],
    ),
    ("ix_commit__scope_dev_lam", "commit_", ["scope", "dev", "lam"]),
    ("ix_commit__scope_lam", "commit_", ["scope", "lam"]),
    ("ix_search_row_record", "search_row", ["kind", "record_id"]),
)

# One row of these is counted up by the database itself.
COUNTED = {"audit_entry": "number", "search_due": "entry", "search_row": "entry", "search_number": "id"}

# What grows for ever lies in parts on a server, each with whole rooms in it; a file knows no parts.
PARTITIONED = ("commit_", "op", "vouch", "parked")
PARTITIONS = 16


def upgrade() -> None:
    """Makes every table; on SQLite also the full-text table."""
    for name, columns in RECORDS.items():
        make_table(name, f"{KEYS} {columns} {COMMON}")
    for name, columns in OTHERS.items():
        make_table(name, columns)
    for name, table, on in INDEXES:
        op.create_index(name, table, on)
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE search_words USING fts5"
            "(words, content='', contentless_delete=1, tokenize='unicode61', prefix='1 2 3 4')"
        )


def make_table(name: str, columns: str) -> None:
    """One table with its key and its single indexes."""
    made: list[sa.Column[Any]] = []
    keys: list[str] = []
    indexed: list[str] = []
    for told in columns.split():
        column, _colon, kind = told.partition(":")
        plain = kind.rstrip("!*")
        key = "!" in kind
        counted = COUNTED.get(name) == column
        type_ = TYPES[plain] if plain in TYPES else sa.String(int(plain))
        made.append(sa.Column(column, type_, nullable=not key, autoincrement=counted))
        if key:
            keys.append(column)
        if kind.endswith("*"):
            indexed.append(column)
    in_parts: dict[str, Any] = {"postgresql_partition_by": "HASH (scope)"} if name in PARTITIONED else {}
    op.create_table(name, *made, sa.PrimaryKeyConstraint(*keys, name=f"pk_{name}"), **in_parts)
    if in_parts and op.get_bind().dialect.name == "postgresql":
        for number in range(PARTITIONS):
            op.execute(
                f"CREATE TABLE {name}_p{number:02} PARTITION OF {name} "
                f"FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {number})"
            )
    for column in indexed:
        op.create_index(f"ix_{name}_{column}", name, [column])
