"""Will a contract be renewed, and what is the risk of doing nothing? Points, each with its reason.

Likelihood and risk are sums of documented points (`RenewalWeights`), cut to 0..100: a judgement laid open,
not a probability learned from data. Where a notice or a renewal on record decides, or the
last day for a notice has passed, no points are counted.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from obligations.derived.money import MoneyLine, at_stake
from obligations.derived.scorecard import kept_share
from obligations.derived.weights import RenewalWeights
from obligations.model import Assessment, Contract, Obligation, Outcome
from obligations.quantities import Frozen
from obligations.wording import count_text

Judged = Sequence[tuple[Assessment, Obligation]]
Band = Literal["likely", "open", "unlikely", "unknown"]

DAY = timedelta(days=1)
YEAR = timedelta(days=365)
QUARTER = timedelta(days=91)
HUNDRED = Decimal(100)


class Factor(Frozen):
    """One reason: what was found, the points it gives, and the assessments it rests on."""

    name: str
    found: str
    points: Decimal
    assessments: tuple[str, ...] = ()


class RenewalView(Frozen):
    """How a contract's next renewal looks as of a day.

    `decide_by` is the last day for a notice, the key date; `ends_on` the end that it is about. `likelihood`
    and `risk` run from 0 to 100, None where no renewal is judged; `likely_because` and `risky_because` add
    up to them before the cut.
    """

    contract: str
    on: date
    decide_by: date | None
    ends_on: date | None
    automatic: bool | None
    likelihood: Decimal | None
    band: Band
    risk: Decimal | None
    likely_because: tuple[Factor, ...]
    risky_because: tuple[Factor, ...]
    at_stake: tuple[MoneyLine, ...]


def renewal_view(
    contract: Contract, judged: Judged, on: date, weights: RenewalWeights | None = None
) -> RenewalView:
    """The view of one contract from what was judged under it as of the day `on`."""
    weights = weights or RenewalWeights()
    own = [(a, o) for a, o in judged if _of_the_agreement(contract, o)]
    renewal, notice = (_next(own, kind, on) for kind in ("renewal", "renewal_notice"))
    automatic = _automatic(own, on)
    decide_by = notice.occurrence.counts_on if notice else None
    likely = risky = decided = _decided(own, renewal, automatic)
    if not decided and (renewal or notice):
        likely = _likely(judged, automatic, on, weights)
        risky = _risky(judged, automatic, decide_by, on, weights)
    elif decided:
        risky = ()
    total = _cut(likely) if likely else None
    return RenewalView(
        contract=contract.id,
        on=on,
        decide_by=decide_by,
        ends_on=_ends_on(own, renewal, on),
        automatic=automatic,
        likelihood=total,
        band=_band(total, weights),
        risk=_cut(risky) if likely else None,
        likely_because=likely,
        risky_because=risky,
        at_stake=at_stake(judged),
    )


def _of_the_agreement(contract: Contract, obligation: Obligation) -> bool:
    """Whether a promise is part of the agreement that a contract heads: a statement of work with a term of
    its own neither renews nor ends as the agreement above it does."""
    if obligation.life is None:
        return obligation.contract == contract.id
    return contract.id in obligation.life.contracts


def _next(judged: Judged, kind: str, on: date) -> Assessment | None:
    """The next occurrence of a kind that is not over on the day. A notice whose day to act by has passed is
    not over while the last day of the text has not."""
    open_still = (Outcome.PENDING, Outcome.AT_RISK)
    ahead = [
        a for a, _ in judged if a.kind == kind and (a.occurrence.counts_on >= on or a.outcome in open_still)
    ]
    return min(ahead, key=lambda a: (a.occurrence.counts_on, a.id), default=None)


def _ends_on(judged: Judged, renewal: Assessment | None, on: date) -> date | None:
    """The last day of the term that runs; of the initial term where nothing is said of renewing."""
    if renewal is not None:
        return renewal.occurrence.counts_on - DAY
    term = _next(judged, "term", on)
    return term.occurrence.counts_on if term is not None and term.outcome is Outcome.PENDING else None


def _automatic(judged: Judged, on: date) -> bool | None:
    for _, obligation in judged:
        if obligation.kind == "renewal" and obligation.deleted_by(on) is None:
            dated = obligation.in_force(on) or obligation.terms[0]
            return dated.terms.automatic if dated.terms.kind == "renewal" else None
    return None


def _decided(judged: Judged, renewal: Assessment | None, automatic: bool | None) -> tuple[Factor, ...]:
    """What is on record decides: a notice that ends the agreement, a renewal that was agreed, or that the
    last day for a notice has passed without one."""
    if renewal is not None and renewal.outcome in (Outcome.NOT_APPLICABLE, Outcome.MET):
        return _settled(renewal, renewal.outcome is Outcome.MET)
    notices = [a for a, _ in judged if a.kind == "renewal_notice"]
    if automatic is None or not notices or any(a.outcome is not Outcome.NOT_APPLICABLE for a in notices):
        return ()
    # Nobody can stop the renewal any more, or nobody can take it, or there is none left.
    return _settled(notices[0], automatic and renewal is not None)


def _settled(found: Assessment, renews: bool) -> tuple[Factor, ...]:
    points = HUNDRED if renews else Decimal(0)
    return (Factor(name="decided", found=found.summary, points=points, assessments=(found.id,)),)


def _likely(judged: Judged, automatic: bool | None, on: date, weights: RenewalWeights) -> tuple[Factor, ...]:
    start = weights.automatic if automatic else weights.by_act
    how = "renews by itself" if automatic else "renews only by an act of the parties"
    return (
        Factor(name="start", found=how, points=start),
        *_performance(judged, on, weights),
        *_trouble(judged, weights),
    )


def _performance(judged: Judged, on: date, weights: RenewalWeights) -> list[Factor]:
    """The counterparty's kept share in the last year, and how the last quarter compares with the rest."""
    theirs = [(a, o) for a, o in judged if o.we_owe is False and o.modality != "right"]
    year = [(a, o) for a, o in theirs if on - YEAR < a.occurrence.counts_on <= on]
    late = [(a, o) for a, o in year if a.occurrence.counts_on > on - QUARTER]
    early = [(a, o) for a, o in year if a.occurrence.counts_on <= on - QUARTER]
    share, recent, before = (kept_share(part, Decimal(0)) for part in (year, late, early))
    found = []
    if share is not None:
        points = weights.performance * HUNDRED * (share - weights.expected_share)
        says = f"{_kept(year)} kept in the last year, {weights.expected_share:.0%} expected"
        found.append(Factor(name="performance", found=says, points=points, assessments=_decided_ids(year)))
    if recent is not None and before is not None:
        points = weights.trend * HUNDRED * (recent - before)
        says = f"{_kept(late)} kept in the last quarter, {_kept(early)} in the three before"
        found.append(Factor(name="trend", found=says, points=points, assessments=_decided_ids(year)))
    return found


def _kept(judged: Judged) -> str:
    """ "3 of 5"."""
    kept = sum(1 for a, _ in judged if a.outcome is Outcome.MET)
    return f"{kept} of {len(_decided_ids(judged))}"


def _decided_ids(judged: Judged) -> tuple[str, ...]:
    return _ids([(a, o) for a, o in judged if a.outcome in (Outcome.MET, Outcome.BREACHED)])


def _trouble(judged: Judged, weights: RenewalWeights) -> list[Factor]:
    breaches = [(a, o) for a, o in judged if a.outcome is Outcome.BREACHED and a.aftermath != "cured"]
    disputes = [(a, o) for a, o in judged if a.aftermath == "disputed"]
    counted = min(len(breaches), weights.breaches_most)
    found = []
    if breaches:
        says = f"{count_text(len(breaches), 'broken promise')} not mended"
        says += f", {counted} counted" if counted < len(breaches) else ""
        points = -weights.open_breach * counted
        found.append(Factor(name="breaches", found=says, points=points, assessments=_ids(breaches)))
    if disputes:
        says = f"{len(disputes)} in dispute"
        points = -weights.dispute * len(disputes)
        found.append(Factor(name="disputes", found=says, points=points, assessments=_ids(disputes)))
    return found


def _risky(
    judged: Judged, automatic: bool | None, decide_by: date | None, on: date, weights: RenewalWeights
) -> tuple[Factor, ...]:
    """What makes doing nothing dangerous where the contract renews by itself: a notice day that nears, and
    promises badly kept."""
    if automatic is False:
        return ()
    found = []
    if decide_by is not None:
        left = (decide_by - on).days
        points = next((points for within, points in weights.undecided if left <= within), Decimal(0))
        says = f"{count_text(left, 'day')} left to decide, until {decide_by}, or it renews by itself"
        if left < 0:
            says = f"the day to decide by, {decide_by}, has passed; only the text's last day is left"
        found.append(Factor(name="undecided", found=says, points=points))
    for factor in _performance(judged, on, weights):
        if factor.name == "performance" and factor.points < 0 and weights.performance:
            under = -factor.points / weights.performance
            found.append(factor.model_copy(update={"points": weights.performance_risk * under}))
    return tuple(found)


def _cut(factors: Sequence[Factor]) -> Decimal:
    return min(HUNDRED, max(Decimal(0), sum((factor.points for factor in factors), Decimal(0))))


def _band(likelihood: Decimal | None, weights: RenewalWeights) -> Band:
    if likelihood is None:
        return "unknown"
    if likelihood >= weights.likely_from:
        return "likely"
    return "unlikely" if likelihood < weights.unlikely_below else "open"


def _ids(judged: Judged) -> tuple[str, ...]:
    return tuple(a.id for a, _ in judged)
