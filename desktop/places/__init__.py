"""村组网格、户、单位场所: where the room works, and whom a visit, a check or a dispute can be linked to.

One tree of areas (county, town, village, group, grid), and in it households and premises. They carry what is needed
to find the door and to ring the bell: name, address, telephone. Nothing here is a judgement on anybody: no tags, no
income, no relations, no stability rating (DOMAIN 6.7). A row is corrected in place; what is gone is voided.

Sources in law: Personal Information Protection Law (2021-08-20) arts. 5, 6 (purpose and minimum).
Start reading: `tables.py` for what is kept, `rules.py` for codes and shapes, `store.py` for the tree.
"""
