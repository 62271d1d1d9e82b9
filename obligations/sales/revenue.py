"""Revenue recognised to date: how much of a promise is satisfied, times its share of the price.

Control passes at a point in time, or over time measured by output, by input, or by days. Changed terms follow
on prospectively (what is recognised stays, the rest of the price is spread over what is left) or by a
cumulative catch-up (as if they had held from the start).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from obligations.delivery.order_lines import arrived_on
from obligations.facts import Credit, Deed, Delivery, Fact, Milestone, Progress
from obligations.matching import each_once, records, same_service
from obligations.model import AsOf, DatedTerms, Obligation
from obligations.sales.acceptance import of_name, reached
from obligations.sales.transaction_price import transaction_price
from obligations.terms.sales import MilestonePayment, PerformanceObligation
from obligations.trail import zone_of

_DAY = timedelta(days=1)
_NONE, _ALL = Decimal(0), Decimal(1)


@dataclass(frozen=True)
class Satisfied:
    """The satisfied part of a promise on a day, 0 to 1, with the records it rests on. `missing` says what the
    records lack to be sure of it."""

    part: Decimal
    says: str
    facts: tuple[Fact, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sale:
    """A promise with the records that tell its progress and its price."""

    obligation: Obligation
    name: str
    today: date
    at: AsOf
    progress: tuple[tuple[Fact, Progress], ...]
    milestones: tuple[tuple[Fact, Milestone], ...]
    deliveries: tuple[tuple[Fact, Delivery], ...]
    deeds: tuple[tuple[Fact, Deed], ...]
    credits: tuple[tuple[Fact, Credit], ...]

    def satisfied(self, terms: PerformanceObligation, on: date, benefit: bool) -> Satisfied:
        """The part satisfied by a day."""
        over_time = terms.recognised == "over_time" or terms.method is not None
        if over_time:
            return _by_days(terms, on) if terms.method == "straight_line" else self._by_progress(terms, on)
        return self._at_once(terms, on, benefit)

    def _by_progress(self, terms: PerformanceObligation, on: date) -> Satisfied:
        """By the newest progress on record by a day."""
        known = [(f, p) for f, p in self.progress if p.on <= on and _part(terms, p) is not None]
        lacking = (f"progress on {self.name} by {on}",)
        if not known:
            return Satisfied(_NONE, f"no progress on record by {on}", missing=lacking)
        fact, newest = max(known, key=lambda p: (p[1].on, p[0].id))
        part = _part(terms, newest) or _NONE
        return Satisfied(part, f"{_progress_words(terms, newest)} on {newest.on}", (fact,))

    def _at_once(self, terms: PerformanceObligation, on: date, benefit: bool) -> Satisfied:
        if terms.units is not None or terms.transfers_on == "delivery":
            return self._delivered(terms, on, benefit)
        if terms.transfers_on == "completion":
            done = [(f, d.done_on) for f, d in self.deeds if d.done_on <= on]
            if done:
                fact, day = min(done, key=lambda d: (d[1], d[0].id))
                return Satisfied(_ALL, f"done on {day}", (fact,))
        step = "completed" if terms.transfers_on == "completion" else "accepted"
        silence = MilestonePayment(
            deemed_after=terms.deemed_after, clock=terms.clock, calendar=terms.calendar
        )
        found = reached(silence, step, self.milestones, on, benefit)
        facts = tuple(fact for fact, _ in self.milestones)
        if found.on is None:
            return Satisfied(_NONE, f"not {step} by {on}", facts, found.doubts)
        return Satisfied(_ALL, f"{found.how} on {found.on}", facts, found.doubts)

    def _delivered(self, terms: PerformanceObligation, on: date, benefit: bool) -> Satisfied:
        zone = zone_of(self.obligation, terms, self.at)
        came, missing = [], []
        for fact, delivery in self.deliveries:
            day = arrived_on(delivery, None, not benefit, zone)
            if day is None:
                missing.append(f"the day of arrival of {delivery.number}")
            elif day <= on:
                came.append((fact, max(delivery.quantity - delivery.returned, Decimal(0))))
        total = sum((quantity for _, quantity in came), Decimal(0))
        part = min(total / terms.units, _ALL) if terms.units else (_ALL if total else _NONE)
        of = f" of {terms.units.normalize():f}" if terms.units else ""
        says = f"{total.normalize():f}{of} delivered by {on}"
        return Satisfied(part, says, tuple(fact for fact, _ in came), tuple(missing))

    def recognised(self, on: date, benefit: bool) -> Decimal | None:
        """Revenue recognised from the start to a day, unrounded; None where the price is not known."""
        base = part = _NONE
        held: DatedTerms | None = None
        for dated in self.obligation.terms:
            if held is not None and dated.from_on is not None and dated.from_on > on:
                break
            follows = held is not None and follows_on(dated.terms) == "prospective"
            if held is not None and dated.from_on is not None and follows:
                eve = dated.from_on - _DAY
                so_far = self._to_date(held.terms, eve, (base, part), benefit)
                if so_far is None:
                    return None
                base, part = so_far, self._part_before(dated, eve, benefit)
            else:
                base = part = _NONE
            held = dated
        return self._to_date(held.terms, on, (base, part), benefit) if held else None

    def _part_before(self, dated: DatedTerms, eve: date, benefit: bool) -> Decimal:
        """The part that was satisfied before changed terms, by their own measure."""
        terms = dated.terms
        assert isinstance(terms, PerformanceObligation)
        return self.satisfied(terms, eve, benefit).part

    def _to_date(
        self, terms: object, on: date, before: tuple[Decimal, Decimal], benefit: bool
    ) -> Decimal | None:
        """What was recognised before, and of the rest of the price the part satisfied since."""
        if not isinstance(terms, PerformanceObligation):
            return None
        price = transaction_price(terms, self.credits, on)
        if price is None:
            return None
        base, part = before
        now = self.satisfied(terms, on, benefit).part
        since = (now - part) / (1 - part) if part < 1 else _ALL
        return base + (price.allocated - base) * since


def sale_of(obligation: Obligation, facts: Sequence[Fact], at: AsOf) -> Sale:
    """The records of a promise that were known and had happened at the instant judged."""
    terms = obligation.terms[-1].terms
    today = at.as_of.astimezone(zone_of(obligation, terms, at)).date()
    item = terms.item if isinstance(terms, PerformanceObligation) else None
    name = item or obligation.key or "the promise"

    def named(text: str) -> bool:
        return same_service(name, text) is True or (not item and not obligation.key)

    def held(kind: type) -> list[tuple[Fact, object]]:
        return list(records(obligation, facts, at.known_at, kind))

    return Sale(
        obligation,
        name,
        today,
        at,
        tuple((f, d) for f, d in held(Progress) if isinstance(d, Progress) and named(d.of)),
        tuple(_milestones(obligation, name if item or obligation.key else "", facts, at)),
        tuple(_deliveries(obligation, named, facts, at)),
        tuple((f, d) for f, d in held(Deed) if isinstance(d, Deed) and named(d.of)),
        tuple(each_once(records(obligation, facts, at.known_at, Credit), lambda c: (c.number, c.amount))),
    )


def _deliveries(
    obligation: Obligation, named: Callable[[str], bool], facts: Sequence[Fact], at: AsOf
) -> Iterator[tuple[Fact, Delivery]]:
    held = records(obligation, facts, at.known_at, Delivery)
    for fact, delivery in each_once(held, lambda delivery: (delivery.number, delivery.quantity)):
        if named(delivery.item):
            yield fact, delivery


def _milestones(
    obligation: Obligation, name: str, facts: Sequence[Fact], at: AsOf
) -> list[tuple[Fact, Milestone]]:
    held = list(records(obligation, facts, at.known_at, Milestone))
    return of_name(name, held) if name else held


def follows_on(terms: object) -> str:
    """How changed terms follow on those before: as decided, or else a service by days and what passes at a
    point in time prospectively (what is left is distinct), progress on one whole by a catch-up."""
    if not isinstance(terms, PerformanceObligation):
        return "cumulative_catch_up"
    if terms.modification is not None:
        return terms.modification
    whole = terms.method in ("input", "output") or (terms.recognised == "over_time" and terms.method is None)
    return "cumulative_catch_up" if whole else "prospective"


def _by_days(terms: PerformanceObligation, on: date) -> Satisfied:
    """Day by day over the service period, both ends included."""
    if terms.starts_on is None or terms.ends_on is None:
        return Satisfied(_NONE, "no service period", missing=("the first and last day of the service",))
    whole = (terms.ends_on - terms.starts_on).days + 1
    passed = min(max((on - terms.starts_on).days + 1, 0), whole)
    return Satisfied(Decimal(passed) / Decimal(whole), f"{passed} of {whole} days by {on}")


def _part(terms: PerformanceObligation, progress: Progress) -> Decimal | None:
    """Progress as a part of the whole, by the promised measure; None where the record does not tell it."""
    cost = progress.incurred is not None and progress.expected is not None
    if terms.method == "input" and cost:
        assert progress.incurred is not None
        assert progress.expected is not None
        if progress.incurred.currency == progress.expected.currency and progress.expected.amount > 0:
            return min(max(progress.incurred.amount / progress.expected.amount, _NONE), _ALL)
    if terms.method != "input" and progress.units is not None and progress.units_expected is not None:
        return min(progress.units / progress.units_expected, _ALL)
    return progress.percent / 100 if progress.percent is not None else None


def _progress_words(terms: PerformanceObligation, progress: Progress) -> str:
    if terms.method == "input" and progress.incurred is not None and progress.expected is not None:
        return f"cost of {progress.incurred} of {progress.expected}"
    if terms.method != "input" and progress.units is not None and progress.units_expected is not None:
        return f"{progress.units.normalize():f} of {progress.units_expected.normalize():f} units"
    return f"{progress.percent} % done"
