"""When: deadlines, ends and renewals of contracts, and what happened when on a record."""

from datetime import date

from agent.answer import Block, Claim
from agent.desk import Desk
from agent.phrases import OUTCOME_WORDS, counted, day, due_day, due_words, moment
from agent.plan import CONTRACT_KINDS
from agent.select import OPEN
from agent.tell.clause import passage_claim
from agent.tell.material import Material, bullets, claim, first_up, line, paragraph
from agent.tell.terms import current, current_and_past
from obligations.facts import Fact, Invoice, Payment, ReportReceived, Ticket
from obligations.model import Assessment, Contract, Obligation
from obligations.terms import Renewal

SHOWN = 6
LEAD_SPANS = 6
"""Most clauses cited for a date: what it is counted from often stands in another clause."""


def tell_date(m: Material) -> list[Block]:
    if m.plan.records:
        return _record(m)
    blocks: list[Block] = [paragraph(*_renews(m))] if m.plan.yes_no == "renews" else []
    chosen = _chosen(m)
    if chosen:
        blocks.append(paragraph(_lead(m, chosen[0])))
        blocks += bullets("", [line(m, a, with_party=len(m.party_ids) != 1) for a in chosen[1:SHOWN]])
    if CONTRACT_KINDS & set(m.plan.kinds) or not chosen:
        dates = _contract_dates(m)
        blocks += bullets("The contract", dates) if chosen else [paragraph(c) for c in dates[:1]]
        blocks += bullets("", dates[1:]) if not chosen else []
    return blocks


def _renews(m: Material) -> list[Claim]:
    """Yes or no, for "does it renew?": what the clause says, of each contract asked about."""
    held = [o for o in m.desk.obligations(m.contracts) if o.kind == "renewal"]
    said = []
    for o in held:
        now = current(o, m.desk.as_of.date())
        automatic = now.terms.automatic if isinstance(now.terms, Renewal) and not now.deleted else None
        word = "" if automatic is None else "Yes. " if automatic else "No. "
        text = f"{word if len(held) == 1 else ''}{m.desk.party_name(o.contract)}: {_said(m, o)}."
        said.append(Claim(text=text, spans=(now.span,), obligations=(o.id,), contracts=(o.contract,)))
    return said


def _said(m: Material, o: Obligation) -> str:
    """The terms in words, or which document deleted them."""
    return current_and_past(o, m.desk.as_of.date(), m.titles)[0]


def _chosen(m: Material) -> list[Assessment]:
    """What is still to come, soonest first, a notice before all else; otherwise what was last."""
    ahead = sorted((a for a in m.selected if a.outcome in OPEN and a.occurrence.due_at), key=_day)
    past = sorted((a for a in m.selected if a.outcome not in OPEN), key=_day, reverse=True)
    if m.plan.covers or not m.plan.window.assumed:
        return ahead + past
    return sorted(ahead, key=lambda a: a.kind != "renewal_notice") or past


def _day(a: Assessment) -> tuple[date, str]:
    due = a.occurrence.due_at
    return (due.date() if due else a.occurrence.counts_on), a.id


def _lead(m: Material, a: Assessment) -> Claim:
    zone = m.desk.zone(a.contract)
    who = m.desk.party_name(a.contract)
    what = m.promise(a)
    if a.outcome not in OPEN:
        said = line(m, a, with_party=True)
        return said.model_copy(update={"text": f"{first_up(OUTCOME_WORDS[a.outcome])}. {said.text}"})
    spans = a.spans[:LEAD_SPANS]
    if a.kind in CONTRACT_KINDS:
        return claim(a, f"{who}: {m.detail(a)}.", spans=spans)
    return claim(a, f"{who}, {what}: due {due_words(a, zone)}{_away(m.desk, a)}.", spans=spans)


def _away(desk: Desk, a: Assessment) -> str:
    """How far off it is, in days of the contract's zone."""
    zone = desk.zone(a.contract)
    due = due_day(a, zone)
    days = (due - desk.as_of.astimezone(zone).date()).days if due else -1
    return {0: ", today", 1: ", tomorrow"}.get(days, f", in {counted(days, 'day')}" if days > 1 else "")


def _contract_dates(m: Material) -> list[Claim]:
    said: list[Claim] = []
    for contract_id in m.contracts:
        held = m.desk.contracts[contract_id]
        if held.relation in ("schedule", "amendment") and len(m.contracts) > 1:
            continue
        said += _ends(m, held)
    return said[:8]


def _ends(m: Material, held: Contract) -> list[Claim]:
    obligations = [o for o in m.desk.obligations([held.id]) if o.kind in CONTRACT_KINDS]
    spans = tuple(o.terms[-1].span for o in obligations if o.kind == "term")[:1]
    said: list[Claim] = []
    if held.expires_on:
        began = f" (in force since {day(held.effective_on)})" if held.effective_on else ""
        who = m.desk.party_name(held.id)
        text = f"{held.title} with {who} ends on {day(held.expires_on)}{began} unless renewed."
        said.append(Claim(text=text, spans=spans, contracts=(held.id,)))
    for o in obligations:
        if o.kind == "renewal" or (o.kind == "term" and not held.expires_on) or o.kind == "renewal_notice":
            now = current(o, m.desk.as_of.date())
            label = {"term": "Term", "renewal": "Renewal", "renewal_notice": "Notice"}[o.kind]
            text = f"{label}: {_said(m, o)}."
            said.append(Claim(text=text, spans=(now.span,), obligations=(o.id,), contracts=(held.id,)))
    return said


def _record(m: Material) -> list[Block]:
    """What is known of a record: what was asked for first, then its other dates and how it was judged."""
    said = [claim for fact in m.facts for claim in record_dates(m, fact)]
    due = [_due_of(m, a) for a in m.selected if a.occurrence.due_at] if m.plan.asks_due else []
    wanted = due or [c for c in said if _answers(m, c)] or said
    blocks = [paragraph(wanted[0])] if wanted else []
    blocks += bullets("", [c for c in said if c not in wanted[:1]])
    if m.plan.asks_due and not due:
        blocks += bullets("No approved promise says when it was due; the contract says", _words_on_it(m))
    return blocks + bullets("Judged", [line(m, a) for a in m.selected if not due])


def _words_on_it(m: Material) -> list[Claim]:
    """What the contract says about it, where nothing read from it could be judged."""
    return [passage_claim(m, found) for found in m.passages()[:1]]


def _due_of(m: Material, a: Assessment) -> Claim:
    verb = "is" if a.outcome in OPEN else "was"
    return claim(
        a, f"{first_up(m.promise(a))} {verb} due {due_words(a, m.desk.zone(a.contract))}{_away(m.desk, a)}."
    )


def _answers(m: Material, said: Claim) -> bool:
    """The claim states what the question's verb asks for."""
    verbs = {
        "resolution_time": ("resolved",),
        "payment_due": ("paid",),
        "reporting": ("received",),
        "response_time": ("opened",),
    }
    return any(verb in said.text for kind in m.plan.kinds for verb in verbs.get(kind, ()))


def record_dates(m: Material, fact: Fact) -> list[Claim]:
    """The dated facts of one record, one claim each."""
    name = fact.source.label or fact.source.record
    zone = m.desk.as_of.tzinfo
    data = fact.data
    said: list[str] = []
    if isinstance(data, Ticket):
        said.append(f"{name} was opened on {moment(data.opened_at, zone)}.")
        said.append(
            f"{name} was resolved on {moment(data.resolved_at, zone)}."
            if data.resolved_at
            else f"{name} is not resolved yet."
        )
    elif isinstance(data, Invoice):
        said.append(f"{name} is dated {day(data.invoiced_on)}.")
        if data.received_on:
            said.append(f"{name} was received on {day(data.received_on)}.")
    elif isinstance(data, Payment):
        said.append(f"{data.invoice} was paid on {day(data.paid_on)}.")
    elif isinstance(data, ReportReceived):
        said.append(f"{name} was received on {moment(data.received_at, zone)}.")
    return [Claim(text=text, records=(fact.source,)) for text in said]
