"""What happened, in order: the events of a record, or the records of a party in a period."""

from datetime import date, datetime, time

from agent.answer import Block, Claim
from agent.phrases import amount, during, joined, moment, spell
from agent.tell.material import Material, bullets, line, note, paragraph
from obligations.facts import (
    Credit,
    Fact,
    Invoice,
    Notice,
    Outage,
    Payment,
    PurchaseOrder,
    ReportReceived,
    Ticket,
    TicketEvent,
)

SHOWN = 40
_BY = {"provider": "by the provider", "customer": "by us", "system": "by the system", "unknown": ""}


def tell_timeline(m: Material) -> list[Block]:
    rows = sorted((row for fact in m.facts for row in _rows(m, fact)), key=lambda row: row[0])
    if not m.plan.records:
        rows = [row for row in rows if m.plan.window.holds(row[0].astimezone(m.desk.as_of.tzinfo).date())]
    if not rows:
        return []
    about = m.plan.records or m.party_names
    when = "" if m.plan.records else f" {during(m.plan.window)}"
    shown = tuple(dict.fromkeys(r for _, said in rows[:SHOWN] for r in said.records))
    lead = Claim(text=f"{joined(about)}: what happened{when}, in order.", records=shown[:1], note=True)
    table = Block(layout="table", head=("When", "Record", "What"), claims=tuple(c for _, c in rows[:SHOWN]))
    blocks = [paragraph(lead), table]
    if len(rows) > SHOWN:
        blocks.append(paragraph(note("More is recorded than is shown here; ask about a shorter period.")))
    return blocks + bullets("Judged", [line(m, a) for a in m.selected[:12]])


def _rows(m: Material, fact: Fact) -> list[tuple[datetime, Claim]]:
    name = fact.source.label or fact.source.record
    zone = m.desk.as_of.tzinfo
    found = _events(fact, datetime.combine(date.min, time(), tzinfo=zone))
    return [
        (
            at,
            Claim(
                text="",
                cells=(moment(at, zone) if clocked else moment(at, zone).split(",")[0], name, what),
                records=(fact.source,),
            ),
        )
        for at, what, clocked in found
    ]


def _events(fact: Fact, zero: datetime) -> list[tuple[datetime, str, bool]]:
    """(instant, what happened, whether the time of day is known)."""
    data = fact.data

    def on(day: date) -> datetime:
        return datetime.combine(day, time(), tzinfo=zero.tzinfo)

    if isinstance(data, Ticket):
        return _ticket(data)
    if isinstance(data, Outage):
        ended = [(data.ended_at, f"{data.type} of {data.service} ended", True)] if data.ended_at else []
        return [(data.started_at, f"{data.type} of {data.service} began", True), *ended]
    if isinstance(data, Invoice):
        received = [(on(data.received_on), "invoice received", False)] if data.received_on else []
        return [(on(data.invoiced_on), f"invoice dated, {amount(data.gross)}", False), *received]
    if isinstance(data, Payment):
        return [(on(data.paid_on), f"invoice {data.invoice} paid, {amount(data.amount)}", False)]
    if isinstance(data, Credit):
        return [(on(data.credited_on), f"credit of {amount(data.amount)} for {spell(data.period)}", False)]
    if isinstance(data, PurchaseOrder):
        return [(on(data.ordered_on), f"order placed, {amount(data.amount)}", False)]
    if isinstance(data, ReportReceived):
        return [(data.received_at, f"{data.report} for {spell(data.period)} received", True)]
    assert isinstance(data, Notice)
    by = "by us" if data.by == "us" else "by the counterparty"
    received = [(on(data.received_on), "notice received", False)] if data.received_on else []
    return [(on(data.sent_on), f"notice of {data.effect.replace('_', ' ')} sent {by}", False), *received]


def _ticket(data: Ticket) -> list[tuple[datetime, str, bool]]:
    """Events of a ticket. The text of a comment is not repeated: it is data, and often not ours to show."""
    found = [(e.at, _event(e), True) for e in data.events]
    said = {e.change for e in data.events}
    if "opened" not in said:
        found.append((data.opened_at, f"opened as {data.priority}", True))
    if data.resolved_at and not any(
        e.change == "status" and e.value in ("resolved", "closed") for e in data.events
    ):
        found.append((data.resolved_at, "resolved", True))
    return found


def _event(event: TicketEvent) -> str:
    by = _BY[event.by]
    if event.change == "comment":
        kind = "automatic reply" if event.automatic else "comment" if event.public else "internal note"
        return f"{kind} {by}".strip()
    if event.change == "priority":
        return f"priority set to {event.value} {by}".strip()
    if event.change == "status":
        return f"status: {event.value.replace('_', ' ')} {by}".strip()
    if event.change == "opened":
        return f"opened{f' as {event.value}' if event.value else ''} {by}".strip()
    return f"reopened {by}".strip()
