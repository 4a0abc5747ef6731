"""Qt building blocks that know no feature: theme, questions, background jobs, record form, record table.

A block takes data and emits meaningful events; it never fetches by itself and never starts a thread. Start reading at
`theme` (how things look), `runner` (how work leaves the window) and `record_form` (how a declared field becomes an
editor). `unlock` in the shell is shown before SQLAlchemy is imported, so `theme`, `runner`, `ask`, `keep`, `blocks`,
`line_edit` and `message_bar` stand on Qt and `desktop.base` alone.
"""
