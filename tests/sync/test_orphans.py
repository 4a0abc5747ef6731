"""Commits that count without a lost parent: whatever else is here, heads say exactly what is here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import given, settings, strategies as st

from desktop.sync.commits import Commit, Op, lam_after, make_commit
from desktop.sync.tables import WITHOUT_PARENT
from desktop.sync.walk import lacking
from tests.simulation.replicas import ISSUED, Replica, commits_of, heads_of
from tests.sync.disks import SCOPE, disk, take, wrong_in


def commit_on(parents: Sequence[Commit], number: int, op: Op) -> Commit:
    """A commit that its writer saved on top of some others."""
    return make_commit(
        scope=SCOPE,
        parents=sorted(one.id for one in parents),
        lam=lam_after([one.lam for one in parents]),
        device="pc-b",
        incarnation="1",
        own=None,
        user="王敏",
        at=ISSUED,
        schema=1,
        ops=[op],
        salt=number.to_bytes(8, "big"),
    )


def edit_on(parents: Sequence[Commit], number: int) -> Commit:
    """A record of its own in each, so that whoever lacks one lacks a row."""
    return commit_on(parents, number, Op("staff_member", f"p{number}", (), {"name": "张三丰"}))


def verdict_on(parents: Sequence[Commit], number: int, orphan: Commit) -> Commit:
    """The county's word that a commit counts without its parent."""
    said: dict[str, Any] = {"commit_id": orphan.hex_id, "verdict": WITHOUT_PARENT, "reason": "换过硬盘"}
    rest = {"root_id": f"v{number}", "recorded_by": "县局", "recorded_at": ISSUED}
    return commit_on(parents, number, Op("commit_verdict", f"v{number}", (), {**said, **rest}))


@dataclass(frozen=True)
class Story:
    """A history that was written somewhere, what of it is on no disk here, and what the county said of the rest."""

    commits: tuple[Commit, ...]
    lost: frozenset[bytes]
    orphans: frozenset[bytes]

    @property
    def standing(self) -> list[Commit]:
        """What is here."""
        return [one for one in self.commits if one.id not in self.lost]


@st.composite
def stories(draw: st.DrawFn) -> Story:
    commits = [edit_on((), 0)]
    for number in range(1, draw(st.integers(2, 7))):
        places = draw(st.lists(st.integers(0, number - 1), min_size=1, max_size=2, unique=True))
        commits.append(edit_on([commits[place] for place in places], number))
    lost = {one.id for one in draw(st.lists(st.sampled_from(commits[1:]), max_size=2))}
    # Those whose parent is lost need the county's word; of others it may have spoken before the parent was found.
    needed = [one for one in commits if one.id not in lost and lost.intersection(one.parents)]
    also = draw(st.lists(st.sampled_from(commits[1:]), max_size=1))
    orphans = {one.id: one for one in (*needed, *also)}
    said = [
        verdict_on(commits[: draw(st.integers(0, 1))], number, one)
        for number, one in enumerate(orphans.values(), start=100)
    ]
    return Story((*commits, *said), frozenset(lost), frozenset(orphans))


def heads_by_definition(
    commits: Mapping[bytes, Commit], here: Collection[bytes], orphans: Collection[bytes]
) -> list[bytes]:
    """The commits on which nothing was built but what counts without its parents."""
    built_on = {parent for one in here if one not in orphans for parent in commits[one].parents}
    return sorted(set(here) - built_on)


def check(replica: Replica, story: Story, here: Collection[bytes]) -> None:
    commits = {one.id: one for one in story.commits}
    assert commits_of(replica, SCOPE) == set(here)
    assert heads_of(replica, SCOPE) == heads_by_definition(commits, here, story.orphans)
    assert wrong_in(replica) == []


@settings(max_examples=60)
@given(stories(), st.randoms(use_true_random=False), st.integers(1, 4))
def test_heads_say_exactly_what_is_here(empty: Path, story: Story, random: Any, size: int) -> None:
    with disk(empty, "one") as one, disk(empty, "other") as other:
        whole, part = list(story.commits), story.standing
        for replica, commits in ((one, whole), (other, part)):
            random.shuffle(commits)
            for start in range(0, len(commits), size):
                take(replica, commits[start : start + size])
            # What waited for a word that came with it is tried again with whatever comes next.
            for _turn in commits:
                take(replica, commits[:1])
        check(one, story, [commit.id for commit in whole])
        check(other, story, [commit.id for commit in part])

        with one.database.looking() as connection:
            missing = lacking(connection, SCOPE, heads_of(other, SCOPE))
        assert set(missing) == story.lost
        commits_by_id = {commit.id: commit for commit in whole}
        if missing:
            take(other, [commits_by_id[commit] for commit in missing])
        check(other, story, [commit.id for commit in whole])
        assert heads_of(one, SCOPE) == heads_of(other, SCOPE)
