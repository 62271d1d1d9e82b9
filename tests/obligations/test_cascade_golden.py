"""Golden cases of whole contract trees: documents put together, then judged on records."""

import random
from datetime import date
from typing import Any

import pytest

from obligations.cascade import resolve
from obligations.errors import CascadeError
from obligations.lineage import lineage
from obligations.rules import assess
from tests.obligations.golden_cases import as_of, contracts_of, differences, load, observed_from, reader_of

CONTENT = load("cascade")
READER = reader_of(CONTENT)
SIDES = {"debtor": "vendor", "creditor": "us"}


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CONTENT["cases"]])
def test_golden_case(case: dict[str, Any]) -> None:
    contracts = contracts_of({**CONTENT, **case})
    read = [READER.obligation({**SIDES, **given}) for given in case["obligations"]]
    if "refused" in case:
        with pytest.raises(CascadeError, match=case["refused"]):
            resolve(contracts, read)
        return
    held = resolve(contracts, read)
    assert {o.id: o for o in resolve(contracts, held)} == {o.id: o for o in held}
    shuffled = list(read)
    random.Random(1).shuffle(shuffled)
    assert {o.id: o for o in resolve(contracts, shuffled)} == {o.id: o for o in held}
    notes = {o.id: list(o.notes) for o in held}
    assert {name: notes[name] for name in case.get("notes", {})} == case.get("notes", {})
    for wanted in case.get("lineage", []):
        promise = next(o for o in held if o.id == wanted["obligation"])
        origins = {o.name: o.contract for o in lineage(promise, date.fromisoformat(wanted["on"]))}
        assert origins == wanted["terms"]
    facts = [READER.fact(fact) for fact in case.get("facts", [])]
    at, since = as_of(READER, case), observed_from(case)
    found = {(a.obligation, a.occurrence.key): a for o in held for a in assess(o, facts, at, since)}
    wanted = {(w["obligation"], w["occurrence"]): w for w in case.get("expect", [])}
    assert sorted(found) == sorted(wanted) or "expect" not in case
    problems = [
        f"{key}: {problem}"
        for key, want in wanted.items()
        for problem in differences(found[key], want, READER.zone)
    ]
    assert not problems, "\n".join(problems)
