"""The seam to cryptography: caps first, whole or nothing, and a clear failure for everything else."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from desktop.base.errors import Failure, Refused, RuleBroken
from desktop.sync import crypto
from desktop.sync.crypto import SUITE, check_suite, keys_from_text, keys_to_text

ME = SUITE.new_keys()
OTHER = SUITE.new_keys()
TEXT = "青石村，一户一访。".encode() * 40


def test_seal_opens_for_each_recipient() -> None:
    sealed = SUITE.seal(TEXT, [ME.age_public, OTHER.age_public, ME.age_public])
    assert SUITE.open_sealed(sealed, ME.age_secret) == TEXT
    assert SUITE.open_sealed(sealed, OTHER.age_secret) == TEXT
    assert TEXT[:12] not in sealed


def test_seal_opens_an_empty_content() -> None:
    assert SUITE.open_sealed(SUITE.seal(b"", [ME.age_public]), ME.age_secret) == b""


def test_open_is_refused_for_another_key() -> None:
    with pytest.raises(Refused, match="SYN-010"):
        SUITE.open_sealed(SUITE.seal(TEXT, [OTHER.age_public]), ME.age_secret)


def test_open_gives_all_or_a_failure_for_every_flipped_byte() -> None:
    sealed = SUITE.seal(TEXT[:60], [ME.age_public])
    for place in range(len(sealed)):
        damaged = bytearray(sealed)
        damaged[place] ^= 1
        with pytest.raises(Failure, match=r"SYN-01[012]"):
            SUITE.open_sealed(bytes(damaged), ME.age_secret)


def test_open_gives_all_or_a_failure_for_every_cut() -> None:
    sealed = SUITE.seal(TEXT[:60], [ME.age_public])
    for length in range(len(sealed)):
        with pytest.raises(RuleBroken, match=r"SYN-011"):
            SUITE.open_sealed(sealed[:length], ME.age_secret)


def test_open_refuses_a_cut_at_the_edge_of_an_age_chunk() -> None:
    sealed = SUITE.seal(bytes(200_000), [ME.age_public])
    body = len(sealed) - (200_000 + 4 * 16)
    for chunk in range(1, 4):
        with pytest.raises(RuleBroken, match="SYN-011"):
            SUITE.open_sealed(sealed[: body + chunk * (65536 + 16)], ME.age_secret)


def test_open_spends_nothing_on_many_stanzas() -> None:
    sealed = SUITE.seal(TEXT, [ME.age_public])
    intro, rest = sealed.split(b"\n", 1)
    stanza = rest[: rest.index(b"\n-")]
    forged = intro + b"\n" + (stanza + b"\n") * 9 + rest
    with pytest.raises(RuleBroken, match="SYN-012"):
        SUITE.open_sealed(forged, ME.age_secret)
    with pytest.raises(RuleBroken, match="SYN-012"):
        SUITE.open_sealed(intro + b"\n" + (stanza + b"\n") * 10_000 + rest, ME.age_secret)


def test_open_refuses_what_is_larger_than_the_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = SUITE.seal(TEXT, [ME.age_public])
    monkeypatch.setattr(crypto, "MAX_SEALED_BYTES", len(sealed) - 1)
    with pytest.raises(RuleBroken, match="SYN-012"):
        SUITE.open_sealed(sealed, ME.age_secret)


def test_seal_refuses_what_a_receiver_would_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crypto, "MAX_SEALED_BYTES", len(TEXT))
    with pytest.raises(RuleBroken, match="SYN-012"):
        SUITE.seal(TEXT, [ME.age_public])
    with pytest.raises(RuleBroken, match="SYN-012"):
        SUITE.seal(TEXT + b"x", [ME.age_public])


def test_seal_refuses_too_many_recipients() -> None:
    recipients = [SUITE.new_keys().age_public for _number in range(7)]
    with pytest.raises(RuleBroken, match="SYN-012"):
        SUITE.seal(TEXT, recipients)
    assert SUITE.open_sealed(SUITE.seal(TEXT, [*recipients[:5], ME.age_public]), ME.age_secret) == TEXT


@pytest.mark.parametrize("recipients", [[], ["age1xyz"], [""], ["ssh-ed25519 AAAA"]], ids=str)
def test_seal_refuses_what_is_no_recipient(recipients: list[str]) -> None:
    with pytest.raises(RuleBroken, match="SYN-013"):
        SUITE.seal(TEXT, recipients)


def test_open_refuses_what_is_no_identity() -> None:
    with pytest.raises(RuleBroken, match="SYN-013"):
        SUITE.open_sealed(SUITE.seal(TEXT, [ME.age_public]), ME.age_public)


@pytest.mark.parametrize(
    "junk",
    [b"", b"age-encryption.org/v2\n-> X25519 a\nb\n--- c\n", b"PK\x03\x04", b"age-encryption.org/v1\n"],
)
def test_open_refuses_what_is_no_age_file(junk: bytes) -> None:
    with pytest.raises(RuleBroken, match="SYN-011"):
        SUITE.open_sealed(junk, ME.age_secret)


def test_sign_verifies_and_refuses_anything_else() -> None:
    signature = SUITE.sign(TEXT, ME.sign_secret)
    assert len(signature) == crypto.SIGNATURE_BYTES
    SUITE.verify(TEXT, signature, ME.sign_public)
    flipped = bytes([signature[0] ^ 1]) + signature[1:]
    for data, sig, public in (
        (TEXT + b".", signature, ME.sign_public),
        (TEXT, flipped, ME.sign_public),
        (TEXT, b"", ME.sign_public),
        (TEXT, signature, OTHER.sign_public),
    ):
        with pytest.raises(Refused, match="SYN-014"):
            SUITE.verify(data, sig, public)


@pytest.mark.parametrize("key", ["", "zz" * 32, "AB" * 32, "ab" * 31])
def test_sign_and_verify_refuse_what_is_no_key(key: str) -> None:
    with pytest.raises(RuleBroken, match="SYN-013"):
        SUITE.sign(TEXT, key)
    with pytest.raises(RuleBroken, match="SYN-013"):
        SUITE.verify(TEXT, b"", key)
    with pytest.raises(RuleBroken, match="SYN-013"):
        SUITE.check_sign_public(key)


def test_digest_is_sha256() -> None:
    assert SUITE.digest(TEXT) == hashlib.sha256(TEXT).digest()


def test_random_bytes_differ() -> None:
    assert len({SUITE.random_bytes(8) for _number in range(100)}) == 100


def test_keys_come_back_from_text_and_hide_their_secrets() -> None:
    assert keys_from_text(keys_to_text(ME)) == ME
    assert ME.sign_secret not in repr(ME)
    assert ME.age_secret not in repr(ME)


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", '{"sign_secret":1,"sign_public":1,"age_secret":1,"age_public":1}']
)
def test_keys_from_text_refuses_what_is_no_key_text(text: str) -> None:
    with pytest.raises(RuleBroken, match="SYN-013"):
        keys_from_text(text)


def test_keys_from_text_refuses_halves_that_do_not_belong_together() -> None:
    for mixed in (
        keys_to_text(ME).replace(ME.age_public, OTHER.age_public),
        keys_to_text(ME).replace(ME.sign_public, OTHER.sign_public),
    ):
        with pytest.raises(RuleBroken, match="SYN-013"):
            keys_from_text(mixed)


def test_head_of_another_suite_than_it_was_opened_with_is_refused() -> None:
    check_suite(1, SUITE)
    with pytest.raises(Refused, match="SYN-015"):
        check_suite(2, SUITE)


def test_check_seal_public_accepts_a_recipient_only() -> None:
    SUITE.check_seal_public(ME.age_public)
    with pytest.raises(RuleBroken, match="SYN-013"):
        SUITE.check_seal_public(ME.age_secret)


@pytest.mark.skipif(shutil.which("age") is None, reason="the age program is not installed on this machine")
def test_stock_age_opens_what_we_seal_and_we_open_what_it_seals(tmp_path: Path) -> None:
    key = tmp_path / "key.txt"
    key.write_text(ME.age_secret + "\n", encoding="utf-8")
    sealed = SUITE.seal(TEXT, [ME.age_public])
    opened = subprocess.run(["age", "-d", "-i", str(key)], input=sealed, capture_output=True, check=True)
    assert opened.stdout == TEXT
    theirs = subprocess.run(["age", "-r", ME.age_public], input=TEXT, capture_output=True, check=True)
    assert SUITE.open_sealed(theirs.stdout, ME.age_secret) == TEXT
    assert re.match(rb"age-encryption.org/v1\n", theirs.stdout)
