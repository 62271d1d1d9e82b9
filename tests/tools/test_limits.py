"""What the client does with a vendor's patience: circuit breaker, rate headers, versions, CSRF, metrics."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from pydantic import SecretStr

from tests.tools.vendors import SECRET, answer
from tools.kit import metrics as kit_metrics
from tools.kit.auth import BearerAuth
from tools.kit.breaker import Breaker
from tools.kit.budget import Budget, Exhausted, RateHeaders
from tools.kit.call import Call
from tools.kit.csrf import Csrf
from tools.kit.errors import Fatal, Retryable, Unauthorised, WrongAnswer
from tools.kit.http import Client
from tools.kit.metrics import operation
from tools.kit.settings import HttpSettings
from tools.kit.verbs import probe

URL = "https://vendor.example/api"
AUTH = BearerAuth(token=SecretStr(SECRET))


def client(handler: Callable[[httpx.Request], httpx.Response], **http: Any) -> Client:
    given = {"attempts": 1, "wait_initial": 0, "wait_max": 0, "requests_per_second": None, **http}
    return Client("vendor", URL, AUTH, HttpSettings.model_validate(given), httpx.MockTransport(handler))


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class TestBreaker:
    def one(self, breaker: Breaker, status: int = 200) -> None:
        with breaker.watched("GET /x") as answered:
            if not status:
                raise Retryable("v", "timed out")
            answered(status)

    def failing(self, breaker: Breaker, times: int) -> None:
        for _ in range(times):
            with pytest.raises(Retryable, match="timed out"):
                self.one(breaker, 0)

    def test_opens_after_failures_in_a_row_and_says_how_long(self) -> None:
        clock = Clock()
        breaker = Breaker("v", 3, 30, clock)
        self.failing(breaker, 3)
        clock.now = 10
        with pytest.raises(Retryable, match="3 times in a row, last with timed out") as caught:
            self.one(breaker)
        assert (caught.value.retry_after, caught.value.soon, caught.value.maybe_done) == (20, False, False)

    @pytest.mark.parametrize("status", [200, 302, 401, 404, 412, 429])
    def test_any_answer_that_is_no_failure_of_the_system_begins_anew(self, status: int) -> None:
        breaker = Breaker("v", 3, 30, Clock())
        self.failing(breaker, 2)
        self.one(breaker, status)
        self.failing(breaker, 2)
        self.one(breaker)

    @pytest.mark.parametrize("status", [408, 500, 503, 599])
    def test_failures_of_the_system_count(self, status: int) -> None:
        breaker = Breaker("v", 2, 30, Clock())
        self.one(breaker, status)
        self.one(breaker, status)
        with pytest.raises(Retryable, match=f"last with HTTP {status}"):
            self.one(breaker)

    def test_one_call_tries_after_the_rest_and_closes_it(self) -> None:
        clock = Clock()
        breaker = Breaker("v", 2, 30, clock)
        self.failing(breaker, 2)
        clock.now = 31
        with breaker.watched("GET /x") as answered:
            with pytest.raises(Retryable, match="not asked"):
                self.one(breaker)
            answered(200)
        self.one(breaker)

    def test_a_try_that_fails_opens_it_for_another_rest(self) -> None:
        clock = Clock()
        breaker = Breaker("v", 2, 30, clock)
        self.failing(breaker, 2)
        clock.now = 31
        self.failing(breaker, 1)
        with pytest.raises(Retryable, match="3 times"):
            self.one(breaker)
        clock.now = 62
        self.one(breaker)

    def test_a_try_that_ends_otherwise_leaves_room_for_the_next(self) -> None:
        clock = Clock()
        breaker = Breaker("v", 1, 30, clock)
        self.failing(breaker, 1)
        clock.now = 31
        with pytest.raises(WrongAnswer), breaker.watched("GET /x"):
            raise WrongAnswer("v", "too large")
        self.one(breaker)

    def test_none_never_opens(self) -> None:
        breaker = Breaker("v", None, 30, Clock())
        self.failing(breaker, 50)
        self.one(breaker)

    def test_a_client_leaves_a_broken_system_alone_and_check_says_so(self) -> None:
        calls: list[str] = []

        def handle(request: httpx.Request) -> httpx.Response:
            calls.append(request.url.path)
            return answer({"message": f"down {SECRET}"}, 503)

        made = client(handle, breaker_failures=3)
        health = probe("vendor", {str(n): lambda: made.get("/x") for n in range(5)})
        assert len(calls) == 3
        assert "not asked now: it failed 3 times in a row, last with HTTP 503" in health.problems[-1].what
        assert health.problems[-1].remedy
        assert SECRET not in repr(health)

    def test_tries_of_one_call_count_each(self) -> None:
        calls: list[str] = []

        def handle(request: httpx.Request) -> httpx.Response:
            calls.append(request.url.path)
            raise httpx.ConnectError("refused", request=request)

        with pytest.raises(Retryable, match="not asked"):
            client(handle, attempts=9, breaker_failures=4).get("/x")
        assert len(calls) == 4


NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
LEFT = RateHeaders(remaining="x-ratelimit-remaining", reset="x-ratelimit-reset")


class TestRateHeaders:
    def waits(self, headers: dict[str, str], told: RateHeaders = LEFT) -> float:
        """How long the next request waits after an answer with these headers."""
        slept: list[float] = []
        budget = Budget(1, None, clock=lambda: 0.0, sleep=slept.append, longest=3600)
        budget.heed(httpx.Headers(headers), [told], NOW)
        with budget.turn():
            pass
        return round(sum(slept), 3)

    @pytest.mark.parametrize(
        ("reset", "seconds"),
        [
            ("17", 17),
            ("0.5", 0.5),
            (str(int(NOW.timestamp()) + 20), 20),
            (str((int(NOW.timestamp()) + 20) * 1000), 20),
            ("2026-11-02T12:00:30Z", 30),
            ("Mon, 02 Nov 2026 12:00:40 GMT", 40),
            ("Mon, 02 Nov 2026 11:00:00 GMT", 0),
            ("soon", 60),
            ("", 60),
            ("nan", 60),
        ],
    )
    def test_waits_until_the_limit_is_new(self, reset: str, seconds: float) -> None:
        assert self.waits({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}) == seconds

    @pytest.mark.parametrize("left", ["1", "250", "", "many", "-1", "inf"])
    def test_does_not_wait_while_calls_are_left_or_nothing_is_said(self, left: str) -> None:
        assert self.waits({"x-ratelimit-remaining": left, "x-ratelimit-reset": "50"}) == 0
        assert self.waits({}) == 0

    def test_leaves_some_for_others(self) -> None:
        told = LEFT.model_copy(update={"keep": 10})
        assert self.waits({"x-ratelimit-remaining": "10", "x-ratelimit-reset": "5"}, told) == 5
        assert self.waits({"x-ratelimit-remaining": "11", "x-ratelimit-reset": "5"}, told) == 0

    def test_of_several_limits_the_longest_counts(self) -> None:
        slept: list[float] = []
        budget = Budget(1, None, clock=lambda: 0.0, sleep=slept.append, longest=3600)
        told = [RateHeaders(remaining=f"left-{unit}", window=w) for unit, w in (("second", 1), ("hour", 900))]
        budget.heed({"left-second": "0", "left-hour": "0"}, told, NOW)
        with budget.turn():
            pass
        assert slept == [900]

    def test_a_long_wait_is_left_to_the_caller(self) -> None:
        budget = Budget(1, None, clock=lambda: 0.0, longest=60)
        budget.heed({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "900"}, [LEFT], NOW)
        with pytest.raises(Exhausted), budget.turn():
            pass

    def test_a_client_follows_them_where_told_to(self) -> None:
        calls: list[int] = []

        def handle(request: httpx.Request) -> httpx.Response:
            calls.append(1)
            return answer({}, headers={"x-ratelimit-remaining": "0", "x-ratelimit-reset": "900"})

        deaf = client(handle)
        deaf.get("/x")
        deaf.get("/x")
        made = client(handle, rate_headers=[LEFT.model_dump()])
        made.get("/x")
        with pytest.raises(Retryable, match="no more calls") as caught:
            made.get("/x")
        assert 890 < (caught.value.retry_after or 0) <= 900
        assert len(calls) == 3


class TestVersions:
    def handle(self, request: httpx.Request) -> httpx.Response:
        """A record at version 2."""
        if request.method == "GET":
            if request.headers.get("if-none-match") == '"2"':
                return httpx.Response(304)
            return answer({"a": 1}, headers={"etag": '"2"'})
        return answer({}) if request.headers.get("if-match") == '"2"' else answer({"message": "stale"}, 412)

    def test_a_read_says_when_nothing_is_newer(self) -> None:
        made = client(self.handle)
        first = made.get("/x")
        again = made.send(Call("GET", "/x", etag=first.etag))
        assert (first.etag, first.unchanged, again.unchanged, again.data) == ('"2"', False, True, None)

    def test_a_change_of_what_changed_meanwhile_is_for_later(self) -> None:
        made = client(self.handle)
        made.send(Call("PATCH", "/x", body={}, etag='"2"'))
        with pytest.raises(Retryable, match="meanwhile") as caught:
            made.send(Call("PATCH", "/x", body={}, etag='"1"'))
        assert (caught.value.status, caught.value.soon, caught.value.maybe_done) == (412, False, False)

    def test_a_412_that_we_did_not_ask_for_is_fatal(self) -> None:
        with pytest.raises(Fatal, match="412"):
            client(self.handle).send(Call("PATCH", "/x", body={}))

    def test_304_without_a_version_is_a_wrong_answer(self) -> None:
        with pytest.raises(WrongAnswer):
            client(lambda _: httpx.Response(304)).get("/x")


def test_a_body_may_be_sent_as_it_is() -> None:
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answer({})

    call = Call("POST", "/x", content=b"<a/>", headers={"Content-Type": "application/xml"})
    client(handle).send(call)
    assert (seen[0].content, seen[0].headers["content-type"]) == (b"<a/>", "application/xml")


class Forgery:
    """Writes need the newest token and its cookie."""

    def __init__(self) -> None:
        self.good = "t1"
        self.fetched = 0
        self.written = 0
        self.lock = threading.Lock()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self.lock:
            if request.headers.get("x-csrf-token") == "Fetch":
                self.fetched += 1
                given = {"x-csrf-token": self.good, "set-cookie": f"s={self.good}"} if self.good else {}
                return httpx.Response(200, headers=given)
            theirs = (request.headers.get("x-csrf-token"), request.headers.get("cookie"))
            if theirs != (self.good, f"s={self.good}"):
                return answer({}, 403, {"x-csrf-token": "Required"})
            self.written += 1
            return answer({}, 201)


class TestCsrf:
    call = Call("POST", "/orders", body={"a": 1}, headers={"X-Other": "1"})

    def test_one_token_serves_many_writes(self) -> None:
        vendor = Forgery()
        csrf = Csrf(client(vendor), "/")
        for _ in range(3):
            csrf.send(self.call)
        assert (vendor.fetched, vendor.written) == (1, 3)

    def test_an_old_token_is_replaced_once_for_all_threads(self) -> None:
        vendor = Forgery()
        csrf = Csrf(client(vendor), "/")
        csrf.send(self.call)
        vendor.good = "t2"
        threads = [threading.Thread(target=csrf.send, args=(self.call,)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (vendor.fetched, vendor.written) == (2, 7)

    def test_a_write_that_is_always_refused_is_told(self) -> None:
        def handle(request: httpx.Request) -> httpx.Response:
            return answer({}, 403 if request.method == "POST" else 200, {"x-csrf-token": "t"})

        with pytest.raises(Unauthorised, match="403"):
            Csrf(client(handle), "/").send(self.call)

    def test_no_token_is_a_wrong_answer(self) -> None:
        vendor = Forgery()
        vendor.good = ""
        with pytest.raises(WrongAnswer, match="no CSRF token"):
            Csrf(client(vendor), "/").send(self.call)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/table/incident", "GET /table/incident"),
        ("/records/22e2ff72-93aa-4c1b/attachments/signedCopy", "GET /records/{}/attachments/signedCopy"),
        ("/obligations/IC-1", "GET /obligations/{}"),
        ("/issue/OPS-7?expand=x", "GET /issue/{}"),
        ("/API_X/A_Note(PurchaseOrder='45',Language='EN')", "GET /API_X/A_Note()"),
        ("/services/data/v59.0/query", "GET /services/data/v59.0/query"),
        ("/oauth2/token", "GET /oauth2/token"),
        ("", "GET "),
        (f"/hook/{SECRET}", "GET /hook/{}"),
    ],
)
def test_an_operation_names_no_record_and_no_secret(path: str, told: str) -> None:
    assert operation(Call("GET", path)) == told


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> InMemoryMetricReader:
    """Our two instruments on a provider of this test's own: the process has one for all."""
    reader = InMemoryMetricReader()
    meter = MeterProvider([reader]).get_meter("test")
    monkeypatch.setattr(kit_metrics, "_CALLS", meter.create_counter("pacta.vendor.calls"))
    monkeypatch.setattr(kit_metrics, "_TIME", meter.create_histogram("pacta.vendor.duration"))
    return reader


def test_every_exchange_is_counted_and_timed(measured: InMemoryMetricReader) -> None:
    statuses = iter([200, 503, 404])

    def handle(request: httpx.Request) -> httpx.Response:
        status = next(statuses, 0)
        if not status:
            raise httpx.ReadTimeout("late", request=request)
        return answer({}, status)

    made = client(handle, attempts=2, breaker_failures=1)
    made.get("/table/incident")
    with pytest.raises(Retryable):
        made.get("/table/incident")
    data = measured.get_metrics_data()
    assert data is not None
    found = {m.name: m for r in data.resource_metrics for s in r.scope_metrics for m in s.metrics}
    counted = {
        tuple(sorted(p.attributes.items())): p.value for p in found["pacta.vendor.calls"].data.data_points
    }
    base = (("operation", "GET /table/incident"),)
    assert counted[(*base, ("status", "200"), ("vendor", "vendor"))] == 1
    assert counted[(*base, ("status", "503"), ("vendor", "vendor"))] == 1
    assert counted[(*base, ("status", "not sent"), ("vendor", "vendor"))] == 1
    assert sum(p.count for p in found["pacta.vendor.duration"].data.data_points) == 3
    assert SECRET not in str(counted)
