"""Everything that travels goes through the suite: with another one behind the same functions it still works.

And the two do not mix: whoever holds keys of one is not talked into the other.
"""

from __future__ import annotations

import hashlib
from datetime import date
from typing import NamedTuple

import pytest

from desktop.base.errors import Failure
from desktop.sync.blob_files import BlobHead, open_blob, seal_blob
from desktop.sync.bundle import BundleHead, ScopeState, make_vouch, read_bundle, vouch_is_right, write_bundle
from desktop.sync.certificates import (
    CountyCertificate,
    DeviceCertificate,
    certificate_of_sender,
    make_approval,
    make_county_certificate,
    make_request,
    make_slot,
    read_approval,
    read_request,
    read_slot,
    words_of,
)
from desktop.sync.commits import Op, make_commit
from desktop.sync.crypto import SUITE, KeyPairs, Suite
from tests.helpers.sm_suite import SmSuite

SM: Suite = SmSuite()
DAY = date(2026, 3, 5)
AT = "2026-03-05T00:00:00Z"


class Joined(NamedTuple):
    """A county and a PC that joined it by the three files."""

    county: CountyCertificate
    county_keys: KeyPairs
    keys: KeyPairs
    certificate: DeviceCertificate


def joined(suite: Suite) -> Joined:
    county_keys, keys = suite.new_keys(), suite.new_keys()
    county = make_county_certificate("649901", "青石县公安局", county_keys, practice=True, suite=suite)
    _slot, slot_file = make_slot(
        county,
        county_keys.sign_secret,
        room="649901100201",
        room_name="石桥村警务室",
        letter="A",
        today=DAY,
        suite=suite,
    )
    slot = read_slot(slot_file, today=DAY, practice=True, suite=suite)
    asked, request_file = make_request(slot, keys, device="pc-a", user="王敏", made_at=AT, suite=suite)
    request = read_request(request_file, county_keys.age_secret, suite=suite)
    assert words_of(county, request, suite=suite) == words_of(county, asked, suite=suite)
    _certificate, approval_file = make_approval(
        slot, request, county_keys.sign_secret, issued_at=AT, suite=suite
    )
    approval = read_approval(approval_file, keys, slot, suite=suite)
    return Joined(county, county_keys, keys, approval.certificate)


def sealed_bundle(suite: Suite, who: Joined, *, claims: int = 0) -> bytes:
    _county, county_keys, keys, certificate = who
    commit = make_commit(
        scope="r:649901100201",
        parents=[],
        lam=1,
        device="pc-a",
        incarnation=1,
        own=None,
        user="王敏",
        at=AT,
        schema=1,
        ops=[Op("staff_member", "p1", (), {"name": "张三丰"})],
        salt=bytes(8),
    )
    head = BundleHead(
        id="a" * 32,
        sender="pc-a",
        receivers=("county",),
        made=AT,
        schema=1,
        app="1",
        scopes={commit.scope: ScopeState((commit.id,))},
        certificate=dict(certificate.signed),
        suite=claims or suite.number,
    )
    vouch = make_vouch(commit.scope, commit.id, "pc-a", keys.sign_secret, suite)
    return write_bundle(
        head,
        [commit],
        [vouch],
        sign_secret=keys.sign_secret,
        recipients=[county_keys.age_public],
        suite=suite,
    )


@pytest.mark.parametrize("suite", [SUITE, SM], ids=["suite 1", "suite 2"])
def test_joining_bundle_vouch_and_attachment_work_with_either_suite(suite: Suite) -> None:
    who = joined(suite)
    county, county_keys, keys, certificate = who
    sealed = sealed_bundle(suite, who)
    bundle = read_bundle(
        sealed,
        county_keys.age_secret,
        lambda head: certificate_of_sender(head, county, suite=suite).sign_public,
        receiver="county",
        suite=suite,
    )
    [commit], [vouch] = bundle.commits, bundle.vouches
    assert vouch_is_right(vouch, [certificate.sign_public], suite)
    assert commit.read_ops[0].fields == {"name": "张三丰"}
    content = b"scan" * 1000

    blob_head = BlobHead(
        "pc-a",
        ("county",),
        commit.scope,
        hashlib.sha256(content).hexdigest(),
        len(content),
        dict(certificate.signed),
        suite.number,
    )
    blob = seal_blob(
        blob_head, content, sign_secret=keys.sign_secret, recipients=[county_keys.age_public], suite=suite
    )
    _told, opened = open_blob(
        blob,
        county_keys.age_secret,
        lambda _head: certificate.sign_public,
        receiver="county",
        suite=suite,
    )
    assert opened == content


@pytest.mark.parametrize("suite", [SUITE, SM], ids=["suite 1", "suite 2"])
@pytest.mark.parametrize("place", [0, 20, -1, -200])
def test_altered_bundle_is_refused_with_either_suite(suite: Suite, place: int) -> None:
    who = joined(suite)
    county, county_keys, _keys, _certificate = who
    sealed = bytearray(sealed_bundle(suite, who))
    sealed[place] ^= 1
    with pytest.raises(Failure):
        read_bundle(
            bytes(sealed),
            county_keys.age_secret,
            lambda head: certificate_of_sender(head, county, suite=suite).sign_public,
            receiver="county",
            suite=suite,
        )


def test_bundle_that_names_another_suite_than_its_own_is_refused() -> None:
    who = joined(SM)
    county_keys, keys = who.county_keys, who.keys
    sealed = sealed_bundle(SM, who, claims=1)
    with pytest.raises(Failure, match="SYN-015"):
        read_bundle(
            sealed, county_keys.age_secret, lambda _head: keys.sign_public, receiver="county", suite=SM
        )


def test_keys_of_one_suite_are_no_keys_of_the_other() -> None:
    for suite, other in ((SUITE, SM), (SM, SUITE)):
        with pytest.raises(Failure, match="SYN-013"):
            other.check_seal_public(suite.new_keys().age_public)
        with pytest.raises(Failure):
            other.open_sealed(suite.seal(b"x", [suite.new_keys().age_public]), other.new_keys().age_secret)


def test_sm3_gives_the_published_value() -> None:
    """GB/T 32905-2016, appendix A.1."""
    expected = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert SM.digest(b"abc").hex() == expected
