"""How promises were kept: assessments, the records behind them, tickets from opening to close; proposals."""

from datetime import date
from typing import Any, Literal

from pydantic import Field

from agent.tool import Arguments, Tool
from flows import act
from flows.toolbox.caller import AsOf, Caller, quote, record, rows
from flows.world import instant
from obligations.facts import Fact
from obligations.facts.service import Ticket
from obligations.model import Assessment
from store import NotFound


class Assess(Arguments):
    party: str | None = Field(default=None, description="only contracts with this counterparty")
    contract: str | None = Field(default=None, description="only this contract, by id or title")
    obligation: str | None = Field(default=None, description="only this promise, by id")
    kind: str | None = Field(default=None, description="such as resolution_time or payment_due")
    outcome: (
        Literal["met", "at_risk", "breached", "pending", "undetermined", "waived", "not_applicable"] | None
    ) = None
    first: date | None = Field(default=None, description="only what counts from this day on")
    last: date | None = Field(default=None, description="only what counts up to this day")
    as_of: AsOf = None


class Records(Arguments):
    party: str | None = Field(default=None, description="only records of this counterparty")
    kind: str | None = Field(default=None, description="such as ticket, invoice, payment, delivery, outage")
    record: str | None = Field(default=None, description="one record by its number, such as INC0010427")
    first: date | None = Field(default=None, description="only what happened from this day on")
    last: date | None = Field(default=None, description="only what happened up to this day")
    known_at: AsOf = None


class OneTicket(Arguments):
    ticket: str = Field(description="a ticket's number, such as INC0010427")
    as_of: AsOf = None


class Breach(Arguments):
    assessment: str = Field(description="the id of a breached assessment, from assess")


def tools(caller: Caller) -> tuple[Tool, ...]:
    def assess(asked: Assess) -> dict[str, Any]:
        found = [a for a in _judged(caller, asked) if asked.outcome in (None, a.outcome.value)]
        return {"as_of": caller.at(asked.as_of), **rows(found, (judgement(a) for a in found))}

    def query_facts(asked: Records) -> dict[str, Any]:
        found = _facts(caller, asked)
        return rows(found, (_fact(f) for f in found))

    def ticket_timeline(asked: OneTicket) -> dict[str, Any]:
        return _timeline(caller, asked)

    def propose_actions(asked: Breach) -> dict[str, Any]:
        return _propose(caller, asked.assessment)

    return (
        Tool(
            "assess",
            "How promises were kept, computed by rules and not by a model: outcome, target, measured, money, "
            "what is missing where it is undetermined, with trail, clauses and records. The one source of "
            "verdicts.",
            Assess,
            assess,
        ),
        Tool(
            "query_facts",
            "Records of ERP, ITSM, CRM and other systems, as known now: tickets, invoices, deliveries.",
            Records,
            query_facts,
        ),
        Tool(
            "ticket_timeline",
            "One ticket from opening to close, every change with its instant, and how its times were judged.",
            OneTicket,
            ticket_timeline,
        ),
        Tool(
            "propose_actions",
            "Propose what the policy foresees for a breach: a comment on the ticket, a task in the CLM. "
            "Nothing leaves before a person has approved it.",
            Breach,
            propose_actions,
            writes=True,
        ),
    )


def judgement(a: Assessment) -> dict[str, Any]:
    """An assessment with what it rests on."""
    said = {name: q.text for name in ("target", "measured", "margin") if (q := getattr(a, name)) is not None}
    body: dict[str, Any] = {
        "id": a.id,
        "obligation": a.obligation,
        "contract": a.contract,
        "kind": a.kind,
        "occurrence": a.occurrence.label,
        "counts_on": a.occurrence.counts_on,
        "due_at": a.occurrence.due_at,
        "outcome": a.outcome.value,
        "aftermath": a.aftermath or None,
        **said,
        "money": a.money.model_dump(mode="json") if a.money else None,
        "money_is": a.money_is or None,
        "summary": a.summary,
        "missing": list(a.missing) or None,
        "trail": [step.says for step in a.trail],
        "clauses": [quote(span) for span in a.spans],
        "records": [record(source) for source in a.records],
    }
    return {key: value for key, value in body.items() if value is not None}


def _judged(caller: Caller, asked: Assess) -> list[Assessment]:
    world, at = caller.world, instant(caller.at(asked.as_of))
    among = {c.id for c in caller.contracts(party=asked.party, contract=asked.contract)}
    promises = [
        o
        for o in world.obligations.values()
        if o.contract in among and asked.kind in (None, o.kind) and asked.obligation in (None, o.id)
    ]
    if asked.obligation is not None and not promises:
        raise NotFound("obligation", asked.obligation)
    first, last = asked.first or date.min, asked.last or date.max
    return [a for a in world.assess(promises, at) if first <= a.occurrence.counts_on <= last]


def _facts(caller: Caller, asked: Records) -> list[Fact]:
    parties = None if asked.party is None else {caller.party(asked.party).id}
    found = caller.view.facts(
        parties=parties,
        kinds=None if asked.kind is None else {asked.kind},
        records=None if asked.record is None else {asked.record},
        known_at=caller.at(asked.known_at),
    )
    first, last = asked.first or date.min, asked.last or date.max
    held = [f for f in found if first <= f.occurred_at.astimezone(caller.zone).date() <= last]
    return sorted(held, key=lambda fact: (fact.occurred_at, fact.id), reverse=True)


def _fact(fact: Fact) -> dict[str, Any]:
    return {
        "record": record(fact.source),
        "kind": fact.kind,
        "occurred_at": fact.occurred_at,
        "known_at": fact.known_at,
        "party": fact.party,
        "contract": fact.contract,
        "data": fact.data.model_dump(mode="json", exclude={"kind"}, exclude_none=True),
    }


def _timeline(caller: Caller, asked: OneTicket) -> dict[str, Any]:
    at = caller.at(asked.as_of)
    found = list(caller.view.facts(kinds={"ticket"}, records={asked.ticket}, known_at=at))
    if not found:
        raise NotFound("ticket", asked.ticket)
    fact = found[0]
    ticket = fact.data
    assert isinstance(ticket, Ticket)
    about = [
        a
        for a in caller.world.assess_all(instant(at))
        if any(s.system == fact.source.system and s.record == fact.source.record for s in a.records)
    ]
    return {
        "record": record(fact.source),
        "subject": ticket.subject,
        "service": ticket.service,
        "priority": ticket.priority,
        "status": ticket.status,
        "changes": [e.model_dump(mode="json") for e in ticket.events if e.at <= at],
        "judged": [judgement(a) for a in about],
    }


def _propose(caller: Caller, assessment: str) -> dict[str, Any]:
    at = instant(caller.at(None))
    found = [a for a in caller.world.assess_all(at) if a.id == assessment]
    if not found:
        raise NotFound("assessment", assessment)
    proposed = act.propose(caller.pacta, caller.world, found, at)
    return rows(proposed, (action.model_dump(mode="json") for action in proposed))
