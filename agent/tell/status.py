"""How things stand: the verdict, then what was breached, is at risk or unknown, the money, what is next."""

from collections.abc import Sequence
from datetime import timedelta

from agent.answer import Block, Claim
from agent.phrases import (
    OUTCOME_WORDS,
    counted,
    day,
    during,
    joined,
    kind_count,
    kinds_of,
    subject_names,
)
from agent.plan import CONTRACT_KINDS
from agent.select import OPEN, credits_for, done, open_next
from agent.tell.material import Material, bullets, claim_all, credit_line, first_up, line, paragraph
from agent.tell.terms import describe
from obligations.model import Action, ActionState, Assessment, Outcome, Review

SHOWN = 12
NEXT_DAYS = 45


def tell_status(m: Material) -> list[Block]:
    breached, risky = m.of(Outcome.BREACHED), m.of(Outcome.AT_RISK)
    unknown, waiting = m.of(Outcome.UNDETERMINED), m.of(Outcome.PENDING)
    kept = m.of(Outcome.MET)
    blocks = [paragraph(verdict(m), *agreed(m))]
    if len(m.selected) > 1:
        first, second = ("Breached", breached), ("At risk", risky)
        for title, found in (second, first) if _asks_risk(m) else (first, second):
            blocks += bullets(title, lines(m, found))
        blocks += bullets("Cannot be determined", lines(m, unknown))
        blocks += bullets("Kept", _kept(m, kept, brief=bool(breached or risky)))
        blocks += bullets("Still open", lines(m, waiting[:5]))
    blocks += bullets("Money", money_of(m))
    blocks += bullets("Also breached, outside this question", _beside(m))
    return blocks + bullets("Next", next_steps(m))


def verdict(m: Material) -> Claim:
    """The first sentence: yes or no where it was asked, and the count that says why."""
    if len(m.selected) == 1:
        return _single(m, m.selected[0])
    breached, kept = m.of(Outcome.BREACHED), m.of(Outcome.MET)
    judged = len(breached) + len(kept)
    if judged and not m.plan.has_subject and m.plan.owed != "by_us":
        were = f"{len(breached)} {'was' if len(breached) == 1 else 'were'} breached"
        said = f"Of {judged} {kinds_of(m.plan.kinds)} judged{_when(m)}, {were}{_but(m)}."
        return claim_all(m.selected, yes_no(m, breached=bool(breached)) + said)
    what, when = kinds_of(m.plan.kinds), _when(m)
    if _asks_risk(m):
        risky = m.of(Outcome.AT_RISK)
        held = counted(len(risky), "promise is", "promises are") if risky else "nothing is"
        said = f"{first_up(held)} at risk for {who(m)}."
        return claim_all(risky or m.selected, ("Yes. " if risky else "No. ") * bool(m.plan.yes_no) + said)
    if breached:
        text = f"{yes_no(m, breached=True)}{who(m)} breached {len(breached)} of {judged} {what} judged{when}."
    elif kept:
        found = f"all {judged}" if judged > 1 else "1 of 1"
        text = f"{yes_no(m, breached=False)}{who(m)} kept {found} {what} judged{when}{_but(m)}."
    else:
        text = f"{_nothing_judged(m)} for {who(m)}{when}."
    return claim_all(m.selected, text)


def _asks_risk(m: Material) -> bool:
    return m.plan.outcomes == ("at_risk",)


def _single(m: Material, a: Assessment) -> Claim:
    said = {Outcome.BREACHED: True, Outcome.MET: False}.get(a.outcome)
    asked_now = m.plan.yes_no == "any" or a.outcome in OPEN
    prefix = yes_no(m, breached=bool(said)) if said is not None or asked_now else ""
    if m.plan.yes_no == "done" and a.outcome is not Outcome.UNDETERMINED:
        prefix = "Yes. " if done(a) else "No. "
    outcome = OUTCOME_WORDS[a.outcome]
    lead = prefix if prefix else f"{first_up(outcome)}. "
    full = line(m, a, with_party=True)
    return full.model_copy(update={"text": lead + full.text})


def agreed(m: Material) -> list[Claim]:
    """For an answer about one judgement: what was promised, as it stood then."""
    only = m.selected[0] if len(m.selected) == 1 else None
    promise = m.desk.obligation(only.obligation) if only else None
    if only is None or promise is None or only.kind in CONTRACT_KINDS or only.kind == "service_credit":
        return []
    began = only.occurrence.starts_at
    zone = m.desk.zone(only.contract)
    dated = promise.in_force(began.astimezone(zone).date() if began else only.occurrence.counts_on)
    if dated is None:
        return []
    text = f"Agreed: {describe(dated.terms)}."
    return [Claim(text=text, spans=(dated.span, *dated.basis[:1]), obligations=(promise.id,))]


def yes_no(m: Material, *, breached: bool) -> str:
    """ "Yes. " or "No. " for a question that asks for it."""
    if m.plan.yes_no == "any":
        return "Yes. " if m.selected else "No. "
    if m.plan.yes_no not in ("breach", "kept"):
        return ""
    if m.of(*OPEN) and not (breached or m.of(Outcome.MET)) and m.plan.yes_no == "kept":
        return "Not yet. "
    if m.of(*OPEN) and not breached and m.plan.yes_no == "breach":
        asked = "at_risk" in m.plan.outcomes and m.of(Outcome.AT_RISK)
        return "Yes. " if asked else "Not so far. "
    if not breached and m.plan.yes_no == "breach" and m.of(Outcome.UNDETERMINED):
        return "Not as far as it can be determined. "
    return "Yes. " if (m.plan.yes_no == "breach") == breached else "No. "


def who(m: Material) -> str:
    if m.plan.records:
        return joined(m.plan.records)
    if m.plan.owed == "by_us":
        return "Our side" if not m.party_names else f"Our side, towards {joined(m.party_names)},"
    return subject_names(m.party_names or [m.desk.party_name(c) for c in m.contracts][:3])


def _when(m: Material) -> str:
    return "" if m.plan.records or m.plan.focus else f" {during(m.plan.window)}"


def _but(m: Material) -> str:
    parts = []
    if risky := m.of(Outcome.AT_RISK):
        parts.append(f"{len(risky)} {'is' if len(risky) == 1 else 'are'} at risk")
    if unknown := m.of(Outcome.UNDETERMINED):
        parts.append(f"{len(unknown)} could not be determined")
    return f"; {joined(parts)}" if parts else ""


def _nothing_judged(m: Material) -> str:
    if risky := m.of(Outcome.AT_RISK):
        return f"Nothing is breached so far, but {counted(len(risky), 'promise is', 'promises are')} at risk"
    if unknown := m.of(Outcome.UNDETERMINED):
        return f"It cannot be determined: evidence is missing for {counted(len(unknown), 'promise')}"
    waiting = m.of(Outcome.PENDING)
    return f"Nothing has fallen due yet; {counted(len(waiting), 'promise is', 'promises are')} open"


def lines(m: Material, assessments: Sequence[Assessment]) -> list[Claim]:
    """One line each, up to a limit that is said when it is reached."""
    several = len({m.desk.party_name(a.contract) for a in assessments}) > 1 or not m.plan.has_subject
    said = [line(m, a, with_party=several) for a in assessments[:SHOWN]]
    if len(assessments) > SHOWN:
        said.append(claim_all(assessments, f"{len(assessments)} in all; the first {SHOWN} are shown."))
    return said


def _kept(m: Material, kept: Sequence[Assessment], *, brief: bool) -> list[Claim]:
    if not kept:
        return []
    if brief or len(kept) > 5:
        by_kind = [
            kind_count(sum(a.kind == kind for a in kept), kind)
            for kind in dict.fromkeys(a.kind for a in kept)
        ]
        return [claim_all(kept, f"{len(kept)} in all: {joined(by_kind)}.")]
    return lines(m, kept)


def money_of(m: Material) -> list[Claim]:
    """Service credits that follow from what was breached."""
    found: dict[str, Assessment] = {}
    for missed in m.of(Outcome.BREACHED, Outcome.MET):
        if missed.kind == "availability":
            found.update({c.id: c for c in credits_for(missed, m.around, m.desk)})
    shown = {a.id for a in m.selected}
    return [credit_line(m, a) for a in found.values() if a.id not in shown]


def _beside(m: Material) -> list[Claim]:
    """Breaches of the same counterparties in the same days that the question did not ask for."""
    if not m.party_ids or m.plan.records or m.plan.covers:
        return []
    shown = {a.id for a in m.selected}
    window = m.plan.window
    found = [
        a
        for a in m.around
        if a.outcome is Outcome.BREACHED and a.id not in shown and window.holds(a.occurrence.counts_on)
    ]
    return [_sided(m, a) for a in found[:4]]


def _sided(m: Material, a: Assessment) -> Claim:
    said = line(m, a)
    if not m.desk.we_owe(m.desk.obligation(a.obligation)):
        return said
    return said.model_copy(update={"text": f"By us: {said.text[:1].lower()}{said.text[1:]}"})


def next_steps(m: Material) -> list[Claim]:
    """What falls due soon, and what was proposed and waits for a decision."""
    if m.plan.records and not m.of(Outcome.AT_RISK, Outcome.PENDING, Outcome.BREACHED):
        return []
    shown = {a.id for a in m.selected} | {c.id for a in m.selected for c in credits_for(a, m.around, m.desk)}
    until = m.desk.as_of + timedelta(days=NEXT_DAYS)
    due = [
        a
        for a in open_next(m.around, m.desk)
        if a.kind != "availability"
        and a.id not in shown
        and a.occurrence.due_at
        and a.occurrence.due_at <= until
    ]
    if m.plan.records:
        due = []
    elif m.plan.kinds:
        follows = {"service_credit"} if "availability" in m.plan.kinds else set()
        due = [a for a in due if a.kind in {*m.plan.kinds, *follows}]
    steps = [line(m, a, with_party=len(m.party_ids) != 1) for a in due[:3]]
    return steps + [proposal(a) for a in proposals(m)[:3]]


def proposals(m: Material) -> list[Action]:
    """Proposed actions about what the answer shows as breached or at risk."""
    about = {a.id for a in m.of(Outcome.BREACHED, Outcome.AT_RISK)}
    return [a for a in m.desk.actions(m.contracts) if _waits(a, m) and a.assessment in about]


def _waits(action: Action, m: Material) -> bool:
    return action.state is ActionState.PROPOSED and action.proposed_at <= m.desk.as_of


def proposal(action: Action) -> Claim:
    verb = {
        "comment": "a comment on",
        "create_task": "a task about",
        "update_task": "an update of the task about",
        "send_message": "a message about",
        "put_record": "a record about",
        "set_fields": "figures on the record of",
        "hold_invoice": "a payment block on",
        "release_invoice": "the release of",
        "create_invoice": "an invoice for",
        "schedule_payment": "a payment schedule for",
    }[action.verb]
    said = f"Proposed on {day(action.proposed_at.date())}, waiting for approval: {verb} {action.target}."
    return Claim(
        text=said,
        assessments=(action.assessment,) if action.assessment else (),
        contracts=(action.contract,) if action.contract else (),
    )


def unreviewed(m: Material) -> list[Claim]:
    """A warning where an answer rests on promises that nobody has approved yet."""
    resting = [
        a
        for a in m.selected
        if (o := m.desk.obligation(a.obligation)) is not None and o.review is Review.PROPOSED
    ]
    n = len({a.obligation for a in resting})
    said = f"{counted(n, 'promise')} behind this answer still {'waits' if n == 1 else 'wait'} for review."
    return [claim_all(resting, said)] if resting else []
