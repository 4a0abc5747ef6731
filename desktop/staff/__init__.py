"""人员: who works in the room, who may log in, who may do what; and the one door through which records change.

States:  a member serves → has left; an account is active → disabled.
Sources: DOMAIN 1.2 (roles), 6.3 (accounts), appendix E (permissions).
Start at `permissions.py` (the table), then `records.py` (every change asks permission, is checked, written and noted).
"""
