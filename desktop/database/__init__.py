"""The encrypted store: engine, session with capture, record base, field declarations, search, attachments, backup.

Start at `fields.py` (a field is declared once), then `record.py` (what every record has), `kinds.py` (the registry of
kinds), `capture.py` (a save writes rows and operations in one transaction), `database.py` (the door to a room's file).
"""
