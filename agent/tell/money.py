"""Money: credits and invoices, summed by currency and never across currencies."""

from collections.abc import Sequence
from itertools import groupby

from agent.answer import Block, Claim
from agent.phrases import amount, counted, during, joined
from agent.select import OPEN, done, in_window
from agent.tell.listing import table
from agent.tell.material import Material, bullets, claim_all, credit_line, line, paragraph
from agent.tell.status import yes_no
from obligations.model import Assessment, Outcome
from obligations.quantities import Money


def sums(assessments: Sequence[Assessment]) -> list[Money]:
    """Totals by currency, in the order of their codes."""
    held = sorted((a.money for a in assessments if a.money), key=lambda money: money.currency)
    totals = []
    for _, group in groupby(held, key=lambda money: money.currency):
        first, *rest = group
        totals.append(sum(rest, start=first))
    return totals


def unsettled(a: Assessment) -> bool:
    """Money that has not moved yet."""
    if a.money is None:
        return False
    return a.outcome in OPEN or (a.outcome is Outcome.BREACHED and not done(a))


def tell_money(m: Material) -> list[Block]:
    credits = [a for a in m.selected if a.kind == "service_credit" and a.money]
    invoices = [a for a in m.selected if a.kind == "payment_due" and a.money]
    blocks: list[Block] = []
    if credits or "service_credit" in m.plan.kinds:
        blocks += _credits(m, credits, alone="payment_due" not in m.plan.kinds)
    blocks += _invoices(m, [a for a in invoices if unsettled(a)], invoices)
    rest = [a for a in m.selected if a.money and a.kind not in ("service_credit", "payment_due")]
    blocks += bullets("Other amounts", [line(m, a, with_party=True) for a in rest])
    if not blocks:
        blocks.append(
            paragraph(
                claim_all(
                    m.selected or m.around, f"No amount is recorded{_for_whom(m)} {during(m.plan.window)}."
                )
            )
        )
    return blocks


def _for_whom(m: Material) -> str:
    return f" for {joined(m.party_names)}" if m.party_names else ""


def _in_time(m: Material, a: Assessment) -> bool:
    return any(in_window(m.plan, a, window) for window in m.plan.windows)


def _credits(m: Material, credits: Sequence[Assessment], *, alone: bool) -> list[Block]:
    if not credits:
        if not alone:
            return []
        said = f"{yes_no(m, breached=False)}No service credit is due{_for_whom(m)} {during(m.plan.window)}."
        looked_at = [a for a in m.around if a.kind in ("availability", "service_credit") and _in_time(m, a)]
        return [paragraph(claim_all(looked_at, said).model_copy(update={"contracts": tuple(m.contracts)}))]
    owed = [a for a in credits if unsettled(a)]
    had = [a for a in credits if not unsettled(a)]
    leads = []
    if owed:
        leads.append(_total(m, owed, "owed and not received yet", yes_no(m, breached=True)))
    if had:
        leads.append(_total(m, had, "received"))
    return [paragraph(*leads), *bullets("", [credit_line(m, a) for a in [*owed, *had]])]


def _total(m: Material, assessments: Sequence[Assessment], what: str, prefix: str = "") -> Claim:
    said = joined(amount(t) for t in sums(assessments))
    names = joined(sorted({m.desk.party_name(a.contract) for a in assessments}))
    return claim_all(assessments, f"{prefix}{said} in service credits from {names} {what}.")


def _invoices(m: Material, open_: Sequence[Assessment], every: Sequence[Assessment]) -> list[Block]:
    if not open_:
        if not every:
            return []
        these = f"{counted(len(every), 'invoice')}{_for_whom(m)} {during(m.plan.window)}"
        said = f"No invoice is open: {these}, all paid."
        return [paragraph(claim_all(every, said)), table(m, every)]
    blocks = []
    for ours, title in ((True, "We owe"), (False, "Owed to us:")):
        side = [a for a in open_ if bool(m.desk.we_owe(m.desk.obligation(a.obligation))) is ours]
        if side:
            late = [a for a in side if a.outcome is Outcome.BREACHED]
            part = f", of which {joined(amount(t) for t in sums(late))} overdue"
            overdue = ", none of it overdue" if not late else ", all of it overdue" if late == side else part
            total = f"{title} {joined(amount(t) for t in sums(side))}"
            said = f"{total} on {counted(len(side), 'open invoice')}{overdue}."
            blocks += [paragraph(claim_all(side, said)), table_with_money(m, side)]
    return blocks


def table_with_money(m: Material, rows: Sequence[Assessment]) -> Block:
    """The usual table with the amount of each row."""
    plain = table(m, rows)
    by_id = {a.id: a for a in rows}
    claims = []
    for said in plain.claims:
        held = by_id.get(said.assessments[0]) if said.cells else None
        money = amount(held.money) if held and held.money else ""
        claims.append(
            said.model_copy(update={"cells": (*said.cells[:2], money, *said.cells[2:])})
            if said.cells
            else said
        )
    return plain.model_copy(
        update={"head": (*plain.head[:2], "Amount", *plain.head[2:]), "claims": tuple(claims)}
    )
