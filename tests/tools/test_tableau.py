"""Tables for Tableau: what a row holds, how it is written, and what a hostile server cannot do."""

import builtins
import json
import logging
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from structlog.testing import CapturingLogger

from obligations.facts import Fact, Invoice, Source
from obligations.model import Assessment, Occurrence, Outcome
from obligations.quantities import Money, Quantity
from tests.store.make import obligation
from tests.tools.hyper import rows_of
from tests.tools.vendors import HTTP, SECRET
from tools import connect
from tools.kit import (
    Connector,
    Fatal,
    Misconfigured,
    NotFound,
    PageLoop,
    Retryable,
    Unauthorised,
    WrongAnswer,
)
from tools.tableau.hyper import REMOVED, write
from tools.tableau.tables import (
    ASSESSMENTS,
    FACTS,
    OBLIGATIONS,
    TABLES,
    assessment_rows,
    fact_rows,
    obligation_rows,
)

AT = datetime(2026, 10, 1, 8, tzinfo=UTC)
SESSION = "tok-77abf00d-issued"


def fact(record: str = "I1", gross: str = "119.00", known: datetime = AT) -> Fact:
    money = Money(amount=Decimal(gross), currency="EUR")
    data = Invoice(number=record, direction="payable", gross=money, invoiced_on=date(2026, 9, 30))
    source = Source(system="sap", record=record, label=f"Invoice {record}")
    return Fact(
        id=f"{record}:{gross}", source=source, occurred_at=AT, known_at=known, data=data, party_hint="Acme"
    )


def assessment(key: str = "a1", outcome: Outcome = Outcome.MET) -> Assessment:
    return Assessment(
        id=key,
        obligation="o1",
        contract="IC-101",
        kind="payment_due",
        occurrence=Occurrence(key="2026-10", label="October", counts_on=date(2026, 10, 31), due_at=AT),
        outcome=outcome,
        as_of=AT,
        known_at=AT,
        target=Quantity(value=Decimal(30), unit="days", text="30 days"),
        money=Money(amount=Decimal("2400.00005"), currency="EUR"),
        summary="kept\x00 in time",
        missing=("the ticket",) if outcome is Outcome.UNDETERMINED else (),
    )


class TestTables:
    def test_a_row_for_each_assessment(self, tmp_path: Path) -> None:
        path = tmp_path / "a.hyper"
        assert write("tableau", path, ASSESSMENTS, assessment_rows([assessment(), assessment("a2")])) == 2
        first, _ = rows_of(path)
        assert (first["assessment"], first["outcome"], first["target"]) == ("a1", "met", "30 days")
        assert (first["target_value"], first["money"], first["unit"]) == (
            Decimal(30),
            Decimal("2400.0000"),
            "days",
        )
        assert first["counts_on"].to_date() == date(2026, 10, 31)
        assert first["due_at"].to_datetime() == AT
        assert first["summary"] == "kept in time"
        assert first["measured_value"] is None

    def test_the_newest_version_of_each_record(self, tmp_path: Path) -> None:
        later = fact(gross="120.00", known=datetime(2026, 10, 2, tzinfo=UTC))
        rows = list(fact_rows([later, fact(), fact("I2")]))
        assert [row[0] for row in rows] == ["sap|invoice|I1", "sap|invoice|I2"]
        path = tmp_path / "f.hyper"
        write("tableau", path, FACTS, rows, ["sap|invoice|I9"])
        first, _ = rows_of(path)
        assert (first["amount"], first["currency"], first["party"]) == (Decimal("120.0000"), "EUR", "Acme")
        assert json.loads(first["data"])["number"] == "I1"
        assert rows_of(path, REMOVED) == [{"record": "sap|invoice|I9"}]

    def test_an_obligation_is_told_with_its_newest_terms_and_words(self, tmp_path: Path) -> None:
        path = tmp_path / "o.hyper"
        assert write("tableau", path, OBLIGATIONS, obligation_rows([obligation("o1", "IC-101")])) == 1
        (row,) = rows_of(path)
        assert (row["obligation"], row["contract"], row["confidence"]) == ("o1", "IC-101", 1.0)
        assert isinstance(json.loads(row["terms"]), dict)
        assert row["quote"]

    def test_every_table_has_its_key_first_and_no_column_twice(self) -> None:
        for table in TABLES.values():
            names = [name for name, _ in table.columns]
            assert len(names) == len(set(names))
            assert table.key == names[0]

    def test_a_value_that_does_not_fit_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(Fatal, match="facts cannot be written"):
            write("tableau", tmp_path / "x.hyper", FACTS, [("only a key",)])

    def test_without_the_library_the_remedy_is_named(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        whole = builtins.__import__

        def missing(name: str, *rest: Any) -> Any:
            if name == "tableauhyperapi":
                raise ImportError(name)
            return whole(name, *rest)

        monkeypatch.setattr(builtins, "__import__", missing)
        with pytest.raises(Misconfigured, match="not installed") as caught:
            write("tableau", tmp_path / "x.hyper", FACTS, [])
        assert "pip install 'pacta[tableau]'" in caught.value.remedy


class Server:
    """As much of a server as publishing needs; `answers` come first, in order, for paths that hold a word."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.answers: list[tuple[str, httpx.Response | Exception]] = []
        self.datasources: list[dict[str, Any]] = []
        self.jobs: list[dict[str, Any]] = [{"completedAt": "2026-10-01T08:00:00Z", "finishCode": "0"}]
        self.loop = False

    def seen(self, word: str, method: str = "") -> list[httpx.Request]:
        return [r for r in self.requests if word in r.url.path and method in ("", r.method)]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        path = request.url.path
        for index, (word, given) in enumerate(self.answers):
            if word in path:
                del self.answers[index]
                if isinstance(given, Exception):
                    raise given
                return given
        if path.endswith("/auth/signin"):
            return httpx.Response(200, json={"credentials": {"token": SESSION, "site": {"id": "s1"}}})
        if path.endswith("/projects"):
            return self._list("projects", "project", [{"id": "p1", "name": "Contracts"}])
        if path.endswith("/fileUploads"):
            return httpx.Response(201, json={"fileUpload": {"uploadSessionId": "u1", "fileSize": "0"}})
        if "/jobs/" in path:
            job = self.jobs.pop(0) if len(self.jobs) > 1 else self.jobs[0]
            return httpx.Response(200, json={"job": {"id": "j1", **job}})
        if path.endswith("/datasources") and request.method == "GET":
            return self._list("datasources", "datasource", self.datasources)
        if path.endswith("/datasources"):
            self.datasources.append({"id": "d1", "name": "Pacta facts", "project": {"id": "p1"}})
            return httpx.Response(202, json={"job": {"id": "j1"}})
        return httpx.Response(202, json={"job": {"id": "j1"}})

    def _list(self, plural: str, single: str, rows: list[dict[str, Any]]) -> httpx.Response:
        total = 1000 if self.loop else len(rows)
        paging = {"pageNumber": "1", "pageSize": "100", "totalAvailable": str(total)}
        return httpx.Response(200, json={"pagination": paging, plural: {single: rows} if rows else {}})


def tableau(server: Server, **changes: Any) -> Any:
    given = {
        "base_url": "https://bi.example/api/3.24",
        "auth": {"type": "login", "token_name": "pacta", "token": SECRET, "site": "tessaly"},
        "project": "Contracts",
        "http": HTTP,
        "job_wait": 0,
        **changes,
    }
    return connect({"tableau": given}, httpx.MockTransport(server))["tableau"]


class TestPublishing:
    def test_it_signs_in_uploads_in_pieces_and_waits(self) -> None:
        server = Server()
        server.jobs = [{}, {"progress": "50"}, *server.jobs]
        made = tableau(server, chunk=10_000)
        assert isinstance(made, Connector)
        done = made.publish("facts", fact_rows([fact()]))
        assert (done.rows, done.anew, done.source.record) == (1, True, "d1")
        (login,) = server.seen("/auth/signin")
        assert json.loads(login.content)["credentials"]["personalAccessTokenSecret"] == SECRET
        assert len(server.seen("/fileUploads/", "PUT")) > 2
        assert all(r.headers["x-tableau-auth"] == SESSION for r in server.requests[1:])
        (sent,) = server.seen("/datasources", "POST")
        assert b'name="Pacta facts"' in sent.content
        assert sent.url.params["overwrite"] == "true"
        assert len(server.seen("/jobs/")) == 3

    def test_a_piece_whose_answer_was_lost_begins_the_upload_again(self) -> None:
        server = Server()
        server.answers = [("/fileUploads/", httpx.ReadTimeout("lost"))]
        tableau(server).publish("facts", fact_rows([fact()]))
        assert len(server.seen("/fileUploads", "POST")) == 2

    def test_an_update_is_named_so_that_it_counts_once(self) -> None:
        server = Server()
        server.datasources = [{"id": "d1", "name": "Pacta facts", "project": {"id": "p1"}}]
        made = tableau(server)
        for run in ("monday", "monday", "tuesday"):
            made.update("facts", fact_rows([fact()]), run, removed=["sap|invoice|I0"])
        numbers = [request.headers["requestid"] for request in server.seen("/data", "PATCH")]
        assert numbers[0] == numbers[1] != numbers[2]
        actions = json.loads(server.seen("/data", "PATCH")[0].content)["actions"]
        assert [(a["action"], a["source-table"]) for a in actions] == [
            ("delete", "Removed"),
            ("upsert", "Extract"),
        ]
        assert actions[0]["condition"] == {"op": "eq", "source-col": "record", "target-col": "record"}
        before = len(server.requests)
        assert made.update("facts", [], "wednesday").rows == 0
        assert all(request.method == "GET" for request in server.requests[before:])

    def test_a_lost_answer_to_an_update_is_asked_again_under_its_name(self) -> None:
        server = Server()
        server.datasources = [{"id": "d1", "name": "Pacta facts", "project": {"id": "p1"}}]
        made = tableau(server)
        made.check()
        server.answers = [("d1/data", httpx.ReadTimeout("lost"))]
        made.update("facts", fact_rows([fact()]), "monday")
        first, second = server.seen("d1/data", "PATCH")
        assert first.headers["requestid"] == second.headers["requestid"]

    def test_what_was_never_published_cannot_be_updated(self) -> None:
        server = Server()
        server.datasources = [{"id": "d9", "name": "Pacta facts", "project": {"id": "of others"}}]
        with pytest.raises(NotFound, match="no data source"):
            tableau(server).update("facts", [], "monday")

    @pytest.mark.parametrize(
        ("job", "error", "says"),
        [
            ({"completedAt": "x", "finishCode": "1"}, Fatal, "failed"),
            ({"completedAt": "x", "finishCode": "2"}, Fatal, "cancelled"),
            ({"completedAt": "x"}, Fatal, "ended with"),
            ({"progress": "1"}, Retryable, "not ended in time"),
        ],
    )
    def test_a_job_that_does_not_succeed(
        self, job: dict[str, Any], error: type[Exception], says: str
    ) -> None:
        server = Server()
        note = {"statusNotes": {"statusNote": [{"type": "Error", "text": "columns differ"}]}}
        server.jobs = [{**job, **note}]
        with pytest.raises(error, match=says) as caught:
            tableau(server, job_timeout=0.05).publish("facts", fact_rows([fact()]))
        if error is Fatal:
            assert "columns differ" in str(caught.value)

    def test_a_session_that_ended_is_renewed_once(self) -> None:
        server = Server()
        made = tableau(server)
        made.check()
        server.answers = [("/projects", httpx.Response(401, json={"error": {"code": "401002"}}))]
        assert made.check().ok
        assert len(server.seen("/auth/signin")) == 2

    @pytest.mark.parametrize("body", [[], {}, {"pagination": {}}, {"projects": {"project": [1]}}, "x", 7])
    def test_json_of_another_shape_is_a_wrong_answer(self, body: Any) -> None:
        server = Server()
        server.answers = [("/projects", httpx.Response(200, json=body))]
        with pytest.raises(WrongAnswer):
            tableau(server).publish("facts", fact_rows([fact()]))

    def test_a_list_without_end_is_given_up(self) -> None:
        server = Server()
        server.loop = True
        with pytest.raises((PageLoop, WrongAnswer)):
            tableau(server).publish("facts", fact_rows([fact()]))
        assert len(server.seen("/projects")) < 10

    @pytest.mark.parametrize("names", [[], ["Contracts", "Contracts"]])
    def test_a_project_has_to_be_one(self, names: list[str]) -> None:
        rows = [{"id": f"p{n}", "name": name} for n, name in enumerate(names)]
        paging = {"pageNumber": "1", "pageSize": "100", "totalAvailable": str(len(rows))}
        server = Server()
        server.answers = [
            ("/projects", httpx.Response(200, json={"pagination": paging, "projects": {"project": rows}}))
        ]
        health = tableau(server).check()
        assert not health.ok
        assert "project" in health.problems[0].what

    def test_nothing_is_read(self) -> None:
        made = tableau(Server())
        with pytest.raises(Fatal, match="only shows"):
            made.read("facts", None)
        assert made.discover() == ()

    def test_no_secret_leaves_by_error_log_or_representation(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        log = CapturingLogger()
        structlog.configure(logger_factory=lambda *_: log, cache_logger_on_first_use=False)
        said: list[str] = []
        try:
            for path in ("/auth/signin", "/projects"):
                known = SECRET if "signin" in path else f"{SECRET} and {SESSION}"
                echo = {"error": {"code": "400000", "detail": f"bad {known}"}}
                for answer in (httpx.Response(401), httpx.Response(400, json=echo), httpx.ReadTimeout("x")):
                    server = Server()
                    server.answers = [(path, answer)] * 6
                    made = tableau(server)
                    with pytest.raises((Fatal, Retryable, Unauthorised)) as caught:
                        made.publish("facts", fact_rows([fact()]))
                    said += [str(caught.value), repr(caught.value), repr(made.settings), repr(vars(made))]
                    said += [made.settings.model_dump_json(), repr(made.check())]
        finally:
            structlog.reset_defaults()
        said += [str(call) for call in log.calls] + [caplog.text]
        assert log.calls
        for text in said:
            assert SECRET not in text
            assert SESSION not in text
