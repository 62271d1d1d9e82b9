"""Golden cases of what is derived from records alone: overpayment and spend off contract."""

import random
from datetime import timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter

from obligations.cascade import resolve
from obligations.facts import Fact
from obligations.findings import SpendFinding, off_contract_spend, overpayments
from obligations.model import AsOf, Obligation, Party
from obligations.rules import assess
from tests.obligations.golden_cases import Reader, as_of, contracts_of, load, reader_of


def _cases(name: str) -> list[Any]:
    content = load(name)
    return [pytest.param(content, case, id=case["name"]) for case in content["cases"]]


def _obligations(reader: Reader, specs: list[dict[str, Any]]) -> list[Obligation]:
    return [reader.obligation(spec) for spec in specs]


def _overpaid(content: dict[str, Any], case: dict[str, Any], facts: list[Fact]) -> tuple[SpendFinding, ...]:
    reader = reader_of(content)
    held = _obligations(reader, case.get("obligations", content["obligations"]))
    at = as_of(reader, case)
    return overpayments(facts, [a for o in held for a in assess(o, facts, at)], at)


def _off_contract(
    content: dict[str, Any], case: dict[str, Any], facts: list[Fact]
) -> tuple[SpendFinding, ...]:
    reader = reader_of(content)
    contracts = contracts_of({**content, **case})
    parties = TypeAdapter(list[Party]).validate_python(content["parties"])
    read = _obligations(reader, {**content, **case}["obligations"])
    held = resolve(contracts, read, parties)
    return off_contract_spend(contracts, held, facts, as_of(reader, case), parties)


def _compare(found: tuple[SpendFinding, ...], case: dict[str, Any]) -> None:
    assert [(f.kind, f.subject) for f in found] == [(w["kind"], w["subject"]) for w in case["expect"]]
    for finding, wanted in zip(found, case["expect"], strict=True):
        shown: dict[str, Any] = {
            "amount": str(finding.amount),
            "on": finding.on.isoformat(),
            "party": finding.party,
            "contract": finding.contract,
            "summary": finding.summary,
            "records": sorted(source.label for source in finding.records),
            "spans": sorted({span.quote for span in finding.spans}),
            "missing": list(finding.missing),
        }
        for name, value in wanted.items():
            if name in shown:
                assert shown[name] == (sorted(value) if name in ("records", "spans") else value), name
        for text in wanted.get("contains", []):
            assert text in finding.summary
        assert finding.records


def _facts(content: dict[str, Any], case: dict[str, Any]) -> list[Fact]:
    reader = reader_of(content)
    return [reader.fact(spec) for spec in case["facts"]]


@pytest.mark.parametrize(("content", "case"), _cases("overpayment"))
def test_overpayment(content: dict[str, Any], case: dict[str, Any]) -> None:
    _compare(_overpaid(content, case, _facts(content, case)), case)


@pytest.mark.parametrize(("content", "case"), _cases("off_contract"))
def test_off_contract_spend(content: dict[str, Any], case: dict[str, Any]) -> None:
    _compare(_off_contract(content, case, _facts(content, case)), case)


@pytest.mark.parametrize("name", ["overpayment", "off_contract"])
def test_order_duplicates_and_later_records_change_nothing(name: str) -> None:
    find = _overpaid if name == "overpayment" else _off_contract
    content = load(name)
    for case in content["cases"]:
        facts = _facts(content, case)
        later = as_of(reader_of(content), case).known_at + timedelta(seconds=1)
        late = [f.model_copy(update={"id": f"{f.id}/late", "known_at": later}) for f in facts]
        mixed = [*facts, *facts, *late]
        random.Random(case["name"]).shuffle(mixed)
        assert find(content, case, mixed) == find(content, case, facts)


def test_a_finding_keeps_its_id() -> None:
    content = load("off_contract")
    case = content["cases"][1]
    first = _off_contract(content, case, _facts(content, case))[0]
    again = _off_contract(content, {**case, "as_of": "2026-09-11 12:00"}, _facts(content, case))[0]
    assert first.id == again.id
    assert AsOf(as_of=first.as_of, known_at=first.known_at) != AsOf(
        as_of=again.as_of, known_at=again.known_at
    )
