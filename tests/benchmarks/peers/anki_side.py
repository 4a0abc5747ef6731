"""One side of the peer Anki, run by Anki's own Python: `anki_side.py day|first FOLDER URL`; one JSON line each.

`day`: a collection that was exchanged before sends 100 new notes. `first`: 5,000 notes with their cards, 10,000 rows,
up and down to a fresh collection, as Anki does it: the whole file.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

# Not a library of this project: it is fetched for one run, see exchange_peers.py.
Collection: Any = importlib.import_module("anki.collection").Collection

USER, PASSWORD = "pc", "practice"


def say(told: Mapping[str, object]) -> None:
    """One line."""
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def timed(work: Callable[[], object]) -> dict[str, float]:
    """Milliseconds on the wall, and of this process."""
    started, cpu = time.perf_counter(), time.process_time()
    work()
    return {"ms": (time.perf_counter() - started) * 1000, "cpu_ms": (time.process_time() - cpu) * 1000}


def add(col: Any, first: int, count: int) -> None:
    """So many notes with the words of a visit."""
    basic = col.models.by_name("Basic")
    for number in range(first, first + count):
        note = col.new_note(basic)
        note["Front"] = f"石桥村{number % 12 + 1}组 张三丰 {number}"
        note["Back"] = f"第{number}户：近期无陌生人来往，提醒防范电信诈骗，查看灶房用电，家中老人身体尚可。"
        col.add_note(note, 1)


def whole(col: Any, url: str, *, upload: bool) -> None:
    """Sends or fetches the whole file."""
    auth = col.sync_login(USER, PASSWORD, url)
    col.close_for_full_sync()
    col.full_upload_or_download(auth=auth, server_usn=None, upload=upload)
    col.reopen(after_full_sync=True)


def day(folder: Path, url: str) -> None:
    """Five days of 100 notes, the middle one is told; a sixth is sent on its own for whoever counts bytes."""
    col = Collection(str(folder / "pc.anki2"))
    add(col, 0, 100)
    whole(col, url, upload=True)
    auth = col.sync_login(USER, PASSWORD, url)
    found = []
    for number in range(1, 6):
        add(col, number * 100, 100)
        found.append(timed(lambda: col.sync_collection(auth, sync_media=False)))
    say(sorted(found, key=lambda one: one["ms"])[2])
    add(col, 600, 100)
    sys.stdin.readline()
    col.sync_collection(auth, sync_media=False)
    say({})
    col.close()


def first(folder: Path, url: str) -> None:
    """The whole collection up and down."""
    col = Collection(str(folder / "pc.anki2"))
    add(col, 0, 5000)
    say({"up": timed(lambda: whole(col, url, upload=True))})
    col.close()
    fresh = Collection(str(folder / "second.anki2"))
    say({"down": timed(lambda: whole(fresh, url, upload=False)), "notes": fresh.note_count()})
    fresh.close()


if __name__ == "__main__":
    {"day": day, "first": first}[sys.argv[1]](Path(sys.argv[2]), sys.argv[3])
