"""The second company: read from files as any house's contracts are, and answered by the same planner."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from cli import companies
from corpus.build import CORPUS, sources, stale
from evals import tasks
from evals.case import SECOND, load_questions
from evals.runner import run_task
from evals.scorers.ragas_metrics import Library, Ragas
from evals.tasks import second
from evals.world import open_world
from flows.wiring import Pacta
from obligations.model import Obligation
from store import LOCAL

pytestmark = pytest.mark.xdist_group("second")


def without_ragas() -> Library:
    raise ImportError("not needed here", name="ragas")


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pacta]:
    home = tmp_path_factory.mktemp("second")
    companies.of("second").prepare(home)
    with open_world(home) as pacta:
        yield pacta


def promise(pacta: Pacta, contract: str, kind: str) -> Obligation:
    return next(o for o in pacta.store.obligations(LOCAL.scope, contract=contract) if o.kind == kind)


def test_the_eval_names_its_company_and_has_every_class() -> None:
    (task,) = tasks.named(["second"])
    assert (task.name, task.company) == ("second", "second")
    cases = load_questions(SECOND)
    assert len(cases) >= 45
    first = {case.group for case in load_questions()} - {"leak"}
    assert first <= {case.group for case in cases}


def test_its_contracts_are_built_from_their_sources() -> None:
    home = CORPUS / "second"
    assert [s.key for s in sources((), home) if stale(s, home)] == []


def test_parties_with_legal_forms_and_names_in_brackets(hospital: Pacta) -> None:
    held = {p.name: p for p in hospital.store.parties(LOCAL.scope)}
    assert "Tidewell" in held["Marrow & Tidewell Hygiene Limited"].aliases
    assert "Contractor" not in held["Marrow & Tidewell Hygiene Limited"].aliases
    contracts = {c.id: c.counterparty for c in hospital.store.contracts(LOCAL.scope)}
    ours = next(p.id for p in held.values() if p.us)
    assert ours not in contracts.values()
    assert contracts["larkspur-catering"] == held["Larkspur Kitchens DAC"].id


def test_who_pays_is_served_whatever_he_is_called(hospital: Pacta) -> None:
    assert promise(hospital, "veyra-imaging", "availability").debtor == "veyra-medizintechnik-gmbh"


def test_the_nth_working_day_counts_by_the_day_that_is_defined(hospital: Pacta) -> None:
    terms = promise(hospital, "tidewell-hygiene", "reporting").terms[-1].terms.model_dump()
    assert terms["calendar"]["holiday_region"] == "IE"


def test_planned_service_is_left_out_and_the_credit_knows_its_charge(hospital: Pacta) -> None:
    level = promise(hospital, "veyra-imaging", "availability").terms[-1].terms.model_dump(mode="json")
    credit = promise(hospital, "veyra-imaging", "service_credit").terms[-1].terms.model_dump(mode="json")
    assert "maintenance" in level["excludes"]
    assert credit["base"] == {"amount": "21000", "currency": "EUR"}


def test_an_amendment_finds_the_agreement_that_its_title_names(hospital: Pacta) -> None:
    amendment = hospital.store.contract("veyra-amendment-1", LOCAL.scope)
    assert amendment.parent == "veyra-imaging"
    changed = promise(hospital, "veyra-amendment-1", "response_time").terms[-1].terms.model_dump(mode="json")
    assert (changed["priority"], changed["within"]["seconds"]) == ("P1", 4 * 3600)


def test_answers(hospital: Pacta) -> None:
    task = second.task(Ragas(without_ragas))
    cases = [case for case in task.samples(hospital) if not case.turns]
    result = run_task(hospital, replace(task, samples=lambda pacta: cases))
    held = {m.metric: m.value for m in result.measures if m.value is not None}
    wrong = "\n".join(f"{i.id}: {i.got}" for i in result.items if not i.passed)
    assert held["quotes"] == 1.0, wrong
    for metric in ("verdict", "value", "record", "abstention"):
        assert held[metric] >= 0.9, wrong
