"""Two processes of the county write to the same upload: one at a time, and what was killed holds nothing."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from county.upload_turns import Turns

UPLOAD = "ab" * 16


def write_as_told(folder: Path, orders: Connection) -> None:
    """Another process of the county: takes the turn and appends each piece that it is told, as far as it may."""
    turn = Turns(folder).begin(UPLOAD)
    orders.send("begun")
    while (piece := orders.recv()) is not None:
        if turn.lasts():
            with (folder / f"{UPLOAD}.up").open("ab") as file:
                file.write(piece)
        orders.send(turn.lasts())
    turn.end()
    orders.send("ended")


@contextmanager
def another_process(folder: Path) -> Iterator[tuple[BaseProcess, Connection]]:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=write_as_told, args=(folder, there), daemon=True)
    process.start()
    try:
        assert here.recv() == "begun"
        yield process, here
    finally:
        process.kill()
        process.join()
        here.close()
        there.close()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    return lambda seconds: monkeypatch.setattr("county.upload_turns.SETTLE_SECONDS", seconds)


def settle(folder: Path) -> None:
    asyncio.run(Turns(folder).settle(UPLOAD))


def test_request_that_hangs_in_another_process_writes_no_more(
    tmp_path: Path, waits: Callable[[float], None]
) -> None:
    with another_process(tmp_path) as (_process, orders):
        orders.send(b"one ")
        assert orders.recv() is True
        waits(0.0)
        settle(tmp_path)
        turn = Turns(tmp_path).begin(UPLOAD)
        orders.send(b"late ")
        assert orders.recv() is False
        assert turn.lasts()
        assert (tmp_path / f"{UPLOAD}.up").read_bytes() == b"one "
        # Its end takes nothing from who has the turn now.
        orders.send(None)
        assert orders.recv() == "ended"
        assert turn.lasts()
        turn.end()


def test_request_in_another_process_is_waited_for(tmp_path: Path) -> None:
    with another_process(tmp_path) as (_process, orders):

        async def settle_while_it_ends() -> bool:
            waiting = asyncio.ensure_future(Turns(tmp_path).settle(UPLOAD))
            for _turn in range(3):
                await asyncio.sleep(0)
            was_done = waiting.done()
            orders.send(None)
            await waiting
            return was_done

        assert asyncio.run(settle_while_it_ends()) is False
        assert orders.recv() == "ended"
    assert list(tmp_path.iterdir()) == []


def test_turn_of_a_killed_process_is_free_at_once(tmp_path: Path, waits: Callable[[float], None]) -> None:
    waits(3600.0)
    with another_process(tmp_path) as (process, _orders):
        process.kill()
        process.join()
        settle(tmp_path)
        assert list(tmp_path.iterdir()) == []


def test_two_requests_in_one_process_take_turns(tmp_path: Path, waits: Callable[[float], None]) -> None:
    waits(0.0)
    turns = Turns(tmp_path)
    first = turns.begin(UPLOAD)
    settle(tmp_path)
    assert not first.lasts()
    second = turns.begin(UPLOAD)
    first.end()
    assert second.lasts()
    second.end()
    turns.forget(UPLOAD)
    assert list(tmp_path.iterdir()) == []
