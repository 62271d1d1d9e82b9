"""Webhooks: signatures that hold and those that do not, handshakes, replays, ids."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.tools.vendors import SECRET
from tools.kit.errors import Misconfigured, SignatureError
from tools.kit.hook_secrets import HookSecrets
from tools.kit.webhooks import (
    MOST_BYTES,
    Signature,
    WebhookEvent,
    WebhookSettings,
    delivery,
    echoed_challenge,
    echoed_secret,
    event_id,
    hmac_base64,
    hmac_hex,
    hub_signature,
    json_object,
    moment,
    rsa_sha256,
    secret_header,
    within,
)

NOW = datetime(2026, 11, 10, 11, tzinfo=UTC)
BODY = json.dumps({"events": [{"action": "changed", "name": "Größe €"}]}, ensure_ascii=False).encode()


def digest(body: bytes = BODY, key: str = SECRET) -> bytes:
    return hmac.new(key.encode(), body, hashlib.sha256).digest()


def in_hex(body: bytes, key: str) -> str:
    return digest(body, key).hex()


def in_hub(body: bytes, key: str) -> str:
    return "sha256=" + digest(body, key).hex()


def in_base64(body: bytes, key: str) -> str:
    return base64.b64encode(digest(body, key)).decode()


def plain(_: bytes, key: str) -> str:
    return key


SCHEMES = {
    "hex": (hmac_hex("X-Hook-Signature"), "x-hook-signature", in_hex),
    "hub": (hub_signature(), "x-hub-signature", in_hub),
    "base64": (hmac_base64("X-DocuSign-Signature-1"), "x-docusign-signature-1", in_base64),
    "secret": (secret_header("X-Pacta-Secret"), "x-pacta-secret", plain),
}
Scheme = tuple[Signature, str, Callable[[bytes, str], str]]


@pytest.fixture(params=SCHEMES, ids=str)
def scheme(request: pytest.FixtureRequest) -> Scheme:
    return SCHEMES[request.param]


def given(body: bytes = BODY, **headers: str) -> Any:
    return delivery("vendor", body, {name.replace("_", "-"): value for name, value in headers.items()}, NOW)


class TestSignatures:
    def check(self, scheme: Scheme, stated: str | None, body: bytes = BODY, keys: Any = (SECRET,)) -> None:
        verify, header, _ = scheme
        headers = {} if stated is None else {header.upper(): stated}
        verify(delivery("vendor", body, headers, NOW), keys)

    def test_the_right_one_holds_under_any_of_the_keys(self, scheme: Scheme) -> None:
        self.check(scheme, scheme[2](BODY, SECRET))
        self.check(scheme, scheme[2](BODY, SECRET), keys=("another-key", SECRET))

    def test_another_key_does_not_hold(self, scheme: Scheme) -> None:
        with pytest.raises(SignatureError, match="does not fit"):
            self.check(scheme, scheme[2](BODY, "another-key"))

    @pytest.mark.parametrize("name", ["hex", "hub", "base64"])
    @pytest.mark.parametrize("body", [BODY + b" ", BODY[:-1], b"", BODY.replace(b"changed", b"Changed")])
    def test_another_body_does_not_hold(self, name: str, body: bytes) -> None:
        with pytest.raises(SignatureError):
            self.check(SCHEMES[name], SCHEMES[name][2](BODY, SECRET), body)

    @pytest.mark.parametrize("stated", [None, "", "x", "sha256=", "ä" * 64, "0" * 64, "A" * 44, "=" * 9])
    def test_none_or_nonsense_does_not_hold(self, scheme: Scheme, stated: str | None) -> None:
        with pytest.raises(SignatureError):
            self.check(scheme, stated)

    @pytest.mark.parametrize("keys", [(), ("",), (SECRET, "")])
    def test_without_a_key_nothing_holds(self, scheme: Scheme, keys: tuple[str, ...]) -> None:
        with pytest.raises(Misconfigured, match="no key"):
            self.check(scheme, scheme[2](BODY, ""), keys=keys)

    def test_the_scheme_is_part_of_the_signature(self) -> None:
        for wrong in (digest().hex(), f"sha1={digest().hex()}", f"SHA256={digest().hex()}"):
            with pytest.raises(SignatureError):
                self.check(SCHEMES["hub"], wrong)

    def test_of_numbered_headers_one_suffices(self) -> None:
        check = hmac_base64("X-DocuSign-Signature-*")
        fits = given(
            X_DocuSign_Signature_1=in_base64(BODY, "old"), X_DocuSign_Signature_2=in_base64(BODY, "k")
        )
        check(fits, ["k"])
        with pytest.raises(SignatureError):
            check(given(X_DocuSign_Signature_1="AAAA", X_Other=in_base64(BODY, "k")), ["k"])

    def test_no_error_tells_key_or_signature(self, scheme: Scheme) -> None:
        stated = scheme[2](BODY, "another-key")
        with pytest.raises(SignatureError) as caught:
            self.check(scheme, stated)
        assert SECRET not in str(caught.value) + repr(caught.value)
        assert stated not in str(caught.value)


LATIN = st.text(st.characters(max_codepoint=255), max_size=90)


@settings(deadline=None, max_examples=200)
@drawn(st.sampled_from(sorted(SCHEMES)), LATIN, st.binary(max_size=60), LATIN.filter(bool))
def test_no_forgery_holds_and_none_is_a_crash(name: str, stated: str, body: bytes, key: str) -> None:
    verify, header, right = SCHEMES[name]
    delivered = delivery("vendor", body, {header: stated}, NOW)
    if stated == right(body, key):
        verify(delivered, [key])
        return
    # Digits may be written in capitals, and base64 has one way to write a digest.
    forged = name not in ("hex", "hub") or stated.lower() != right(body, key)
    if forged:
        with pytest.raises(SignatureError):
            verify(delivered, [key])


@settings(deadline=None, max_examples=200)
@drawn(LATIN, st.binary(max_size=60))
def test_no_handshake_is_a_crash(text: str, body: bytes) -> None:
    delivered = delivery("vendor", body, {"Challenge": text, "X-Hook-Secret": text}, NOW)
    for shake in (
        lambda: echoed_challenge(delivered, "Challenge", "Answer"),
        lambda: echoed_secret(delivered, "X-Hook-Secret", HookSecrets()),
    ):
        try:
            shook = shake()
        except SignatureError:
            continue
        assert shook is not None
        assert list(shook.headers.values()) == [text]
        assert text.isascii()
        assert text.isprintable()


RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = (
    RSA.public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)


class TestRsa:
    signature = RSA.sign(b"text", padding.PKCS1v15(), hashes.SHA256())

    def test_holds_for_any_of_the_texts_and_keys(self) -> None:
        other = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
        pem = other.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ).decode()
        check = rsa_sha256(self.signature, (text for text in (b"other", b"text")))
        for _ in range(2):
            check(given(), [pem, PEM])
        with pytest.raises(SignatureError):
            check(given(), [pem])

    @pytest.mark.parametrize(
        ("signature", "texts"),
        [(signature, [b"Text"]), (signature[:-1], [b"text"]), (b"", [b"text"]), (signature, [])],
    )
    def test_does_not_hold_otherwise(self, signature: bytes, texts: list[bytes]) -> None:
        with pytest.raises(SignatureError):
            rsa_sha256(signature, texts)(given(), [PEM])

    def test_a_pss_signature_is_another_scheme(self) -> None:
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.MAX_LENGTH)
        with pytest.raises(SignatureError):
            rsa_sha256(RSA.sign(b"text", pss, hashes.SHA256()), [b"text"])(given(), [PEM])

    def test_a_key_that_is_none_is_a_setting(self) -> None:
        with pytest.raises(Misconfigured):
            rsa_sha256(self.signature, [b"text"])(given(), ["no key"])


class TestBody:
    def test_a_large_one_is_refused_before_anything_is_worked_out(self) -> None:
        with pytest.raises(SignatureError, match="larger"):
            given(b"x" * (MOST_BYTES + 1))
        given(b"x" * MOST_BYTES)

    @pytest.mark.parametrize("body", [b"", b"[]", b"7", b"null", b"{", b"\xff", b"[" * 100_000])
    def test_what_is_no_object_is_refused(self, body: bytes) -> None:
        with pytest.raises(SignatureError, match="JSON"):
            json_object(given(body))

    def test_a_repetition_has_the_same_id_whatever_its_headers_say(self) -> None:
        first = event_id(given(X_Id="1"))
        assert first == event_id(given(X_Id="2"))
        assert first != event_id(given(BODY + b" "))
        assert first.startswith("vendor:")
        assert len(first) <= 200

    @pytest.mark.parametrize("identity", ["", "x" * 201])
    def test_an_event_has_an_id_that_can_be_kept(self, identity: str) -> None:
        with pytest.raises(ValidationError):
            WebhookEvent(id=identity, event="x")


class TestTime:
    @pytest.mark.parametrize(
        ("stated", "found"),
        [
            ("2026-11-10T11:00:00Z", NOW),
            ("2026-11-10T12:00:00.000+01:00", NOW),
            (int(NOW.timestamp() * 1000), NOW),
            ("2026-11-10T11:00:00", None),
            ("soon", None),
            (None, None),
            (True, None),
            (10**30, None),
            ({}, None),
        ],
    )
    def test_is_read_with_its_zone_or_not_at_all(self, stated: object, found: datetime | None) -> None:
        assert moment(stated) == found

    @pytest.mark.parametrize(
        ("ago", "passes"),
        [
            (timedelta(), True),
            (timedelta(hours=1), True),
            (timedelta(hours=2), False),
            (timedelta(minutes=-4), True),
        ],
    )
    def test_holds_within_the_window(self, ago: timedelta, passes: bool) -> None:
        if passes:
            assert within(given(), NOW - ago, timedelta(hours=1)) == NOW - ago
            return
        with pytest.raises(SignatureError, match="window"):
            within(given(), NOW - ago, timedelta(hours=1))

    def test_a_future_that_clocks_do_not_explain_is_refused(self) -> None:
        with pytest.raises(SignatureError, match="window"):
            within(given(), NOW + timedelta(minutes=6), timedelta(hours=1))

    def test_must_be_stated_where_it_is_asked_for(self) -> None:
        with pytest.raises(SignatureError, match="when it was sent"):
            within(given(), None, timedelta(hours=1))


class TestHandshakes:
    def test_a_challenge_is_echoed(self) -> None:
        shook = echoed_challenge(
            given(Smartsheet_Hook_Challenge="ab-12"), "Smartsheet-Hook-Challenge", "Answer"
        )
        assert shook is not None
        assert shook.headers == {"Answer": "ab-12"}
        assert echoed_challenge(given(), "Smartsheet-Hook-Challenge", "Answer") is None

    @pytest.mark.parametrize("text", ["", "a b", "a\r\nSet-Cookie: x", "ä", "x" * 201, "<script>"])
    def test_only_a_plain_word_is_echoed(self, text: str) -> None:
        with pytest.raises(SignatureError, match="plain word"):
            echoed_challenge(given(Challenge=text), "Challenge", "Answer")
        with pytest.raises(SignatureError, match="plain word"):
            echoed_secret(given(X_Hook_Secret=text), "X-Hook-Secret", HookSecrets())

    def test_a_secret_is_echoed_and_kept(self) -> None:
        kept = HookSecrets()
        shook = echoed_secret(given(X_Hook_Secret="s1"), "X-Hook-Secret", kept)
        assert shook is not None
        assert shook.headers == {"X-Hook-Secret": "s1"}
        assert kept.all() == ("s1",)
        assert echoed_secret(given(), "X-Hook-Secret", kept) is None

    def test_no_more_secrets_are_taken_than_expected(self) -> None:
        kept = HookSecrets(most=2)
        for secret in ("s1", "s2", "s1"):
            echoed_secret(given(X_Hook_Secret=secret), "X-Hook-Secret", kept)
        with pytest.raises(SignatureError, match="nobody here expects") as caught:
            echoed_secret(given(X_Hook_Secret="s3"), "X-Hook-Secret", kept)
        assert caught.value.remedy
        assert kept.all() == ("s1", "s2")

    def test_the_next_process_knows_the_secret(self, tmp_path: Path) -> None:
        echoed_secret(given(X_Hook_Secret="s1"), "X-Hook-Secret", HookSecrets(tmp_path / "hooks"))
        assert HookSecrets(tmp_path / "hooks").all() == ("s1",)
        assert (tmp_path / "hooks").stat().st_mode & 0o777 == 0o600

    def test_a_place_that_cannot_be_written_is_a_setting(self, tmp_path: Path) -> None:
        with pytest.raises(Misconfigured, match="cannot be kept"):
            echoed_secret(given(X_Hook_Secret="s1"), "X-Hook-Secret", HookSecrets(tmp_path / "no" / "hooks"))

    def test_a_file_that_cannot_be_read_is_a_setting(self, tmp_path: Path) -> None:
        (tmp_path / "hooks").write_bytes(b"\xff\xfe\xfa")
        for place in (tmp_path / "hooks", tmp_path):
            with pytest.raises(Misconfigured, match="cannot be read"):
                HookSecrets(place).all()

    def test_files_side_by_side_do_not_meet(self, tmp_path: Path) -> None:
        for name in ("asana.token", "asana.hooks"):
            HookSecrets(tmp_path / name).take(name)
        assert [HookSecrets(tmp_path / n).all() for n in ("asana.token", "asana.hooks")] == [
            ("asana.token",),
            ("asana.hooks",),
        ]
        names = {file.name for file in tmp_path.iterdir()}
        assert {"asana.token.lock", "asana.hooks.lock"} <= names

    def test_settings_hide_their_secrets(self) -> None:
        settings = WebhookSettings.model_validate({"secrets": [SECRET]})
        assert SECRET not in repr(settings) + settings.model_dump_json()
