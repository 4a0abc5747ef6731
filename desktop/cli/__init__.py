"""The command line: every command of the contract, without a display and without Qt. Start at `main.py`.

One file for each group of commands; each is thin over `staff.office` and the actions.
"""
