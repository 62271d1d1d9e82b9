"""What every connector must do, whatever the vendor does. One class per vendor inherits what it is:

- `Conformance`: a connector that reads records of which facts are made (ServiceNow, SAP);
- `ContractConformance` (conformance_contracts): one that reads contracts (Ironclad), on top of all that;
- `WriterConformance` (conformance_writing): the writer of a connector, beside one of the two;
- `OnlyWritesConformance` (there too): a connector that reads nothing (Teams, e-mail).

`make(**options)` gives the hostile vendor; everything else is the same for all.
"""

import copy
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import httpx
import pytest
import structlog
from structlog.testing import CapturingLogger

from tests.tools import vendors
from tests.tools.vendors import SECRET, TOKEN, Vendor
from tools import connect
from tools.kit import (
    Connector,
    ConnectorError,
    Fatal,
    Misconfigured,
    PageLoop,
    Retryable,
    Unauthorised,
    Writer,
    WrongAnswer,
    harvest,
)


def connector_of(vendor: Vendor, **changes: Any) -> Any:
    settings = {**vendor.settings(), **changes}
    return connect({vendor.name: settings}, vendor.transport())[vendor.name]


def read_all(connector: Connector, kind: str, cursor: str | None = None) -> tuple[list[str], str, list[Any]]:
    """Record ids in order of arrival, the last cursor, and the problems."""
    ids: list[str] = []
    problems: list[Any] = []
    for batch in connector.read(kind, cursor):
        ids += [record.id for record in batch.records]
        problems += batch.problems
        cursor = batch.cursor
    return ids, cursor or "", problems


class Speaks:
    """What even a connector does that reads nothing."""

    vendor: ClassVar[type[Vendor]]

    def make(self, **options: Any) -> Vendor:
        return self.vendor(**options)

    def test_speaks_the_verbs(self) -> None:
        made = connector_of(self.make())
        assert isinstance(made, Connector)
        assert made.name == self.vendor.name
        writer = connector_of(self.make()).writer()
        assert isinstance(writer, Writer)

    def test_check_is_well_when_all_can_be_used(self) -> None:
        health = connector_of(self.make()).check()
        assert health.ok
        assert health.system == self.vendor.name
        assert not health.problems


class Conformance(Speaks):
    """A connector that reads."""

    # -- what it is ---------------------------------------------------------------------------------

    def test_check_says_what_is_refused_and_the_remedy(self) -> None:
        vendor = self.make()
        vendor.always = vendors.statuses(401)[0]
        health = connector_of(vendor).check()
        assert not health.ok
        assert any("401" in p.what and p.remedy for p in health.problems)

    def test_check_raises_nothing_when_the_system_is_away(self) -> None:
        vendor = self.make()
        vendor.always = vendors.time_out
        health = connector_of(vendor).check()
        assert not health.ok
        assert all(problem.remedy for problem in health.problems)

    def test_an_unknown_kind_names_the_known_ones(self) -> None:
        connector = connector_of(self.make())
        with pytest.raises(Fatal, match=self.vendor.kind):
            list(connector.read("nonsense", None))

    # -- paging and resuming ------------------------------------------------------------------------

    def test_reads_every_record_once_over_pages(self) -> None:
        vendor = self.make(count=25, page_size=10)
        ids, _, problems = read_all(connector_of(vendor), vendor.kind)
        assert len(ids) == len(set(ids)) == 25
        assert vendor.lists() >= 3
        assert not problems

    def test_an_empty_system_is_no_error(self) -> None:
        vendor = self.make(count=0)
        ids, cursor, _ = read_all(connector_of(vendor), vendor.kind)
        assert ids == []
        assert read_all(connector_of(vendor), vendor.kind, cursor)[0] == []

    def test_resumes_where_it_stopped_with_an_overlap(self) -> None:
        vendor = self.make(count=120, page_size=50)
        first, cursor, _ = read_all(connector_of(vendor), vendor.kind)
        vendor.count = 123
        later, moved, _ = read_all(connector_of(vendor), vendor.kind, cursor)
        assert set(later) - set(first)
        assert len(set(later) - set(first)) == 3
        assert len(later) < 123, "the second read is incremental"
        assert set(first) & set(later), "and overlaps the first"
        assert moved > cursor

    def test_a_damaged_cursor_says_so(self) -> None:
        connector = connector_of(self.make())
        with pytest.raises(Misconfigured, match="watermark"):
            list(connector.read(self.vendor.kind, "yesterday"))

    def test_repeated_records_are_one(self) -> None:
        vendor = self.make(count=25, page_size=10, repeat_last=True)
        connector = connector_of(vendor)
        records = [r for batch in connector.read(vendor.kind, None) for r in batch.records]
        assert {r.id for r in records} == {
            r.id for r in _records(connector_of(self.make(count=25)), vendor.kind)
        }
        facts = harvest(connector, records).facts
        again = harvest(connector, records[::-1]).facts
        assert {f.id for f in facts} == {f.id for f in again}

    def test_reads_everything_from_a_list_out_of_order(self) -> None:
        vendor = self.make(count=25, page_size=10, reverse=True)
        ids, _, _ = read_all(connector_of(vendor), vendor.kind)
        assert len(set(ids)) == 25

    def test_a_list_without_end_is_given_up(self) -> None:
        vendor = self.make(count=25, page_size=10, loop=True)
        with pytest.raises((PageLoop, WrongAnswer)) as caught:
            read_all(connector_of(vendor), vendor.kind)
        assert vendor.name in str(caught.value)
        assert vendor.lists() < 10

    # -- bad days -----------------------------------------------------------------------------------

    @pytest.mark.parametrize("status", [429, 502, 503, 504])
    def test_tries_again_when_the_vendor_is_busy(self, status: int) -> None:
        vendor = self.make(count=5)
        vendor.faults = vendors.statuses(status, status, **{"retry-after": "0"})
        ids, _, _ = read_all(connector_of(vendor), vendor.kind)
        assert len(ids) == 5

    def test_gives_up_after_its_attempts(self) -> None:
        vendor = self.make()
        vendor.always = vendors.statuses(503)[0]
        with pytest.raises(Retryable, match="503"):
            read_all(connector_of(vendor), vendor.kind)
        assert vendor.lists() == 3

    def test_a_long_wait_is_left_to_the_caller(self) -> None:
        vendor = self.make()
        vendor.always = vendors.statuses(429, **{"retry-after": "1800"})[0]
        with pytest.raises(Retryable) as caught:
            read_all(connector_of(vendor), vendor.kind)
        assert caught.value.retry_after == 1800
        assert vendor.lists() == 1

    def test_a_failure_of_the_vendor_is_retryable_but_not_hammered(self) -> None:
        vendor = self.make()
        vendor.always = vendors.statuses(500)[0]
        with pytest.raises(Retryable, match="500"):
            read_all(connector_of(vendor), vendor.kind)
        assert vendor.lists() == 1

    def test_refused_credentials_are_fatal_with_a_remedy(self) -> None:
        vendor = self.make()
        vendor.always = vendors.statuses(401)[0]
        with pytest.raises(Unauthorised) as caught:
            read_all(connector_of(vendor), vendor.kind)
        assert caught.value.remedy

    def test_timeouts_are_tried_again_then_told(self) -> None:
        vendor = self.make(count=5)
        vendor.faults = [vendors.time_out, vendors.time_out]
        assert len(read_all(connector_of(vendor), vendor.kind)[0]) == 5
        vendor.always = vendors.time_out
        with pytest.raises(Retryable, match="timed out"):
            read_all(connector_of(vendor), vendor.kind)

    def test_a_cut_off_answer_is_tried_again_then_told(self) -> None:
        vendor = self.make(count=5)
        vendor.faults = [vendors.cut_off]
        assert len(read_all(connector_of(vendor), vendor.kind)[0]) == 5
        vendor.always = vendors.cut_off
        with pytest.raises(Retryable, match="cut off"):
            read_all(connector_of(vendor), vendor.kind)

    def test_html_instead_of_json_names_vendor_path_and_remedy(self) -> None:
        vendor = self.make()
        vendor.always = vendors.html
        with pytest.raises(WrongAnswer) as caught:
            read_all(connector_of(vendor), vendor.kind)
        assert vendor.name in str(caught.value)
        assert vendor.list_path in caught.value.place
        assert "base_url" in caught.value.remedy

    def test_an_endless_answer_is_not_swallowed(self) -> None:
        vendor = self.make()
        vendor.always = vendors.too_large
        with pytest.raises(WrongAnswer, match="larger than"):
            read_all(connector_of(vendor), vendor.kind)

    @pytest.mark.parametrize("body", [[], {}, {"d": 1}, {"result": "x"}, {"list": [1]}, "text", 7, None])
    def test_json_of_another_shape_is_a_wrong_answer(self, body: Any) -> None:
        vendor = self.make()
        vendor.always = lambda _: vendors.answer(body)
        with pytest.raises(WrongAnswer):
            read_all(connector_of(vendor), vendor.kind)

    def test_one_bad_record_does_not_stop_the_rest(self) -> None:
        vendor = self.make(count=5)
        rows = vendor.rows  # type: ignore[attr-defined]
        vendor.rows = lambda: [*rows(), vendor.broken()]  # type: ignore[attr-defined]
        connector = connector_of(vendor)
        records = _records(connector, vendor.kind)
        good, bad = self.interpret(connector, records)
        assert len(good) == 5
        assert len(bad) == 1
        assert bad[0].place
        assert bad[0].remedy

    def interpret(self, connector: Any, records: list[Any]) -> tuple[list[Any], list[Any]]:
        """What the records give, and the problems of those that give nothing."""
        crop = harvest(connector, records)
        return list(crop.facts), list(crop.problems)

    def test_whatever_a_record_holds_it_is_read_or_told(self) -> None:
        """A part of a record gone or of another shape: facts, a problem or an error of ours, nothing else."""
        seen: list[Any] = []
        self.read_as(lambda row: (seen.append(row), row)[1])
        assert seen
        for strange in mangled(seen[0]):
            try:
                self.read_as(lambda _, strange=strange: strange)
            except ConnectorError:
                continue
            except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
                raise AssertionError(f"{type(error).__name__}: {error} for {strange!r}"[:2000]) from error

    def read_as(self, changed: Callable[[Any], Any]) -> None:
        """Read and interpret a system with one record, which arrives as `changed` makes it."""
        vendor = self.make(count=1)

        def handle(request: httpx.Request) -> httpx.Response:
            given: httpx.Response = vendor.handle(request)
            if not vendor.is_list(request) or given.status_code != 200:
                return given
            body = json.loads(given.content)
            return vendors.answer(_first_row(body, changed), headers=_links(given))

        made: Any = connect({vendor.name: vendor.settings()}, httpx.MockTransport(handle))[vendor.name]
        self.interpret(made, _records(made, vendor.kind))

    def test_reading_a_record_is_pure(self) -> None:
        connector = connector_of(self.make(count=3))
        records = _records(connector, self.vendor.kind)
        before = copy.deepcopy([record.data for record in records])
        first, again = (self.interpret(connector, records) for _ in range(2))
        assert first == again
        assert [record.data for record in records] == before

    # -- secrets ------------------------------------------------------------------------------------

    def test_no_secret_leaves_by_error_log_or_representation(self, caplog: pytest.LogCaptureFixture) -> None:
        def attempt(fault: Any) -> list[str]:
            vendor = self.make()
            vendor.always = fault
            connector = connector_of(vendor)
            with pytest.raises((Fatal, Retryable)) as caught:
                read_all(connector, vendor.kind)
            return [*told(caught.value, connector), repr(connector.check())]

        no_secret(attempt, caplog)


HOSTILE = (vendors.echo_secret, vendors.statuses(401)[0], vendors.time_out, vendors.html)
"""Ways to fail that might tell a secret."""


def told(error: Any, connector: Any) -> list[str]:
    """Every text in which a secret might stand."""
    said = [str(error), repr(error), str(error.problem()), repr(connector.settings), str(connector.settings)]
    return [*said, connector.settings.model_dump_json(), repr(vars(connector))]


def no_secret(attempt: Callable[[Any], list[str]], caplog: pytest.LogCaptureFixture) -> None:
    """What is said and logged while `attempt` fails in each of the hostile ways holds no secret."""
    caplog.set_level(logging.DEBUG)
    log = CapturingLogger()
    structlog.configure(logger_factory=lambda *_: log, cache_logger_on_first_use=False)
    try:
        said = [text for fault in HOSTILE for text in attempt(fault)]
    finally:
        structlog.reset_defaults()
    said += [str(call) for call in log.calls] + [caplog.text]
    for text in said:
        assert SECRET not in text
        assert TOKEN not in text
    assert log.calls, "the test saw the log"


_STRANGE: tuple[Any, ...] = (None, "", "\x00 soon", 10**30, [None], {"value": None})


def _links(given: httpx.Response) -> dict[str, str]:
    """Headers that tell where other pages are."""
    return {name: value for name, value in given.headers.items() if not name.startswith("content-")}


def _first_row(body: Any, changed: Callable[[Any], Any]) -> Any:
    """The answer with the first record of its list changed; the list is the outermost one of mappings."""
    if isinstance(body, list):
        return [changed(body[0]), *body[1:]] if body and isinstance(body[0], dict) else body
    if not isinstance(body, dict):
        return body
    return {key: _first_row(held, changed) for key, held in body.items()}


def mangled(data: Any) -> Iterator[Any]:
    """Copies of a record, each with one part gone or of another shape."""
    parts = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, held in parts:
        copied = list(data) if isinstance(data, list) else dict(data)
        del copied[key]
        yield copied
        for strange in (*_STRANGE, *mangled(held)):
            copied = list(data) if isinstance(data, list) else dict(data)
            copied[key] = strange
            yield copied


def _records(connector: Connector, kind: str) -> list[Any]:
    return [record for batch in connector.read(kind, None) for record in batch.records]


def lose_answer(vendor: Vendor) -> httpx.MockTransport:
    """The vendor carries out the first write, and the answer is lost."""
    lost: list[bool] = []

    def handle(request: httpx.Request) -> httpx.Response:
        given = vendor.handle(request)
        writes = request.method in ("POST", "PATCH") and "token" not in request.url.path
        if writes and given.status_code < 300 and not lost:
            lost.append(True)
            raise httpx.ReadTimeout("answer lost", request=request)
        return given

    return httpx.MockTransport(handle)
