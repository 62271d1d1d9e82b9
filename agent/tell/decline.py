"""Saying that there is no answer, why, and what can be asked instead."""

from agent.answer import Block, Clarify
from agent.desk import Desk
from agent.phrases import during, kinds_of
from agent.plan import Plan
from agent.tell.material import note, paragraph

CAN_ASK = (
    "whether a party is in breach and why",
    "what is due when, and by when notice must be given",
    "how much is owed in credits or invoices",
    "which parties breached, are late or at risk in a period",
    "what a contract says about something",
)


def tell_help() -> list[Block]:
    lead = note(
        "Ask about the contracts, the promises in them and how they are kept. "
        "Every statement comes with its clause or record."
    )
    return [paragraph(lead), Block(title="For example", claims=tuple(note(f"{c}.") for c in CAN_ASK))]


def tell_decline(plan: Plan, missing: str, desk: Desk) -> list[Block]:
    """`missing` is "name:X", "record:X", "topic", "assessments", "obligations", "future" or empty, when
    the plan's `why_not` says what the question is about."""
    what, _, value = missing.partition(":")
    said = _SAID.get(what)
    if said is not None:
        text = said.format(
            value=value, kinds=kinds_of(plan.kinds), when=during(plan.window), topic=plan.topic or "that"
        )
        return [paragraph(note(text))]
    reasons = {
        "advice": "That is a decision for people; Pacta shows what was promised, what happened and what it "
        "costs.",
        "forecast": "Pacta does not predict. It can show what is at risk now and what falls due.",
        "unknown": "This is not a question about contracts, promises or how they were kept, so there is "
        "nothing to answer it from.",
        "people": "Pacta holds contracts and operational records, not who works where, so it cannot answer "
        "this.",
    }
    holds = "Pacta holds contracts, promises and operational records"
    default = f"{holds}; nothing in them says anything about {plan.why_not or 'this'}."
    return [
        paragraph(
            note(reasons.get(plan.why_not, default)),
            note("It can say, for example, " + "; ".join(CAN_ASK[:3]) + "."),
        )
    ]


_SAID = {
    "name": "No party or contract called “{value}” is known here, or you may not see it. "
    "Nothing can be said about it.",
    "record": "No record {value} is known here, or you may not see it.",
    "topic": "Nothing about “{topic}” was found in the contracts in question.",
    "assessments": "Nothing was judged for {kinds} {when}: no such promise fell due or was measured in that "
    "time, or no records cover it.",
    "obligations": "No {kinds} have been read from the contracts in question, so there is nothing to judge.",
    "future": "That time has not come yet, so nothing can be judged. Ask what falls due then instead.",
    "facts": "No records are known for this {when}.",
}


def tell_clarify(clarify: Clarify) -> list[Block]:
    options = tuple(note(f"{o.name}") for o in clarify.options)
    return [paragraph(note(clarify.question)), Block(layout="bullets", claims=options)]
