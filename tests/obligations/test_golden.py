"""Every golden case of every kind: outcome, figures, and the evidence cited."""

from typing import Any

import pytest

from obligations.rules import READS, RULES, assess
from obligations.terms import KINDS
from tests.obligations.golden_cases import (
    GOLDEN,
    as_of,
    differences,
    load,
    observed_from,
    posed,
    reader_of,
)


def _cases() -> list[Any]:
    found = []
    for kind in KINDS:
        content = load(kind)
        found += [pytest.param(content, case, id=f"{kind}: {case['name']}") for case in content["cases"]]
    return found


def test_every_kind_has_a_rule_and_a_golden_file() -> None:
    assert sorted(RULES) == sorted(READS) == sorted(KINDS)
    assert {path.stem for path in GOLDEN.glob("*.yaml")} >= set(KINDS)


@pytest.mark.parametrize(("content", "case"), _cases())
def test_golden_case(content: dict[str, Any], case: dict[str, Any]) -> None:
    reader = reader_of(content)
    obligation, facts = posed(reader, content, case)
    found = assess(obligation, facts, as_of(reader, case), observed_from({**content, **case}))
    by_key = {assessment.occurrence.key: assessment for assessment in found}
    assert list(by_key) == [wanted["occurrence"] for wanted in case["expect"]]
    problems = [
        f"{wanted['occurrence']}: {problem}"
        for wanted in case["expect"]
        for problem in differences(by_key[wanted["occurrence"]], wanted, reader.zone)
    ]
    assert not problems, "\n".join(problems)
