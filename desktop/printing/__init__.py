"""Paper: ledgers, forms and letters as PDF, their preview, and the way to the printer.

Every paper is made from a frozen value of `sheets.py`, so it can be tested without a window or a database:
`ledger.render_ledger`, `form.render_form` and `text.render_text` give bytes, `preview` shows them, `spool` prints
them. `fonts.py` says beforehand which characters no font has. ReportLab is only the writer of PDF objects and the
font subsetter; layout is our own (`wrap`, `paper`, `blocks`).

Import these modules when a paper is made and not at start-up: ReportLab costs half the time of an empty window.
`sheets.py` and this module import nothing heavy. Start reading at `sheets.py`.
"""
