"""Questions: what is asked of Pacta, answered over the demo's world and judged against hand-made cases."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING
from uuid import uuid4

from evals.answered import Answered
from evals.case import QUESTIONS, Cited, QuestionCase, load_questions
from evals.errors import CaseError
from evals.score import Metric
from evals.scorers.abstention import abstention
from evals.scorers.citation import bare, citation
from evals.scorers.leak import leak
from evals.scorers.ragas_metrics import RAGAS_ANSWER, RAGAS_CONTEXT, Ragas, metrics
from evals.scorers.record import record
from evals.scorers.used import USED, used
from evals.scorers.value import value
from evals.scorers.verdict import verdict
from evals.task import Task
from evals.watched import watched

if TYPE_CHECKING:
    from agent.answer import Answer
    from agent.brain import Brain
    from flows.wiring import Pacta
    from obligations.document import Chunk
    from store import Principal


SCORERS = (verdict, value, citation, record, abstention, leak)
GATED = ("verdict", "value", "citation", "quotes", "record", "abstention", "leak")


def task(
    cases: Sequence[QuestionCase] | None = None, ragas: Ragas | None = None, brain: "Brain | None" = None
) -> Task[QuestionCase, Answered]:
    """The eval of answers, over the cases given or those of `cases/questions.yaml`.

    Answered by the embedded planner and templates, or with the model and prompts of `brain`.
    """
    judge = ragas or Ragas()
    return Task(
        name="questions",
        about="answers to questions: verdict, values, clauses and records cited, abstention",
        samples=lambda pacta: load_questions() if cases is None else cases,
        cases=(QUESTIONS,),
        engine=brain.engine("understand", "compose") if brain else "embedded",
        solve=lambda pacta, case: answer_case(pacta, case, brain),
        scorers=(*SCORERS, *((used,) if brain else ()), judge.answer),
        metrics=(
            *(Metric(name) for name in GATED),
            *(Metric(name) for name in (USED if brain else ())),
            *metrics(*RAGAS_ANSWER, *RAGAS_CONTEXT),
        ),
        show=lambda output: output.short,
    )


def answer_case(pacta: "Pacta", case: QuestionCase, brain: "Brain | None" = None) -> Answered:
    """Ask every turn in a thread of its own; what is judged is the answer to the last one."""
    from agent.answer import AskInput
    from agent.ask import ask
    from flows.ask import View

    thread = f"eval-{case.id}-{uuid4().hex[:8]}" if len(case.asked) > 1 else None
    view = View(pacta, caller(pacta, case))
    seen, model = watched(brain) if brain else (None, None)
    answers = []
    for turn in case.asked:
        before = len(model.tasks) if model else 0
        answers.append(ask(AskInput(question=turn, as_of=case.as_of, thread=thread), view, seen))
    asked_for = tuple(model.tasks[before:]) if model else ()
    return replace(with_documents(pacta, case, answers[-1]), asked_for=asked_for)


def caller(pacta: "Pacta", case: QuestionCase) -> "Principal":
    """Who asks: whoever sees everything, or a reader of the view that the case gives."""
    from store import LOCAL, Principal, Scope

    if case.scope is None:
        return LOCAL
    ids = {party.name: party.id for party in pacta.worlds.of(LOCAL.scope).parties.values()}
    unknown = [name for name in case.scope.parties if name not in ids]
    if unknown:
        raise CaseError(f"{case.id}: there is no party {unknown[0]!r}", remedy="give the party's whole name")
    scope = Scope(
        business_units=frozenset(case.scope.business_units) or None,
        parties=frozenset(ids[name] for name in case.scope.parties) or None,
    )
    return Principal(f"eval-{case.id}", "eval", "reader", scope)


def _hidden(pacta: "Pacta", case: QuestionCase) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Contracts outside the view of the case, and names of the parties that only they have: told from what
    the contracts say, not by asking the store with the scope."""
    from store import LOCAL

    if case.scope is None:
        return (), ()
    world = pacta.worlds.of(LOCAL.scope)
    units, parties = case.scope.business_units, case.scope.parties
    names = {party.id: party.name for party in world.parties.values()}
    seen = {
        c.id: c.counterparty
        for c in world.contracts.values()
        if (not units or c.business_unit in units)
        and (not parties or names.get(c.counterparty or "") in parties)
    }
    behind = {c.counterparty for c in world.contracts.values()} - set(seen.values())
    told = [party for party in world.parties.values() if party.id in behind and not party.us]
    hidden = tuple(sorted(c for c in world.contracts if c not in seen))
    return hidden, tuple(sorted({name for party in told for name in (party.name, *party.aliases)}))


def with_documents(pacta: "Pacta", case: QuestionCase, answer: "Answer") -> Answered:
    """The answer with the texts it quotes, and the chunks its clauses and the wanted ones stand in."""
    from store import LOCAL

    world = pacta.worlds.of(LOCAL.scope)
    chunks = lru_cache(lambda document: pacta.store.chunks(document, LOCAL.scope))
    texts = {c.document: text for c in answer.citations if (text := world.text(c.document)) is not None}
    cited = [c.id for q in answer.citations if q.document in texts for c in _at(chunks(q.document), q.start)]
    held = {contract.id: contract.document_id for contract in world.contracts.values()}
    wanted = [
        c.id
        for clause in case.expect.cites
        if (document := held.get(clause.contract))
        for c in _holding(chunks(document), clause)
    ]
    contracts, names = _hidden(pacta, case)
    return Answered(
        answer,
        texts,
        tuple(dict.fromkeys(cited)),
        tuple(dict.fromkeys(wanted)),
        hidden_contracts=contracts,
        hidden_names=names,
    )


def _at(chunks: "Sequence[Chunk]", offset: int) -> "list[Chunk]":
    """The chunk that holds an offset; the first one where chunks overlap."""
    return [chunk for chunk in chunks if chunk.start <= offset < chunk.end][:1]


def _holding(chunks: "Sequence[Chunk]", clause: Cited) -> "list[Chunk]":
    words = bare(clause.contains)
    return [chunk for chunk in chunks if words in bare(chunk.text)][:1]
