"""Publishing to Tableau, request by request, in the face of what servers, proxies and lines do to each.

The suite for writers does not fit: a data source is published whole and updated under a name of ours, no
action of it is looked for. What it asks for is asked here: nothing twice, nothing told, every failure ours.
"""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.tools import vendors
from tests.tools.conformance import no_secret, told
from tests.tools.test_tableau import Server, fact, tableau
from tools.kit import ConnectorError, Fatal, Retryable, Unauthorised, WrongAnswer
from tools.tableau.tables import fact_rows

STEPS = ("/auth/signin", "/projects", "/datasources", "/fileUploads", "/fileUploads/", "/jobs/")
HELD = {"id": "d1", "name": "Pacta facts", "project": {"id": "p1"}}
Answer = Callable[[], httpx.Response | Exception]


def publish(server: Server) -> Any:
    return tableau(server).publish("facts", fact_rows([fact()]))


def update(server: Server) -> Any:
    server.datasources = [HELD]
    return tableau(server).update("facts", fact_rows([fact()]), "monday")


def faulty(step: str, given: list[httpx.Response | Exception], do: Callable[[Server], Any]) -> Server:
    """A server whose requests at one step are answered so, after which it answers well."""
    server = Server()
    server.answers = [(step, each) for each in given]
    do(server)
    return server


BUSY: dict[str, Answer] = {
    "429": lambda: httpx.Response(429, headers={"retry-after": "0"}),
    "503": lambda: httpx.Response(503, headers={"retry-after": "0"}),
    "504": lambda: httpx.Response(504),
    "lost": lambda: httpx.ReadTimeout("lost"),
    "cut": lambda: httpx.RemoteProtocolError("cut"),
    "not reached": lambda: httpx.ConnectError("refused"),
}
READ = ("/auth/signin", "/projects", "/jobs/")


@pytest.mark.parametrize("step", READ)
@pytest.mark.parametrize("kind", sorted(BUSY))
@pytest.mark.parametrize("do", [publish, update])
def test_what_changes_nothing_is_asked_again(step: str, kind: str, do: Callable[[Server], Any]) -> None:
    server = faulty(step, [BUSY[kind]()], do)
    assert len(server.seen("/data", "PATCH")) <= 1
    assert len(server.seen("/datasources", "POST")) <= 1


@pytest.mark.parametrize("step", ["/fileUploads", "/fileUploads/"])
@pytest.mark.parametrize("kind", sorted(BUSY))
def test_a_piece_that_may_be_there_twice_is_in_no_upload_that_counts(step: str, kind: str) -> None:
    """An upload in doubt is left behind; the one that is used had each piece sent once."""
    server = faulty(step, [BUSY[kind]()], publish)
    pieces = server.seen("/fileUploads/", "PUT")
    begun = server.seen("/fileUploads", "POST")
    doubtful = kind in ("lost", "cut", "503", "504")
    if step == "/fileUploads/" and doubtful:
        assert (len(begun), len(pieces)) == (2, 2)
    assert len(server.seen("/datasources", "POST")) == 1


@pytest.mark.parametrize("kind", ["lost", "cut", "503"])
def test_an_update_whose_answer_was_lost_keeps_its_name(kind: str) -> None:
    server = faulty("/data", [], lambda _: None)
    server.datasources = [HELD]
    made = tableau(server)
    made.check()
    server.answers = [("d1/data", BUSY[kind]())]
    made.update("facts", fact_rows([fact()]), "monday")
    sent = server.seen("d1/data", "PATCH")
    assert len({request.headers["requestid"] for request in sent}) == 1
    assert len({request.url.params["uploadSessionId"] for request in sent}) == 1
    assert len(sent) == 2


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("kind", ["html", "500", "403", "cut json", "too large"])
def test_what_does_not_help_is_told_with_the_remedy(step: str, kind: str) -> None:
    answers: dict[str, Answer] = {
        "html": lambda: httpx.Response(200, html="<html>Maintenance</html>"),
        "500": lambda: httpx.Response(500),
        "403": lambda: httpx.Response(403, json={"error": {"code": "403004", "summary": "Forbidden"}}),
        "cut json": lambda: httpx.Response(
            200, content=b'{"project', headers={"content-type": "application/json"}
        ),
        "too large": lambda: httpx.Response(200, json={"x": "x" * 50_000}),
    }
    server = Server()
    server.answers = [(step, answers[kind]()) for _ in range(20)]
    with pytest.raises(ConnectorError) as caught:
        tableau(server, http={**vendors.HTTP, "max_body": 40_000}).publish("facts", fact_rows([fact()]))
    assert caught.value.remedy or isinstance(caught.value, Fatal)
    expected = {"html": WrongAnswer, "403": Unauthorised, "500": Retryable, "too large": WrongAnswer}
    assert isinstance(caught.value, expected.get(kind, Retryable))
    assert len(server.requests) < 40


@pytest.mark.parametrize("step", STEPS[1:])
def test_a_session_that_ended_anywhere_is_renewed_once(step: str) -> None:
    server = faulty(step, [httpx.Response(401, json={"error": {"code": "401002"}})], publish)
    assert len(server.seen("/auth/signin")) == 2
    again = Server()
    again.answers = [(step, httpx.Response(401, json={})) for _ in range(20)]
    with pytest.raises(Unauthorised):
        publish(again)


def test_no_secret_leaves_whatever_goes_wrong(caplog: pytest.LogCaptureFixture) -> None:
    def attempt(fault: Any) -> list[str]:
        server = Server()
        made = tableau(server)
        made.check()

        def broken(request: httpx.Request) -> httpx.Response:
            given: httpx.Response | None = fault(request)
            return given if given is not None else server(request)

        failing = tableau(broken)  # type: ignore[arg-type]
        with pytest.raises((Fatal, Retryable)) as caught:
            failing.publish("facts", fact_rows([fact()]))
        return told(caught.value, failing)

    no_secret(attempt, caplog)
