"""From material to a draft: the template of the plan's intent, then what was assumed."""

from collections.abc import Callable

from agent.answer import Block, Claim, Draft
from agent.phrases import assumed_note
from agent.plan import Intent
from agent.tell.clause import tell_clause
from agent.tell.compare import tell_compare
from agent.tell.dates import tell_date
from agent.tell.listing import tell_count, tell_list
from agent.tell.material import Material, note, paragraph
from agent.tell.money import tell_money
from agent.tell.reason import tell_reason
from agent.tell.status import tell_status, unreviewed
from agent.tell.timeline import tell_timeline

TEMPLATES: dict[Intent, Callable[[Material], list[Block]]] = {
    "status": tell_status,
    "reason": tell_reason,
    "money": tell_money,
    "date": tell_date,
    "wording": tell_clause,
    "list": tell_list,
    "count": tell_count,
    "compare": tell_compare,
    "timeline": tell_timeline,
}


def compose(material: Material) -> Draft:
    """The draft of an answer; no blocks when the template found nothing to say."""
    blocks = TEMPLATES[material.plan.intent](material)
    if not any(block.claims for block in blocks):
        return Draft(blocks=())
    return Draft(blocks=(*blocks, paragraph(*scope_notes(material))))


def scope_notes(m: Material) -> list[Claim]:
    """What the answer assumed and did not understand."""
    plan = m.plan
    notes = [note(assumed_note(plan, m.desk.as_of))] if plan.intent != "wording" else []
    notes += [note(f"{said}.") for said in plan.notes]
    if plan.unknown and plan.intent != "wording":
        notes.append(note(f"Not understood and left out: {', '.join(plan.unknown)}."))
    return [*notes, *unreviewed(m)]
