"""勤务排班、巡逻: who is on duty when, who came, what a patrol met.

States:  a shift is a draft → published; after that it is adjusted or swapped with a reason, or voided. A patrol is
         recorded once; a correction is a new row. It counts on the day it begins, also when it ends after midnight.
Sources: DOMAIN 2.8 (papers), 4.5 (flow and roster limits), 3.3 (what is counted).
Start at `rules.py` (what clashes in a month), then `roster.py`: the month as the grid in `ui/` reads it, saves it, has
it drafted, published and printed; `gathering.py` reads what forms say.
"""
