"""From the promises as each document makes them to the promises in force.

Amendments become dated terms of the promise they change. Where two documents make the same promise, the
order of precedence decides; a statement of work or an order decides for its own records where it may. Then
every promise is bound to what it hangs on (see `bindings`). What was done is written in `notes`, which every
assessment repeats.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from obligations.amendments import amended, combined, contradict, counterpart, normal_key, noted
from obligations.bindings import bind
from obligations.contract_tree import ContractTree, tree_of
from obligations.model import Assessment, Contract, Obligation, Outcome, Party, Review
from obligations.quantities import Money

_EXPRESS = re.compile(
    r"\b(notwithstanding|depart\w*|deviat\w*|derogat\w*|supersed\w*|overrid\w*|abweichend\w*"
    r"|instead of|in place of|in lieu of|by way of exception)\b",
    re.IGNORECASE,
)
_OF_THE_DOCUMENT = frozenset({"term", "renewal", "renewal_notice", "termination_notice"})
"""Kinds about the document itself: a statement of work has its own term beside the agreement's."""

_DROPPED = (Review.REJECTED, Review.SUPERSEDED)


def resolve(
    contracts: Sequence[Contract], obligations: Sequence[Obligation], parties: Sequence[Party] = ()
) -> tuple[Obligation, ...]:
    """The promises in force over contract trees, in the order given.

    Rejected and superseded obligations are left out, and so is what an amendment or a stronger document
    replaces. `parties` tell who is whose affiliate. Resolving twice gives the same. Raises CascadeError for a
    circle of parents.
    """
    tree = tree_of(contracts)
    live = [o for o in obligations if o.review not in _DROPPED]
    known = _restated([o for o in live if o.contract in tree.by_id])
    held = _strongest(tree, [o for o in known if not _amends(tree, o)])
    held = _with_amendments(tree, held, [o for o in known if _amends(tree, o)])
    held = _governing(tree, held)
    held = bind(tree, held, parties)
    order = {o.id: n for n, o in reversed(list(enumerate(obligations)))}
    loose = [o for o in live if o.contract not in tree.by_id]
    return tuple(sorted([*held, *loose], key=lambda o: order[o.id]))


def _amends(tree: ContractTree, obligation: Obligation) -> bool:
    contract = tree.by_id[obligation.contract]
    return contract.relation == "amendment" and contract.parent in tree.by_id


def _restated(obligations: Sequence[Obligation]) -> list[Obligation]:
    """One promise for all statements of it in one document that agree; those that do not all stand.

    A clause with a day of its own comes first, then the order of the document.
    """
    kept: list[Obligation] = []
    for obligation in sorted(obligations, key=_place):
        for at, other in enumerate(kept):
            same = (other.contract, other.kind, normal_key(other.key))
            if same != (obligation.contract, obligation.kind, normal_key(obligation.key)):
                continue
            joined = combined(other, obligation)
            if joined is not None:
                kept[at] = joined
                break
        else:
            kept.append(obligation)
    return kept


def _place(obligation: Obligation) -> tuple[bool, str, int, str]:
    first = obligation.terms[0]
    return (first.from_on is None, first.span.document_id, first.span.start, obligation.id)


def _strongest(tree: ContractTree, obligations: Sequence[Obligation]) -> list[Obligation]:
    """One promise of each kind and key from the documents of a scope, by their order of precedence.

    Promises of one document do not replace each other. Between documents of one rank nothing decides: both
    stand, and where they contradict each other each names the other's clause.
    """
    kept: list[Obligation] = []
    for obligation in sorted(obligations, key=lambda o: tree.rank(o.contract)):
        rivals = [
            other
            for other in kept
            if tree.scope(other.contract) == tree.scope(obligation.contract)
            and other.contract != obligation.contract
            and (other.kind, normal_key(other.key)) == (obligation.kind, normal_key(obligation.key))
        ]
        stronger = next((r for r in rivals if tree.rank(r.contract) < tree.rank(obligation.contract)), None)
        if stronger is None:
            same = next((r for r in rivals if r.terms[-1].terms == obligation.terms[-1].terms), None)
            if same is None:
                for rival in (r for r in rivals if contradict(r, obligation)):
                    kept[kept.index(rival)] = _against(rival, obligation)
                    obligation = _against(obligation, rival)
                kept.append(obligation)
            continue
        if stronger.terms[-1].terms != obligation.terms[-1].terms:
            note = f"{stronger.contract} prevails over {obligation.contract} by the order of precedence."
            kept[kept.index(stronger)] = _noting(stronger, note)
    return kept


def _against(one: Obligation, other: Obligation) -> Obligation:
    """A promise that a document of the same rank contradicts, with the clause that does."""
    first, second = one.terms[-1], other.terms[-1]
    pair = sorted(f"{o.contract} (“{o.terms[-1].span.quote}”)" for o in (one, other))
    note = f"Contradictory: {pair[0]} and {pair[1]} have the same rank; nothing decides between them."
    basis = tuple(dict.fromkeys((*first.basis, second.span)))
    flagged = first.model_copy(update={"basis": basis})
    return _noting(one.model_copy(update={"terms": (*one.terms[:-1], flagged)}), note)


def _with_amendments(
    tree: ContractTree, held: list[Obligation], changes: Sequence[Obligation]
) -> list[Obligation]:
    """Every change applied to the promise it changes, in order of effect; new promises added."""

    def effect(change: Obligation) -> tuple[date, date, str]:
        agreed = tree.by_id[change.contract].agreed_on or date.min
        return (_effective_on(tree, change) or date.max, agreed, change.id)

    for change in sorted(changes, key=effect):
        from_on = _effective_on(tree, change)
        scope = tree.scope(change.contract)
        among = [o for o in held if tree.scope(o.contract) == scope]
        target = counterpart(change, among)
        if target is None:
            held += _new(tree, change, from_on, held)
        elif from_on is None:
            doubt = f"{change.contract} changes this promise, but from when on is not known; not applied."
            held[held.index(target)] = _noting(target, doubt)
        else:
            held[held.index(target)] = amended(target, change, from_on)
    return held


def _effective_on(tree: ContractTree, change: Obligation) -> date | None:
    contract = tree.by_id[change.contract]
    return change.terms[-1].from_on or contract.effective_on or contract.agreed_on


def _new(
    tree: ContractTree, change: Obligation, from_on: date | None, held: Sequence[Obligation]
) -> list[Obligation]:
    """What an amendment promises that its own scope did not: of a statement of work, the wider promise as it
    is for its records from that day on; until then it was that of the wider document."""
    if any(dated.contract != change.contract for dated in change.terms):
        return [change]
    wider = _wider_counterpart(tree, change, held)
    if wider is None or from_on is None or change.kind in _OF_THE_DOCUMENT:
        # What it deletes is promised nowhere: nothing to add.
        return [] if change.terms[-1].deleted else [_added(change, from_on)]
    narrow = amended(wider, change, from_on)
    own = {name: getattr(change, name) for name in ("id", "contract", "key", "departs_from", "reading")}
    return [narrow.model_copy(update=own)]


def _added(change: Obligation, from_on: date | None) -> Obligation:
    """A promise that only the amendment makes, in force from its day on."""
    first = change.terms[0]
    if first.from_on is not None or from_on is None:
        return change
    dated = first.model_copy(update={"from_on": from_on})
    note = f"{change.contract} adds this promise from {from_on} on."
    return _noting(change.model_copy(update={"terms": (dated, *change.terms[1:])}), note)


def _governing(tree: ContractTree, held: Sequence[Obligation]) -> list[Obligation]:
    """Which contracts' records each promise governs, after narrower documents have taken theirs."""
    taken: dict[str, set[str]] = {}
    result: dict[str, Obligation] = {o.id: o for o in held}
    for obligation in held:
        scope = tree.scope(obligation.contract)
        wider = _wider_counterpart(tree, obligation, held)
        if wider is None:
            continue
        if obligation.kind in _OF_THE_DOCUMENT:
            # Both stand; only a record that names neither document is the wider one's.
            taken.setdefault(wider.id, set()).add(scope)
            result[obligation.id] = obligation.model_copy(update={"unassigned": "ignored"})
            continue
        why = _prevails(tree, obligation, wider)
        if not why:
            note = f"{obligation.contract} says otherwise, but {wider.contract} prevails over it."
            result[wider.id] = _noting(result[wider.id], note)
            del result[obligation.id]
            continue
        taken.setdefault(wider.id, set()).add(scope)
        note = f"{obligation.contract} states its own terms for its own records; {why}."
        result[obligation.id] = _noting(
            result[obligation.id].model_copy(update={"unassigned": "ignored"}), note
        )
        result[wider.id] = _noting(result[wider.id], note)
    return [_governs(tree, o, taken.get(o.id, set())) for o in result.values()]


def _wider_counterpart(
    tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]
) -> Obligation | None:
    for scope in tree.wider(tree.scope(obligation.contract)):
        found = counterpart(obligation, [o for o in held if tree.scope(o.contract) == scope])
        if found is not None:
            return found
    return None


def _prevails(tree: ContractTree, narrow: Obligation, wide: Obligation) -> str:
    """Why a narrower document prevails for its own records, "" where it does not."""
    stated = tree.precedence(narrow.contract)
    if narrow.departs_from:
        return f"it expressly departs from {narrow.departs_from}"
    quotes = [span.quote for dated in narrow.terms for span in (dated.span, *dated.basis)]
    if any(_EXPRESS.search(quote) for quote in quotes):
        return "its words expressly depart from the wider document"
    if not stated:
        return "no order of precedence is stated, and the narrower document is the more specific"
    if tree.rank(tree.scope(narrow.contract)) < tree.rank(wide.contract):
        return "the order of precedence puts it first"
    return ""


def _governs(tree: ContractTree, obligation: Obligation, taken: set[str]) -> Obligation:
    scope = tree.scope(obligation.contract)
    scopes = [scope, *(s for s in tree.narrower(scope) if not taken & {s, *tree.wider(s)})]
    governed = [contract for s in scopes for contract in tree.members[s]]
    return obligation.model_copy(update={"governs": tuple(sorted(governed))})


def _noting(obligation: Obligation, *notes: str) -> Obligation:
    return obligation.model_copy(update={"notes": noted(obligation.notes, *notes)})


SEVERITY: tuple[Outcome, ...] = (
    Outcome.BREACHED,
    Outcome.AT_RISK,
    Outcome.UNDETERMINED,
    Outcome.PENDING,
    Outcome.WAIVED,
    Outcome.MET,
    Outcome.NOT_APPLICABLE,
)
"""Outcomes, the one that wants attention most first."""


@dataclass(frozen=True)
class Standing:
    """How a contract and everything under it, or a party, stands.

    `of` is its id; `outcomes` counts assessments by outcome. `gravest` is the one that wants attention most,
    `made_by` the ids of the assessments that make it so; a breach that was cured does only where nothing else
    does. `owed` are the credits owed and amounts due, one sum for each currency; `disputed` the part of them
    that is disputed.
    """

    of: str
    outcomes: dict[Outcome, int]
    gravest: Outcome | None
    made_by: tuple[str, ...]
    owed: tuple[Money, ...]
    disputed: tuple[Money, ...]


def roll_up(contracts: Sequence[Contract], assessments: Sequence[Assessment]) -> tuple[Standing, ...]:
    """The standing of every contract, with the documents under it counted in."""
    tree = tree_of(contracts)
    held: dict[str, list[Assessment]] = {contract.id: [] for contract in contracts}
    for assessment in assessments:
        if assessment.contract in held:
            for contract in (assessment.contract, *(c.id for c in tree.above(assessment.contract))):
                held[contract].append(assessment)
    return tuple(_standing(contract, found) for contract, found in held.items())


def roll_up_parties(contracts: Sequence[Contract], assessments: Sequence[Assessment]) -> tuple[Standing, ...]:
    """The standing of every counterparty over all its contracts, in order of its id. A document that names no
    party has that of the one above it."""
    tree = tree_of(contracts)
    party = {
        contract.id: next(
            (c.counterparty for c in (contract, *tree.above(contract.id)) if c.counterparty), None
        )
        for contract in contracts
    }
    held: dict[str, list[Assessment]] = {id: [] for id in sorted({p for p in party.values() if p})}
    for assessment in assessments:
        of = party.get(assessment.contract)
        if of is not None:
            held[of].append(assessment)
    return tuple(_standing(id, found) for id, found in held.items())


def _standing(of: str, assessments: Sequence[Assessment]) -> Standing:
    open_ones = [a for a in assessments if a.aftermath != "cured"] or assessments
    gravest = min((a.outcome for a in open_ones), key=SEVERITY.index, default=None)
    return Standing(
        of=of,
        outcomes=dict(Counter(a.outcome for a in assessments)),
        gravest=gravest,
        made_by=tuple(sorted(a.id for a in open_ones if a.outcome is gravest)),
        owed=_sums(assessments),
        disputed=_sums([a for a in assessments if a.aftermath == "disputed"]),
    )


def _sums(assessments: Sequence[Assessment]) -> tuple[Money, ...]:
    owed: dict[str, Decimal] = {}
    for assessment in assessments:
        if assessment.money is not None and assessment.money_is in ("credit_owed", "amount_due"):
            currency = assessment.money.currency
            owed[currency] = owed.get(currency, Decimal(0)) + assessment.money.amount
    return tuple(Money(amount=amount, currency=currency) for currency, amount in sorted(owed.items()))
