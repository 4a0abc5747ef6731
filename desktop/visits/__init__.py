"""走访, 诉求: whom the room called on, what people said, and what was done about what they asked for.

A visit is written once and corrected by a new version (insert only); it has no states of its own. What it met grows
from it: a request, a dispute, a hazard, each its own record whose `origin` is the visit, so nothing is typed twice.
States of a request: 已登记 → 办理中 → 已办结 → 已反馈.

Nobody must open the door: a refusal is recorded without a reason. Not on the form, on purpose: convictions, religion,
remarks about persons, income, relations (DOMAIN 2.7, 6.7). Who is next is told by the days since the last visit and
by nothing else.

Sources in law: Personal Information Protection Law (2021-08-20) arts. 5, 6, 17 (a visit asks, it cannot demand).
Start reading: `rules.py` for what a visit and a request need, `entering.py` for what they take over from
door and visit, `store.py` for who is next, `gathering.py` for what papers say.
"""
