"""Nothing that is known to be hard is without a case: each point of the list below has golden cases.

A golden case names the points it holds in `covers`, by section and words ("§3 discount on a partial
payment").
"""

import re
from functools import cache
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"

POINTS: dict[str, str] = {
    "§1": r"""
        oldest unanswered; 99.951
    """,
    "§2 clock": r"""
        actual vs business; 24h? ?h? on 9–17; after hours; weekend; on a holiday; at open; at close;
        holiday on target day; partial holiday; per site; working saturday; lunch; overnight; dst
        spring; dst fall; shift 7; shift 9; non-existent; ambiguous; customer vs provider; tz rule
        change; zero-length
    """,
    "§2 pause": r"""
        9–17; 24x7; outside hours; overlapping; out-of-order; still paused; before start; awaiting
        vendor; pause cap; customer-caused
    """,
    "§2 change": r"""
        up with; without retroactive; priority down; flips; carried over; pinned and recomputed;
        amendment; downgrade after breach
    """,
    "§2 end": r"""
        exactly at the deadline; says before; continue; new cycle; reopen window; merged; duplicate;
        cancelled; auto-reply; internal note; agent-created; missing timestamps
    """,
    "§2 %": r"""
        95%; opened vs resolved; open-at-period-end; zero tickets; small-volume; rounding mode
    """,
    "§2 uptime": r"""
        union of overlaps; clip at; 99.72222; 99.72184; unannounced; over-run; allowance cap; 2026-02;
        2028-02; 43,200; 2026-05; 2026-03 europe; 2026-10 europe; utc vs local; partial month; minimum
        outage; 5-minute; probe gaps; degraded; multi-component worst; component average; component
        weighted; region vs instance; azure; excluded causes; suspended; never under; never over;
        quarterly; rolling; contract-month
    """,
    "§2 credits": r"""
        boundaries; exactly 99.0; highest tier; cumulative; affected service; net of discounts; monthly
        cap; at-risk pool; weights; multiplier; pay once; earn-back; 30 days; second billing cycle;
        notice form; claimed, received; sole remedy; 3 in 6; grace; ramp-up; relief; reference tiers
    """,
    "§3": r"""
        baseline: receipt; baseline: acceptance; later-of; posting; 37.24; multi-step; eom, first; eom,
        second; ambiguity surfaces; 31 mar, 31 jul; cut-off 25; clamp; following; preceding; modified;
        unadjusted; settled; 2026-04-08; receipt stamp; resets; 7/10/14; 2011/7: 30; 2011/7: 60; 8 pts;
        act/360; act/365; compound; day after due; leap; excludes tax; partial payment; credit memo;
        dispute hold; set-off; retention %; duplicate invoice; fx date; wrong po price; tolerance
    """,
    "§4": r"""
        5,400; 4,800; cliff; 100/101; 160k => 4,800; => 300; exceeds; reaches; growth; missing
        baseline; fiscal; leap year; affiliates; hierarchy; clawback; mid-invoice; case/each; locked
        after accrual; re-posts; shortfall; take-or-pay; roll-over; lag; floor; rounding; mfn; validity
        dates; maverick; wrong supplier; expired contract; cap exceeded; hard/soft
    """,
    "§5": r"""
        1 nov; 31 oct; 2 nov; 2 months; conservative date; backwards; dispatch; deemed receipt; not
        more than 120; last day inclusive; 36 months; 29 feb; 31 mar; evergreen; count cap; != initial;
        uplift; outlives; co-termination; earlier termination; statutory; changed the date; missing
        effective; still performing; decision date
    """,
    "§6": r"""
        7 hits; nth business; quarter end; fiscal; semi-annual; until; count; exdate; triggered;
        nested; precedent; survival; source obligation; direction; prohibition; right; shared; except
        provider; late vs not done; waived; disputed; superseded; cure period; materiality; precedence;
        override; effective date; defined terms; lineage; cycle guard; past date
    """,
    "§7": r"""
        \(order\); \(line\); \(case\); re-confirmed; early is also late; over-delivery; later
        completion; cancelled by buyer; buyer-caused; proof of delivery; time zone; collect-ready; in
        full; no standard definition
    """,
    "§8": r"""
        not revenue; deemed acceptance; rejection restarts; point in time; over-time; variable;
        modification; holdback; before acceptance; without evidence; percent mismatch; information
        only; legal name; each-occurrence; aggregate; per-project; umbrella; retro; waiver; cg 20 10;
        cg 20 37; non-contributory; rating; mid-contract; gaps between; cancellation; coi: currency;
        date old; 90/60/30/7; tail
    """,
}
"""By section: patterns of the points that are hard there, with semicolons between."""


@cache
def covered() -> tuple[str, ...]:
    """What the golden cases say they cover, in lower case, one text for each key."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(GOLDEN.glob("*.yaml"))]
    texts += [path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parent.glob("test_*.py"))]
    lines = [line for text in texts for line in re.findall(r"covers: *(.+)", text)]
    return tuple(line.casefold() for line in lines)


@pytest.mark.parametrize(
    ("section", "point"),
    [(section, " ".join(p.split())) for section, points in POINTS.items() for p in points.split(";")],
)
def test_a_golden_case_covers(section: str, point: str) -> None:
    assert any(section.split()[0] in line and re.search(point, line) for line in covered())
