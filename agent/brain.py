"""Understanding and wording with a language model, kept on a short lead.

The model classifies a question and words findings. It judges nothing: outcomes, dates and money come
from the assessments, the verdict is the template's, and every claim passes the same checker as ours.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from pydantic import Field, ValidationError

from agent.answer import Block, Claim, Draft
from agent.check import check, uncovered
from agent.deps import ThreadState
from agent.desk import Desk
from agent.errors import ModelReplyError
from agent.evidence import Evidence, record_key
from agent.found import Found
from agent.intents import looks_like_a_name
from agent.model import ChatModel
from agent.plan import Intent, Items, Owed, Plan, Role, Window, default_window
from agent.planner import PlanContext
from agent.planner import plan as embedded_plan
from agent.prompts import Prompt, live
from agent.research import Limits, Research, Tell
from agent.sources import BREAK, of_contract, of_fact, of_obligation
from agent.tell.material import Material, line
from agent.tool import Tool
from agent.windows import last_day, month_window, quarter_window, span_window
from obligations.document import Span
from obligations.facts import Source
from obligations.model import Assessment, Outcome
from obligations.quantities import Frozen
from obligations.terms import KINDS

MUST_CITE = 12
"""Most breaches and risks that a wording has to name one by one; longer lists stay with the template."""


class _Period(Frozen):
    start: date | None = None
    end: date | None = None


class Understood(Frozen):
    """The reply to `understand`: a plan in the words of the question, nothing resolved."""

    intent: Intent
    names: tuple[str, ...] = ()
    records: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    priorities: tuple[Literal["P1", "P2", "P3", "P4", "P5"], ...] = ()
    outcomes: tuple[Literal["met", "at_risk", "breached", "pending", "undetermined", "unbreached"], ...] = ()
    owed: Owed = "any"
    role: Role = "any"
    items: Items = "promise"
    periods: tuple[_Period, ...] = Field(default=(), max_length=6)
    covers: bool = False
    upcoming: bool = False
    yes_no: Literal["breach", "kept", "done", "any", "renews", ""] = ""
    topic: str = Field(default="", max_length=200)
    as_of: date | None = None
    follow_up: bool = False
    why_not: str = Field(default="", max_length=200)


class _Worded(Frozen):
    text: str = Field(min_length=1, max_length=600)
    cites: tuple[str, ...] = Field(min_length=1)


class _Wording(Frozen):
    claims: tuple[_Worded, ...] = Field(min_length=1, max_length=40)


class Brain:
    """A configured model with the prompts in force. Without a prompt `research` it uses no tools."""

    def __init__(
        self,
        model: ChatModel,
        understand: Prompt | None = None,
        compose: Prompt | None = None,
        research: Prompt | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._model, self._limits = model, limits
        self._understand = understand or live("understand")
        self._compose = compose or live("compose")
        self._research = research

    @property
    def researches(self) -> bool:
        return self._research is not None

    def engine(self, *tasks: str) -> str:
        """What an answer names as its engine: the model and the prompts it used."""
        held = {"understand": self._understand, "compose": self._compose, "research": self._research}
        named = [prompt.name for task in tasks if (prompt := held[task]) is not None]
        return " ".join([self._model.name, *named])

    def understand(self, question: str, context: PlanContext) -> Plan:
        """The plan the model reads from a question. Raises ModelError when it gives none that holds."""
        matches = {m.said: m.name for m in context.names(question)}
        previous = context.previous.plan if context.previous else None
        inputs = {
            "question": json.dumps(question, ensure_ascii=False),
            "as_of": context.as_of.isoformat(),
            "known": json.dumps({"names": matches, "services": list(context.services)}, ensure_ascii=False),
            "previous": previous.model_dump_json(exclude={"focus", "notes"}) if previous else "null",
        }

        ours = embedded_plan(question, context)

        def read(reply: Any) -> Plan:
            found = _understood(reply, question)
            _nobody_left_out(found, ours, question)
            return _plan(found, question, context)

        return self._model.ask(self._understand, inputs, read)

    def research(
        self, question: str, plan: Plan, desk: Desk, tools: Mapping[str, Tool], tell: Tell
    ) -> Found | None:
        """What the model finds with the caller's tools; None when it uses none. Raises ModelError when it
        does not begin."""
        if self._research is None or not tools:
            return None
        return Research(desk, tools, tell, self._limits).run(self._model, self._research, question, plan)

    def write(
        self, material: Material, template: Draft, evidence: Evidence, found: Found | None = None
    ) -> Draft | None:
        """The model's wording of what the template says and of what was found besides; None when it gives
        none that holds. Raises
        ModelUnavailable and BudgetSpent when it is not asked or gives no reply.

        The template's verdict and notes stay. Claims are checked, objected to once, and kept only if
        every breach and risk is still there.
        """
        must = _must_cite(material, template)
        if len(must) > MUST_CITE:
            return None
        # A verdict that counts what was looked up is no finding of its own.
        keys = _Keys(template.claims if found is None else template.claims[1:], evidence)
        if found is not None:
            keys.add(found, material)
        objections: list[str] = []
        for _ in range(2):
            try:
                draft = self._wording(evidence.question, template, keys, objections)
            except ModelReplyError:
                return None
            checked = check(draft, evidence)
            left_out = uncovered(checked.draft, must)
            objections = [f"{p.place}: {p.what}" for p in checked.dropped]
            objections += [f"{keys.of(i)} is not covered by any claim" for i in left_out]
            if not objections:
                return draft
        return checked.draft if not left_out and _says_something(checked.draft, template) else None

    def _wording(self, question: str, template: Draft, keys: "_Keys", objections: Sequence[str]) -> Draft:
        verdict = template.claims[0]
        inputs = {
            "question": json.dumps(question, ensure_ascii=False),
            "verdict": json.dumps(verdict.words, ensure_ascii=False),
            "evidence": json.dumps(keys.told, ensure_ascii=False),
            "objections": json.dumps(list(objections), ensure_ascii=False),
        }
        reply = self._model.ask(self._compose, inputs, _Wording.model_validate)
        claims = tuple(keys.claim(worded) for worded in reply.claims)
        notes = tuple(b for b in template.blocks if all(c.note for c in b.claims))
        return Draft(blocks=(Block(layout="paragraph", claims=(verdict,)), Block(claims=claims), *notes))


class _Keys:
    """The evidence as the model sees it: judgements A1…, clauses S1…, records R1…"""

    def __init__(self, claims: Sequence[Claim], evidence: Evidence) -> None:
        self._evidence = evidence
        self._contracts: dict[str, str] = {}
        self._promises: dict[str, str] = {}
        self._looked_up: dict[str, str] = {}
        self._assessments: dict[str, str] = {}
        self._spans: dict[str, Span] = {}
        self._records: dict[str, Source] = {}
        self.told: list[dict[str, str]] = []
        single = [c for c in claims if len(c.assessments) <= 1 and not c.note]
        for claim in single:
            for a in evidence.cited(claim):
                self._judgement(a, claim)
            for span in claim.spans:
                self._span(span)
            for record in claim.records:
                self._record(record)

    def add(self, found: Found, m: Material) -> None:
        """What was found besides: contracts C1…, promises P1… as well, and records with what they hold."""
        held = self._evidence
        for a in (held.assessments[i] for i in found.assessments if i in held.assessments):
            self._judgement(a, line(m, a, with_party=True))
            self._looked_up[self.of(a.id)] = a.id
        for span in found.spans:
            self._span(span)
        for record in found.records:
            self._record(record, "; ".join(of_fact(f) for f in held.facts.get(record_key(record), ()))[:800])
        for contract in (held.contracts[i] for i in found.contracts if i in held.contracts):
            key = f"C{len(self._contracts) + 1}"
            self._contracts[key] = contract.id
            words = of_contract(contract, held.parties.get(contract.counterparty or ""))
            self.told.append({"key": key, "contract": _flat(words)})
        for promise in (held.obligations[i] for i in found.obligations if i in held.obligations):
            key = f"P{len(self._promises) + 1}"
            self._promises[key] = promise.id
            self.told.append({"key": key, "promise": _flat(of_obligation(promise))[:1500]})

    def of(self, assessment: str) -> str:
        return next((k for k, held in self._assessments.items() if held == assessment), assessment)

    def claim(self, worded: _Worded) -> Claim:
        """The claim with what its keys stand for; a key that is not there leaves it without support."""
        known = {*self._assessments, *self._spans, *self._records, *self._contracts, *self._promises}
        cites = worded.cites if set(worded.cites) <= known else ()
        spans = tuple(self._spans[k] for k in cites if k in self._spans)
        return Claim(
            text=worded.text,
            assessments=tuple(self._assessments[k] for k in cites if k in self._assessments),
            spans=spans or self._own_clause(cites),
            records=tuple(self._records[k] for k in cites if k in self._records),
            contracts=tuple(self._contracts[k] for k in cites if k in self._contracts),
            obligations=tuple(self._promises[k] for k in cites if k in self._promises),
        )

    def _own_clause(self, cites: Sequence[str]) -> tuple[Span, ...]:
        """The first clause of what a claim tells of things looked up, where it cites none: no clause, no
        promise."""
        held = self._evidence
        for key in cites:
            promise = held.obligations.get(self._promises.get(key, ""))
            judged = held.assessments.get(self._looked_up.get(key, ""))
            spans = judged.spans if judged else (promise.terms[-1].span,) if promise else ()
            if spans:
                return spans[:1]
        return ()

    def _judgement(self, a: Assessment, claim: Claim) -> None:
        if a.id in self._assessments.values():
            return
        key = f"A{len(self._assessments) + 1}"
        self._assessments[key] = a.id
        self.told.append({"key": key, "outcome": a.outcome.value, "finding": claim.words})

    def _span(self, span: Span) -> None:
        if span not in self._spans.values():
            key = f"S{len(self._spans) + 1}"
            self._spans[key] = span
            self.told.append({"key": key, "section": span.section, "clause": span.quote[:1500]})

    def _record(self, record: Source, says: str = "") -> None:
        if record not in self._records.values():
            key = f"R{len(self._records) + 1}"
            self._records[key] = record
            told = {"key": key, "record": record.label or record.record, "system": record.system}
            self.told.append({**told, "says": _flat(says)} if says else told)


def _flat(words: str) -> str:
    return words.replace(BREAK, "; ")


def _must_cite(m: Material, template: Draft) -> list[str]:
    """Breaches and risks that the template tells one by one."""
    single = {c.assessments[0] for c in template.claims if len(c.assessments) == 1 and not c.note}
    return [a.id for a in m.of(Outcome.BREACHED, Outcome.AT_RISK) if a.id in single]


def _says_something(draft: Draft, template: Draft) -> bool:
    verdict = template.claims[0]
    return any(not c.note and c.text != verdict.text for c in draft.claims)


def _understood(reply: Any, question: str) -> Understood:
    """The reply, validated; names and records must stand in the question. Raises ValueError."""
    found = Understood.model_validate(reply)
    unknown = [k for k in found.kinds if k not in KINDS]
    if unknown:
        raise ValueError(f"kinds: {unknown[0]!r} is none of {', '.join(KINDS)}")
    low = question.casefold()
    invented = [n for n in (*found.names, *found.records) if n.casefold() not in low]
    if invented:
        raise ValueError(f"{invented[0]!r} does not stand in the question")
    return found


def _nobody_left_out(found: Understood, ours: Plan, question: str) -> None:
    """A question that names somebody is not answered about everybody, least of all where the caller may not
    see whom it names. `ours` is the embedded planner's plan. Raises ValueError naming who is missing."""
    if found.names or found.records or found.intent in ("help", "out_of_scope"):
        return
    said = [name for name in ours.names if name.casefold() in question.casefold()]
    said += [word for word in ours.unknown if looks_like_a_name(word)]
    if said:
        raise ValueError(f"the question names {said[0]!r}: it belongs into `names`")


def _plan(found: Understood, question: str, context: PlanContext) -> Plan:
    base = _judged_at(found, context.as_of)
    windows = tuple(_window(p) for p in found.periods if p.start or p.end)
    previous = context.previous or ThreadState()
    named = bool(found.names or found.records)
    inherit = found.follow_up and previous.plan is not None
    kept = previous.plan if inherit and not named else None
    try:
        return Plan(
            **found.model_dump(exclude={"periods", "as_of", "why_not", "records"}),
            records=tuple(r.upper() for r in found.records) or (kept.records if kept else ()),
            parties=kept.parties if kept else (),
            contracts=kept.contracts if kept else (),
            services=tuple(s for s in context.services if s.casefold() in question.casefold()),
            windows=windows
            or (
                previous.plan.windows
                if inherit and previous.plan
                else (default_window(base or context.as_of),)
            ),
            judged_at=base,
            focus=previous.focus if kept and found.intent in ("reason", "wording") else (),
            why_not=found.why_not or "this",
        )
    except ValidationError as error:
        raise ValueError(str(error)) from error


def _judged_at(found: Understood, as_of: datetime) -> datetime | None:
    if found.as_of is None or found.as_of >= as_of.date():
        return None
    return datetime.combine(found.as_of + timedelta(days=1), time(), tzinfo=as_of.tzinfo) - timedelta(
        seconds=1
    )


def _window(period: _Period) -> Window:
    """The window of two days, named when they are a whole month or quarter. Raises ValueError when the
    last day comes before the first."""
    start, end = period.start, period.end
    if start and end and start.day == 1:
        if end == last_day(start.year, start.month):
            return month_window(start.year, start.month)
        if start.month % 3 == 1 and end == last_day(start.year, start.month + 2):
            return quarter_window(start.year, (start.month + 2) // 3)
    return span_window(start, end)
