"""Answers asked again: whether the engine in force now still says what was said.

A stored answer is asked again of the same instant (`as_of`, and records known by then), for the same caller,
and nothing of it is kept or proposed. Where the records or contracts of that instant are others than then, a
difference is the data's; else it is drift, of the outcome, of figures, of clauses cited, or of wording alone.
"""

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from pydantic import AwareDatetime, Field

from agent.answer import Answer, AskInput
from obligations.document import Problem
from obligations.quantities import Frozen
from store import LOCAL, Principal

if TYPE_CHECKING:
    from agent.values import Values
    from flows.wiring import Pacta

AMONG = 500
"""How many of the newest answers a sample is taken from."""

BOUND = 0.05
"""Largest share of answers that may drift, where nothing else is said."""

WATCH = "eval.watch"
ACCOUNT = replace(LOCAL, id="watch", name="answers asked again")
"""On whose account the model's calls are: nobody's budget but its own."""

Change = Literal["same", "data", "outcome", "figures", "citations", "wording"]
DRIFT: tuple[Change, ...] = ("outcome", "figures", "citations")


class Again(Frozen):
    """One answer asked again: what changed, in words, and the engines of then and now."""

    answer: str
    question: str
    change: Change
    said: str = ""
    engine_then: str
    engine_now: str


class Drift(Frozen):
    """One round. `skipped` counts answers that cannot be asked again, by the reason."""

    at: AwareDatetime
    bound: float = Field(ge=0, le=1)
    again: tuple[Again, ...]
    skipped: dict[str, int] = Field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        """How many answers changed in which way."""
        held = [each.change for each in self.again]
        return {change: held.count(change) for change in dict.fromkeys(held)}

    @property
    def share(self) -> float:
        """Of the answers whose data are as they were, those that say something else."""
        comparable = [each for each in self.again if each.change != "data"]
        drifted = sum(each.change in DRIFT for each in comparable)
        return drifted / len(comparable) if comparable else 0.0

    @property
    def passed(self) -> bool:
        return self.share <= self.bound


def watch(pacta: "Pacta", sample: int = 50, bound: float = BOUND, seed: int | None = None) -> Drift:
    """Ask a sample of the newest answers again, and keep what came of it in the audit trail.

    `seed` picks the sample; by default another one each day. Too much drift is also a problem in the store.
    """
    at = pacta.wall_clock()
    asked, skipped = _askable(pacta)
    pick = random.Random(seed if seed is not None else at.date().toordinal())  # noqa: S311 - no secret
    chosen = asked if len(asked) <= sample else pick.sample(asked, sample)
    found = Drift(
        at=at, bound=bound, again=tuple(_again(pacta, row, who) for row, who in chosen), skipped=skipped
    )
    told = [f"{a.answer}: {a.change}" for a in found.again if a.change not in ("same", "wording")]
    detail = {**found.counts, "share": round(found.share, 4), "bound": bound, "changed": told[:50]}
    pacta.store.note(at, ACCOUNT.id, WATCH, at.date().isoformat(), detail)
    if not found.passed:
        pacta.store.put_problems([_problem(found)], at=at)
    return found


def compare(then: dict[str, Any], now: Answer, *, same_data: bool) -> tuple[Change, str]:
    """How an answer kept in the store and one given now differ, and in words where they do."""
    found = _difference(then, now)
    if found[0] != "same" and not same_data:
        return "data", found[1]
    return found


def _difference(then: dict[str, Any], now: Answer) -> tuple[Change, str]:
    if then["outcome"] != now.outcome:
        return "outcome", f"{then['outcome']} → {now.outcome}"
    before, after = set(then.get("assessments", ())), {a.id for a in now.assessments}
    if before != after:
        return "outcome", f"{len(before - after)} judgements less, {len(after - before)} more"
    said, says = _figures(then["answer"]), _figures(now.answer)
    if said != says:
        return "figures", f"gone: {_listed(said - says)}; new: {_listed(says - said)}"
    cited = {(c["document"], c["start"], c["end"]) for c in then.get("citations", ())}
    cites = {(c.document, c.start, c.end) for c in now.citations}
    if cited != cites:
        return "citations", f"{len(cited - cites)} clauses less, {len(cites - cited)} more"
    return ("same", "") if then["answer"] == now.answer else ("wording", "the same in other words")


def _figures(text: str) -> set[str]:
    """Numbers, dates, times, amounts and record numbers of a text, each as one word."""
    from agent.values import values

    found: Values = values(text)
    said = {str(d) for d in found.dates} | set(found.times) | set(found.ids)
    said |= {f"{n:f}" for n in found.numbers} | {f"{c} {n:f}" for c, n in found.money}
    return said | {f"{y}-{m:02d}" for y, m in found.months} | {f"{d}.{m}." for m, d in found.days}


def _listed(figures: Iterable[str], most: int = 6) -> str:
    return ", ".join(sorted(figures)[:most]) or "none"


def _askable(pacta: "Pacta") -> tuple[list[tuple[dict[str, Any], Principal]], dict[str, int]]:
    """Answers that can be asked again, with who asked; and why others cannot be."""
    callers = {p.id: p for p in (LOCAL, *pacta.store.callers())}
    found: list[tuple[dict[str, Any], Principal]] = []
    skipped: Counter[str] = Counter()
    for row in pacta.store.answers(LOCAL, limit=AMONG):
        body, who = row["body"], callers.get(row["principal"])
        if body.get("thread"):
            skipped["in a conversation"] += 1
        elif who is None:
            skipped["caller gone"] += 1
        elif not body.get("world"):
            skipped["kept without its data"] += 1
        elif body["question"].endswith("…"):
            skipped["question too long to be kept whole"] += 1
        else:
            found.append((row, who))
    return found, dict(skipped)


def _again(pacta: "Pacta", row: dict[str, Any], who: Principal) -> Again:
    from agent.ask import ask
    from flows.ask import View
    from flows.models import relay

    then, at = row["body"], datetime.fromisoformat(row["body"]["as_of"])
    asked_at = datetime.fromisoformat(then["asked_at"])
    # A reader: what is asked again proposes nothing.
    view = View(pacta, replace(who, role="reader"))
    now = ask(AskInput(question=then["question"], as_of=asked_at), view, relay(pacta, ACCOUNT, fresh=True))
    same = pacta.worlds.of(who.scope).fingerprint(at) == then["world"]
    change, said = compare(then, now, same_data=same)
    return Again(
        answer=row["id"],
        question=then["question"],
        change=change,
        said=said,
        engine_then=then["engine"],
        engine_now=now.engine,
    )


def _problem(found: Drift) -> Problem:
    drifted: Sequence[Again] = [a for a in found.again if a.change in DRIFT]
    return Problem(
        stage="watch",
        what=f"{len(drifted)} of {len(found.again)} answers asked again say something else "
        f"({found.share:.0%}, allowed {found.bound:.0%})",
        place="answers",
        remedy="look at them with `pacta eval watch`; go back with `pacta prompts rollback`",
    )
