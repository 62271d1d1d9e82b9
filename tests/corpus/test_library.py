"""The clause library and the playbook agree with each other and with the typed terms."""

from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter, ValidationError

from obligations.quantities import Duration
from obligations.terms import KINDS, Terms

CORPUS = Path(__file__).resolve().parents[2] / "corpus"
FIELDS = {"id", "kind", "title", "text", "position", "for", "terms", "why"}
POSITIONS = ("preferred", "fallback", "not_acceptable")
# Every kind, and the terms by which its clauses are told and judged: each clause states them.
CORE: dict[str, set[str]] = {
    "response_time": {"within"},
    "update_time": {"within", "priority"},
    "resolution_time": {"within"},
    "availability": {"percent", "per"},
    "service_credit": {"tiers"},
    "fee": {"amount", "currency", "per"},
    "payment_due": {"within"},
    "early_payment_discount": {"percent", "within"},
    "late_interest": {"percent", "per"},
    "milestone_payment": {"amount", "currency"},
    "revenue_share": {"percent"},
    "volume_discount": {"percent", "threshold"},
    "minimum_commitment": {"amount", "unit", "per"},
    "price_change": {"percent", "notice"},
    "delivery": {"within"},
    "reporting": {"every"},
    "insurance": {"amount", "currency"},
    "audit_right": {"notice"},
    "warranty": {"within"},
    "liquidated_damages": {"percent", "per"},
    "term": {"within"},
    "renewal": {"within", "automatic"},
    "renewal_notice": {"within"},
    "termination_notice": {"within"},
    "cure_period": {"within"},
    "retention": {"within"},
    "ticket_share": {"level", "per"},
    "termination_right": {"exercise_within"},
    "holdback": {"percent", "releases"},
    "rate_card": {"prices"},
    "spend_limit": {"amount", "currency", "per"},
    "rebate": {"method", "per", "within"},
    "delivery_performance": {"measure", "percent", "per"},
    "performance_obligation": {"recognised"},
    "duty": {"what"},
    "certificate": {"standard"},
}
PLAYBOOK: dict[str, Any] = yaml.safe_load((CORPUS / "playbook.yaml").read_text(encoding="utf-8"))


def _clauses() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for path in sorted((CORPUS / "library").glob("*.yaml")):
        for clause in yaml.safe_load(path.read_text(encoding="utf-8")):
            assert clause["kind"] == path.stem, f"{clause['id']} stands in {path.name}"
            found.append(clause)
    return found


CLAUSES = _clauses()
each_clause = pytest.mark.parametrize("clause", CLAUSES, ids=[c["id"] for c in CLAUSES])


def test_every_kind_has_a_file_and_a_playbook_entry() -> None:
    assert {c["kind"] for c in CLAUSES} == set(CORE) == set(PLAYBOOK["kinds"]) == set(KINDS)


def test_ids_and_texts_are_unique() -> None:
    assert not [i for i, n in Counter(c["id"] for c in CLAUSES).items() if n > 1]
    assert not [i for i, n in Counter(c["text"] for c in CLAUSES).items() if n > 1]


@pytest.mark.parametrize("kind", sorted(CORE))
def test_every_kind_has_all_positions_for_a_customer_and_two_for_a_supplier(kind: str) -> None:
    of_kind = [c for c in CLAUSES if c["kind"] == kind]
    assert {c["position"] for c in of_kind if c["for"] == "customer"} == set(POSITIONS)
    supplier = {c["position"] for c in of_kind if c["for"] == "supplier"}
    assert {"preferred", "fallback"} <= supplier
    assert len(of_kind) >= 6


@each_clause
def test_clause_is_complete(clause: dict[str, Any]) -> None:
    assert set(clause) == FIELDS
    assert clause["position"] in POSITIONS
    assert clause["for"] in ("customer", "supplier")
    assert len(clause["text"].split()) >= 8
    assert clause["why"].rstrip().endswith((".", "?"))
    assert clause["why"].count(". ") == 0, "the guidance is one sentence"


@each_clause
def test_terms_are_typed(clause: dict[str, Any]) -> None:
    kind, terms = clause["kind"], clause["terms"]
    TypeAdapter(Terms).validate_python({"kind": kind, **terms})
    assert set(terms) >= CORE[kind]


def test_misspelt_terms_are_refused() -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Terms).validate_python({"kind": "payment_due", "within": "30 days"})


@each_clause
def test_playbook_judges_the_clause_as_it_is_filed(clause: dict[str, Any]) -> None:
    verdicts = [
        verdict
        for rule in PLAYBOOK["kinds"][clause["kind"]][clause["for"]]
        if (verdict := _verdict(rule, clause["terms"]))
    ]
    assert verdicts, "no rule of the playbook applies"
    assert max(verdicts, key=POSITIONS.index) == clause["position"]


@pytest.mark.parametrize("kind", sorted(CORE))
@pytest.mark.parametrize("side", ["customer", "supplier"])
def test_playbook_rules_are_well_formed(kind: str, side: str) -> None:
    for rule in PLAYBOOK["kinds"][kind][side]:
        assert set(rule) - {"when", "fallback"} == {"term", "preferred", "why"}
        for comparison in (rule["preferred"], rule.get("fallback", rule["preferred"])):
            assert len(comparison) == 1
            assert set(comparison) <= {"at_least", "at_most", "equals", "one_of"}
        assert rule["preferred"] != rule.get("fallback"), "a fallback gives way somewhere"


@pytest.mark.parametrize("kind", sorted(CORE))
@pytest.mark.parametrize("side", ["customer", "supplier"])
def test_every_rule_judges_some_clause(kind: str, side: str) -> None:
    own = [c["terms"] for c in CLAUSES if (c["kind"], c["for"]) == (kind, side)]
    idle = [rule for rule in PLAYBOOK["kinds"][kind][side] if not any(_verdict(rule, t) for t in own)]
    assert idle == []


def test_comparing_durations_by_the_readme() -> None:
    rule = {"term": "within", "preferred": {"at_least": "P45D"}, "fallback": {"at_least": "P1M"}}
    assert _verdict(rule, {"within": "P29D"}) == "not_acceptable"
    assert _verdict(rule, {"within": "P30D"}) == "fallback"
    assert _verdict(rule, {"within": "P45D"}) == "preferred"
    assert _verdict(rule | {"when": {"clock": "business"}}, {"within": "P45D"}) is None


def _verdict(rule: dict[str, Any], terms: dict[str, Any]) -> str | None:
    value = _read(terms, rule["term"])
    if value is None or any(terms.get(name) != held for name, held in rule.get("when", {}).items()):
        return None
    for position in ("preferred", "fallback"):
        if position in rule and _holds(rule[position], value):
            return position
    return "not_acceptable"


def _read(terms: Any, path: str) -> Any:
    for part in path.split("."):
        terms = terms[int(part)] if isinstance(terms, list) else terms.get(part)
        if terms is None:
            return None
    return terms


def _holds(comparison: dict[str, Any], value: Any) -> bool:
    ((operator, limit),) = comparison.items()
    if operator == "one_of":
        return value in limit
    if operator == "equals":
        return bool(value == limit)
    held, wanted = _measure(value), _measure(limit)
    return held >= wanted if operator == "at_least" else held <= wanted


def _measure(value: Any) -> Decimal:
    if not isinstance(value, str):
        return Decimal(str(value))
    duration = Duration.model_validate(value)
    return Decimal((duration.months * 30 + duration.days) * 24) + Decimal(duration.seconds) / 3600
