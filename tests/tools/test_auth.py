"""Schemes of authentication: what goes over the wire, when it is renewed, and that no secret is told."""

import base64
import hmac
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, parse_qsl, quote, unquote

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pydantic import SecretStr, TypeAdapter, ValidationError

from tests.tools.vendors import SECRET, answer
from tools.kit.auth import AuthSettings, HeaderAuth, JwtBearer, LoginAuth, OAuth1, RefreshToken, Secret, Token
from tools.kit.call import Answer, Call, segment
from tools.kit.errors import Misconfigured, Retryable, Unauthorised, WrongAnswer
from tools.kit.http import Client
from tools.kit.settings import HttpSettings, VendorSettings

URL = "https://vendor.example/api"
TOKEN_URL = "https://login.example/oauth/token"
QUICK = HttpSettings(attempts=2, wait_initial=0, wait_max=0, requests_per_second=None)


def client(handler: Callable[[httpx.Request], httpx.Response], auth: Any) -> Client:
    return Client("vendor", URL, auth, QUICK, httpx.MockTransport(handler))


def settings(**given: Any) -> Any:
    return TypeAdapter(AuthSettings).validate_python(given)


def form(request: httpx.Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.content.decode()).items()}


class Issuer:
    """A token endpoint that numbers its tokens, and an interface that takes only the newest."""

    def __init__(self, **more: Any) -> None:
        self.more = more
        self.asked: list[httpx.Request] = []
        self.seen: list[httpx.Request] = []
        self.revoked = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "login.example":
            self.asked.append(request)
            return answer({"access_token": f"at{len(self.asked)}", "expires_in": 3600, **self.more})
        self.seen.append(request)
        good = f"Bearer at{len(self.asked)}"
        if self.revoked:
            self.revoked -= 1
            return answer({"message": "expired"}, 401)
        return answer({}) if request.headers["authorization"] == good else answer({}, 401)


class TestHeader:
    @pytest.mark.parametrize(("prefix", "sent"), [("", SECRET), ("Token token=", f"Token token={SECRET}")])
    def test_goes_as_the_vendor_wants_it(self, prefix: str, sent: str) -> None:
        issuer: list[str] = []

        def handle(request: httpx.Request) -> httpx.Response:
            issuer.append(request.headers["x-coupa-api-key"])
            return answer({"message": f"no key {request.headers['x-coupa-api-key']}"}, 403)

        auth = settings(type="header", header="X-COUPA-API-KEY", prefix=prefix, token=SECRET)
        assert isinstance(auth, HeaderAuth)
        with pytest.raises(Unauthorised) as caught:
            client(handle, auth).get("/x")
        assert issuer == [sent]
        assert SECRET not in str(caught.value)

    @pytest.mark.parametrize("header", ["", "X Key", "Key:", "Käse", "a\r\nb"])
    def test_a_name_that_is_none_is_refused(self, header: str) -> None:
        with pytest.raises(ValidationError):
            settings(type="header", header=header, token=SECRET)

    def test_another_key_goes_beside_any_scheme_but_not_to_its_token_endpoint(self) -> None:
        issuer = Issuer()
        auth = settings(
            type="oauth2",
            token_url=TOKEN_URL,
            client_id="id",
            client_secret="cs-123456",
            also={"apiKey": SECRET},
        )
        vendor = client(issuer, auth)
        vendor.get("/x")
        assert issuer.seen[0].headers["apikey"] == SECRET
        assert "apikey" not in issuer.asked[0].headers
        assert SECRET not in vendor.redact(f"echo {SECRET}")
        assert SECRET not in repr(vars(vendor)) + repr(auth) + auth.model_dump_json()


class TestClientCredentials:
    def test_sends_what_else_the_vendor_asks_for(self) -> None:
        issuer = Issuer()
        more = {"audience": "https://api.example", "resource": "erp"}
        auth = settings(
            type="oauth2",
            token_url=TOKEN_URL,
            client_id="id",
            client_secret=SECRET,
            client_auth="form",
            form=more,
        )
        client(issuer, auth).get("/x")
        assert form(issuer.asked[0]) == {
            "grant_type": "client_credentials",
            "client_id": "id",
            "client_secret": SECRET,
            **more,
        }

    @pytest.mark.parametrize("field", ["grant_type", "client_secret", "refresh_token", "assertion"])
    def test_what_is_ours_cannot_be_set_by_hand(self, field: str) -> None:
        with pytest.raises(ValidationError, match=field):
            settings(
                type="oauth2", token_url=TOKEN_URL, client_id="i", client_secret=SECRET, form={field: "x"}
            )

    def test_what_else_the_endpoint_said_can_be_asked(self) -> None:
        issuer = Issuer(instance_url="https://eu7.example", refresh_token="r", issued_at=17)
        auth = settings(type="oauth2", token_url=TOKEN_URL, client_id="i", client_secret=SECRET)
        assert client(issuer, auth).session() == {"instance_url": "https://eu7.example"}


class Rotating:
    """Takes each refresh token once; answers with the next."""

    def __init__(self) -> None:
        self.used: list[str] = []
        self.good = "r0-secret"
        self.refuse = 0
        self.lock = threading.Lock()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.host != "login.example":
            if self.refuse:
                self.refuse -= 1
                return answer({"message": f"{request.headers['authorization']} {self.good}"}, 401)
            return answer({})
        with self.lock:
            given = form(request)["refresh_token"]
            if given != self.good:
                return answer({"error": "invalid_grant", "error_description": f"{given} was used"}, 400)
            self.used.append(given)
            self.good = f"r{len(self.used)}-secret"
            return answer(
                {"access_token": f"access-{len(self.used)}", "expires_in": 60, "refresh_token": self.good}
            )


class TestRefreshToken:
    def auth(self, **more: Any) -> RefreshToken:
        given = {"token_url": TOKEN_URL, "client_id": "pacta", "refresh_token": "r0-secret", **more}
        made: RefreshToken = settings(type="oauth2_refresh", **given)
        return made

    def test_each_new_one_takes_the_place_of_the_old(self) -> None:
        vendor, auth = Rotating(), self.auth(client_id="a", client_secret=SECRET)
        first = client(vendor, auth)
        first.get("/x")
        vendor.refuse = 1
        first.get("/x")
        client(vendor, auth).get("/x")
        assert vendor.used == ["r0-secret", "r1-secret", "r2-secret"]

    def test_the_next_process_finds_it_in_the_file(self, tmp_path: Path) -> None:
        vendor, kept = Rotating(), tmp_path / "asana.token"
        client(vendor, self.auth(client_id="b", kept_in=str(kept))).get("/x")
        assert kept.read_text() == "r1-secret"
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        client(vendor, self.auth(client_id="c", kept_in=str(kept))).get("/x")
        assert vendor.used == ["r0-secret", "r1-secret"]

    def test_two_clients_of_one_file_take_turns(self, tmp_path: Path) -> None:
        vendor, kept = Rotating(), tmp_path / "t"
        clients = [client(vendor, self.auth(client_id=f"d{n}", kept_in=str(kept))) for n in range(6)]
        failed: list[Exception] = []

        def work(one: Client) -> None:
            try:
                one.get("/x")
            except Exception as error:  # noqa: BLE001
                failed.append(error)

        threads = [threading.Thread(target=work, args=(one,)) for one in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failed
        assert len(vendor.used) == 6

    def test_a_file_that_cannot_be_kept_is_told_before_the_token_is_used(self, tmp_path: Path) -> None:
        vendor = Rotating()
        with pytest.raises(Misconfigured, match="cannot be kept"):
            client(vendor, self.auth(client_id="e", kept_in=str(tmp_path / "absent" / "t"))).get("/x")
        assert not vendor.used

    def test_one_that_is_no_longer_good_needs_a_person_and_is_not_told(self) -> None:
        vendor = Rotating()
        with pytest.raises(Unauthorised) as caught:
            client(vendor, self.auth(client_id="f", refresh_token="r9-secret")).get("/x")
        assert "invalid_grant" in str(caught.value)
        assert "r9-secret" not in str(caught.value)

    def test_neither_old_nor_new_tokens_are_told(self) -> None:
        vendor = Rotating()
        vendor.refuse = 9
        made = client(vendor, self.auth(client_id="g"))
        with pytest.raises(Unauthorised) as caught:
            made.get("/x")
        text = str(caught.value) + repr(vars(made))
        assert not any(secret in text for secret in ("access-1", "access-2", "r1-secret", "r2-secret"))

    def test_a_public_client_names_itself_without_a_secret(self) -> None:
        issuer = Issuer()
        client(issuer, self.auth(client_id="h")).get("/x")
        assert form(issuer.asked[0]) == {
            "grant_type": "refresh_token",
            "refresh_token": "r0-secret",
            "client_id": "h",
        }


def pem(key: Any) -> str:
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return str(text.decode())


RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())


class TestJwtBearer:
    def auth(self, **more: Any) -> JwtBearer:
        given = {"token_url": TOKEN_URL, "issuer": "client-1", "key": pem(RSA), **more}
        made: JwtBearer = settings(type="oauth2_jwt", **given)
        return made

    def test_the_assertion_says_who_for_whom_and_how_long(self) -> None:
        issuer = Issuer()
        auth = self.auth(
            subject="u@x.example",
            audience="aud.example",
            scopes=["signature", "impersonation"],
            lifetime="PT10M",
        )
        client(issuer, auth).get("/x")
        sent = form(issuer.asked[0])
        assert sent["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
        claims = jwt.decode(sent["assertion"], RSA.public_key(), ["RS256"], audience="aud.example")
        assert (claims["iss"], claims["sub"]) == ("client-1", "u@x.example")
        assert claims["scope"] == "signature impersonation"
        assert claims["exp"] - claims["iat"] == 600

    def test_each_is_used_once(self) -> None:
        issuer = Issuer()
        issuer.revoked = 1
        client(issuer, self.auth()).get("/x")
        one, two = (form(request)["assertion"] for request in issuer.asked)
        assert one != two
        assert jwt.decode(one, options={"verify_signature": False})["aud"] == TOKEN_URL

    def test_it_may_stand_for_the_clients_secret(self) -> None:
        issuer = Issuer()
        auth = self.auth(key=pem(EC), algorithm="ES256", key_id="cert-7", grant="client_credentials")
        client(issuer, auth).get("/x")
        sent = form(issuer.asked[0])
        assert sent["grant_type"] == "client_credentials"
        assert sent["client_assertion_type"].endswith("jwt-bearer")
        assert jwt.get_unverified_header(sent["client_assertion"])["kid"] == "cert-7"
        jwt.decode(sent["client_assertion"], EC.public_key(), ["ES256"], audience=TOKEN_URL)

    @pytest.mark.parametrize(
        "key", ["no key", "", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"]
    )
    def test_a_key_that_is_none_is_told_without_it(self, key: str) -> None:
        with pytest.raises(Misconfigured, match="cannot sign") as caught:
            client(Issuer(), self.auth(key=key)).get("/x")
        assert "AAAA" not in str(caught.value)

    def test_a_key_of_the_wrong_kind_is_told(self) -> None:
        with pytest.raises(Misconfigured, match="RS256"):
            client(Issuer(), self.auth(key=pem(EC))).get("/x")

    def test_an_echoed_assertion_is_not_told(self) -> None:
        def handle(request: httpx.Request) -> httpx.Response:
            return answer({"error": "invalid_grant", "error_description": form(request)["assertion"]}, 400)

        with pytest.raises(Unauthorised) as caught:
            client(handle, self.auth()).get("/x")
        assert "eyJ" not in str(caught.value)

    @pytest.mark.parametrize("lifetime", ["PT0S", "PT2H", "-PT5M"])
    def test_a_lifetime_out_of_bounds_is_refused(self, lifetime: str) -> None:
        with pytest.raises(ValidationError):
            self.auth(lifetime=lifetime)


def oauth1_signature(request: httpx.Request, sent: dict[str, str]) -> str:
    """The signature of RFC 5849, worked out here by hand from what went over the wire."""

    def quoted(text: str) -> str:
        return quote(text, safe="-._~")

    pairs = [(k, v) for k, v in sent.items() if k not in ("oauth_signature", "realm")]
    pairs += parse_qsl(request.url.query.decode(), keep_blank_values=True)
    if "urlencoded" in request.headers.get("content-type", ""):
        pairs += parse_qsl(request.content.decode(), keep_blank_values=True)
    parameters = "&".join(f"{k}={v}" for k, v in sorted((quoted(k), quoted(v)) for k, v in pairs))
    address = str(request.url).partition("?")[0]
    base = "&".join(quoted(part) for part in (request.method, address, parameters))
    key = f"{quoted(SECRET)}&{quoted('token+secret/1')}"
    return base64.b64encode(hmac.new(key.encode(), base.encode(), "sha256").digest()).decode()


class Account:
    """The other side of OAuth1: every signature holds, and no nonce comes twice."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.nonces: list[str] = []
        self.realm = ""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        scheme, _, rest = request.headers["authorization"].partition(" ")
        assert scheme == "OAuth"
        sent = {k: unquote(v.strip('"')) for k, v in (part.split("=", 1) for part in rest.split(", "))}
        self.realm = sent.get("realm", "")
        assert sent["oauth_signature_method"] == "HMAC-SHA256"
        assert sent["oauth_signature"] == oauth1_signature(request, sent)
        self.nonces.append(sent["oauth_nonce"])
        status = self.statuses.pop(0) if self.statuses else 200
        return answer({"message": f"{sent['oauth_token']} {SECRET}"}, status)


class TestOAuth1:
    def auth(self, **more: Any) -> OAuth1:
        given = {"consumer_key": "ck-55555", "consumer_secret": SECRET, "token": "tk-66666", **more}
        made: OAuth1 = settings(type="oauth1", token_secret="token+secret/1", **given)
        return made

    @pytest.mark.parametrize(
        "call",
        [
            Call("GET", "/x"),
            Call("GET", "/x", params={"q": 'name IS "Käse & Co"', "limit": 5, "empty": ""}),
            Call("GET", "/x", params={"a": "1+1=2", "b": "it's [a] {b} ~*()!", "A": "%2F/"}),
            Call("POST", "/suiteql", params={"limit": 1000}, body={"q": "SELECT id FROM t"}),
            Call("POST", "/form", form={"a": "x y", "c": "ü&="}),
            Call("PUT", f"/record/{segment('eid:a/b c')}", body={}),
        ],
    )
    def test_every_part_of_a_request_is_signed(self, call: Call) -> None:
        client(Account(), self.auth()).send(call)

    def test_the_account_goes_as_realm(self) -> None:
        account = Account()
        client(account, self.auth(realm="123456_SB1")).get("/x")
        assert account.realm == "123456_SB1"

    def test_every_attempt_is_signed_anew(self) -> None:
        account = Account(503)
        client(account, self.auth()).get("/x")
        assert len(set(account.nonces)) == 2

    def test_a_refused_signature_is_fatal_and_tells_no_secret(self) -> None:
        account = Account(401)
        vendor = client(account, self.auth())
        with pytest.raises(Unauthorised) as caught:
            vendor.get("/x")
        assert len(account.nonces) == 1
        for secret in (SECRET, "token+secret/1", "tk-66666"):
            assert secret not in str(caught.value) + repr(vars(vendor)) + repr(caught.value)


class Desk(LoginAuth):
    """A sign-in as some vendors have it: fifteen minutes, and 200 where the session is over."""

    header: ClassVar[str] = "X-Desk-Auth"
    prefix: ClassVar[str] = ""
    user: str
    password: Secret

    def login(self) -> Call:
        body = {"name": self.user, "password": self.password.get_secret_value()}
        return Call("POST", "/signin", body=body, repeatable=True)

    def session(self, answer: Answer) -> Token:
        held = answer.data["credentials"]
        return Token(value=SecretStr(held["token"]), expires_in=900, facts={"site": held["site"]["id"]})

    def hidden(self) -> tuple[str, ...]:
        return (self.password.get_secret_value(),)

    def refused(self, answer: Answer) -> bool:
        return answer.status == 401 or b"session is over" in answer.body


class DeskSettings(VendorSettings):
    auth: Desk


class DeskVendor:
    def __init__(self, *ends: int) -> None:
        self.signed_in = 0
        self.ends = set(ends)
        self.calls = 0
        self.lock = threading.Lock()
        self.given: Any = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self.lock:
            if request.url.path == "/api/signin":
                self.signed_in += 1
                assert "x-desk-auth" not in request.headers
                token = f"session-{self.signed_in}"
                given = {"credentials": {"token": token, "site": {"id": "s-1"}}}
                return answer(given if self.given is None else self.given)
            self.calls += 1
            if self.calls in self.ends:
                return answer({"success": False, "message": "session is over"})
            good = request.headers["x-desk-auth"] == f"session-{self.signed_in}"
            return answer(
                {"ok": True} if good else {"message": request.headers["x-desk-auth"]}, 200 if good else 401
            )


class TestLogin:
    auth = Desk(user="pacta", password=SecretStr(SECRET))

    def test_the_session_goes_in_the_vendors_header_and_says_more(self) -> None:
        vendor = DeskVendor()
        made = client(vendor, self.auth)
        assert made.session() == {"site": "s-1"}
        assert made.get("/x").data == {"ok": True}
        assert vendor.signed_in == 1

    def test_a_session_that_is_over_is_begun_again_once(self) -> None:
        vendor = DeskVendor(2)
        made = client(vendor, self.auth)
        assert [made.get("/x").data for _ in range(3)] == [{"ok": True}] * 3
        assert vendor.signed_in == 2

    def test_many_threads_sign_in_once(self) -> None:
        vendor = DeskVendor()
        made = client(vendor, self.auth)
        threads = [threading.Thread(target=made.get, args=("/x",)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (vendor.signed_in, vendor.calls) == (1, 8)

    @pytest.mark.parametrize("given", [{"credentials": None}, {"x": 1}, [], "text", {"credentials": []}])
    def test_an_answer_without_a_token_is_told(self, given: Any) -> None:
        vendor = DeskVendor()
        vendor.given = given
        with pytest.raises(WrongAnswer, match="no token") as caught:
            client(vendor, self.auth).get("/x")
        assert caught.value.place == "POST /signin"

    def test_refused_credentials_are_told_without_them(self) -> None:
        def handle(request: httpx.Request) -> httpx.Response:
            return answer({"message": f"bad password {SECRET}"}, 401)

        made = client(handle, self.auth)
        with pytest.raises(Unauthorised) as caught:
            made.get("/x")
        assert SECRET not in str(caught.value) + repr(vars(made)) + repr(self.auth)

    def test_a_connector_names_its_own_in_its_settings(self) -> None:
        given = {"base_url": URL, "auth": {"type": "login", "user": "u", "password": SECRET}}
        made = DeskSettings.model_validate(given)
        assert isinstance(made.auth, Desk)
        assert SECRET not in made.model_dump_json()
        with pytest.raises(ValidationError, match="no sign-in"):
            VendorSettings.model_validate({"base_url": URL, "auth": {"type": "login"}})

    def test_a_sign_in_elsewhere_must_be_encrypted(self) -> None:
        class Elsewhere(Desk):
            def address(self) -> str:
                return "http://login.example/signin"

        with pytest.raises(Misconfigured, match="unencrypted"):
            client(DeskVendor(), Elsewhere(user="u", password=SecretStr(SECRET)))

    def test_a_busy_sign_in_is_tried_again_then_told(self) -> None:
        with pytest.raises(Retryable, match="503"):
            client(lambda _: answer({}, 503), self.auth).get("/x")
