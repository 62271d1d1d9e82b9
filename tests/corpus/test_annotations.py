"""The hand annotations are grounded, well-formed, and say what the invented world says."""

import json
from typing import Any

import pytest
from pydantic import TypeAdapter

from obligations.terms import Terms
from tests.corpus.shelf import KEYS, SCANS, annotation, built, flat, parsed_text, source_text

TYPED: TypeAdapter[Any] = TypeAdapter(Terms)


@pytest.mark.parametrize("key", KEYS)
def test_quotes_stand_in_the_source(key: str) -> None:
    text = source_text(key)
    lost = [entry["quote"] for entry in annotation(key)["obligations"] if flat(entry["quote"]) not in text]
    assert lost == []


# Scans are read by character recognition, which has its own tests.
@pytest.mark.parametrize("key", [key for key in KEYS if key not in SCANS])
def test_quotes_stand_in_the_parsed_file(key: str) -> None:
    text = parsed_text(key)
    lost = [entry["quote"] for entry in annotation(key)["obligations"] if flat(entry["quote"]) not in text]
    assert lost == []


@pytest.mark.parametrize("key", KEYS)
def test_entries_are_well_formed(key: str) -> None:
    noted = annotation(key)
    names = {party["name"] for party in noted["facts"]["parties"]} | {None}
    for entry in noted["obligations"]:
        assert set(entry) == {"kind", "key", "quote", "section", "debtor", "creditor", "terms"}
        assert {entry["debtor"], entry["creditor"]} <= names
        assert entry["section"]
        TYPED.validate_python({"kind": entry["kind"], **entry["terms"]})


@pytest.mark.parametrize("key", KEYS)
def test_no_entry_stands_twice(key: str) -> None:
    entries = [json.dumps(entry, sort_keys=True) for entry in annotation(key)["obligations"]]
    assert len(entries) == len(set(entries))


def test_a_row_with_two_targets_gives_two_entries() -> None:
    kinds = [entry["kind"] for entry in annotation("acme-sla")["obligations"]]
    assert kinds.count("response_time") + kinds.count("resolution_time") == 8


# What the rest of the product is tested against: contract, kind, key, the terms that matter.
WORLD: list[tuple[str, str, str, dict[str, object]]] = [
    ("acme-msa", "term", "initial term", {"within": "P36M", "due_on": "2027-02-28"}),
    ("acme-msa", "renewal", "renewal", {"within": "P12M", "automatic": True}),
    ("acme-msa", "renewal_notice", "non-renewal", {"within": "P90D"}),
    ("acme-msa", "payment_due", "invoices", {"within": "P30D", "starts": "invoice_receipt"}),
    (
        "acme-msa",
        "reporting",
        "monthly service report",
        {"within": "P5D", "clock": "business", "every": "month"},
    ),
    ("acme-msa", "fee", "Monthly Service Charge", {"amount": 48000, "currency": "EUR", "per": "month"}),
    ("acme-msa", "retention", "service records", {"within": "P6Y"}),
    ("acme-msa", "audit_right", "records and premises", {"notice": "P20D", "clock": "business"}),
    ("acme-sla", "response_time", "P1", {"within": "PT15M", "clock": "calendar"}),
    ("acme-sla", "resolution_time", "P1", {"within": "PT8H", "clock": "calendar"}),
    ("acme-sla", "response_time", "P2", {"within": "PT1H", "clock": "business"}),
    ("acme-sla", "resolution_time", "P2", {"within": "PT10H", "clock": "business"}),
    ("acme-sla", "response_time", "P3", {"within": "PT4H", "clock": "business"}),
    ("acme-sla", "resolution_time", "P3", {"within": "PT30H", "clock": "business"}),
    ("acme-sla", "response_time", "P4", {"within": "PT8H", "clock": "business"}),
    ("acme-sla", "resolution_time", "P4", {"within": "PT60H", "clock": "business"}),
    ("acme-sla", "availability", "order platform", {"percent": 99.9, "maintenance_cap": "PT8H"}),
    ("acme-amendment-1", "resolution_time", "P1", {"within": "PT6H"}),
    ("acme-sow-3", "payment_due", "invoices under SOW 3", {"within": "P45D", "starts": "invoice_receipt"}),
    ("acme-sow-3", "reporting", "weekly progress report", {"every": "week", "weekday": "fri", "at": "17:00"}),
    ("acme-sow-3", "fee", "Project Charge", {"amount": 12500, "currency": "EUR", "per": "month"}),
    ("acme-sow-3", "term", "term", {"due_on": "2027-03-31"}),
    ("nordwind-hosting", "availability", "storefront", {"percent": 99.95, "zone": "Europe/Stockholm"}),
    ("nordwind-hosting", "response_time", "P1", {"within": "PT30M", "clock": "calendar"}),
    ("nordwind-hosting", "resolution_time", "P1", {"within": "PT4H", "clock": "calendar"}),
    ("nordwind-hosting", "response_time", "P2", {"within": "PT2H"}),
    ("nordwind-hosting", "resolution_time", "P2", {"within": "PT8H"}),
    ("nordwind-hosting", "payment_due", "invoices", {"within": "P30D", "starts": "invoice_date"}),
    ("nordwind-hosting", "fee", "Monthly Fee", {"amount": 9800, "currency": "EUR", "per": "month"}),
    ("nordwind-hosting", "term", "initial term", {"within": "P24M", "due_on": "2027-01-31"}),
    ("nordwind-hosting", "renewal_notice", "non-renewal", {"within": "P3M"}),
    ("cirrus-saas", "availability", "service", {"percent": 99.5, "zone": "America/New_York"}),
    ("cirrus-saas", "response_time", "P1", {"within": "PT1H", "clock": "calendar"}),
    ("cirrus-saas", "response_time", "P2", {"within": "PT4H", "clock": "business"}),
    ("cirrus-saas", "payment_due", "invoices", {"within": "P45D", "starts": "invoice_date"}),
    ("cirrus-saas", "fee", "Annual Subscription Fee", {"amount": 120000, "currency": "USD", "per": "year"}),
    ("cirrus-saas", "term", "Initial Term", {"within": "P12M", "due_on": "2026-12-14"}),
    ("cirrus-saas", "renewal_notice", "non-renewal", {"within": "P30D"}),
    ("fenwick-nda", "term", "duration", {"within": "P3Y"}),
]


@pytest.mark.parametrize(("contract", "kind", "key", "terms"), WORLD)
def test_the_annotations_state_the_agreed_terms(
    contract: str, kind: str, key: str, terms: dict[str, object]
) -> None:
    found = [
        entry["terms"]
        for entry in annotation(contract)["obligations"]
        if (entry["kind"], entry["key"]) == (kind, key)
    ]
    assert found, f"{built(contract).name} has no {kind} {key}"
    assert all(entry.items() >= terms.items() for entry in found)


@pytest.mark.parametrize(
    ("contract", "tiers", "cap"),
    [
        ("acme-sla", [(99.9, 99.5, 5), (99.5, 99.0, 10), (99.0, None, 20)], 20),
        ("nordwind-hosting", [(99.95, 99.5, 10), (99.5, 99.0, 25), (99.0, None, 50)], 50),
        ("cirrus-saas", [(99.5, 99.0, 10), (99.0, None, 25)], None),
    ],
)
def test_the_credit_tiers_are_the_agreed_ones(
    contract: str, tiers: list[tuple[float, float | None, int]], cap: int | None
) -> None:
    credits = [e["terms"] for e in annotation(contract)["obligations"] if e["kind"] == "service_credit"]
    found = [tier for terms in credits for tier in terms["tiers"]]
    assert [(tier["below"], tier["at_least"], tier["percent"]) for tier in found] == tiers
    assert {terms.get("cap_percent") for terms in credits} == {cap}


def test_the_nda_promises_nothing_that_is_watched() -> None:
    assert {entry["kind"] for entry in annotation("fenwick-nda")["obligations"]} == {"term"}
