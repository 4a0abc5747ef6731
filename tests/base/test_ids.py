from __future__ import annotations

import random
from datetime import timedelta
from uuid import UUID

import pytest

from desktop.base.ids import IdSequence, child_id, new_id
from tests.helpers.clock import FixedClock


def test_new_id_is_a_version_7_uuid_of_the_instant(clock: FixedClock) -> None:
    made = UUID(IdSequence().next_id(clock))
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert made.int >> 80 == int(clock.now().timestamp() * 1000)


def test_new_id_rises_while_the_clock_stands_and_when_it_is_put_back(clock: FixedClock) -> None:
    made = [new_id(clock) for _ in range(500)]
    clock.move(timedelta(days=-400))
    made += [new_id(clock) for _ in range(500)]
    clock.move(timedelta(days=800))
    made.append(new_id(clock))
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_next_id_goes_on_when_the_random_part_is_used_up(clock: FixedClock) -> None:
    ids = IdSequence(lambda bits: (1 << bits) - 1)
    ids._random, ids._millisecond = (1 << 74) - 1, int(clock.now().timestamp() * 1000)
    first, second = ids.next_id(clock), ids.next_id(clock)
    assert UUID(first).version == UUID(second).version == 7
    assert first < second
    assert UUID(first).int >> 80 == ids._millisecond == int(clock.now().timestamp() * 1000) + 1


def test_next_id_repeats_with_the_same_seed(clock: FixedClock) -> None:
    left, right = (IdSequence(random.Random(7).getrandbits) for _ in range(2))
    assert [left.next_id(clock) for _ in range(5)] == [right.next_id(clock) for _ in range(5)]


def test_child_id_is_the_same_everywhere_and_differs_by_element() -> None:
    parent = "0195f000-0000-7000-8000-000000000001"
    assert child_id(parent, "party:1") == "8aae3b2b-49c5-5724-b537-306d8d4fed36"
    assert child_id(parent, "party:1") == child_id(parent.upper(), "party:1")
    assert child_id(parent, "party:1") != child_id(parent, "party:2")


def test_child_id_is_refused_for_a_parent_that_is_no_uuid() -> None:
    with pytest.raises(ValueError, match="UUID"):
        child_id("not one", "x")
