"""警务室 (Jingwushi): the working day of a village police room on one PC, without a network.

Start reading at `bootstrap.py`, which joins the features to shell, command line and sync; then open the
feature whose word you know. `docs/ARCHITECTURE.md` is the map.
"""

VERSION = "0.1.0"
