"""Who did and saw what: local, append only, each line chained to the one before by its hash.

Start at `trail.py`. The log of `sync` is the chain of *changes* and travels; this is the chain of *deeds on this PC*
(log-in, reading of what is sensitive, printing, export, refusals) and stays here.
"""
