"""The steps of a question: understand, resolve, gather, assess, compose, check; research, clarify, decline.

Each takes the state and returns what changes in it. The state holds plain JSON and ids; what the ids
stand for lies on the desk, and is looked up again when a run is resumed.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypedDict, get_args

from agent.answer import (
    Answer,
    AskOutcome,
    Citation,
    Claim,
    Clarify,
    Draft,
    RecordReference,
    Verdict,
)
from agent.beyond import asks_to_act, beyond
from agent.check import check
from agent.compose import TEMPLATES, compose
from agent.deps import AskDeps, ThreadState, Turn
from agent.desk import Desk
from agent.errors import ModelError, QuestionError
from agent.evidence import Evidence
from agent.found import Found
from agent.gather import NEEDS_JUDGED, behind, narrowed, points_at_judged, records_of, unjudged
from agent.plan import Plan, default_window
from agent.planner import PlanContext, plan
from agent.render import render
from agent.resolve import choose, resolve
from agent.select import identity, reach, select
from agent.tell.decline import tell_clarify, tell_decline, tell_help
from agent.tell.material import Material, note, paragraph
from agent.tell.researched import tell_proposed, tell_researched
from agent.tool import Tool
from agent.words import clean
from obligations.document import Problem
from obligations.model import Assessment

if TYPE_CHECKING:
    from agent.brain import Brain
    from agent.relay import Relay

EMBEDDED = "embedded/v1"
SHOWN_QUESTION = 300


class AskState(TypedDict, total=False):
    """What flows between the steps: JSON values only."""

    question: str
    as_of: str
    thread: str | None
    engine: str
    plan: dict[str, Any]
    contracts: list[str]
    missing: str
    clarify: dict[str, Any]
    research: Literal["open", "done"]
    found: dict[str, Any]
    selected: list[str]
    around: list[str]
    outcome: AskOutcome
    draft: dict[str, Any]
    text: str
    parts: list[str]
    citations: list[dict[str, Any]]
    records: list[dict[str, Any]]
    shown: list[str]
    dropped: list[dict[str, Any]]


def _quietly(step: dict[str, str]) -> None:
    """Nobody watches."""


class Nodes:
    """The steps of one question, over what `flows` gives for its caller."""

    def __init__(self, deps: AskDeps, brain: "Brain | Relay | None" = None) -> None:
        self._deps = deps
        self._brain = None if brain is None else _relay(brain)
        self._held: Desk | None = None
        self._thread: tuple[str, ThreadState | None] | None = None

    # --- the steps -----------------------------------------------------------------------------------

    def understand(self, state: AskState) -> AskState:
        """Question to plan: the pending choice, the model, or the embedded planner."""
        try:
            question = clean(state["question"])
        except QuestionError as error:
            return {
                "outcome": "refused",
                "missing": f"refused:{error} {error.remedy}".strip(),
                "engine": EMBEDDED,
            }
        previous = self._previous(state)
        chosen = self._chosen(question, previous)
        if chosen is not None:
            return {"plan": _json(chosen), "engine": EMBEDDED}
        desk = self._desk(state)
        context = PlanContext(desk.as_of, desk.names, desk.services, desk.ours, previous)
        if self._brain is not None:
            try:
                read, engine = self._brain.understand(question, context)
                may = self._brain.researches and self._tools(state)
                told: AskState = {"plan": _json(read), "engine": engine}
                return {**told, "research": "open"} if may else told
            except ModelError:
                pass
        return {"plan": _json(plan(question, context)), "engine": EMBEDDED}

    def resolve(self, state: AskState) -> AskState:
        """Names, records and services to contracts."""
        judged_at = self._plan(state).judged_at
        if judged_at is not None and judged_at > datetime.fromisoformat(state["as_of"]):
            return {"missing": "future"}
        found = resolve(self._plan(state), self._desk(state))
        changed: AskState = {
            "plan": _json(found.plan),
            "contracts": found.contracts,
            "missing": found.missing,
        }
        if found.clarify is not None:
            changed["clarify"] = found.clarify.model_dump(mode="json")
        return changed

    def gather(self, state: AskState) -> AskState:
        """Looks up promises, contract text and records; says what is missing before anything is judged."""
        asked, desk = self._plan(state), self._desk(state)
        promises = desk.obligations(state["contracts"])
        self._material(state)
        kinds = set(asked.kinds)
        promised = [o for o in promises if not kinds or o.kind in kinds]
        if asked.has_subject and asked.intent in (*NEEDS_JUDGED, "money", "count") and not promised:
            return {"missing": "obligations"}
        return {}

    def assess(self, state: AskState) -> AskState:
        """Judges what the plan is about, by the pure core behind `deps.assess`."""
        asked, desk = self._plan(state), self._desk(state)
        if not points_at_judged(asked):
            return {"selected": [], "around": []}
        around = self._around(state)
        selected = select(asked, around, desk)
        asked, selected = narrowed(asked, selected, desk)
        changed: AskState = {
            "plan": _json(asked),
            "selected": [a.id for a in selected],
            "around": [a.id for a in around],
        }
        if missing := unjudged(asked, selected, around, desk):
            changed["missing"] = missing
        return changed

    def research(self, state: AskState, tell: Callable[[dict[str, str]], None] = _quietly) -> AskState:
        """Looks up with the caller's tools what the embedded selection does not give."""
        asked, done = self._plan(state), AskState(research="done")
        if self._brain is None:
            return done
        tools = self._tools(state)
        given = self._brain.research(state["question"], asked, self._desk(state), tools, tell)
        if given is None:
            return done
        found, engine = given
        return {**done, "found": found.model_dump(mode="json"), "engine": _both(state["engine"], engine)}

    def compose(self, state: AskState) -> AskState:
        """Material to a draft, by the model where one is configured, else by template."""
        material, found = self._material(state), self._found(state)
        template = self._template(state, material)
        draft, lead = template, template
        if not template.blocks and found:
            lead = Draft(blocks=tuple(tell_researched(material, found)))
        engine = state["engine"]
        if self._brain is not None and lead.blocks:
            written = self._brain.write(material, lead, self._evidence(state, lead.claims), found)
            if written is not None:
                draft, worded = written
                engine = worded if engine == EMBEDDED else _both(engine, worded)
        if found is not None:
            draft = draft.model_copy(update={"blocks": (*draft.blocks, *tell_proposed(found))})
        if not draft.blocks:
            lacks = {"wording": "topic", "timeline": "facts"}.get(material.plan.intent, "assessments")
            judged = material.plan.intent in TEMPLATES
            return {"missing": state.get("missing") or (lacks if judged else ""), "draft": {}}
        changed: AskState = {"draft": draft.model_dump(mode="json"), "outcome": "answered", "engine": engine}
        if not template.blocks:
            cited = [i for c in draft.claims[1:] for i in c.assessments]
            changed |= {"missing": "", "selected": list(dict.fromkeys(cited))}
        return changed

    def clarify(self, state: AskState) -> AskState:
        """Asks back which of several is meant."""
        draft = Draft(blocks=tuple(tell_clarify(Clarify.model_validate(state["clarify"]))))
        return {"draft": draft.model_dump(mode="json"), "outcome": "clarify"}

    def decline(self, state: AskState) -> AskState:
        """Says that there is no answer, and why."""
        what, _, value = state.get("missing", "").partition(":")
        if what == "refused":
            draft, outcome = Draft(blocks=(paragraph(note(value)),)), "refused"
        else:
            asked = self._plan(state)
            helps = asked.intent == "help"
            blocks = (
                tell_help() if helps else tell_decline(asked, state.get("missing", ""), self._desk(state))
            )
            draft, outcome = Draft(blocks=tuple(blocks)), "answered" if helps else "cannot_answer"
        return {"draft": draft.model_dump(mode="json"), "outcome": outcome}  # type: ignore[typeddict-item]

    def check(self, state: AskState) -> AskState:
        """Lets through what the evidence bears out, renders it, and remembers the turn."""
        draft = Draft.model_validate(state["draft"])
        evidence = self._evidence(state, draft.claims)
        checked = check(draft, evidence)
        outcome = state["outcome"]
        if (
            outcome == "answered"
            and all(c.note for c in checked.draft.claims)
            and any(not c.note for c in draft.claims)
        ):
            outcome = "cannot_answer"
            checked = check(Draft(blocks=(paragraph(note(NOT_BORNE_OUT)),)), evidence)
        said = render(checked.draft, evidence)
        changed: AskState = {
            "outcome": outcome,
            "text": said.text,
            "parts": said.parts,
            "citations": [c.model_dump(mode="json") for c in said.citations],
            "records": [r.model_dump(mode="json") for r in said.records],
            "shown": said.assessments,
            "dropped": [p.model_dump(mode="json") for p in checked.dropped],
        }
        self._remember({**state, **changed})
        return changed

    # --- what the steps stand on ---------------------------------------------------------------------

    def start(self, question: str, as_of: datetime | None, thread: str | None) -> AskState:
        """The state a question starts with."""
        at = as_of or self._deps.clock()
        return {"question": question, "as_of": at.isoformat(), "thread": thread}

    def answer(self, state: AskState) -> Answer:
        """The answer of a finished run."""
        desk = self._desk(state)
        shown = state.get("shown", [])
        question = state["question"]
        return Answer(
            question=question if len(question) <= SHOWN_QUESTION else question[:SHOWN_QUESTION] + "…",
            as_of=desk.as_of,
            outcome=self._verdict(state),
            answer=state["text"],
            assessments=tuple(self._judged(state, shown)),
            citations=tuple(Citation.model_validate(c) for c in state["citations"]),
            records=tuple(RecordReference.model_validate(r) for r in state["records"]),
            engine=state.get("engine", EMBEDDED),
            thread=state.get("thread"),
            clarify=Clarify.model_validate(state["clarify"]) if state.get("clarify") else None,
            dropped=tuple(Problem.model_validate(p) for p in state["dropped"]),
        )

    def _verdict(self, state: AskState) -> Verdict:
        """The weightiest outcome of what was asked about, or how the question ended."""
        if state["outcome"] != "answered":
            return state["outcome"]
        found = {a.outcome.value for a in self._judged(state, state.get("selected", []))}
        return next((word for word in get_args(Verdict) if word in found), "answered")

    def _desk(self, state: AskState) -> Desk:
        """The desk of the instant judged; a question may name another than it was asked at."""
        at = datetime.fromisoformat(state["as_of"])
        zone = self._deps.clock().tzinfo
        at = at.astimezone(zone) if zone is not None else at
        judged = state.get("plan", {}).get("judged_at")
        if judged:
            at = datetime.fromisoformat(judged).astimezone(at.tzinfo)
        if self._held is None or self._held.as_of != at:
            self._held = Desk(self._deps, at)
        return self._held

    def _plan(self, state: AskState) -> Plan:
        return Plan.model_validate(state["plan"])

    def _tools(self, state: AskState) -> dict[str, Tool]:
        """The caller's tools; one that proposes only where the question asks what to do."""
        acts = asks_to_act(state["question"])
        held: Mapping[str, Tool] = self._deps.tools(self._desk(state).as_of)
        return {name: tool for name, tool in held.items() if acts or not tool.writes}

    def _template(self, state: AskState, material: Material) -> Draft:
        """What the embedded selection says; nothing where it could not tell what the question is about."""
        if state.get("missing") or material.plan.intent not in TEMPLATES:
            return Draft(blocks=())
        return compose(material)

    def _found(self, state: AskState) -> Found | None:
        """What was looked up with tools, judged again where a resumed run has not judged it yet."""
        if not state.get("found"):
            return None
        found = Found.model_validate(state["found"])
        found.judge(self._desk(state))
        return found

    def _previous(self, state: AskState) -> ThreadState | None:
        thread = state.get("thread")
        if thread is None:
            return None
        if self._thread is None or self._thread[0] != thread:
            self._thread = (thread, self._deps.load_thread(thread))
        return self._thread[1]

    def _chosen(self, question: str, previous: ThreadState | None) -> Plan | None:
        """The pending plan with the option that a reply picks."""
        if previous is None or previous.clarify is None or previous.plan is None or len(question) > 80:
            return None
        option = choose(question, previous.clarify)
        if option is None:
            return None
        field = "contracts" if option.id in self._contract_ids() else "parties"
        return previous.plan.model_copy(update={field: (option.id,), "follow_up": True})

    def _contract_ids(self) -> set[str]:
        return {c.id for c in self._deps.contracts()}

    def _around(self, state: AskState) -> list[Assessment]:
        asked, desk = self._plan(state), self._desk(state)
        promises = desk.obligations(state.get("contracts", []))
        return desk.assess([o.id for o in promises], desk.as_of, reach(asked, desk.as_of.date()))

    def _judged(self, state: AskState, ids: list[str]) -> list[Assessment]:
        """Assessments by id; judged again where a resumed run has not judged them yet."""
        desk = self._desk(state)
        found = desk.assessments(ids)
        if len(found) < len(ids):
            self._found(state)
            self._around(state)
            found = desk.assessments(ids)
        return found

    def _material(self, state: AskState) -> Material:
        """Everything looked up for the plan, from the desk."""
        asked, desk = self._plan(state), self._desk(state)
        contracts = state.get("contracts", [])
        return Material(
            plan=asked,
            desk=desk,
            contracts=contracts,
            selected=self._judged(state, state.get("selected", [])),
            around=self._around(state) if "around" in state else [],
            facts=records_of(asked, desk, contracts),
        )

    def _evidence(self, state: AskState, claims: Iterable[Claim]) -> Evidence:
        """What the claims may rest on. Records are looked up only where a claim cites them."""
        desk = self._desk(state)
        looked_up = self._found(state) or Found()
        wanted = [*state.get("selected", []), *state.get("around", []), *looked_up.assessments]
        made = {a.id: a for a in self._judged(state, wanted)}
        cited = {*looked_up.assessments, *(i for claim in claims for i in claim.assessments)}
        records = {*looked_up.records, *(r for claim in claims for r in claim.records)}
        records |= {r for i in cited if i in made for r in made[i].records}
        promises = {o.id: o for i in cited if i in made and (o := desk.obligation(made[i].obligation))}
        told = [*looked_up.obligations, *(i for claim in claims for i in claim.obligations)]
        promises |= {i: o for i in told if (o := desk.obligation(i))}
        return Evidence(
            question=state["question"][: SHOWN_QUESTION * 20],
            plan=Plan.model_validate(state["plan"]) if "plan" in state else _no_plan(desk.as_of),
            as_of=desk.as_of,
            zone_of=desk.zone,
            passage=self._deps.passage,
            assessments=made,
            obligations=promises,
            contracts=desk.contracts,
            parties=desk.parties,
            facts=behind(records, desk),
            actions=tuple(desk.actions({*state.get("contracts", []), *_acted_on(looked_up)})),
            offered=_offered(state),
        )

    def _remember(self, state: AskState) -> None:
        thread = state.get("thread")
        if thread is None or state["outcome"] == "refused":
            return
        before = self._previous(state) or ThreadState()
        selected = self._judged(state, state.get("selected", []))
        if state["outcome"] == "cannot_answer":
            kept = before.model_copy(update={"clarify": None})
        else:
            kept = ThreadState(
                plan=self._plan(state),
                focus=tuple(dict.fromkeys(identity(a) for a in selected))[:60],
                clarify=Clarify.model_validate(state["clarify"]) if state.get("clarify") else None,
            )
        turn = Turn(
            question=state["question"][: SHOWN_QUESTION * 20],
            answer=state["text"],
            outcome=state["outcome"],
            asked_at=self._deps.clock(),
        )
        self._deps.save_thread(thread, kept, turn)


def route(state: AskState, onward: str) -> str:
    """Where to go after a step: `onward`, to look further, or out of the line when something is missing or
    unclear."""
    if state.get("clarify"):
        return "clarify"
    if _looks_further(state, onward):
        return "research"
    if onward == "check":
        return onward if state.get("draft") else "decline"
    if state.get("missing") or state.get("plan", {}).get("intent") in ("help", "out_of_scope"):
        return "decline"
    return onward


def _looks_further(state: AskState, onward: str) -> bool:
    """Tools may be used, were not yet, and what is there falls short: known when something is missing, when
    the question is out of scope, or when all is looked up."""
    if state.get("research") != "open" or "plan" not in state:
        return False
    asked, missing = Plan.model_validate(state["plan"]), state.get("missing", "")
    if not missing and asked.intent != "out_of_scope" and onward != "compose":
        return False
    return beyond(asked, state["question"], missing)


NOT_BORNE_OUT = "No answer was found that the evidence bears out, so none is given."


def _offered(state: AskState) -> tuple[str, ...]:
    what, _, value = state.get("missing", "").partition(":")
    if what == "refused":
        return (value,)
    held = state.get("clarify")
    return tuple(o.name for o in Clarify.model_validate(held).options) if held else ()


def _acted_on(found: Found) -> set[str]:
    return {each.contract for each in found.proposed}


def _json(asked: Plan) -> dict[str, Any]:
    return asked.model_dump(mode="json")


def _no_plan(as_of: datetime) -> Plan:
    return Plan(intent="out_of_scope", windows=(default_window(as_of),))


def _relay(brain: "Brain | Relay") -> "Relay":
    from agent.relay import Relay

    return brain if isinstance(brain, Relay) else Relay([brain])


def _both(understood: str, worded: str) -> str:
    """The engines of one answer: "m understand/v1 compose/v1", or two models with the prompts of each."""
    model, _, prompt = worded.rpartition(" ")
    return f"{understood} {prompt}" if understood.startswith(f"{model} ") else f"{understood} {worded}"
