"""The exchange with the county: the log, the fold, bundles, stick, network, attachments, conflicts. Knows no feature.

Start at `commits.py` (what a save writes), `fold.py` (what a record looks like after a set of operations), `log.py`
(both in the database), then `bundle.py` (what travels) and `exchange.py` (one exchange over either transport).
Formats are written down in `docs/formats/`.
"""
