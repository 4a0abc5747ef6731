"""Enrolment by files: the honest way through, and everything a stick in wrong hands could try."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st

from desktop.base.errors import Failure
from desktop.sync.bundle import BundleHead, read_bundle, write_bundle
from desktop.sync.certificates import (
    CountyCertificate,
    DeviceCertificate,
    Request,
    Slot,
    certificate_of_sender,
    check_fresh,
    check_request,
    issue_certificate,
    make_approval,
    make_county_certificate,
    make_request,
    make_slot,
    read_approval,
    read_county_certificate,
    read_device_certificate,
    read_request,
    read_slot,
    words_of,
)
from desktop.sync.crypto import SUITE, KeyPairs
from desktop.sync.signed_json import sign_json

TODAY = date(2026, 3, 5)
COUNTY_KEYS = SUITE.new_keys()
OTHER_KEYS = SUITE.new_keys()
PC_KEYS = SUITE.new_keys()
COUNTY = make_county_certificate("649901", "示例县公安局", COUNTY_KEYS, practice=False)
OTHER = make_county_certificate("649902", "另一县公安局", OTHER_KEYS, practice=False)
PRACTICE = make_county_certificate("649901", "示例县公安局", COUNTY_KEYS, practice=True)


def slot_of(
    county: CountyCertificate = COUNTY, keys: KeyPairs = COUNTY_KEYS, **changed: Any
) -> tuple[Slot, bytes]:
    facts: dict[str, Any] = {"room": "64990101", "room_name": "青石村警务室", "letter": "A", "today": TODAY}
    return make_slot(county, keys.sign_secret, **(facts | changed))


def request_of(slot: Slot, keys: KeyPairs = PC_KEYS, **changed: Any) -> tuple[Request, bytes]:
    facts: dict[str, Any] = {"device": "64990101-A", "user": "王小青", "made_at": "2026-03-05T08:00:00+08:00"}
    return make_request(slot, keys, **(facts | changed))


def certificate(**changed: Any) -> DeviceCertificate:
    facts: dict[str, Any] = {
        "device": "64990101-A",
        "letter": "A",
        "scope": "r:64990101",
        "room_name": "青石村警务室",
        "sign_public": PC_KEYS.sign_public,
        "age_public": PC_KEYS.age_public,
        "role": "room",
        "issued_at": "2026-03-05T08:00:00+08:00",
    }
    return issue_certificate(COUNTY, COUNTY_KEYS.sign_secret, **(facts | changed))


def fails(code: str, call: Callable[[], object]) -> Failure:
    with pytest.raises(Failure) as failure:
        call()
    assert failure.value.code == code
    return failure.value


@dataclass(frozen=True)
class Enrolment:
    """One honest enrolment, seen from the county and from the PC."""

    slot: Slot
    slot_file: bytes
    request: Request
    request_file: bytes
    approval_file: bytes


def enrolment(bundle: bytes | None = None) -> Enrolment:
    slot, slot_file = slot_of(server_url="https://10.0.0.8:8443", escrow=OTHER_KEYS.age_public)
    request, request_file = request_of(read_slot(slot_file, today=TODAY, practice=False))
    _certificate, approval_file = make_approval(
        slot, request, COUNTY_KEYS.sign_secret, issued_at="2026-03-06T09:00:00+08:00", bundle=bundle
    )
    return Enrolment(slot, slot_file, request, request_file, approval_file)


def test_enrolment_by_three_files_gives_the_pc_its_certificate() -> None:
    done = enrolment(bundle=b"sealed bytes")
    at_pc = read_slot(done.slot_file, today=TODAY, practice=False)
    assert at_pc == done.slot
    assert (at_pc.server_url, at_pc.escrow) == ("https://10.0.0.8:8443", OTHER_KEYS.age_public)
    at_county = read_request(done.request_file, COUNTY_KEYS.age_secret)
    assert at_county == done.request
    check_request(at_county, done.slot, TODAY)
    approval = read_approval(done.approval_file, PC_KEYS, at_pc)
    assert approval.county == COUNTY
    assert approval.bundle == b"sealed bytes"
    mine = approval.certificate
    assert (mine.device, mine.letter, mine.scope, mine.role) == ("64990101-A", "A", "r:64990101", "room")
    assert (mine.room_name, mine.county, mine.practice) == ("青石村警务室", "649901", False)
    assert (mine.sign_public, mine.age_public) == (PC_KEYS.sign_public, PC_KEYS.age_public)
    assert read_device_certificate(mine.signed, COUNTY) == mine


def test_approval_without_a_bundle_has_none() -> None:
    done = enrolment()
    assert read_approval(done.approval_file, PC_KEYS, done.slot).bundle is None


def test_six_words_are_the_same_on_both_sides() -> None:
    done = enrolment()
    pc = words_of(read_slot(done.slot_file, today=TODAY, practice=False).county, done.request)
    county = words_of(COUNTY, read_request(done.request_file, COUNTY_KEYS.age_secret))
    assert pc == county
    assert len(pc) == 6


def test_six_words_differ_when_a_key_was_changed_on_the_way() -> None:
    done = enrolment()
    swapped = request_of(done.slot, OTHER_KEYS)[0]
    assert words_of(COUNTY, swapped) != words_of(COUNTY, done.request)
    fake = make_county_certificate("649901", "示例县公安局", OTHER_KEYS, practice=False)
    assert words_of(fake, done.request) != words_of(COUNTY, done.request)
    assert words_of(COUNTY, request_of(done.slot, device="64990101-B")[0]) != words_of(COUNTY, done.request)
    assert words_of(COUNTY, request_of(slot_of()[0])[0]) != words_of(COUNTY, done.request)


def test_tokens_are_random_and_hidden() -> None:
    done = enrolment()
    assert slot_of()[0].token != slot_of()[0].token
    assert done.slot.token not in repr(done.slot)
    assert done.slot.token not in repr(done.request)
    assert done.slot.token.encode() not in done.request_file


def test_slot_lives_fourteen_days() -> None:
    slot, data = slot_of()
    assert slot.expires_on == date(2026, 3, 19)
    assert read_slot(data, today=slot.expires_on, practice=False) == slot
    late = slot.expires_on + timedelta(days=1)
    fails("SYN-041", lambda: read_slot(data, today=late, practice=False))
    fails("SYN-041", lambda: check_fresh(slot, late))
    fails("SYN-041", lambda: check_request(request_of(slot)[0], slot, late))


def test_practice_and_real_never_meet() -> None:
    fails("SYN-043", lambda: read_slot(slot_of()[1], today=TODAY, practice=True))
    practice_slot = slot_of(PRACTICE)[1]
    fails("SYN-043", lambda: read_slot(practice_slot, today=TODAY, practice=False))
    assert read_slot(practice_slot, today=TODAY, practice=True).county.practice
    fails("SYN-043", lambda: read_device_certificate(certificate().signed, PRACTICE))


def test_request_for_another_county_does_not_open() -> None:
    fails("SYN-010", lambda: read_request(enrolment().request_file, OTHER_KEYS.age_secret))


def test_request_for_another_slot_is_refused() -> None:
    done = enrolment()
    another = slot_of(letter="B")[0]
    fails("SYN-044", lambda: check_request(done.request, another, TODAY))
    fails("SYN-044", lambda: make_approval(another, done.request, COUNTY_KEYS.sign_secret, issued_at="x"))


def test_request_signed_with_another_key_than_its_own_is_refused() -> None:
    slot = slot_of()[0]
    mixed = KeyPairs(OTHER_KEYS.sign_secret, PC_KEYS.sign_public, PC_KEYS.age_secret, PC_KEYS.age_public)
    fails("SYN-014", lambda: request_of(slot, mixed))


def test_approval_for_another_pc_does_not_open() -> None:
    done = enrolment()
    fails("SYN-010", lambda: read_approval(done.approval_file, OTHER_KEYS, done.slot))


def test_approval_for_another_slot_is_refused() -> None:
    done = enrolment()
    fails("SYN-044", lambda: read_approval(done.approval_file, PC_KEYS, slot_of()[0]))


def test_approval_for_keys_made_before_is_refused() -> None:
    done = enrolment()
    newer = KeyPairs(OTHER_KEYS.sign_secret, OTHER_KEYS.sign_public, PC_KEYS.age_secret, PC_KEYS.age_public)
    fails("SYN-044", lambda: read_approval(done.approval_file, newer, done.slot))


def test_approval_signed_by_another_county_is_refused() -> None:
    done = enrolment()
    fails("SYN-014", lambda: read_approval(resigned_approval(done, OTHER_KEYS, COUNTY), PC_KEYS, done.slot))


def test_approval_that_names_another_county_is_refused() -> None:
    done = enrolment()
    fails("SYN-042", lambda: read_approval(resigned_approval(done, COUNTY_KEYS, OTHER), PC_KEYS, done.slot))


def test_approval_signature_does_not_pass_for_another_kind() -> None:
    done = enrolment()
    signed = json.loads(SUITE.open_sealed(done.approval_file, PC_KEYS.age_secret))
    other = sign_json("slot", json.loads(signed["body"]), COUNTY_KEYS.sign_secret, SUITE)
    assert other["body"] == signed["body"]
    signed["sig"] = other["sig"]
    sealed = SUITE.seal(json.dumps(signed).encode(), [PC_KEYS.age_public])
    fails("SYN-014", lambda: read_approval(sealed, PC_KEYS, done.slot))


def resigned_approval(done: Enrolment, keys: KeyPairs, county: CountyCertificate) -> bytes:
    body = json.loads(json.loads(SUITE.open_sealed(done.approval_file, PC_KEYS.age_secret))["body"])
    body["county"] = dict(county.signed)
    signed = sign_json("approval", body, keys.sign_secret, SUITE)
    return SUITE.seal(json.dumps(signed).encode(), [PC_KEYS.age_public])


def test_device_certificate_of_another_county_is_refused() -> None:
    fails("SYN-042", lambda: read_device_certificate(certificate().signed, OTHER))
    namesake = make_county_certificate("649901", "示例县公安局", OTHER_KEYS, practice=False)
    fails("SYN-014", lambda: read_device_certificate(certificate().signed, namesake))


def test_county_service_has_the_county_role_and_scope_only() -> None:
    assert certificate(role="county", scope="county", letter="X").role == "county"
    fails("SYN-046", lambda: certificate(role="county"))
    fails("SYN-046", lambda: certificate(scope="county"))
    fails("SYN-046", lambda: certificate(role="chief"))


def test_sender_is_who_the_certificate_names() -> None:
    def head(sender: str) -> BundleHead:
        return BundleHead("ab", sender, ("COUNTY",), "t", 1, "0", certificate=dict(certificate().signed))

    def sent_by(sender: str) -> bytes:
        return write_bundle(
            head(sender), [], [], sign_secret=PC_KEYS.sign_secret, recipients=[COUNTY_KEYS.age_public]
        )

    def opened(sealed: bytes) -> object:
        return read_bundle(
            sealed,
            COUNTY_KEYS.age_secret,
            lambda got: certificate_of_sender(got, COUNTY).sign_public,
            receiver="COUNTY",
        )

    assert opened(sent_by("64990101-A"))
    fails("SYN-045", lambda: opened(sent_by("64990101-B")))


WRONG_VALUES: dict[str, Callable[[], object]] = {
    "county_id": lambda: make_county_certificate("../x", "县", COUNTY_KEYS, practice=False),
    "county_name_empty": lambda: make_county_certificate("649901", "", COUNTY_KEYS, practice=False),
    "county_name_with_a_line": lambda: make_county_certificate(
        "649901", "县\n局", COUNTY_KEYS, practice=False
    ),
    "room": lambda: slot_of(room="a/b"),
    "room_name_long": lambda: slot_of(room_name="村" * 201),
    "letter_small": lambda: slot_of(letter="a"),
    "letter_two": lambda: slot_of(letter="AB"),
    "server_file": lambda: slot_of(server_url="file:///c:/x"),
    "server_without_host": lambda: slot_of(server_url="https://"),
    "server_with_password": lambda: slot_of(server_url="https://a:b@county.example"),
    "server_with_question": lambda: slot_of(server_url="https://county.example/?a=1"),
    "server_port": lambda: slot_of(server_url="https://county.example:99999"),
    "escrow": lambda: slot_of(escrow="nobody"),
    "device": lambda: request_of(slot_of()[0], device="a b"),
    "user_empty": lambda: request_of(slot_of()[0], user=""),
}


@pytest.mark.parametrize("case", WRONG_VALUES)
def test_wrong_values_make_no_file(case: str) -> None:
    fails("SYN-046", WRONG_VALUES[case])


def changed_slot(**changed: object) -> bytes:
    """A slot file whose body says something else, properly signed by the county."""
    body = json.loads(json.loads(slot_of()[1])["body"])
    signed = sign_json("slot", body | changed, COUNTY_KEYS.sign_secret, SUITE)
    return json.dumps(signed).encode()


MALFORMED: dict[str, bytes] = {
    "nothing": b"",
    "list": b"[]",
    "no_body": b'{"sig":"x"}',
    "body_no_text": b'{"body":{},"sig":"x"}',
    "body_no_json": b'{"body":"{","sig":"x"}',
    "body_a_list": b'{"body":"[]","sig":"x"}',
    "too_large": b" " * (64 * 1024 + 1),
    "no_county": changed_slot(county=None),
    "no_token": changed_slot(token=None),
    "token_short": changed_slot(token="ab"),
    "no_day": changed_slot(expires_on="soon"),
    "room_a_number": changed_slot(room=7),
    "url_a_number": changed_slot(server_url=7),
    "practice_a_word": json.dumps(
        sign_json(
            "slot",
            {
                "county": sign_json(
                    "county",
                    {
                        "county": "649901",
                        "name": "县",
                        "sign_public": "ab" * 32,
                        "age_public": COUNTY_KEYS.age_public,
                        "practice": "no",
                    },
                    COUNTY_KEYS.sign_secret,
                    SUITE,
                )
            },
            COUNTY_KEYS.sign_secret,
            SUITE,
        )
    ).encode(),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_malformed_slot_is_refused(case: str) -> None:
    fails("SYN-040", lambda: read_slot(MALFORMED[case], today=TODAY, practice=False))


@pytest.mark.parametrize("sig", [None, "x", 7, "中"], ids=str)
def test_slot_with_a_malformed_signature_is_refused(sig: object) -> None:
    signed = json.loads(slot_of()[1]) | {"sig": sig}
    fails("SYN-040", lambda: read_slot(json.dumps(signed).encode(), today=TODAY, practice=False))


@pytest.mark.parametrize("bundle", [7, "!"], ids=str)
def test_approval_with_a_malformed_bundle_is_refused(bundle: object) -> None:
    done = enrolment()
    body = json.loads(json.loads(SUITE.open_sealed(done.approval_file, PC_KEYS.age_secret))["body"])
    signed = sign_json("approval", body | {"bundle": bundle}, COUNTY_KEYS.sign_secret, SUITE)
    sealed = SUITE.seal(json.dumps(signed).encode(), [PC_KEYS.age_public])
    fails("SYN-040", lambda: read_approval(sealed, PC_KEYS, done.slot))


def test_county_certificate_signed_by_another_is_refused() -> None:
    body = json.loads(str(COUNTY.signed["body"]))
    signed = sign_json("county", body, OTHER_KEYS.sign_secret, SUITE)
    fails("SYN-014", lambda: read_county_certificate(signed))


SLOT, SLOT_FILE = slot_of()


@given(st.integers(0, len(SLOT_FILE) - 1), st.integers(0, 7))
def test_any_flipped_bit_of_a_slot_is_refused_or_says_the_same(place: int, bit: int) -> None:
    damaged = bytearray(SLOT_FILE)
    damaged[place] ^= 1 << bit
    assert outcome(bytes(damaged)) in (SLOT, "SYN-014", "SYN-040")


def outcome(data: bytes) -> Slot | str:
    try:
        return read_slot(data, today=TODAY, practice=False)
    except Failure as failure:
        return failure.code


@given(st.integers(0, len(SLOT_FILE) - 3))
def test_any_cut_of_a_slot_is_refused(length: int) -> None:
    fails("SYN-040", lambda: read_slot(SLOT_FILE[:length], today=TODAY, practice=False))
