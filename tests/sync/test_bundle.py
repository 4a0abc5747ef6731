"""The bundle: the same commits come out, stock tools open it, and a damaged one gives nothing at all."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given, strategies as st

from desktop.base.errors import Failure, Refused, RuleBroken
from desktop.sync import bundle, crypto
from desktop.sync.bundle import (
    BlobState,
    Bundle,
    BundleHead,
    ScopeState,
    make_vouch,
    read_bundle,
    vouch_is_right,
    write_bundle,
)
from desktop.sync.commits import Commit, Op, make_commit
from desktop.sync.crypto import SUITE

ROOM = "r:64990101"
PC = SUITE.new_keys()
COUNTY = SUITE.new_keys()
STRANGER = SUITE.new_keys()


def chain(count: int, scope: str = ROOM) -> list[Commit]:
    made: list[Commit] = []
    for number in range(count):
        made.append(
            make_commit(
                scope=scope,
                parents=[made[-1].id] if made else [],
                lam=number + 1,
                device="PC1",
                incarnation="1",
                own=made[-1].id if made else None,
                user="王小青",
                at="2026-03-05T08:00:00+08:00",
                schema=1,
                ops=[Op("visit", f"v{number}", (), {"title": f"走访第{number}户", "members": number})],
                salt=number.to_bytes(8, "big"),
            )
        )
    return made


def head(**changed: Any) -> BundleHead:
    facts: dict[str, Any] = {
        "id": "ab" * 16,
        "sender": "PC1",
        "receivers": ("COUNTY",),
        "made": "2026-03-05T08:00:00+08:00",
        "schema": 1,
        "app": "0.1.0",
        "certificate": {"device": "PC1"},
    }
    return BundleHead(**(facts | changed))


def seal(the_head: BundleHead, commits: list[Commit], vouches: list[bundle.Vouch] | None = None) -> bytes:
    return write_bundle(
        the_head, commits, vouches or [], sign_secret=PC.sign_secret, recipients=[COUNTY.age_public]
    )


def opened(sealed: bytes, receiver: str = "COUNTY") -> Bundle:
    return read_bundle(sealed, COUNTY.age_secret, lambda _head: PC.sign_public, receiver=receiver)


def lines_of(sealed: bytes) -> list[bytes]:
    packed = SUITE.open_sealed(sealed, COUNTY.age_secret)
    return zstandard.ZstdDecompressor().decompress(packed, max_output_size=2**24).splitlines(keepends=True)


def sealed_lines(lines: list[bytes], sign: Callable[[bytes], bytes] | None = None) -> bytes:
    """A bundle of these lines, signed by the PC: what a forger with a valid key could send."""
    body = b"".join(lines)
    signature = (sign or (lambda data: SUITE.sign(SUITE.digest(data), PC.sign_secret)))(body)
    last = json.dumps({"sig": bundle._b64(signature)}).encode() + b"\n"
    return SUITE.seal(zstandard.ZstdCompressor().compress(body + last), [COUNTY.age_public])


def fails(code: str, call: Callable[[], object]) -> Failure:
    with pytest.raises(Failure) as failure:
        call()
    assert failure.value.code == code
    return failure.value


def test_bundle_comes_out_as_it_went_in() -> None:
    commits = [*chain(5), *chain(2, "county")]
    vouches = [make_vouch(ROOM, commits[4].id, "PC1", PC.sign_secret)]
    the_head = head(
        scopes={
            ROOM: ScopeState((commits[4].id,), (commits[0].id,), (commits[1].id,)),
            "county": ScopeState(),
        },
        blobs=BlobState(have=("aa" * 32,), want=("bb" * 32,), kept=("cc" * 32,)),
    )
    got = opened(seal(the_head, commits, vouches))
    assert got == Bundle(the_head, tuple(commits), tuple(vouches))


def test_bundle_may_be_empty_but_for_its_head() -> None:
    assert opened(seal(head(), [])) == Bundle(head(), (), ())


def test_bundle_for_two_receivers_opens_for_each() -> None:
    both = head(receivers=("COUNTY", "PC2"))
    sealed = seal(both, chain(1))
    assert opened(sealed).head == both
    assert opened(sealed, "PC2").head == both


def test_parents_are_left_out_only_where_they_are_the_line_before() -> None:
    first, second, third = chain(3)
    lines = lines_of(seal(head(), [first, second, third]))
    assert [len(json.loads(line)) for line in lines[1:4]] == [5, 4, 4]
    gap = lines_of(seal(head(), [first, third]))
    assert json.loads(gap[2])[1] == [second.id.hex()]
    assert opened(seal(head(), [first, third])).commits == (first, third)


def test_lines_carry_the_commits_own_bytes() -> None:
    (commit,) = chain(1)
    line = lines_of(seal(head(), [commit]))[1]
    assert commit.meta in line
    assert commit.ops in line


def test_commits_of_a_foreign_writer_keep_their_bytes() -> None:
    plain = lines_of(seal(head(), chain(1)))
    spaced = plain[1].replace(b'"l":1', b'"l" : 1').replace("走访".encode(), b"\\u8d70\\u8bbf")
    (commit,) = opened(sealed_lines([plain[0], spaced])).commits
    assert commit.hex_id != chain(1)[0].hex_id
    assert opened(seal(head(), [commit])).commits == (commit,)


def test_keys_of_a_newer_head_are_kept() -> None:
    newer = head(extra={"later": {"a": [1]}})
    assert opened(seal(newer, [])).head == newer


def test_write_bundle_refuses_commits_out_of_order() -> None:
    first, second = chain(2)
    with pytest.raises(ValueError, match="order"):
        seal(head(), [second, first])


def test_bundle_of_a_newer_version_is_refused_and_says_that_nothing_is_lost() -> None:
    refused = fails("SYN-020", lambda: opened(seal(head(version=2), chain(1))))
    assert isinstance(refused, Refused)
    assert "数据仍在对方那里" in refused.sentence


def test_bundle_of_an_unknown_suite_is_refused() -> None:
    fails("SYN-015", lambda: opened(seal(head(suite=2), [])))


def test_bundle_for_another_key_is_refused() -> None:
    fails("SYN-010", lambda: read_bundle(seal(head(), []), STRANGER.age_secret, str, receiver="COUNTY"))


def test_bundle_addressed_to_another_is_refused_though_it_opens() -> None:
    fails("SYN-021", lambda: opened(seal(head(receivers=("PC9",)), chain(1))))


def test_bundle_signed_by_another_is_refused() -> None:
    forged = write_bundle(
        head(), chain(1), [], sign_secret=STRANGER.sign_secret, recipients=[COUNTY.age_public]
    )
    fails("SYN-014", lambda: opened(forged))


def test_certificate_check_refuses_before_anything_is_given_out() -> None:
    def refuse(_head: BundleHead) -> str:
        raise Refused("SYN-999", "未登记")

    fails("SYN-999", lambda: read_bundle(seal(head(), []), COUNTY.age_secret, refuse, receiver="COUNTY"))


def test_readdressed_bundle_is_refused() -> None:
    lines = lines_of(seal(head(receivers=("PC2",)), chain(2)))
    body = [lines[0].replace(b"PC2", b"COUNTY"), *lines[1:]]
    resealed = SUITE.seal(zstandard.ZstdCompressor().compress(b"".join(body)), [COUNTY.age_public])
    fails("SYN-014", lambda: opened(resealed))


HEAD_LINE = lines_of(seal(head(), []))[0]
COMMIT_LINE, SECOND_LINE = lines_of(seal(head(), chain(2)))[1:3]
VOUCH_LINE = lines_of(seal(head(), [], [make_vouch(ROOM, bytes(32), "PC1", PC.sign_secret)]))[1]

FORGED = {
    "head_missing": ([COMMIT_LINE], "SYN-022"),
    "head_not_json": ([b"{\n"], "SYN-022"),
    "head_a_list": ([b"[]\n"], "SYN-022"),
    "head_no_version": ([HEAD_LINE.replace(b'"v":1,', b"")], "SYN-022"),
    "head_version_zero": ([HEAD_LINE.replace(b'"v":1', b'"v":0')], "SYN-022"),
    "head_version_true": ([HEAD_LINE.replace(b'"v":1', b'"v":true')], "SYN-022"),
    "head_key_twice": ([HEAD_LINE.replace(b'"v":1', b'"v":1,"v":1')], "SYN-022"),
    "head_no_id": ([HEAD_LINE.replace(b'"id"', b'"xx"')], "SYN-022"),
    "head_no_receiver": ([HEAD_LINE.replace(b'"to"', b'"xx"')], "SYN-022"),
    "head_schema_a_word": ([HEAD_LINE.replace(b'"schema":1', b'"schema":"1"')], "SYN-022"),
    "head_long_word": ([HEAD_LINE.replace(b"0.1.0", b"9" * 129)], "SYN-022"),
    "head_scopes_a_list": ([HEAD_LINE.replace(b'"scopes":{}', b'"scopes":[]')], "SYN-022"),
    "head_scope_state_a_list": ([HEAD_LINE.replace(b'"scopes":{}', b'"scopes":{"county":[]}')], "SYN-022"),
    "head_scope_of_a_path": ([HEAD_LINE.replace(b'"scopes":{}', b'"scopes":{"../x":{}}')], "SYN-001"),
    "head_scope_bad_id": (
        [HEAD_LINE.replace(b'"scopes":{}', b'"scopes":{"county":{"heads":["ab"]}}')],
        "SYN-022",
    ),
    "head_blobs_missing": ([HEAD_LINE.replace(b'"blobs"', b'"xx"')], "SYN-022"),
    "head_device_of_a_path": ([HEAD_LINE.replace(b'"from":"PC1"', b'"from":"../PC1"')], "SYN-001"),
    "line_empty": ([HEAD_LINE, b"\n"], "SYN-022"),
    "line_no_array": ([HEAD_LINE, b"{}\n"], "SYN-022"),
    "line_not_closed": ([HEAD_LINE, COMMIT_LINE.replace(b"]\n", b"\n")], "SYN-022"),
    "line_with_a_tail": ([HEAD_LINE, COMMIT_LINE.replace(b"\n", b" \n")], "SYN-022"),
    "line_not_utf8": ([HEAD_LINE, COMMIT_LINE.replace("走".encode(), b"\xff")], "SYN-022"),
    "line_nested_bomb": ([HEAD_LINE, b'["county",' + b"[" * 200_000 + b"\n"], "SYN-022"),
    "commit_without_parents_first": ([HEAD_LINE, SECOND_LINE], "SYN-022"),
    "commit_too_short": ([HEAD_LINE, b'["county",{},"00"]\n'], "SYN-022"),
    "commit_too_long": ([HEAD_LINE, COMMIT_LINE.replace(b"]]\n", b"]],1]\n")], "SYN-022"),
    "commit_parents_no_hex": ([HEAD_LINE, COMMIT_LINE.replace(b",[],", b',["zz"],', 1)], "SYN-022"),
    "commit_salt_no_hex": ([HEAD_LINE, COMMIT_LINE.replace(b'"0000000000000000"', b'"zz"')], "SYN-022"),
    "commit_salt_short": ([HEAD_LINE, COMMIT_LINE.replace(b'"0000000000000000"', b'"00"')], "SYN-001"),
    "commit_scope_a_number": ([HEAD_LINE, COMMIT_LINE.replace(b'"r:64990101"', b"7")], "SYN-022"),
    "commit_scope_of_a_path": ([HEAD_LINE, COMMIT_LINE.replace(b"r:64990101", b"r:../../01")], "SYN-001"),
    "commit_bad_op": ([HEAD_LINE, COMMIT_LINE.replace(b'"visit"', b'"../x"')], "SYN-003"),
    "commit_too_large": (
        [HEAD_LINE, COMMIT_LINE.replace("走访".encode(), b"x" * (1024 * 1024))],
        "SYN-002",
    ),
    "line_too_large": ([HEAD_LINE, b'["' + b"x" * bundle.MAX_LINE_BYTES + b'"]\n'], "SYN-012"),
    "order_of_commits": ([HEAD_LINE, COMMIT_LINE.replace(b'"l":1', b'"l":5'), SECOND_LINE], "SYN-022"),
    "commit_after_vouch": ([HEAD_LINE, VOUCH_LINE, COMMIT_LINE], "SYN-022"),
    "vouch_too_long": ([HEAD_LINE, VOUCH_LINE.replace(b"]\n", b",1]\n")], "SYN-022"),
    "vouch_no_id": ([HEAD_LINE, VOUCH_LINE.replace(b'"' + b"00" * 32, b'"zz')], "SYN-022"),
    "vouch_short_signature": ([HEAD_LINE, VOUCH_LINE.replace(b'=="]', b'"]')], "SYN-022"),
    "vouch_scope": ([HEAD_LINE, VOUCH_LINE.replace(b"r:64990101", b"r:")], "SYN-001"),
}


@pytest.mark.parametrize("case", FORGED)
def test_lines_that_are_signed_but_malformed_give_nothing(case: str) -> None:
    lines, code = FORGED[case]
    fails(code, lambda: opened(sealed_lines(lines)))


def test_forged_lines_differ_from_good_ones() -> None:
    assert opened(sealed_lines([HEAD_LINE, COMMIT_LINE, SECOND_LINE, VOUCH_LINE])).commits == tuple(chain(2))
    good = {HEAD_LINE, COMMIT_LINE, SECOND_LINE, VOUCH_LINE}
    swapped = {"commit_without_parents_first", "commit_after_vouch", "head_missing"}
    assert {case for case, (lines, _code) in FORGED.items() if set(lines) <= good} == swapped


@pytest.mark.parametrize(
    ("old", "new"), [(b'=="}', b'==","x":1}'), (b'=="', b'"'), (b'=="', b'==="')], ids=str
)
def test_last_line_has_one_spelling(old: bytes, new: bytes) -> None:
    plain = b"".join(lines_of(seal(head(), [])))
    assert plain.count(old) == 1
    packed = zstandard.ZstdCompressor().compress(plain.replace(old, new))
    fails("SYN-022", lambda: opened(reseal(packed)))


def test_spare_bits_of_the_signature_make_no_second_spelling() -> None:
    plain = b"".join(lines_of(seal(head(), [])))
    place = plain.rindex(b"==") - 1
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    sign = alphabet[alphabet.index(plain[place]) ^ 1]
    packed = zstandard.ZstdCompressor().compress(plain[:place] + bytes([sign]) + plain[place + 1 :])
    fails("SYN-022", lambda: opened(reseal(packed)))


@pytest.mark.parametrize(
    "plain",
    [b"", b"\n", b"{}", HEAD_LINE, HEAD_LINE[:-1], HEAD_LINE + b"[]\n", HEAD_LINE + b'{"sig":1}\n'],
    ids=["nothing", "blank", "no_line", "only_a_head", "cut_head", "sig_a_list", "sig_a_number"],
)
def test_plain_text_without_a_signature_is_refused(plain: bytes) -> None:
    sealed = SUITE.seal(zstandard.ZstdCompressor().compress(plain), [COUNTY.age_public])
    assert isinstance(fails("SYN-022", lambda: opened(sealed)), RuleBroken)


def reseal(packed: bytes) -> bytes:
    return SUITE.seal(packed, [COUNTY.age_public])


def test_decompression_stops_at_the_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "MAX_PLAIN_BYTES", 4 * 1024 * 1024)
    bomb = zstandard.ZstdCompressor().compress(bytes(64 * 1024 * 1024))
    fails("SYN-012", lambda: opened(reseal(bomb)))


@pytest.mark.parametrize(("window_log", "code"), [(25, None), (26, "SYN-022")], ids=["32_mib", "64_mib"])
def test_frame_that_asks_for_a_giant_window_is_refused(window_log: int, code: str | None) -> None:
    plain = b"".join(lines_of(seal(head(), [])))
    wide = zstandard.ZstdCompressionParameters.from_level(1, window_log=window_log)
    compressor = zstandard.ZstdCompressor(compression_params=wide).compressobj()
    packed = compressor.compress(plain) + compressor.flush()
    assert outcome(reseal(packed)) == (code or opened(seal(head(), [])))


@pytest.mark.parametrize(
    "tail", [b"x", zstandard.ZstdCompressor().compress(b"more")], ids=["junk", "second_frame"]
)
def test_anything_behind_the_frame_is_refused(tail: bytes) -> None:
    packed = SUITE.open_sealed(seal(head(), []), COUNTY.age_secret)
    fails("SYN-022", lambda: opened(reseal(packed + tail)))
    fails("SYN-022", lambda: opened(reseal(packed + bytes(2048) + tail)))


def test_skippable_or_missing_frame_is_refused() -> None:
    packed = SUITE.open_sealed(seal(head(), []), COUNTY.age_secret)
    fails("SYN-022", lambda: opened(reseal(b"\x50\x2a\x4d\x18\x00\x00\x00\x00" + packed)))
    fails("SYN-022", lambda: opened(reseal(b"")))


def test_write_bundle_refuses_what_grows_over_the_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "MAX_PLAIN_BYTES", bundle.MAX_LINE_BYTES + 500)
    fails("SYN-012", lambda: seal(head(), chain(5)))


def test_vouch_holds_for_its_scope_and_commit_and_signer_only() -> None:
    vouch = make_vouch(ROOM, bytes(32), "PC1", PC.sign_secret)
    assert vouch_is_right(vouch, [STRANGER.sign_public, PC.sign_public])
    assert not vouch_is_right(replace(vouch, scope="county"), [PC.sign_public])
    assert not vouch_is_right(replace(vouch, commit_id=bytes([1] * 32)), [PC.sign_public])
    assert not vouch_is_right(vouch, [STRANGER.sign_public])


def test_names_are_random_and_tell_nothing() -> None:
    names = {bundle.new_name() for _number in range(50)}
    assert len(names) == 50
    assert all(bundle.is_name(name) for name in names)
    for other in ("x.jwb", "AB" * 16 + ".jwb", "ab" * 16 + ".jwb.part", "../" + "ab" * 16 + ".jwb"):
        assert not bundle.is_name(other)


SAMPLE = seal(
    head(scopes={ROOM: ScopeState()}), chain(3), [make_vouch(ROOM, bytes(32), "PC1", PC.sign_secret)]
)
SAMPLE_PACKED = SUITE.open_sealed(SAMPLE, COUNTY.age_secret)
SAMPLE_PLAIN = b"".join(lines_of(SAMPLE))
CODES = {f"SYN-{number:03}" for number in (10, 11, 12, 14, 15, 20, 21, 22)}


def outcome(sealed: bytes) -> Bundle | str:
    try:
        return opened(sealed)
    except Failure as failure:
        return failure.code


@given(st.integers(0, len(SAMPLE) - 1), st.integers(0, 7))
def test_any_flipped_bit_outside_gives_nothing(place: int, bit: int) -> None:
    damaged = bytearray(SAMPLE)
    damaged[place] ^= 1 << bit
    assert outcome(bytes(damaged)) in {"SYN-010", "SYN-011", "SYN-012"}


@given(st.integers(0, len(SAMPLE_PACKED) - 1), st.integers(0, 7))
def test_any_flipped_bit_inside_the_seal_gives_nothing_or_the_same(place: int, bit: int) -> None:
    damaged = bytearray(SAMPLE_PACKED)
    damaged[place] ^= 1 << bit
    # zstd has spare bits in its header; what they say is the same text.
    assert outcome(reseal(bytes(damaged))) in (*CODES, "SYN-001", opened(SAMPLE))


@given(st.integers(0, len(SAMPLE_PLAIN) - 1), st.integers(0, 7))
def test_any_flipped_bit_of_the_text_gives_nothing(place: int, bit: int) -> None:
    damaged = bytearray(SAMPLE_PLAIN)
    damaged[place] ^= 1 << bit
    assert outcome(reseal(zstandard.ZstdCompressor().compress(bytes(damaged)))) in {*CODES, "SYN-001"}


@given(st.integers(0, len(SAMPLE) - 1))
def test_any_cut_outside_gives_nothing(length: int) -> None:
    assert outcome(SAMPLE[:length]) in {"SYN-011", "SYN-012"}


@given(st.integers(0, len(SAMPLE_PACKED) - 1))
def test_any_cut_inside_the_seal_gives_nothing(length: int) -> None:
    assert outcome(reseal(SAMPLE_PACKED[:length])) in CODES


@given(st.integers(0, len(SAMPLE_PLAIN) - 1))
def test_any_cut_of_the_text_gives_nothing(length: int) -> None:
    assert outcome(reseal(zstandard.ZstdCompressor().compress(SAMPLE_PLAIN[:length]))) in CODES


def test_a_day_of_a_hundred_changes_fits_twelve_thousand_bytes() -> None:
    assert len(seal(head(), chain(100))) < 12_000


@pytest.mark.skipif(
    shutil.which("age") is None or shutil.which("zstd") is None,
    reason="the age and zstd programs are not installed on this machine",
)
def test_stock_age_and_zstd_open_a_bundle(tmp_path: Path) -> None:
    key, file = tmp_path / "key.txt", tmp_path / bundle.new_name()
    key.write_text(COUNTY.age_secret + "\n", encoding="utf-8")
    file.write_bytes(SAMPLE)
    packed = subprocess.run(["age", "-d", "-i", str(key), str(file)], capture_output=True, check=True).stdout
    plain = subprocess.run(["zstd", "-d"], input=packed, capture_output=True, check=True).stdout
    assert plain == SAMPLE_PLAIN
    assert json.loads(plain.splitlines()[0])["from"] == "PC1"
    assert "走访第2户" in plain.decode("utf-8")
    assert crypto.MAX_SEALED_BYTES == 64 * 1024 * 1024
