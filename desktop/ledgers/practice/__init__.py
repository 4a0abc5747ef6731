"""练习室: a room of invented people with some months of work behind it, from a seed.

`practice_room` says which empty room to make, `fill_practice_room` lives through its months: `diary.py` is the clock
and the book of what happens when, `world.py` sets up villages, doors and people, and each kind of work then puts its
own deeds into the book: `rounds.py` visits with what they meet, `matters.py` disputes and mediations, `anchored.py`
those that make 今日 interesting whatever the day, `duty.py` rosters and patrols, `orders.py` work orders. Nothing of it
is written past the
rules: what has a workflow goes through its steps, the many rows of a plain kind are checked before they are put in.

Names, places and texts lie in `resources/practice/`; `chance.py` draws from them. Same seed and same instant of the
clock: same records, identities and numbers. Everything is invented: county 649901 does not exist, phones are 12000….

Source:  DOMAIN 7 (synthetic data profile), 2.7, 3.1, 4.1.
"""

from __future__ import annotations

from desktop.ledgers.practice.filling import fill_practice_room
from desktop.ledgers.practice.sizes import practice_room

__all__ = ["fill_practice_room", "practice_room"]
