"""Comparisons: parties or periods side by side, one row each."""

from decimal import Decimal

from agent.answer import Block, Claim
from agent.phrases import day, during, joined, spell
from agent.plan import Plan, Window
from agent.select import in_window
from agent.tell.material import Material, bullets, claim_all, paragraph
from agent.tell.status import lines
from obligations.model import Assessment, Outcome

Share = tuple[Decimal, str, Window, int, int]
"""Share kept, party, period, how many kept, how many breached."""


def tell_compare(m: Material) -> list[Block]:
    """A row for each party and period with how many promises were kept, and their levels."""
    groups = _groups(m)
    rows = [(who, window, found) for who, window, found in groups if found]
    if not rows:
        return []
    claims = tuple(_row(m, who, window, found) for who, window, found in rows)
    table = Block(layout="table", head=("Party", "Period", "Kept", "Breached", "Availability"), claims=claims)
    breached = [a for a in m.selected if a.outcome is Outcome.BREACHED]
    return [paragraph(_lead(m.plan, rows)), table, *bullets("Breached", lines(m, breached))]


def _groups(m: Material) -> list[tuple[str, Window, list[Assessment]]]:
    names = (
        sorted({m.desk.party_name(a.contract) for a in m.selected})
        if len(m.party_ids) != 1
        else m.party_names
    )
    return [
        (
            name,
            window,
            [a for a in m.selected if m.desk.party_name(a.contract) == name and in_window(m.plan, a, window)],
        )
        for name in names
        for window in m.plan.windows
    ]


def _split(found: list[Assessment]) -> tuple[int, int]:
    return sum(a.outcome is Outcome.MET for a in found), sum(a.outcome is Outcome.BREACHED for a in found)


def _row(m: Material, who: str, window: Window, found: list[Assessment]) -> Claim:
    kept, breached = _split(found)
    levels = [
        f"{a.measured.text} ({spell(a.occurrence.key)})"
        for a in found
        if a.kind == "availability" and a.measured
    ]
    cells = (who, _label(window), str(kept), str(breached), joined(levels) or "-")
    return Claim(text="", cells=cells, assessments=tuple(a.id for a in found))


def _label(window: Window) -> str:
    if window.label and window.key:
        return window.label
    return f"{day(window.start)} to {day(window.end)}" if window.start and window.end else window.label


def _by_breaches(shares: list[Share], every: list[Assessment]) -> Claim:
    """Who breached most, for a question that asks for that."""
    ranked = sorted(shares, key=lambda s: (-s[4], s[1]))
    most = [f"{who} ({n})" for _, who, _, _, n in ranked if n == ranked[0][4]]
    return claim_all(every, f"Most breaches: {joined(most)}.")


def _lead(plan: Plan, rows: list[tuple[str, Window, list[Assessment]]]) -> Claim:
    """Who kept the larger share; only said when one did."""
    shares: list[Share] = []
    for who, window, found in rows:
        kept, breached = _split(found)
        if kept + breached:
            shares.append((Decimal(kept) / (kept + breached), who, window, kept, breached))
    every = [a for _, _, found in rows for a in found]
    if len(shares) < 2:
        return claim_all(
            every, "There is nothing to compare with: only one side has promises that were judged."
        )
    if "breached" in plan.outcomes:
        return _by_breaches(shares, every)
    shares.sort(key=lambda s: (-s[0], s[4]))
    best, worst = shares[0], shares[-1]
    if best[0] == worst[0]:
        return claim_all(every, "Both sides kept the same share of the promises judged.")

    def said(share: Share) -> str:
        who = share[1] if len({s[1] for s in shares}) > 1 else f"{share[1]} {during(share[2])}"
        return f"{who} ({share[3]} of {share[3] + share[4]} kept)"

    return claim_all(every, f"Better: {said(best)}; worse: {said(worst)}.")
