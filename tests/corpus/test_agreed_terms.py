"""What the other half of the corpus must promise, because the records of the invented world rest on it."""

from typing import Any

import pytest

from tests.corpus.shelf import annotation

US = "Tessaly Instruments GmbH"
BUSINESS = {"clock": "business"}
# Contract, kind, key, the terms that the records rest on.
AGREED: list[tuple[str, str, str, dict[str, Any]]] = [
    ("nordwind-logistik", "term", "fixed term", {"within": "P36M", "due_on": "2027-12-31"}),
    ("nordwind-logistik", "renewal", "renewal", {"automatic": False}),
    ("nordwind-logistik", "reporting", "KPI Report", {"every": "month", "within": "P5D", **BUSINESS}),
    ("nordwind-logistik", "payment_due", "invoices", {"within": "P14D", "starts": "invoice_date"}),
    ("pellworm-supply", "term", "fixed term", {"within": "P36M", "due_on": "2027-12-31"}),
    ("pellworm-supply", "volume_discount", "annual rebate", {"percent": 3, "threshold": 150000}),
    ("pellworm-supply", "payment_due", "invoices", {"within": "P30D", "starts": "invoice_date"}),
    ("pellworm-supply", "early_payment_discount", "invoices", {"percent": 2, "within": "P10D"}),
    ("pellworm-supply", "delivery", "Orders", {"within": "P10D", **BUSINESS}),
    ("pellworm-supply", "reporting", "volume statement", {"every": "quarter", "within": "P15D"}),
    ("orchard-sales", "payment_due", "invoices", {"within": "P60D", "starts": "invoice_date"}),
    ("orchard-sales", "milestone_payment", "M3", {"amount": 86000, "currency": "USD"}),
    ("stonegate-facilities", "term", "Initial Term", {"within": "P24M", "due_on": "2027-05-31"}),
    ("stonegate-facilities", "renewal", "renewal", {"within": "P12M", "automatic": True}),
    ("stonegate-facilities", "renewal_notice", "non-renewal", {"within": "P6M", "counts_to": "term_end"}),
    ("stonegate-facilities", "response_time", "P1", {"within": "PT2H", "clock": "calendar"}),
    ("stonegate-facilities", "resolution_time", "P1", {"within": "PT8H", "clock": "calendar"}),
    ("stonegate-facilities", "response_time", "P3", {"within": "PT9H", **BUSINESS}),
    ("stonegate-facilities", "reporting", "Performance Report", {"every": "quarter", "within": "P15D"}),
    ("stonegate-facilities", "payment_due", "invoices", {"within": "P30D", "starts": "invoice_receipt"}),
    ("stonegate-facilities", "insurance", "public liability", {"amount": 5000000, "currency": "GBP"}),
    ("kestrel-network", "term", "fixed period", {"within": "P24M", "due_on": "2027-08-31"}),
    ("kestrel-network", "availability", "WAN", {"percent": 99.9, "per": "month", "zone": "Europe/Berlin"}),
    ("kestrel-network", "resolution_time", "P1", {"within": "PT4H", "clock": "calendar"}),
    ("kestrel-network", "payment_due", "invoices", {"within": "P30D", "starts": "invoice_date"}),
    ("baltica-packaging", "term", "definite period", {"within": "P24M", "due_on": "2027-09-30"}),
    ("baltica-packaging", "payment_due", "invoices", {"within": "P21D", "starts": "invoice_receipt"}),
    ("baltica-packaging", "reporting", "stock report", {"every": "month", "day": 10}),
    ("arden-consulting", "term", "term", {"due_on": "2026-12-31"}),
    ("arden-consulting", "payment_due", "invoices", {"within": "P30D", "end_of_month": "unclear"}),
    ("arden-consulting", "reporting", "status report", {"every": "month", "within": "P3D", **BUSINESS}),
    ("datavane-data", "term", "initial term", {"within": "P24M", "due_on": "2027-04-30"}),
    ("datavane-data", "renewal", "renewal", {"within": "P12M", "automatic": True}),
    ("datavane-data", "renewal_notice", "non-renewal", {"within": "P60D"}),
    ("datavane-data", "response_time", "Support Questions", {"within": "P2D", **BUSINESS}),
    ("datavane-data", "payment_due", "invoices", {"within": "P30D", "starts": "invoice_date"}),
    ("datavane-data", "reporting", "usage statement", {"every": "month", "within": "P10D"}),
]
CONTRACTS = sorted({contract for contract, *_ in AGREED})
# Kinds whose records would be judged: a second promise of one contract would judge them twice.
ONCE = ("payment_due", "availability", "term", "renewal", "renewal_notice")


def _terms(contract: str, kind: str, key: str) -> list[dict[str, Any]]:
    entries = annotation(contract)["obligations"]
    return [entry["terms"] for entry in entries if (entry["kind"], entry["key"]) == (kind, key)]


@pytest.mark.parametrize(("contract", "kind", "key", "terms"), AGREED)
def test_the_agreed_terms_are_promised(contract: str, kind: str, key: str, terms: dict[str, Any]) -> None:
    found = _terms(contract, kind, key)
    assert found, f"{contract} has no {kind} {key}"
    assert all(entry.items() >= terms.items() for entry in found)


@pytest.mark.parametrize("contract", CONTRACTS)
def test_promises_that_records_judge_stand_once(contract: str) -> None:
    kinds = [entry["kind"] for entry in annotation(contract)["obligations"]]
    assert {kind: kinds.count(kind) for kind in ONCE if kinds.count(kind) > 1} == {}


@pytest.mark.parametrize("contract", CONTRACTS)
def test_no_periodic_report_beyond_the_agreed_ones(contract: str) -> None:
    """A report without a record would count as late: only those with records are promised."""
    agreed = {key for held, kind, key, _ in AGREED if (held, kind) == (contract, "reporting")}
    entries = annotation(contract)["obligations"]
    periodic = {e["key"] for e in entries if e["kind"] == "reporting" and e["terms"]["every"] != "event"}
    assert periodic == agreed


@pytest.mark.parametrize("contract", CONTRACTS)
def test_the_payer_is_the_buyer(contract: str) -> None:
    (entry,) = [e for e in annotation(contract)["obligations"] if e["kind"] == "payment_due"]
    payer = "Orchard Clinics Network, Inc." if contract == "orchard-sales" else US
    assert entry["debtor"] == payer
    assert entry["creditor"] != payer


def test_holidays_follow_the_seat_that_each_contract_names() -> None:
    regions = {
        contract: terms["calendar"]["holiday_region"]
        for contract, kind, key in (
            ("nordwind-logistik", "reporting", "KPI Report"),
            ("arden-consulting", "reporting", "status report"),
            ("datavane-data", "response_time", "Support Questions"),
            ("stonegate-facilities", "response_time", "P3"),
        )
        for terms in _terms(contract, kind, key)
    }
    assert regions == {
        "nordwind-logistik": "DE-HH",
        "arden-consulting": "DE-BY",
        "datavane-data": "DE-BY",
        "stonegate-facilities": "GB-ENG",
    }
