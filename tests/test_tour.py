"""The tour: one clause followed from the signed file to the answer, on the whole invented company.

docs/tour.md walks the same way; what it claims is asserted here.
"""

import json
from datetime import date, datetime

import pytest

from flows.ask import ask
from flows.assess import assess
from flows.wiring import Pacta
from obligations.model import Outcome
from store import LOCAL, Scope

pytestmark = pytest.mark.xdist_group("world")
AS_OF = datetime.fromisoformat("2026-11-10T12:00:00+01:00")


def test_a_clause_from_file_to_answer(world: Pacta) -> None:
    # The amendment's file was fetched from the CLM after a signed webhook, and parsed into one text.
    contract = world.store.contract("IC-103", Scope.all())
    assert contract.relation == "amendment"
    assert contract.document_id is not None
    document = world.store.document(contract.document_id, Scope.all())
    assert document.pages

    # Its sentence became a typed obligation whose span is exactly that sentence in the text.
    read = next(
        o for o in world.store.obligations(Scope.all(), contract="IC-103") if o.kind == "resolution_time"
    )
    span = read.terms[0].span
    assert document.text[span.start : span.end] == span.quote
    assert read.terms[0].from_on == date(2026, 7, 1)

    # The cascade put it into the schedule's promise as dated terms.
    obligations = world.worlds.of(Scope.all()).obligations.values()
    promise = next(
        o for o in obligations if o.kind == "resolution_time" and o.key == "P1" and o.contract == "IC-102"
    )
    hours = [dated.terms.within.seconds // 3600 for dated in promise.terms]  # type: ignore[union-attr]
    assert hours == [8, 6]

    # A ticket came in from the ITSM with its history; the rule judged it on the terms of its day.
    judged = assess(world, Scope.all(), AS_OF, keep=False).assessments
    late = next(a for a in judged if a.occurrence.key == "INC0010427" and a.kind == "resolution_time")
    assert late.outcome is Outcome.BREACHED
    assert (late.measured.text, late.target.text) == ("7 h 00 min", "6 h")  # type: ignore[union-attr]
    june = next(a for a in judged if a.occurrence.key == "INC0010398" and a.kind == "resolution_time")
    assert june.outcome is Outcome.MET, "under the eight hours that held before the amendment"

    # The answer cites the amendment's clause, word for word, and the ticket.
    answer = ask(world, "Is Acme in SLA breach?", LOCAL)
    assert answer.answer.startswith("Yes.")
    assert "7 h 00 min against 6 h" in answer.answer
    cited = next(c for c in answer.citations if c.contract == "IC-103")
    assert document.text[cited.start : cited.end] == cited.quote
    assert "INC0010427" in {r.label for r in answer.records}

    # The breach proposed a comment on the ticket and a task in the CLM; nothing has left.
    proposed = [a for a in world.store.actions(Scope.all()) if a.assessment == late.id]
    assert {(a.system, a.verb) for a in proposed} == {("servicenow", "comment"), ("ironclad", "create_task")}
    assert all(a.state.value == "proposed" for a in proposed)


def test_the_json_of_ask_holds_what_programs_rely_on(world: Pacta) -> None:
    body = json.loads(ask(world, "Is Acme in SLA breach?", LOCAL).model_dump_json())
    assert {"question", "as_of", "outcome", "answer", "assessments", "citations", "records", "engine"} <= set(
        body
    )
    assert body["outcome"] == "breached"
    assert body["engine"].startswith("embedded")
    cited = {"contract", "document", "start", "end", "quote", "section", "page"}
    assert all(cited <= set(each) for each in body["citations"])
    assert all({"system", "record", "url"} <= set(each) for each in body["records"])


WORLD_TRUTHS = (
    # contract, kind, occurrence, outcome, measured
    ("IC-102", "availability", "2026-10", "breached", "99.7427 %"),
    ("IC-102", "availability", "2026-09", "met", "99.9537 %"),
    ("IC-102", "response_time", "INC0010440", "breached", "5 h 30 min"),
    ("IC-102", "response_time", "INC0010431", "met", "50 min"),
    ("IC-102", "resolution_time", "INC0010431", "met", "9 h 00 min"),
    ("IC-102", "resolution_time", "INC0010452", "met", "7 h 00 min"),
    ("IC-102", "resolution_time", "INC0010461", "at_risk", "4 h 30 min"),
    ("IC-105", "availability", "2026-09", "breached", "99.9306 %"),
    ("IC-105", "availability", "2026-10", "met", "99.9553 %"),
    ("IC-105", "response_time", "INC0010436", "met", "20 min"),
    ("IC-107", "availability", "2026-10", "breached", "99.44 %"),
    ("IC-107", "response_time", "INC0010419", "breached", "1 h 15 min"),
    ("IC-110", "response_time", "INC0010445", "met", "1 h 30 min"),
    ("IC-112", "availability", "2026-10", "met", "99.9329 %"),
    ("IC-112", "resolution_time", "INC0010448", "met", "3 h 30 min"),
)


@pytest.mark.parametrize("truth", WORLD_TRUTHS, ids=lambda t: f"{t[0]}-{t[1]}-{t[2]}")
def test_truths_of_the_invented_company(world: Pacta, truth: tuple[str, ...]) -> None:
    contract, kind, occurrence, outcome, measured = truth
    judged = assess(world, Scope.all(), AS_OF, contracts=[contract], keep=False).assessments
    found = [a for a in judged if a.kind == kind and a.occurrence.key == occurrence]
    assert [(a.outcome.value, a.measured.text if a.measured else None) for a in found] == [
        (outcome, measured)
    ]


PAID = {
    "ACM-2026-08": ("met", "2026-10-02"),
    "ACM-2026-09": ("met", "2026-11-01"),
    "ACM-2026-10": ("pending", "2026-12-03"),
    "ACM-S3-2026-08": ("met", "2026-10-18"),
    "NWH-2026-09": ("met", "2026-10-31"),
    "NWL-8841": ("breached", "2026-10-19"),
    "CIR-7001": ("met", "2026-01-29"),
    "PW-1190": ("met", "2026-11-07"),
    "STG-5520": ("met", "2026-11-04"),
    "BAL-77": ("met", "2026-11-04"),
    "DTV-140": ("met", "2026-10-31"),
    "TES-5501": ("breached", "2026-10-02"),
}


def test_every_invoice_is_judged_once_against_the_terms_that_govern_it(world: Pacta) -> None:
    judged = assess(world, Scope.all(), AS_OF, keep=False).assessments
    found = {}
    for a in judged:
        if a.kind == "payment_due":
            number = next((n for n in PAID if n in a.summary), None)
            if number is not None:
                assert number not in found, f"{number} is judged twice"
                found[number] = (a.outcome.value, a.occurrence.counts_on.isoformat())
    assert found == PAID


def test_what_nobody_approved_is_not_assessed(world: Pacta) -> None:
    waiting = [o for o in world.store.obligations(Scope.all()) if o.review.value == "proposed"]
    assert "IC-114" in {o.contract for o in waiting}, "net 30 end of month has two readings"
    judged = assess(world, Scope.all(), AS_OF, keep=False)
    assert judged.awaiting_review == len(waiting)
    assert not {o.id for o in waiting} & {a.obligation for a in judged.assessments}


def test_looking_back_knows_only_what_was_known(world: Pacta) -> None:
    before = datetime.fromisoformat("2026-10-14T09:00:00+02:00")
    judged = assess(world, Scope.all(), before, keep=False).assessments
    ticket = next(a for a in judged if a.occurrence.key == "INC0010427" and a.kind == "resolution_time")
    assert ticket.outcome is not Outcome.MET
    assert not [a for a in judged if a.occurrence.key in ("INC0010440", "INC0010448")]


def test_the_nda_promises_none_of_this(world: Pacta) -> None:
    kinds = {o.kind for o in world.store.obligations(Scope.all(), contract="IC-111")}
    assert kinds <= {"term"}


def test_ambiguous_names_are_asked_back(world: Pacta) -> None:
    answer = ask(world, "Is Nordwind in breach?", LOCAL)
    assert answer.outcome == "clarify"
    assert answer.clarify is not None
    assert {o.name for o in answer.clarify.options} == {"Nordwind Hosting AB", "Nordwind Logistik GmbH"}


def test_the_audit_chain_is_whole(world: Pacta) -> None:
    assert world.store.verify_audit().intact
