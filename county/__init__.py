"""The county's end: the same records and the same exchange as a room, for all rooms at once, without a window.

Start at `home.py` (making and opening a county), then `enrolment.py` (slots, approvals, devices), `http.py` (the
exchange as a web application) and `serve.py` (running it). What rooms recorded lies in the same tables, keyed by scope,
in PostgreSQL or, for a trial, in an encrypted SQLite file.
"""
