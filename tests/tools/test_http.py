"""The one door: retries, budget, tokens, limits, and what each failure means."""

import json
import ssl
import threading
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from tests.tools.vendors import SECRET, answer
from tools.kit.auth import BasicAuth, BearerAuth, ClientCredentials, Token
from tools.kit.budget import Budget
from tools.kit.call import Call, segment
from tools.kit.errors import Fatal, Misconfigured, NotFound, Retryable, Unauthorised, WrongAnswer
from tools.kit.http import Client
from tools.kit.schemes import Outgoing, TokenAuth
from tools.kit.settings import HttpSettings

URL = "https://vendor.example/api"
GET = Outgoing("GET", URL)
QUICK = HttpSettings(attempts=3, wait_initial=0, wait_max=0, requests_per_second=None)
AUTH = BasicAuth(user="pacta", password=SecretStr(SECRET))
OAUTH = ClientCredentials(
    token_url="https://vendor.example/oauth/token", client_id="id", client_secret=SecretStr(SECRET)
)


def client(handler: Any, auth: Any = AUTH, settings: HttpSettings = QUICK) -> Client:
    return Client("vendor", URL, auth, settings, httpx.MockTransport(handler))


def script(*steps: Any) -> tuple[Any, list[httpx.Request]]:
    """A handler that plays the steps in order, the last one again and again."""
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        step = steps[min(len(seen), len(steps)) - 1]
        if isinstance(step, Exception):
            raise step
        given = step(request) if callable(step) else step
        return httpx.Response(given.status_code, headers=given.headers, content=given.content)

    return handle, seen


def test_what_a_page_of_html_says_is_told_where_the_call_can_find_it() -> None:
    for status, error in ((200, WrongAnswer), (400, Fatal)):
        handle, _ = script(httpx.Response(status, html=f"<p>no field x {SECRET}</p>"))
        call = Call("GET", "/a", said=lambda answer: answer.body.decode().strip("<p>/"))
        with pytest.raises(error, match="no field x") as caught:
            client(handle).send(call)
        assert SECRET not in str(caught.value)


def test_another_address_of_the_same_system_has_its_credentials_and_its_token() -> None:
    handle, seen = script(answer({"access_token": "t-1", "expires_in": 3600}), answer({}))
    here = client(handle, OAUTH)
    there = here.at("https://files.vendor.example/v2/")
    there.get("/a")
    here.get("/b")
    assert [str(r.url) for r in seen[1:]] == ["https://files.vendor.example/v2/a", f"{URL}/b"]
    assert {r.headers["authorization"] for r in seen[1:]} == {"Bearer t-1"}
    for address in ("http://files.vendor.example", "ftp://vendor.example", "https://a:b@vendor.example"):
        with pytest.raises(Misconfigured):
            here.at(address)


class TestReading:
    def test_sends_credentials_and_asks_for_json(self) -> None:
        handle, seen = script(answer({"ok": True}))
        assert client(handle).get("/things", {"a": 1}).data == {"ok": True}
        assert seen[0].headers["authorization"].startswith("Basic ")
        assert seen[0].headers["accept"] == "application/json"
        assert str(seen[0].url) == f"{URL}/things?a=1"

    def test_decimals_are_never_floats(self) -> None:
        handle, _ = script(
            httpx.Response(200, content=b'{"a": 0.1}', headers={"content-type": "application/json"})
        )
        assert str(client(handle).get("/x").data["a"]) == "0.1"

    @pytest.mark.parametrize("body", [b"NaN", b"[Infinity]", b"[" * 100_000])
    def test_json_that_is_none_is_refused(self, body: bytes) -> None:
        handle, _ = script(httpx.Response(200, content=body, headers={"content-type": "application/json"}))
        with pytest.raises(Retryable, match="broken"):
            client(handle).get("/x")

    def test_vendor_json_types_count_as_json(self) -> None:
        handle, _ = script(
            httpx.Response(200, content=b"{}", headers={"content-type": "application/hal+json; x=1"})
        )
        assert client(handle).get("/x").data == {}

    def test_bytes_and_text_are_left_alone(self) -> None:
        handle, _ = script(httpx.Response(200, content=b"%PDF", headers={"content-type": "application/pdf"}))
        assert client(handle).send(Call("GET", "/f", accept="bytes")).body == b"%PDF"

    def test_a_call_can_be_smaller_than_the_client_allows(self) -> None:
        handle, _ = script(httpx.Response(200, content=b"x" * 100))
        with pytest.raises(WrongAnswer, match="larger than 10 bytes"):
            client(handle).send(Call("GET", "/f", accept="bytes", max_body=10))


class TestStatuses:
    @pytest.mark.parametrize(
        ("status", "error"),
        [
            (400, Fatal),
            (401, Unauthorised),
            (403, Unauthorised),
            (404, NotFound),
            (302, WrongAnswer),
            (422, Fatal),
            (429, Retryable),
            (500, Retryable),
            (504, Retryable),
        ],
    )
    def test_each_status_has_its_error(self, status: int, error: type[Exception]) -> None:
        handle, _ = script(httpx.Response(status))
        with pytest.raises(error) as caught:
            client(handle).get("/x")
        assert f"HTTP {status}" in str(caught.value)
        assert "GET /x" in str(caught.value)

    @pytest.mark.parametrize(
        "body",
        [
            {"error": {"message": "no such field", "detail": "u_vendor"}},
            {"code": "MISSING_PARAM", "message": "no such field"},
            {"error": {"code": "ME/083", "message": {"lang": "en", "value": "no such field"}}},
            {"error": "invalid_request", "error_description": "no such field"},
        ],
    )
    def test_the_vendors_own_words_are_told(self, body: Any) -> None:
        handle, _ = script(answer(body, 400))
        with pytest.raises(Fatal, match="no such field"):
            client(handle).get("/x")

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            ([{"message": "No such column", "errorCode": "INVALID_FIELD"}], "INVALID_FIELD - No such column"),
            ({"errors": {"account": ["Cost centre is missing"]}}, "account: Cost centre is missing"),
            ({"title": "Bad", "o:errorDetails": [{"detail": "no q", "o:errorCode": "X"}]}, "Bad - no q - X"),
        ],
    )
    def test_messages_in_lists_and_by_field_are_told(self, body: Any, said: str) -> None:
        handle, _ = script(answer(body, 400))
        with pytest.raises(Fatal) as caught:
            client(handle).get("/x")
        assert said in caught.value.what

    def test_a_long_message_is_cut(self) -> None:
        handle, _ = script(answer({"message": "very " * 1000}, 400))
        with pytest.raises(Fatal) as caught:
            client(handle).get("/x")
        assert len(str(caught.value)) < 500


class TestRetries:
    def test_waits_as_long_as_asked_in_seconds_or_as_a_date(self) -> None:
        past = "Mon, 01 Jan 2024 00:00:00 GMT"
        handle, seen = script(
            httpx.Response(429, headers={"retry-after": "0"}),
            httpx.Response(503, headers={"retry-after": past}),
            answer({}),
        )
        client(handle).get("/x")
        assert len(seen) == 3

    def test_an_unreadable_retry_after_is_no_reason_to_fail(self) -> None:
        handle, seen = script(httpx.Response(429, headers={"retry-after": "soon"}), answer({}))
        client(handle).get("/x")
        assert len(seen) == 2

    def test_a_write_is_not_repeated_when_it_may_have_happened(self) -> None:
        for step in (httpx.ReadTimeout("x"), httpx.Response(502), httpx.RemoteProtocolError("cut")):
            handle, seen = script(step)
            with pytest.raises(Retryable) as caught:
                client(handle).send(Call("POST", "/x", body={}))
            assert caught.value.maybe_done
            assert len(seen) == 1

    def test_a_write_is_repeated_when_it_was_never_taken(self) -> None:
        for step in (httpx.ConnectError("x"), httpx.ConnectTimeout("x"), httpx.Response(429)):
            handle, seen = script(step, answer({}))
            client(handle).send(Call("POST", "/x", body={}))
            assert len(seen) == 2

    def test_a_cut_off_body_is_read_again(self) -> None:
        handle, seen = script(httpx.RemoteProtocolError("peer closed connection"), answer({"a": 1}))
        assert client(handle).get("/x").data == {"a": 1}
        assert len(seen) == 2

    def test_an_untrusted_certificate_is_for_a_person(self) -> None:
        failure = httpx.ConnectError("certificate verify failed")
        failure.__cause__ = ssl.SSLCertVerificationError("self-signed certificate")
        handle, seen = script(failure)
        with pytest.raises(Misconfigured, match="certificate"):
            client(handle).get("/x")
        assert len(seen) == 1


class TestTokens:
    def test_a_token_is_fetched_once_and_kept(self) -> None:
        tokens = 0

        def handle(request: httpx.Request) -> httpx.Response:
            nonlocal tokens
            if request.url.path == "/oauth/token":
                tokens += 1
                assert b"grant_type=client_credentials" in request.content
                return answer({"access_token": "t1", "expires_in": 3600})
            assert request.headers["authorization"] == "Bearer t1"
            return answer({})

        vendor = client(handle, OAUTH)
        for _ in range(5):
            vendor.get("/x")
        assert tokens == 1

    def test_a_refused_token_is_renewed_once(self) -> None:
        tokens: list[str] = []

        def handle(request: httpx.Request) -> httpx.Response:
            if request.url.path == "/oauth/token":
                tokens.append(f"t{len(tokens) + 1}")
                return answer({"access_token": tokens[-1], "expires_in": 3600})
            return answer({}) if request.headers["authorization"] == "Bearer t2" else answer({}, 401)

        assert client(handle, OAUTH).get("/x").status == 200
        assert tokens == ["t1", "t2"]

    def test_a_token_that_is_always_refused_is_fatal(self) -> None:
        def handle(request: httpx.Request) -> httpx.Response:
            if request.url.path == "/oauth/token":
                return answer({"access_token": "t", "expires_in": 3600})
            return answer({"message": "revoked"}, 401)

        with pytest.raises(Unauthorised, match="revoked"):
            client(handle, OAUTH).get("/x")

    @pytest.mark.parametrize(
        ("given", "error"),
        [
            (answer({"error": "invalid_client", "error_description": SECRET}, 400), Unauthorised),
            (answer({"error": "invalid_client"}, 401), Unauthorised),
            (answer({"token": "t"}), WrongAnswer),
            (answer([1]), WrongAnswer),
            (httpx.Response(200, html="<p>log in</p>"), WrongAnswer),
            (answer({}, 503), Retryable),
        ],
    )
    def test_a_failing_token_endpoint_says_so_without_the_secret(
        self, given: httpx.Response, error: type[Exception]
    ) -> None:
        handle, _ = script(given)
        with pytest.raises(error) as caught:
            client(handle, OAUTH).get("/x")
        assert SECRET not in str(caught.value)

    def test_the_secret_goes_by_header_or_form_as_set(self) -> None:
        seen: list[httpx.Request] = []

        def handle(request: httpx.Request) -> httpx.Response:
            seen.append(request)
            return answer({"access_token": "t", "expires_in": "60"})

        client(handle, OAUTH).get("/x")
        assert seen[0].headers["authorization"].startswith("Basic ")
        assert SECRET.encode() not in seen[0].content
        seen.clear()
        client(handle, OAUTH.model_copy(update={"client_auth": "form", "scopes": ("a", "b")})).get("/x")
        assert f"client_secret={SECRET}".encode() in seen[0].content
        assert b"scope=a+b" in seen[0].content
        assert "authorization" not in seen[0].headers

    def test_many_threads_fetch_one_token(self) -> None:
        fetched = 0
        start = threading.Barrier(8)

        def fetch() -> Token:
            nonlocal fetched
            fetched += 1
            return Token(value=SecretStr(f"t{fetched}"), expires_in=3600)

        auth = TokenAuth(fetch)

        def work() -> None:
            start.wait()
            used = auth.headers(GET)["Authorization"]
            auth.renew({"Authorization": "Bearer t1"})
            assert used in ("Bearer t1", "Bearer t2")
            assert auth.headers(GET) == {"Authorization": "Bearer t2"}

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert fetched == 2

    def test_a_token_is_renewed_before_it_expires(self) -> None:
        now = 0.0
        issued: list[float] = []

        def fetch() -> Token:
            issued.append(now)
            return Token(value=SecretStr("t"), expires_in=100)

        auth = TokenAuth(fetch, clock=lambda: now)
        for moment in (0, 69, 71, 100, 142):
            now = moment
            auth.headers(GET)
        assert issued == [0, 71, 142]


class TestAddresses:
    @pytest.mark.parametrize("url", ["ftp://x.example", "vendor.example", "", "https://"])
    def test_an_address_that_is_none_is_refused(self, url: str) -> None:
        with pytest.raises(Misconfigured):
            Client("vendor", url)

    def test_credentials_do_not_belong_into_the_address(self) -> None:
        with pytest.raises(Misconfigured) as caught:
            Client("vendor", f"https://user:{SECRET}@vendor.example")
        assert SECRET not in str(caught.value)

    def test_credentials_do_not_travel_in_clear(self) -> None:
        with pytest.raises(Misconfigured, match="unencrypted"):
            Client("vendor", "http://vendor.example", AUTH)
        Client("vendor", "http://127.0.0.1:8000", AUTH)
        Client("vendor", "http://vendor.example", AUTH, HttpSettings(plain_http=True))
        with pytest.raises(Misconfigured, match="unencrypted"):
            Client("vendor", URL, OAUTH.model_copy(update={"token_url": "http://vendor.example/token"}))

    def test_a_missing_ca_file_is_named(self) -> None:
        with pytest.raises(Misconfigured, match="ca_file"):
            Client("vendor", URL, None, HttpSettings.model_validate({"ca_file": "/nowhere/ca.pem"}))

    def test_a_segment_cannot_leave_its_place(self) -> None:
        assert segment("../admin?x=1#y") == "..%2Fadmin%3Fx%3D1%23y"
        handle, seen = script(answer({}))
        for value in (".", "..", "a/../b"):
            client(handle).get(f"/x/{segment(value)}/y")
        assert [r.url.raw_path for r in seen] == [b"/api/x/%2E/y", b"/api/x/%2E%2E/y", b"/api/x/a%2F..%2Fb/y"]

    def test_redirects_are_not_followed(self) -> None:
        handle, seen = script(httpx.Response(302, headers={"location": "https://evil.example/"}))
        with pytest.raises(WrongAnswer, match="elsewhere"):
            client(handle).get("/x")
        assert len(seen) == 1

    def test_a_client_does_not_show_its_secret(self) -> None:
        handle, _ = script(answer({}))
        for auth in (AUTH, OAUTH, BearerAuth(token=SecretStr(SECRET))):
            made = client(handle, auth)
            assert SECRET not in repr(made)
            assert SECRET not in repr(vars(made))
            assert SECRET not in json.dumps(auth.model_dump(mode="json"))


class TestBudget:
    def test_requests_keep_their_distance(self) -> None:
        now, slept = 0.0, []

        def sleep(seconds: float) -> None:
            nonlocal now
            slept.append(round(seconds, 3))
            now += seconds

        budget = Budget(1, 4, clock=lambda: now, sleep=sleep)
        for _ in range(4):
            with budget.turn():
                pass
        assert slept == [0.25, 0.25, 0.25]

    def test_no_more_at_once_than_allowed(self) -> None:
        budget = Budget(2, None)
        inside, most = 0, 0
        lock = threading.Lock()
        full = threading.Barrier(2)

        def work() -> None:
            nonlocal inside, most
            with budget.turn():
                with lock:
                    inside += 1
                    most = max(most, inside)
                full.wait(timeout=5)
                with lock:
                    inside -= 1

        threads = [threading.Thread(target=work) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert most == 2


def test_another_attempt_does_not_disturb_the_person_who_waits() -> None:
    from structlog.testing import capture_logs

    handle, seen = script(httpx.Response(503), httpx.Response(200, json={}))
    with capture_logs() as told:
        client(handle).get("/x")
    assert len(seen) == 2
    assert [entry["event"] for entry in told if entry["log_level"] == "info"] == ["retry"]
    assert not [entry for entry in told if entry["log_level"] in ("warning", "error")]
    assert SECRET not in str(told)
