"""人员: who works in the room, who may log in, who may do what; and the one door through which records change.

States:  a member serves → has left; an account is active → disabled.
Sources: DOMAIN 1.2 (roles), 6.3 (accounts), appendix E (permissions).
Start at `permissions.py` (the table), then `records.py` (every change asks permission, is checked, written and noted).

Map, from the table of rights to the PC:
`permissions.py` the table of roles and rights, and the actor who carries his part of it.
`catalogue.py` everything the features bring, joined: kinds, steps, papers, ledgers, reports.
`records.py` the door through which records change; `work.py` the running save behind it, without permissions.
`children.py` the rows inside a record: what was given and what a save does to those that stand.
`views.py` reading records for windows, commands and lists; `links.py` from a number or name to a record's id.
`files.py` attaching files to records; `undo.py` taking back the last save by a new one.
`settle.py` settling a conflict by an edit that has seen every value; `conflicts.py` conflicts in words.
`parked.py` changes that wait, in words; `changes.py` one save in words.
`arrivals.py` when rows reached this PC, and whether its own reached the other side.
`tables_in_out.py` tables of records in and out, with the fault of each row.
`schema_words.py` the declarations in words; `trail_words.py` the audit in words.
`rooms.py` making, opening and restoring a room or county; `joining.py` joining a county.
`witness.py` noticing an old copy of the data folder, from beside it.
`rescue.py` a damaged room brought back from a backup; `updating.py` a newer program, and what came of it.
`office.py` one open room, as windows and commands use it; `status.py` the state of its data, and its backups.
`safety.py` until when each place has everything, the daily copy in a second place, the list of contacts.
`shared_settings.py` the settings that a room, or all rooms of a county, have in common.
`accounts.py` who may log in on this PC; `key_file.py` the key file that several programs share.
`prints.py` the print log; `sheets.py` the recovery sheet; `slips.py` the slip that goes with a stick.
`numbers.py` numbers reserved for blank forms and what became of them;
`blank_forms.py` such a form; `claims.py` which record may bear one.
"""
