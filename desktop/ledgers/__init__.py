"""台账、月报: the registers that the room prints each month, and the figures that the county asks for.

Stands above the features: a register is its rows in a period, void ones too; a figure is counted from the same
rows, so that a click on it shows what it was counted from. Its own records are the volumes of its books: open → closed.
Sources: DOMAIN 3.2 (columns), 3.3 (figures and formulas), 3.5 (how a ledger is printed and bound).
Start at `rules.py` (every figure and rate as data), then `registers.py` (every register's columns as data), `store.py`
(reading), `pdf.py` (sheets for paper), `xlsx.py` (the same cells as a table). `books.py` says what follows in a bound
book, pure; `volumes.py` opens one, prints what is new, closes it. `practice` fills a room with invented data, because
only what stands above all features may write records of each.
`handover.py` is what one clerk leaves to the next.
"""
