"""Whether one occurrence of a duty is owed: conditions precedent, conditions of the time, materiality."""

from collections.abc import Sequence
from datetime import date

from obligations.deadlines import Deadline
from obligations.duties.duty_schedule import DutyCase, Seen, condition
from obligations.duties.happenings import Happening, events, named
from obligations.matching import words
from obligations.model import Outcome
from obligations.trail import Finding, Trail, undetermined

_MATERIAL = frozenset({"material", "major", "serious", "significant", "severe", "critical", "substantial"})
_TRIFLING = frozenset({"immaterial", "minor", "trivial", "insignificant", "negligible"})


def not_owed(trail: Trail, case: DutyCase, seen: Seen, title: str) -> Finding | None:
    """Why the occurrence is not owed, or not known to be owed; None where it is owed.

    What is not known counts only where the duty was not done: see `rules.duty`.
    """
    for reason in (_withdrawn, _precedent, _only_if, _unless, _material):
        finding = reason(trail, case, seen, title)
        if finding is not None:
            return finding
    return None


def _withdrawn(trail: Trail, case: DutyCase, seen: Seen, title: str) -> Finding | None:
    trigger = case.trigger
    if trigger is None or trigger.withdrawn_on is None:
        return None
    trail.note("trigger", f"Withdrawn on {trigger.withdrawn_on}.", (trigger.source,))
    return Finding(Outcome.NOT_APPLICABLE, f"{title} is not owed: withdrawn on {trigger.withdrawn_on}.")


def _precedent(trail: Trail, case: DutyCase, seen: Seen, title: str) -> Finding | None:
    """Conditions that must be fulfilled before the duty arises at all."""
    for name in case.terms.after:
        happened = condition(seen, name)
        due = case.due if isinstance(case.due, Deadline) else None
        if happened is not None and (due is None or happened.on is None or happened.on <= due.on):
            trail.note("precedent", f"Condition precedent: {happened.says}.", (happened.source,))
            continue
        if happened is not None and due is not None:
            trail.note("precedent", f"Condition precedent: {happened.says}.", (happened.source,))
            return Finding(
                Outcome.NOT_APPLICABLE, f"{title} was not owed yet on {due.on}: {name} came {happened.on}."
            )
        return _open_condition(case, seen, title, f"{name} comes first", name)
    return None


def _only_if(trail: Trail, case: DutyCase, seen: Seen, title: str) -> Finding | None:
    name = case.terms.only_if
    if name is None:
        return None
    held = _in_its_time(case, seen, name)
    if held:
        trail.note("condition", f"Owed because of {held[0].says}.", (held[0].source,))
        return None
    return _open_condition(case, seen, title, f"it is owed only if there is {name}", name)


def _unless(trail: Trail, case: DutyCase, seen: Seen, title: str) -> Finding | None:
    name = case.terms.unless
    held = _in_its_time(case, seen, name) if name is not None else []
    if not held:
        return None
    trail.note("condition", f"Lifted by {held[0].says}.", (held[0].source,))
    return Finding(Outcome.NOT_APPLICABLE, f"{title} was not owed: {held[0].says}.")


def _material(trail: Trail, case: DutyCase, seen: Seen, title: str) -> Finding | None:
    if not case.terms.material or case.trigger is None:
        return None
    trigger = case.trigger
    told = is_material(trigger)
    if told is None:
        missing = f"whether {named(trigger.source)} is material"
        return undetermined(f"{title}: only what is material sets it off, and that is not told.", missing)
    if told:
        return None
    trail.note("material", f"{trigger.says} is not material.", (trigger.source,))
    return Finding(Outcome.NOT_APPLICABLE, f"{title} is not owed: {trigger.says} is not material.")


def is_material(happening: Happening) -> bool | None:
    """What the record says of it: material, not material, or nothing (None)."""
    said = set(words(happening.says))
    if said & _TRIFLING or {"not", "material"} <= said:
        return False
    return True if said & _MATERIAL else None


def _in_its_time(case: DutyCase, seen: Seen, name: str) -> Sequence[Happening]:
    """The events of a name in the time of an occurrence: in its period, or else from the day on which it
    begins to its due day."""
    first = case.opens_on or case.begins_on or date.min
    last = case.due.on if isinstance(case.due, Deadline) else date.max
    if case.period is not None:
        first, last = case.period.start, case.period.end
    found = events(seen.obligation, seen.facts, seen.at, seen.zone, name)
    return [h for h in found if h.sure and h.on is not None and min(first, last) <= h.on <= last]


def _open_condition(case: DutyCase, seen: Seen, title: str, why: str, name: str) -> Finding:
    """A condition that is not on record: not owed where records are complete, else not known."""
    passed = isinstance(case.due, Deadline) and case.due.passed(seen.at.as_of)
    if case.period is not None and name == case.terms.only_if:
        passed = seen.today > case.period.end
    if seen.observed_from is None:
        return undetermined(
            f"{title}: {why}, and nothing tells whether it happened.", f"whether {name} happened"
        )
    if not passed:
        return Finding(Outcome.PENDING, f"{title} is not owed yet: {why}.")
    return Finding(Outcome.NOT_APPLICABLE, f"{title} was not owed: {why}, and it did not happen.")
