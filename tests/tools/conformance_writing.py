"""What a writer must do: once, whatever becomes of the answer; never what it cannot; nothing told."""

from typing import Any, ClassVar, get_args

import httpx
import pytest

from obligations.model import Action, Verb
from tests.tools import vendors
from tests.tools.conformance import no_secret, told
from tests.tools.vendors import START, Fault, Json, Vendor
from tools import connect
from tools.kit import (
    Connector,
    ConnectorError,
    Fatal,
    RawRecord,
    Retryable,
    Unauthorised,
    Writer,
    harvest,
)

REFERENCE = "pacta-9c4e11"
STRANGE_REFERENCES = ("x' or 'a'='a", "a^ORb=c", "a,b", "a b c d", "x\ny", "ä" * 10, "x" * 200)


class Writes:
    """A writer, whatever it talks over. `open` gives the connector towards a target that fails as told:

    - `lost`: the write is carried out and its answer is lost;
    - `away`: nobody answers;
    - `refused`: our credentials are not taken.

    `takes` are the verbs it carries out, `example` a payload of the first of them and `target` what it is
    about. `finds` is False only where nothing tells what was written; `finds_lost` where what was written
    cannot be looked for over there (a mail), so that only what was confirmed is known. `repeats`: a write
    does no harm sent twice (an upsert), so that the kit may try it again by itself.
    """

    name: ClassVar[str]
    takes: ClassVar[tuple[str, ...]]
    example: ClassVar[Json]
    target: ClassVar[str] = ""
    finds: ClassVar[bool] = True
    finds_lost: ClassVar[bool] = True
    repeats: ClassVar[bool] = False

    def make_target(self) -> Any:
        raise NotImplementedError

    def open(self, target: Any, how: str = "") -> Any:
        raise NotImplementedError

    def written(self, target: Any) -> int:
        """How many things were really written."""
        raise NotImplementedError

    def text_of(self, target: Any) -> str:
        """Everything that was written, as text."""
        raise NotImplementedError

    def action(self, verb: str = "", payload: Json | None = None, reference: str = REFERENCE) -> Action:
        return Action.model_validate(
            {
                "id": "act-1",
                "system": self.name,
                "verb": verb or self.takes[0],
                "target": self.target,
                "payload": self.example if payload is None else payload,
                "reference": reference,
                "reason": "breached",
                "proposed_at": START,
                "proposed_by": "policy",
            }
        )

    def test_speaks_the_verbs_of_a_writer(self) -> None:
        writer = self.open(self.make_target()).writer()
        assert isinstance(writer, Writer)
        assert writer.name == self.name

    # -- once ---------------------------------------------------------------------------------------

    def test_what_is_written_says_where_it_is_and_carries_our_reference(self) -> None:
        target = self.make_target()
        made = self.open(target).writer().create(self.action())
        assert made.system == self.name
        assert made.record
        assert self.written(target) == 1
        assert REFERENCE in self.text_of(target)

    def test_is_found_instead_of_repeated(self) -> None:
        target = self.make_target()
        writer = self.open(target).writer()
        assert writer.find(REFERENCE, self.target) is None
        first = writer.create(self.action())
        if not self.finds:
            assert writer.find(REFERENCE, self.target) is None
            return
        assert writer.create(self.action()) == first
        assert writer.find(REFERENCE, self.target) == first
        assert writer.find(REFERENCE[:-1], self.target) is None, "only the whole reference counts"
        assert self.written(target) == 1

    def test_a_lost_answer_may_be_done_and_is_found_the_next_time(self) -> None:
        target = self.make_target()
        with pytest.raises(Retryable) as caught:
            self.open(target, "lost").writer().create(self.action())
        assert caught.value.maybe_done or self.repeats
        assert self.written(target) == 1
        if self.finds and self.finds_lost:
            self.open(target).writer().create(self.action())
            assert self.written(target) == 1

    # -- bad days -----------------------------------------------------------------------------------

    def test_a_system_that_cannot_be_reached_is_told(self) -> None:
        target = self.make_target()
        with pytest.raises(Retryable) as caught:
            self.open(target, "away").writer().create(self.action())
        assert not caught.value.maybe_done
        assert caught.value.remedy
        assert self.written(target) == 0

    def test_refused_rights_are_for_a_person(self) -> None:
        target = self.make_target()
        with pytest.raises(Unauthorised) as caught:
            self.open(target, "refused").writer().create(self.action())
        assert caught.value.remedy
        assert self.written(target) == 0

    # -- never --------------------------------------------------------------------------------------

    def test_other_verbs_are_refused_with_what_is_taken(self) -> None:
        target = self.make_target()
        writer = self.open(target).writer()
        for verb in sorted(set(get_args(Verb)) - set(self.takes)):
            with pytest.raises(Fatal, match=verb) as caught:
                writer.create(self.action(verb, {}))
            assert any(taken in caught.value.remedy for taken in self.takes), verb
        assert self.written(target) == 0

    def test_a_payload_of_another_shape_is_refused(self) -> None:
        target = self.make_target()
        writer = self.open(target).writer()
        for verb in self.takes:
            for payload in ({}, {"nonsense": 1}, {**self.example, "nonsense": 1}):
                with pytest.raises(Fatal) as caught:
                    writer.create(self.action(verb, payload))
                assert caught.value.remedy
        assert self.written(target) == 0

    @pytest.mark.parametrize("reference", STRANGE_REFERENCES)
    def test_a_reference_cannot_carry_a_query(self, reference: str) -> None:
        target = self.make_target()
        writer = self.open(target).writer()
        if not self.finds:
            assert writer.find(reference, self.target) is None
            return
        with pytest.raises(Fatal, match="searched"):
            writer.find(reference, self.target)
        with pytest.raises(Fatal, match="searched"):
            writer.create(self.action(reference=reference))
        assert self.written(target) == 0


class WriterConformance(Writes):
    """A writer over HTTP, in the face of what servers and proxies answer."""

    vendor: ClassVar[type[Vendor]]

    @property
    def name(self) -> str:  # type: ignore[override]
        return self.vendor.name

    def make_target(self) -> Any:
        return self.vendor(count=5)

    def is_write(self, request: httpx.Request) -> bool:
        """Does this request change something over there? Searches by POST do not."""
        return request.method not in ("GET", "HEAD") and "token" not in request.url.path

    def written(self, target: Any) -> int:
        return len(target.written)

    def text_of(self, target: Any) -> str:
        return str(target.written)

    def open(self, target: Any, how: str = "") -> Any:
        if how == "lost":
            return self.writer(target, after=_Once(_lost, always=self.repeats))
        if how == "away":
            return self.writer(target, before=_away)
        if how == "refused":
            return self.writer(target, before=vendors.statuses(401)[0])
        return self.writer(target)

    def writer(self, vendor: Any, before: Fault | None = None, after: Fault | None = None) -> Any:
        """The connector towards a vendor that fails writes before, or after, it has carried them out."""

        def handle(request: httpx.Request) -> httpx.Response:
            if not self.is_write(request):
                answered: httpx.Response = vendor.handle(request)
                return answered
            early = before(request) if before else None
            if early is not None:
                vendor.requests.append(request)
                return early
            given: httpx.Response = vendor.handle(request)
            late = after(request) if after else None
            return given if late is None else late

        made: Any = connect({vendor.name: vendor.settings()}, httpx.MockTransport(handle))[vendor.name]
        return made

    def sent(self, vendor: Any) -> int:
        return sum(self.is_write(request) for request in vendor.requests)

    def test_an_answer_that_is_none_does_not_make_us_write_twice(self) -> None:
        vendor = self.make_target()
        with pytest.raises(ConnectorError) as caught:
            self.writer(vendor, after=vendors.html).writer().create(self.action())
        assert caught.value.remedy
        assert self.written(vendor) == 1
        if self.finds and self.finds_lost:
            self.writer(vendor).writer().create(self.action())
            assert self.written(vendor) == 1

    def test_a_busy_system_is_asked_again(self) -> None:
        vendor = self.make_target()
        faults = vendors.statuses(429, 429, **{"retry-after": "0"})

        def busy(request: httpx.Request) -> httpx.Response | None:
            return faults.pop(0)(request) if faults else None

        self.writer(vendor, before=busy).writer().create(self.action())
        assert self.written(vendor) == 1

    @pytest.mark.parametrize("status", [500, 502, 503])
    def test_a_write_that_may_have_happened_is_not_sent_again(self, status: int) -> None:
        vendor = self.make_target()
        with pytest.raises(Retryable, match=str(status)) as caught:
            self.writer(vendor, before=vendors.statuses(status)[0]).writer().create(self.action())
        assert self.written(vendor) == 0
        if not self.repeats:
            assert caught.value.maybe_done
            assert self.sent(vendor) == 1

    def test_rights_that_do_not_suffice_are_for_a_person(self) -> None:
        vendor = self.make_target()
        with pytest.raises(Unauthorised) as caught:
            self.writer(vendor, before=vendors.statuses(403)[0]).writer().create(self.action())
        assert caught.value.remedy
        assert self.written(vendor) == 0

    def test_what_is_refused_is_not_even_asked_for(self) -> None:
        vendor = self.make_target()
        writer = self.writer(vendor).writer()
        for verb in sorted(set(get_args(Verb)) - set(self.takes)):
            with pytest.raises(Fatal):
                writer.create(self.action(verb, {}))
        if self.finds:
            for reference in STRANGE_REFERENCES:
                with pytest.raises(Fatal):
                    writer.find(reference, self.target)
        assert [r for r in vendor.requests if "token" not in r.url.path] == []

    def test_no_secret_leaves_when_a_write_fails(self, caplog: pytest.LogCaptureFixture) -> None:
        def attempt(fault: Any) -> list[str]:
            connector = self.writer(self.make_target(), before=fault)
            writer = connector.writer()
            with pytest.raises((Fatal, Retryable)) as caught:
                writer.create(self.action())
            return [*told(caught.value, connector), repr(vars(writer))]

        no_secret(attempt, caplog)


class _Once:
    """A fault for the first request only, or for all."""

    def __init__(self, fault: Fault, always: bool) -> None:
        self._fault, self._left = fault, 10**6 if always else 1

    def __call__(self, request: httpx.Request) -> httpx.Response | None:
        self._left -= 1
        return self._fault(request) if self._left >= 0 else None


def _lost(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("answer lost", request=request)


def _away(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


class OnlyWrites(Writes):
    """A connector that only writes, whatever it talks over: there is nothing to read, and it says so."""

    def test_is_a_connector_all_the_same(self) -> None:
        made = self.open(self.make_target())
        assert isinstance(made, Connector)
        assert made.name == self.name

    def test_there_is_nothing_to_read_and_it_says_so(self) -> None:
        target = self.make_target()
        connector = self.open(target)
        assert connector.discover() == ()
        for kind in ("nonsense", "ticket"):
            with pytest.raises(Fatal) as caught:
                list(connector.read(kind, None))
            assert caught.value.remedy
        assert self.written(target) == 0

    def test_a_record_from_elsewhere_gives_no_fact(self) -> None:
        raw = RawRecord(kind="ticket", id="1", data={"a": 1})
        assert harvest(self.open(self.make_target()), [raw]).facts == ()

    def test_check_is_well_and_writes_nothing(self) -> None:
        target = self.make_target()
        health = self.open(target).check()
        assert health.ok
        assert health.detail
        assert health.system == self.name
        assert not health.problems
        assert self.written(target) == 0


class OnlyWritesConformance(WriterConformance, OnlyWrites):
    """A connector over HTTP that only writes.

    `reachable` is False only where nothing can be asked without writing (an address that only takes
    messages): then `check` looks at the settings and says that it did no more.
    """

    reachable: ClassVar[bool] = True

    def test_check_says_what_is_refused_and_the_remedy(self) -> None:
        health = self.check_of(vendors.statuses(401)[0])
        if not self.reachable:
            assert "not tried" in health.detail
            return
        assert not health.ok
        assert any("401" in p.what and p.remedy for p in health.problems)

    def check_of(self, fault: Fault) -> Any:
        """`check` towards a vendor that fails every request."""
        vendor = self.make_target()

        def handle(request: httpx.Request) -> httpx.Response:
            failed = None if "token" in request.url.path else fault(request)
            given: httpx.Response = vendor.handle(request) if failed is None else failed
            return given

        made: Any = connect({vendor.name: vendor.settings()}, httpx.MockTransport(handle))[vendor.name]
        return made.check()
