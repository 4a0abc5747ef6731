"""What a county says about its keys: all who heard it believe the same, and nobody else may say it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from desktop.base.errors import Failure
from desktop.sync.certificates import CountyCertificate, make_county_certificate
from desktop.sync.crypto import SUITE, KeyPairs
from desktop.sync.issuing import MOST_STATEMENTS, make_issuing

ROOT, OTHER = SUITE.new_keys(), SUITE.new_keys()
COUNTY = make_county_certificate("649901", "青石县公安局", ROOT, practice=True)
KEYS = [SUITE.new_keys().sign_public for _number in range(4)]


def said(
    key: str, *, withdrawn: bool = False, at: str = "2026-03-05T00:00:00Z", **changed: Any
) -> dict[str, Any]:
    root: KeyPairs = changed.get("root", ROOT)
    made = make_issuing(
        changed.get("county", "649901"),
        root.sign_public,
        root.sign_secret,
        key=key,
        withdrawn=withdrawn,
        at=at,
    )
    return dict(made.signed)


STATEMENTS = [
    said(key, withdrawn=withdrawn, at=f"2026-03-0{number}T00:00:00Z")
    for number, key in enumerate(KEYS, 1)
    for withdrawn in (False, True)
]


def refused(told: Any, code: str) -> None:
    with pytest.raises(Failure) as why:
        COUNTY.hearing(told)
    assert why.value.code == code


@given(st.lists(st.lists(st.sampled_from(STATEMENTS), max_size=4), max_size=6))
def test_all_who_heard_the_same_believe_the_same(heard: list[list[dict[str, Any]]]) -> None:
    one, other = COUNTY, COUNTY
    for part in heard:
        one = one.hearing(part)
    for part in reversed(heard):
        for statement in reversed(part):
            other = other.hearing([statement])
    assert one == other
    bodies = [json.loads(statement["body"]) for part in heard for statement in part]
    named = {body["key"] for body in bodies if not body["withdrawn"]}
    gone = {body["key"] for body in bodies if body["withdrawn"]}
    assert set(one.believed) == (named - gone) | {ROOT.sign_public}
    assert set(one.ever) == set(one.believed) | gone
    assert one.believed[-1] == ROOT.sign_public
    # What it says again is what it heard.
    assert COUNTY.hearing(one.said_of_keys()) == one


def test_nothing_new_changes_nothing() -> None:
    county = COUNTY.hearing(STATEMENTS[:2])
    assert county.hearing(None) is county
    assert county.hearing(STATEMENTS[:1]) is county
    assert county.hearing([said(KEYS[0], at="2030-01-01T00:00:00Z")]) is county


def test_only_the_root_of_this_county_says_so() -> None:
    refused([said(KEYS[0], root=OTHER)], "SYN-014")
    refused([said(KEYS[0], county="649902")], "SYN-040")
    changed = said(KEYS[0])
    changed["body"] = changed["body"].replace(KEYS[0], KEYS[1])
    refused([changed], "SYN-014")
    with pytest.raises(Failure) as why:
        make_issuing(
            "649901", ROOT.sign_public, OTHER.sign_secret, key=KEYS[0], withdrawn=False, at="2026-03-05"
        )
    assert why.value.code == "SYN-014"
    # An issuing key is no root.
    issuer = SUITE.new_keys()
    county: CountyCertificate = COUNTY.hearing([said(issuer.sign_public)])
    with pytest.raises(Failure):
        county.hearing([said(KEYS[0], root=issuer)])


@pytest.mark.parametrize(
    "told",
    [
        {},
        "x",
        [None],
        [{}],
        [{"body": "{}", "sig": ""}],
        [said(KEYS[0])] * (MOST_STATEMENTS + 1),
        [said(KEYS[0]) | {"sig": "?"}],
        [{"body": json.dumps({"county": "649901", "key": "00", "withdrawn": False, "at": "x"}), "sig": ""}],
        [{"body": json.dumps({"county": "649901", "key": KEYS[0], "withdrawn": 1, "at": "x"}), "sig": ""}],
    ],
)
def test_what_is_no_statement_is_refused(told: Any) -> None:
    refused(told, "SYN-040")
