"""What stands before and after findings that a model looked up with tools: counted and said by us."""

from agent.answer import Block, Claim
from agent.found import Found
from agent.phrases import assumed_note, spell
from agent.tell.material import Material, bullets, claim_all, note, paragraph
from obligations.model import Outcome

_ORDER = (Outcome.BREACHED, Outcome.AT_RISK, Outcome.UNDETERMINED, Outcome.PENDING, Outcome.MET)


def tell_researched(m: Material, found: Found) -> list[Block]:
    """How many promises were looked at and how they came out, and as of when."""
    held = m.desk.assessments(found.assessments)
    counted = [(sum(a.outcome is o for a in held), o.value.replace("_", " ")) for o in _ORDER]
    said = ", ".join(f"{count} {word}" for count, word in counted if count)
    lead = claim_all(held, f"Looked up: {said}") if said else note("This was found in contracts and records.")
    return [paragraph(lead), paragraph(note(assumed_note(m.plan, m.desk.as_of)))]


def tell_proposed(found: Found) -> list[Block]:
    """The proposals that were made: they wait for a person."""
    claims = [
        Claim(
            text=spell(f"Proposed for {each.target}, to be approved by a person."), contracts=(each.contract,)
        )
        for each in found.proposed
    ]
    return bullets("Proposed", claims)
