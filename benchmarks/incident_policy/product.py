"""The found policy given to the product: its reader of ticket logs, its terms, its rule.

The log is read by the connector for files with a column map that says the policy's part of it: which states
pause, which state ends an incident, where it starts. The limits become one `resolution_time` promise for
each priority, and `obligations.rules.assess` judges every incident under them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.incident_policy.clock import ENDED
from benchmarks.incident_policy.log import FILE
from benchmarks.incident_policy.policy import PAUSED, Judged, Policy, Start
from obligations.document import Span
from obligations.facts import Fact, Ticket
from obligations.model import AsOf, Assessment, DatedTerms, Obligation, Outcome
from obligations.rules import assess
from tools.files.columns import ColumnMap, TableMap
from tools.files.drop import FilesDrop
from tools.kit.errors import ConnectorError

_CONTRACT = "policy"
_AS_OF = AsOf.at(datetime(2018, 1, 1, tzinfo=UTC))
"""After the last row of the log."""

_STATUS = {"New": "open", "Resolved": "resolved", "Closed": "closed"}
_PRIORITY = {"1 - Critical": "P1", "2 - High": "P2", "3 - Moderate": "P3", "4 - Low": "P4"}
_OPENED: dict[Start, dict[str, str]] = {
    "opened_at": {"opened_at": "opened_at"},
    "sys_created_at": {"opened_at": "sys_created_at"},
    "first_update": {},
}


@dataclass(frozen=True)
class Judgements:
    """The product's assessments by incident, and how many rows its reader refused."""

    by_number: dict[str, tuple[Assessment, ...]]
    refused: int

    def made(self, number: str) -> bool:
        """Every promise the incident falls under is met; there is at least one."""
        found = self.by_number.get(number, ())
        return bool(found) and all(assessment.outcome is Outcome.MET for assessment in found)


def judge(
    folder: Path, policy: Policy, limits: Mapping[str, int], states: Iterable[str], say: Callable[[str], None]
) -> Judgements:
    """Every incident of the log in `folder` under the policy, judged by the product."""
    drop = FilesDrop(folder, column_map(policy, states))
    facts, refused = [], 0
    for batch in drop.read("ticket_log", None):
        refused += len(batch.problems)
        for raw in batch.records:
            try:
                facts += [_judged_by(fact, policy.judged) for fact in drop.to_facts(raw)]
            except ConnectorError:
                refused += 1
    say(f"product: {len(facts)} tickets read")
    by_number: dict[str, tuple[Assessment, ...]] = {}
    for obligation in promises(policy, limits):
        for assessment in assess(obligation, facts, _AS_OF):
            key = assessment.occurrence.key
            by_number[key] = (*by_number.get(key, ()), assessment)
    say(f"product: {len(by_number)} tickets judged")
    return Judgements(by_number, refused)


def column_map(policy: Policy, states: Iterable[str]) -> ColumnMap:
    """How the product reads the log under a policy."""
    ended = ENDED[policy.stop]
    status = {}
    for state in sorted(set(states)):
        known = _STATUS.get(state, "in_progress")
        status[state] = PAUSED if state in policy.pauses else known
        if known in ("resolved", "closed") and state not in ended:
            status[state] = "in_progress"
    stated = {"resolved_at": policy.stop} if policy.stop in ("resolved_at", "closed_at") else {}
    columns = {
        "number": "number",
        "status": "incident_state",
        "priority": "priority",
        "updated_at": "sys_updated_at",
        **_OPENED[policy.start],
        **stated,
    }
    table = TableMap(
        file=FILE,
        kind="ticket_log",
        date_order="day_first",
        columns=columns,
        values={"status": status, "priority": _PRIORITY},
        history=False,
    )
    return ColumnMap(zone=policy.log_zone, ambiguous="earlier", tables=(table,))


def promises(policy: Policy, limits: Mapping[str, int]) -> Iterator[Obligation]:
    """One promise for each priority, quoting the policy's sentence."""
    text = policy.sentence(limits)
    span = Span(document_id=_CONTRACT, start=0, end=len(text), quote=text)
    for priority, limit in sorted(limits.items()):
        dated = DatedTerms(terms=policy.terms(priority, limit), span=span, contract=_CONTRACT)
        yield Obligation(
            id=f"{_CONTRACT}-{priority}",
            contract=_CONTRACT,
            kind="resolution_time",
            key=priority,
            terms=(dated,),
            zone=policy.hours.zone,
        )


def _judged_by(fact: Fact, judged: Judged) -> Fact:
    """The fact under the policy's contract, with the one priority that the policy judges by.

    The product keeps a breach under a more urgent priority; a policy that forgets it, or judges by another
    priority, is told by a ticket that had no other.
    """
    ticket = fact.data
    if judged != "in_force" and isinstance(ticket, Ticket):
        told = [event.value for event in ticket.events if event.change == "priority"] or [ticket.priority]
        priority = {"first": told[0], "last": told[-1], "most_urgent": min(told)}[judged]
        rest = tuple(event for event in ticket.events if event.change != "priority")
        ticket = ticket.model_copy(update={"priority": priority, "events": rest})
    return fact.model_copy(update={"data": ticket, "contract": _CONTRACT})
