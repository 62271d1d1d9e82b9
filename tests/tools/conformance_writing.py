"""What a writer must do: once, whatever becomes of the answer; never what it cannot; nothing told."""

from typing import Any, ClassVar, get_args

import httpx
import pytest

from obligations.model import Action, Verb
from tests.tools import vendors
from tests.tools.conformance import Speaks, no_secret, told
from tests.tools.vendors import START, Fault, Json, Vendor
from tools import connect
from tools.kit import ConnectorError, Fatal, RawRecord, Retryable, Unauthorised, harvest

REFERENCE = "pacta-9c4e11"


class WriterConformance:
    """The writer of a connector over HTTP. Inherit it beside the class for reading, or alone.

    `takes` are the verbs it carries out, `example` a payload of the first of them and `target` what it is
    about. `finds` is False only where the system offers no way to look for what was written; `repeats`
    where a write does no harm sent twice (an upsert), so that the kit may try it again by itself.
    """

    vendor: ClassVar[type[Vendor]]
    takes: ClassVar[tuple[str, ...]]
    example: ClassVar[Json]
    target: ClassVar[str] = ""
    finds: ClassVar[bool] = True
    repeats: ClassVar[bool] = False

    def make_target(self) -> Any:
        return self.vendor(count=5)

    def is_write(self, request: httpx.Request) -> bool:
        """Does this request change something over there? Searches by POST do not."""
        return request.method not in ("GET", "HEAD") and "token" not in request.url.path

    def written(self, vendor: Any) -> int:
        """How many things were really written."""
        return len(vendor.written)

    def text_of(self, vendor: Any) -> str:
        """Everything that was written, as text."""
        return str(vendor.written)

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

    def action(self, verb: str = "", payload: Json | None = None, reference: str = REFERENCE) -> Action:
        return Action.model_validate(
            {
                "id": "act-1",
                "system": self.vendor.name,
                "verb": verb or self.takes[0],
                "target": self.target,
                "payload": self.example if payload is None else payload,
                "reference": reference,
                "reason": "breached",
                "proposed_at": START,
                "proposed_by": "policy",
            }
        )

    def sent(self, vendor: Any) -> int:
        return sum(self.is_write(request) for request in vendor.requests)

    # -- once ---------------------------------------------------------------------------------------

    def test_what_is_written_says_where_it_is_and_carries_our_reference(self) -> None:
        vendor = self.make_target()
        made = self.writer(vendor).writer().create(self.action())
        assert made.system == vendor.name
        assert made.record
        assert self.written(vendor) == 1
        assert REFERENCE in self.text_of(vendor)

    def test_is_found_instead_of_repeated(self) -> None:
        vendor = self.make_target()
        writer = self.writer(vendor).writer()
        assert writer.find(REFERENCE, self.target) is None
        first = writer.create(self.action())
        if not self.finds:
            assert writer.find(REFERENCE, self.target) is None
            return
        assert writer.create(self.action()) == first
        assert writer.find(REFERENCE, self.target) == first
        assert writer.find(REFERENCE[:-1], self.target) is None, "only the whole reference counts"
        assert self.written(vendor) == 1

    def test_a_lost_answer_may_be_done_and_is_found_the_next_time(self) -> None:
        vendor, lost = self.make_target(), []

        def after(request: httpx.Request) -> httpx.Response | None:
            lost.append(1)
            if len(lost) == 1 or self.repeats:
                raise httpx.ReadTimeout("answer lost", request=request)
            return None

        with pytest.raises(Retryable) as caught:
            self.writer(vendor, after=after).writer().create(self.action())
        assert caught.value.maybe_done or self.repeats
        assert self.written(vendor) == 1
        if self.finds:
            self.writer(vendor).writer().create(self.action())
            assert self.written(vendor) == 1

    def test_an_answer_that_is_none_does_not_make_us_write_twice(self) -> None:
        vendor = self.make_target()
        with pytest.raises(ConnectorError) as caught:
            self.writer(vendor, after=vendors.html).writer().create(self.action())
        assert caught.value.remedy
        assert self.written(vendor) == 1
        if self.finds:
            self.writer(vendor).writer().create(self.action())
            assert self.written(vendor) == 1

    # -- bad days -----------------------------------------------------------------------------------

    def test_a_busy_system_is_asked_again(self) -> None:
        vendor = self.make_target()
        faults = vendors.statuses(429, 429, **{"retry-after": "0"})
        self.writer(vendor, before=lambda r: faults.pop(0)(r) if faults else None).writer().create(
            self.action()
        )
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

    def test_a_system_that_cannot_be_reached_is_told(self) -> None:
        def away(request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("refused", request=request)

        with pytest.raises(Retryable) as caught:
            self.writer(self.make_target(), before=away).writer().create(self.action())
        assert not caught.value.maybe_done
        assert caught.value.remedy

    @pytest.mark.parametrize("status", [401, 403])
    def test_refused_rights_are_for_a_person(self, status: int) -> None:
        vendor = self.make_target()
        with pytest.raises(Unauthorised) as caught:
            self.writer(vendor, before=vendors.statuses(status)[0]).writer().create(self.action())
        assert caught.value.remedy
        assert self.written(vendor) == 0

    # -- never --------------------------------------------------------------------------------------

    def test_other_verbs_are_refused_with_what_is_taken(self) -> None:
        vendor = self.make_target()
        writer = self.writer(vendor).writer()
        for verb in sorted(set(get_args(Verb)) - set(self.takes)):
            with pytest.raises(Fatal, match=verb) as caught:
                writer.create(self.action(verb, {}))
            assert any(taken in caught.value.remedy for taken in self.takes), verb
        assert self.sent(vendor) == 0

    def test_a_payload_of_another_shape_is_refused(self) -> None:
        vendor = self.make_target()
        writer = self.writer(vendor).writer()
        for verb in self.takes:
            for payload in ({}, {"nonsense": 1}, {**self.example, "nonsense": 1}):
                with pytest.raises(Fatal) as caught:
                    writer.create(self.action(verb, payload))
                assert caught.value.remedy
        assert self.written(vendor) == 0

    @pytest.mark.parametrize(
        "reference", ["x' or 'a'='a", "a^ORb=c", "a,b", "a b c d", "x\ny", "ä" * 10, "x" * 200]
    )
    def test_a_reference_cannot_carry_a_query(self, reference: str) -> None:
        vendor = self.make_target()
        writer = self.writer(vendor).writer()
        if not self.finds:
            assert writer.find(reference, self.target) is None
            return
        asked = len(vendor.requests)
        with pytest.raises(Fatal, match="searched"):
            writer.find(reference, self.target)
        assert len(vendor.requests) == asked

    def test_no_secret_leaves_when_a_write_fails(self, caplog: pytest.LogCaptureFixture) -> None:
        def attempt(fault: Any) -> list[str]:
            connector = self.writer(self.make_target(), before=fault)
            writer = connector.writer()
            with pytest.raises((Fatal, Retryable)) as caught:
                writer.create(self.action())
            return [*told(caught.value, connector), repr(vars(writer))]

        no_secret(attempt, caplog)


class OnlyWritesConformance(WriterConformance, Speaks):
    """A connector that only writes: there is nothing to read, and it says so.

    `reachable` is False only where nothing can be asked without writing (an address that only takes
    messages): then `check` looks at the settings and says that it did no more.
    """

    reachable: ClassVar[bool] = True

    def test_there_is_nothing_to_read_and_it_says_so(self) -> None:
        vendor = self.make()
        connector = self.writer(vendor)
        assert connector.discover() == ()
        for kind in ("nonsense", "ticket"):
            with pytest.raises(Fatal) as caught:
                list(connector.read(kind, None))
            assert caught.value.remedy
        assert self.sent(vendor) == 0

    def test_a_record_from_elsewhere_gives_no_fact(self) -> None:
        raw = RawRecord(kind="ticket", id="1", data={"a": 1})
        crop = harvest(self.writer(self.make()), [raw])
        assert crop.facts == ()

    def test_check_writes_nothing(self) -> None:
        vendor = self.make()
        assert self.writer(vendor).check().detail
        assert self.written(vendor) == 0

    def test_check_says_what_is_refused_and_the_remedy(self) -> None:
        vendor = self.make()
        vendor.always = vendors.statuses(401)[0]
        health = self.check_of(vendor)
        if not self.reachable:
            assert "not tried" in health.detail
            return
        assert not health.ok
        assert any("401" in p.what and p.remedy for p in health.problems)

    def check_of(self, vendor: Any) -> Any:
        """`check` towards a vendor that answers every request as `vendor.always` says."""

        def handle(request: httpx.Request) -> httpx.Response:
            if "token" in request.url.path:
                return vendor.give_token(request)  # type: ignore[no-any-return]
            given = vendor.always(request)
            assert given is not None
            return given  # type: ignore[no-any-return]

        made: Any = connect({vendor.name: vendor.settings()}, httpx.MockTransport(handle))[vendor.name]
        return made.check()
