"""Lists and counts: which parties, contracts, records or promises, in aligned columns."""

from collections.abc import Sequence

from agent.answer import Block, Claim
from agent.phrases import OUTCOME_WORDS, counted, due_words, during, joined, kind_count, kinds_of
from agent.plan import CONTRACT_KINDS
from agent.select import open_next
from agent.tell.material import Material, bullets, claim, claim_all, first_up, paragraph
from agent.tell.status import money_of, yes_no
from obligations.model import Assessment, Outcome

ROWS = 40


def tell_list(m: Material) -> list[Block]:
    if m.plan.upcoming:
        return _upcoming(m)
    rows = _rows(m)
    blocks = [paragraph(_lead(m, rows))]
    if rows and set(m.plan.kinds) and set(m.plan.kinds) <= CONTRACT_KINDS:
        return [paragraph(_of_contracts(m, rows)), table(m, rows)]
    ours = [a for a in rows if m.desk.we_owe(m.desk.obligation(a.obligation))]
    theirs = [a for a in rows if a not in ours]
    if ours and theirs and m.plan.owed == "any":
        blocks += [table(m, theirs, "Owed to us"), table(m, ours, "Owed by us")]
    elif rows:
        blocks.append(table(m, rows))
    blocks += bullets("Money", money_of(m) if rows and "service_credit" not in m.plan.kinds else [])
    unknown = [a for a in m.of(Outcome.UNDETERMINED) if a not in rows]
    if unknown:
        blocks.append(table(m, unknown, "Cannot be determined"))
    return blocks + _without(m, rows)


def _of_contracts(m: Material, rows: Sequence[Assessment]) -> Claim:
    """The lead of a list of dates of contracts, which are neither kept nor breached."""
    contracts = counted(len({a.contract for a in rows}), "contract")
    return claim_all(rows, f"{contracts} with {kinds_of(list(dict.fromkeys(a.kind for a in rows)))}.")


def tell_count(m: Material) -> list[Block]:
    rows = _rows(m)
    when, who = during(m.plan.window), f" for {joined(m.party_names)}" if m.party_names else ""
    said = _predicate(m, rows) if rows else f"{_noun(m, 0)}{f' {_state(m, 0)}' if m.plan.outcomes else ''}"
    names = f": {joined(_parties(m, rows))}" if m.plan.items == "party" and rows else ""
    lead = claim_all(rows or _judged(m), f"{said[:1].upper()}{said[1:]}{who} {when}{names}")
    return [paragraph(lead)] + ([table(m, rows)] if 0 < len(rows) <= ROWS else [])


def _rows(m: Material) -> list[Assessment]:
    """What the list shows: the outcomes asked for; breaches where it asks whether all is well."""
    return m.of(Outcome.BREACHED) if m.plan.yes_no == "kept" else m.selected


def _judged(m: Material) -> list[Assessment]:
    """Everything in the window that the list could have shown."""
    kinds, window = m.plan.kinds, m.plan.window
    return [a for a in m.around if window.holds(a.occurrence.counts_on) and (not kinds or a.kind in kinds)]


def _lead(m: Material, rows: Sequence[Assessment]) -> Claim:
    when = _when(m)
    if not rows:
        judged = _judged(m)
        among = f"None of the {len(judged)} {kinds_of(m.plan.kinds)} looked at"
        said = f"{among} {during(m.plan.window)} {_state(m, 1)}."
        return claim_all(judged, f"{yes_no(m, breached=False)}{said}")
    prefix = yes_no(m, breached=True)
    if m.plan.items != "party":
        return claim_all(rows, f"{prefix}{_predicate(m, rows)}{when}.")
    parties, promises = _parties(m, rows), _promises(m, len(rows))
    if m.plan.owed == "by_us":
        return claim_all(rows, f"{prefix}We breached {promises}{when}, towards {joined(parties)}")
    return claim_all(rows, f"{prefix}{_predicate(m, rows)} {promises}{when}: {joined(parties)}")


def _when(m: Material) -> str:
    """The period, left out for what is said of the present."""
    present = m.plan.undone or (m.plan.outcomes and set(m.plan.outcomes) <= {"at_risk", "pending"})
    return " now" if present and m.plan.window.assumed else f" {during(m.plan.window)}"


def _wanted(m: Material) -> tuple[str, ...]:
    """The outcomes the rows have: those asked for, or breaches where it asks whether all is well."""
    return ("breached",) if m.plan.yes_no == "kept" else m.plan.outcomes


def _promises(m: Material, n: int) -> str:
    return kind_count(n, m.plan.kinds[0]) if len(m.plan.kinds) == 1 else counted(n, "promise")


def _predicate(m: Material, rows: Sequence[Assessment]) -> str:
    """ "4 vendors breached", "2 invoices were not paid in time": how many of what, and their state."""
    if m.plan.items == "party":
        n = len(_parties(m, rows))
        return f"{_noun(m, n)} {_deed(m, n)}"
    n = len({a.contract for a in rows}) if m.plan.items == "contract" else len(rows)
    n = len({a.occurrence.key for a in rows}) if m.plan.items == "record" else n
    return f"{_noun(m, n)} {_state(m, n)}" if m.plan.outcomes or m.plan.yes_no else _noun(m, n)


def _noun(m: Material, n: int) -> str:
    if m.plan.items == "party":
        return counted(
            n,
            {"vendor": "vendor", "customer": "customer", "any": "counterparty"}[m.plan.role],
            {"any": "counterparties"}.get(m.plan.role, ""),
        )
    if m.plan.items == "record":
        return counted(n, _record(m))
    return counted(n, m.plan.items)


def _record(m: Material) -> str:
    kinds = set(m.plan.kinds)
    for noun, covered in (
        ("invoice", {"payment_due"}),
        ("report", {"reporting"}),
        ("ticket", {"response_time", "resolution_time"}),
    ):
        if kinds and kinds <= covered:
            return noun
    return "record"


def _state(m: Material, n: int) -> str:
    """How the rows came out, as a predicate for `n` of them."""
    is_, was, has = (
        ("is", "was", "has a breached promise") if n == 1 else ("are", "were", "have breached promises")
    )
    wanted = _wanted(m) or (("breached",) if m.plan.yes_no else ())
    noun = has if m.plan.items == "contract" else _record(m)
    if set(wanted) <= {"pending", "at_risk"} or m.plan.undone:
        overdue = "missing" if noun == "report" else "overdue"
        said = {"pending": "open", "at_risk": "at risk", "breached": overdue}
        return f"{is_} {joined((said[o] for o in wanted if o in said), 'or')}" if wanted else f"{was} found"
    if noun in ("invoice", "report"):
        kept = f"{was} {'paid' if noun == 'invoice' else 'delivered'} in time"
        return kept if wanted == ("met",) else kept.replace(was, f"{was} not", 1)
    breached = has if m.plan.items == "contract" else f"{was} breached"
    verbs = {
        "breached": breached,
        "met": f"{was} kept",
        "undetermined": "could not be determined",
        "at_risk": f"{is_} at risk",
    }
    return joined((verbs[o] for o in wanted if o in verbs), "or") or f"{was} found"


def _deed(m: Material, n: int) -> str:
    """What the parties of a list did."""
    outcomes = set(_wanted(m))
    has = "has" if n == 1 else "have"
    if outcomes == {"met"}:
        return "kept"
    if outcomes == {"unbreached"}:
        return "had no breach and kept"
    if outcomes and outcomes <= {"pending", "at_risk"}:
        return f"{has} open"
    if outcomes == {"undetermined"}:
        return "could not be judged on"
    return "breached" if outcomes or m.plan.yes_no else has


def _parties(m: Material, rows: Sequence[Assessment]) -> list[str]:
    return sorted({m.desk.party_name(a.contract) for a in rows})


def table(m: Material, rows: Sequence[Assessment], title: str = "") -> Block:
    """One row per assessment, sorted by party; the outcome has its own column where it varies."""
    ordered = sorted(rows, key=lambda a: (m.desk.party_name(a.contract), a.occurrence.counts_on, a.id))
    mixed = len({a.outcome for a in rows}) > 1
    head = ("Party", "Promise", *(("Outcome",) if mixed else ()), "How it stands")
    claims = []
    for a in ordered[:ROWS]:
        cells = [m.desk.party_name(a.contract), first_up(m.promise(a))]
        if mixed:
            cells.append(OUTCOME_WORDS[a.outcome])
        claims.append(claim(a, "", cells=(*cells, m.detail(a))))
    if len(ordered) > ROWS:
        claims.append(claim_all(ordered, f"{len(ordered)} in all; the first {ROWS} are shown."))
    return Block(title=title, layout="table", head=head, claims=tuple(claims))


def _without(m: Material, rows: Sequence[Assessment]) -> list[Block]:
    """Who was judged and breached nothing, for a list of parties in breach."""
    if m.plan.items != "party" or "breached" not in m.plan.outcomes or not rows or m.plan.owed == "by_us":
        return []
    bad = set(_parties(m, rows))
    judged = [a for a in _judged(m) if a.outcome is Outcome.MET]
    judged = [
        a for a in judged if m.plan.role == "any" or m.desk.we_sell(a.contract) == (m.plan.role == "customer")
    ]
    clean = [
        a
        for a in judged
        if m.desk.party_name(a.contract) not in bad
        and m.desk.we_owe(m.desk.obligation(a.obligation)) is False
    ]
    if not clean:
        return []
    return [paragraph(claim_all(clean, f"Judged and without a breach: {joined(_parties(m, clean))}."))]


def _upcoming(m: Material) -> list[Block]:
    """What falls due in the window, soonest first."""
    window = m.plan.window
    due = [
        a
        for a in open_next(m.selected, m.desk)
        if window.assumed
        or a.occurrence.due_at is None
        or window.holds(a.occurrence.counts_on)
        or _due_in(m, a)
    ]
    if not due:
        when = "ahead" if window.assumed else during(window)
        return [paragraph(claim_all(m.around, f"Nothing that is known falls due {when}."))]
    fall = "falls" if len(due) == 1 else "fall"
    said = f"{_promises(m, len(due))} {fall} due"
    if m.plan.items == "contract":
        n = len({a.contract for a in due})
        said = f"{counted(n, 'contract needs', 'contracts need')} a decision or a step"
    lead = claim_all(due, f"{said} {during(window)}." if not window.assumed else f"{said} next.")
    rows = [
        claim(
            a,
            "",
            cells=(
                due_words(a, m.desk.zone(a.contract)),
                m.desk.party_name(a.contract),
                _whose(m, a),
                first_up(m.promise(a)),
            ),
        )
        for a in due[:ROWS]
    ]
    return [paragraph(lead), Block(layout="table", head=("Due", "Party", "By", "What"), claims=tuple(rows))]


def _due_in(m: Material, a: Assessment) -> bool:
    due = a.occurrence.due_at
    return bool(due and m.plan.window.holds(due.astimezone(m.desk.zone(a.contract)).date()))


def _whose(m: Material, a: Assessment) -> str:
    ours = m.desk.we_owe(m.desk.obligation(a.obligation))
    return "either side" if ours is None else "us" if ours else "them"
