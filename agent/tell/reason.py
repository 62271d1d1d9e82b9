"""Why something is judged as it is: the steps of the trail, with clause and records."""

from agent.answer import Block, Claim
from agent.phrases import OUTCOME_WORDS, spell
from agent.select import credits_for
from agent.tell.material import Material, bullets, claim_all, credit_line, first_up, line
from agent.tell.status import lines, verdict
from obligations.model import Assessment, Outcome, Step

EXPLAINED = 4
"""Assessments explained step by step; more are told in one line each."""


def tell_reason(m: Material) -> list[Block]:
    wanted = m.of(Outcome.BREACHED) or m.of(Outcome.AT_RISK) or m.of(Outcome.UNDETERMINED) or m.selected
    blocks: list[Block] = []
    if "breached" in m.plan.outcomes and not m.of(Outcome.BREACHED) and len(wanted) > 1:
        blocks.append(Block(layout="paragraph", claims=(verdict(m),)))
    elif len(wanted) > 1:
        blocks.append(Block(layout="paragraph", claims=(_summary(m, wanted),)))
    for a in wanted[:EXPLAINED]:
        blocks += _explain(m, a)
    rest = wanted[EXPLAINED:]
    return blocks + bullets("Likewise", lines(m, rest))


def _summary(m: Material, wanted: list[Assessment]) -> Claim:
    if wanted == m.selected or m.plan.outcomes:
        return claim_all(wanted, f"{len(wanted)} promises are behind this; each is explained below.")
    return verdict(m)


def _explain(m: Material, a: Assessment) -> list[Block]:
    head = line(m, a, with_party=True)
    lead = head.model_copy(update={"text": f"{first_up(OUTCOME_WORDS[a.outcome])}. {head.text}"})
    # The last step repeats the outcome, which the line above has said.
    steps = [_step(a, step) for step in a.trail if step.says.strip() and not step.rule.endswith(".outcome")]
    blocks = [Block(layout="paragraph", claims=(lead,)), *bullets("", steps)]
    if a.kind == "availability":
        blocks += bullets("Money", [credit_line(m, c) for c in credits_for(a, m.around, m.desk)])
    return blocks


def _step(a: Assessment, step: Step) -> Claim:
    says = spell(step.says.strip())
    return Claim(
        text=first_up(says if says.endswith((".", "!", "?")) else says + "."),
        assessments=(a.id,),
        spans=step.spans[:6],
        records=step.records[:4],
    )
