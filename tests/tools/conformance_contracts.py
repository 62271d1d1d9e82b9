"""What a connector must do that reads contracts: metadata by `to_contract`, the document, one by its id."""

import copy
from typing import Any, ClassVar

import httpx
import pytest

from tests.tools import vendors
from tests.tools.conformance import Conformance, _records, connector_of
from tests.tools.vendors import Fault, Vendor
from tools import connect
from tools.kit import NotFound, Retryable, Skippable, Unauthorised, WrongAnswer, harvest
from tools.kit.contracts import RawContract


class ContractConformance(Conformance):
    """Beside everything that a reading connector must do. `repository` is a vendor that also gives single
    contracts and documents, `known` the id of one that has a document, as people call it."""

    repository: ClassVar[type[Vendor]]
    known: ClassVar[str]
    unknown: ClassVar[str] = "no-such-contract-1"

    def interpret(self, connector: Any, records: list[Any]) -> tuple[list[Any], list[Any]]:
        good, bad = [], []
        for record in records:
            try:
                good.append(connector.to_contract(record))
            except Skippable as error:
                bad.append(error.problem())
        return good, bad

    def is_document(self, request: httpx.Request) -> bool:
        """Is this the request that fetches the document itself?"""
        raise NotImplementedError

    def failing(self, fault: Fault, **changes: Any) -> Any:
        """A connector whose documents fail."""
        vendor = self.repository()

        def handle(request: httpx.Request) -> httpx.Response:
            given = fault(request) if self.is_document(request) else None
            return given if given is not None else vendor.handle(request)

        settings = {**vendor.settings(), **changes}
        return connect({vendor.name: settings}, httpx.MockTransport(handle))[vendor.name]

    def test_contracts_are_no_facts(self) -> None:
        connector = connector_of(self.make(count=5))
        records = _records(connector, self.vendor.kind)
        assert records
        assert harvest(connector, records).facts == ()
        contracts, problems = self.interpret(connector, records)
        assert [type(one) for one in contracts] == [RawContract] * 5
        assert not problems

    def test_repeated_and_shuffled_contracts_are_the_same(self) -> None:
        plain, hostile = self.make(count=25), self.make(count=25, page_size=10, repeat_last=True)
        connector = connector_of(plain)
        once, _ = self.interpret(connector, _records(connector, plain.kind))
        again, _ = self.interpret(connector, _records(connector_of(hostile), hostile.kind)[::-1])
        assert {one.id: one for one in once} == {one.id: one for one in again}
        assert len({one.id for one in once}) == 25

    def test_one_by_its_id_is_the_one_in_the_list(self) -> None:
        connector = connector_of(self.repository())
        listed, _ = self.interpret(connector, _records(connector, self.repository.kind))
        one = connector.contract(self.known)
        assert one.id == self.known
        assert one in listed
        assert connector.contract(one.record_id) == one

    def test_an_unknown_one_is_not_found(self) -> None:
        connector = connector_of(self.repository())
        for ask in (connector.contract, connector.document):
            with pytest.raises(NotFound) as caught:
                ask(self.unknown)
            assert caught.value.remedy

    @pytest.mark.parametrize("identity", ["../admin", "x?y=1", "a/b", "x' or 'a'='a", "%2e%2e", "..", "a b"])
    def test_an_id_cannot_lead_elsewhere(self, identity: str) -> None:
        vendor = self.repository()
        connector = connector_of(vendor)
        with pytest.raises(NotFound):
            connector.contract(identity)
        base = httpx.URL(vendor.settings()["base_url"]).path.rstrip("/")
        paths = [r.url.raw_path.decode() for r in vendor.requests if "token" not in r.url.path]
        assert all(path.startswith(base) for path in paths)
        assert not any("/../" in path or path.endswith("/..") for path in paths)

    def test_the_document_has_bytes_and_a_harmless_name(self) -> None:
        data, name = connector_of(self.repository()).document(self.known)
        assert isinstance(data, bytes)
        assert data
        assert name
        assert not set(name) & set("/\\\x00\r\n")
        assert name not in (".", "..")

    def test_a_login_page_is_no_document(self) -> None:
        with pytest.raises(WrongAnswer) as caught:
            self.failing(vendors.html).document(self.known)
        assert caught.value.remedy

    def test_a_document_without_end_is_refused(self) -> None:
        with pytest.raises(WrongAnswer, match="larger than"):
            self.failing(vendors.too_large, max_document=100_000).document(self.known)

    def test_a_document_we_may_not_see_is_told(self) -> None:
        with pytest.raises(Unauthorised) as caught:
            self.failing(vendors.statuses(403)[0]).document(self.known)
        assert caught.value.remedy

    def test_a_document_that_does_not_come_is_asked_for_again_then_told(self) -> None:
        lost: list[int] = []

        def once(request: httpx.Request) -> httpx.Response | None:
            lost.append(1)
            if len(lost) == 1:
                raise httpx.ReadTimeout("late", request=request)
            return None

        assert self.failing(once).document(self.known)[0]
        with pytest.raises(Retryable, match="timed out"):
            self.failing(vendors.time_out).document(self.known)

    def test_what_is_read_is_left_as_it_was(self) -> None:
        connector = connector_of(self.repository())
        for record in _records(connector, self.repository.kind):
            before = copy.deepcopy(record.data)
            connector.to_contract(record)
            assert record.data == before
