"""How days, instants, amounts, outcomes and promises are put into words. Pure functions.

Days carry their weekday, instants their zone, amounts their currency; ISO dates inside the texts of
rules and labels are spelled out the same way, so that an answer reads in one voice.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, tzinfo

from agent.numerals import WEEKDAYS
from agent.plan import Plan, Window
from obligations.model import Assessment, Obligation, Outcome
from obligations.quantities import Money, Quantity

KIND_NAMES: dict[str, str] = {
    "response_time": "response time",
    "resolution_time": "resolution time",
    "availability": "availability",
    "service_credit": "service credit",
    "payment_due": "payment",
    "reporting": "report",
    "term": "end of the term",
    "renewal": "renewal",
    "renewal_notice": "notice of non-renewal",
    "update_time": "update",
    "ticket_share": "share of tickets in time",
    "termination_right": "right to terminate",
    "early_payment_discount": "early-payment discount",
    "late_interest": "interest on late payment",
    "holdback": "money held back",
    "fee": "fee",
    "rate_card": "price list",
    "price_change": "price change",
    "spend_limit": "spend limit",
    "volume_discount": "volume discount",
    "rebate": "rebate",
    "minimum_commitment": "minimum commitment",
    "revenue_share": "share of revenue",
    "delivery": "delivery",
    "delivery_performance": "delivery performance",
    "liquidated_damages": "liquidated damages",
    "warranty": "warranty",
    "milestone_payment": "milestone payment",
    "performance_obligation": "performance obligation",
    "duty": "duty",
    "audit_right": "audit",
    "insurance": "insurance",
    "certificate": "certificate",
    "retention": "keeping of records",
    "cure_period": "time to cure",
    "termination_notice": "notice of termination",
}
_KINDS_ONE: dict[str, str] = {
    "availability": "availability level",
    "term": "term",
    "renewal_notice": "notice",
}
_KINDS_PLURAL: dict[str, str] = {
    "response_time": "response times",
    "resolution_time": "resolution times",
    "availability": "availability levels",
    "service_credit": "service credits",
    "payment_due": "payments",
    "reporting": "reports",
    "term": "terms",
    "renewal": "renewals",
    "renewal_notice": "notices",
    "update_time": "updates",
    "ticket_share": "shares of tickets in time",
    "termination_right": "rights to terminate",
    "early_payment_discount": "early-payment discounts",
    "late_interest": "charges of interest",
    "holdback": "holdbacks",
    "fee": "fees",
    "rate_card": "price lists",
    "price_change": "price changes",
    "spend_limit": "spend limits",
    "volume_discount": "volume discounts",
    "rebate": "rebates",
    "minimum_commitment": "minimum commitments",
    "revenue_share": "shares of revenue",
    "delivery": "deliveries",
    "delivery_performance": "delivery targets",
    "liquidated_damages": "liquidated damages",
    "warranty": "warranties",
    "milestone_payment": "milestone payments",
    "performance_obligation": "performance obligations",
    "duty": "duties",
    "audit_right": "audits",
    "insurance": "insurances",
    "certificate": "certificates",
    "retention": "duties to keep records",
    "cure_period": "times to cure",
    "termination_notice": "notices of termination",
}
OUTCOME_WORDS: dict[Outcome, str] = {
    Outcome.MET: "kept",
    Outcome.AT_RISK: "at risk",
    Outcome.BREACHED: "breached",
    Outcome.PENDING: "open",
    Outcome.UNDETERMINED: "not determined",
    Outcome.WAIVED: "waived",
    Outcome.NOT_APPLICABLE: "not applicable",
}
SLA_KINDS = frozenset({"response_time", "resolution_time", "availability"})
DATE_KINDS = frozenset(
    {
        "payment_due",
        "reporting",
        "service_credit",
        "term",
        "renewal",
        "renewal_notice",
        "termination_notice",
    }
)
_TOLD_BY_THE_RULE = frozenset({"service_credit", "term", "renewal", "renewal_notice", "termination_notice"})
"""Kinds whose summary says more than dates and figures do: what may be claimed, what happens then."""

_DONE: dict[str, str] = {
    "payment_due": "paid",
    "reporting": "received",
}
_Y = r"(?:19|20)\d\d"
_ISO = re.compile(
    r"(?:\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,?\s+)?"
    rf"(?<![\w-])(?P<year>{_Y})-(?P<in_month>\d\d)-(?P<day>\d\d)"
    r"(?:[T ](?P<at>\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?\b"
    rf"|(?<![\w-])(?P<of_month>{_Y})-(?P<month>0[1-9]|1[0-2])(?![\w-])"
    rf"|(?<![\w-])(?P<of_quarter>{_Y})-Q(?P<quarter>[1-4])\b"
    rf"|(?<![\w-])(?P<of_week>{_Y})-W(?P<week>\d\d)\b"
)
_SOME_YEAR = re.compile(rf"{_Y}-[\dQW]")
_WHOLE_DAY = re.compile(rf"{_Y}-\d\d-\d\d")
_DAY_NAMES = tuple(name.title() for name in WEEKDAYS)
_MONTH_NAMES = tuple(f"{date(2000, n, 1):%B}" for n in range(1, 13))


def day(on: date) -> str:
    """ "Friday 13 November 2026" """
    return f"{_DAY_NAMES[on.weekday()]} {on.day} {_MONTH_NAMES[on.month - 1]} {on.year}"


def moment(at: datetime, zone: tzinfo | None) -> str:
    """ "Tuesday 10 November 2026, 13:30 CET": in `zone`, or the instant's own."""
    local = at.astimezone(zone) if zone else at
    return f"{day(local.date())}, {local:%H:%M} {local:%Z}".rstrip()


def amount(money: Money) -> str:
    return str(money.rounded())


def spell(text: str) -> str:
    """A text with its ISO dates, months, quarters and weeks in words."""
    return _ISO.sub(_spelled, text) if _SOME_YEAR.search(text) else text


def _spelled(m: re.Match[str]) -> str:
    year = m["year"] or m["of_month"] or m["of_quarter"] or m["of_week"]
    if m["of_month"]:
        return f"{_MONTH_NAMES[int(m['month']) - 1]} {year}"
    if m["of_quarter"]:
        return f"Q{m['quarter']} {year}"
    if m["of_week"]:
        return f"week {m['week']} of {year}"
    try:
        said = day(date(int(year), int(m["in_month"]), int(m["day"])))
    except ValueError:
        return m[0]
    return f"{said}, {m['at']}" if m["at"] else said


def joined(parts: Iterable[str], last: str = "and") -> str:
    """ "a, b and c" """
    items = list(dict.fromkeys(parts))
    return f" {last} ".join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else "".join(items)


def counted(n: int, one: str, many: str = "") -> str:
    """ "1 vendor", "3 vendors" """
    return f"{n} {one if n == 1 else many or one + 's'}"


def kind_count(n: int, kind: str) -> str:
    """ "1 response time", "3 reports" """
    one = _KINDS_ONE.get(kind) or KIND_NAMES.get(kind, kind)
    return f"{n} {one if n == 1 else _KINDS_PLURAL.get(kind, kind)}"


def kinds_of(kinds: Sequence[str]) -> str:
    """What a question's kinds are called together."""
    if set(kinds) == SLA_KINDS:
        return "SLA promises"
    return joined(_KINDS_PLURAL.get(kind, kind) for kind in kinds) if kinds else "promises"


def during(window: Window) -> str:
    """ "in October 2026", "on Wednesday 14 October 2026", "from … to …"."""
    start, end = window.start, window.end
    if start and end:
        if start == end:
            return f"on {day(start)}"
        return (
            f"in {window.label}" if window.key and "to" not in window.label.split() else _from_to(start, end)
        )
    if start:
        return f"from {day(start)} on"
    return f"up to {day(end)}" if end else "at any time"


def _from_to(start: date, end: date) -> str:
    return f"from {day(start)} to {day(end)}"


def zone_day(at: datetime, zone: tzinfo | None) -> date:
    """The day an instant falls on in a zone."""
    return (at.astimezone(zone) if zone else at).date()


def due_day(a: Assessment, zone: tzinfo | None) -> date | None:
    """The day an occurrence is or was due; the rule's own day where it names one."""
    if a.target and a.target.unit == "date" and _WHOLE_DAY.match(a.target.text):
        return date.fromisoformat(a.target.text[:10])
    return zone_day(a.occurrence.due_at, zone) if a.occurrence.due_at else None


def due_words(a: Assessment, zone: tzinfo | None) -> str:
    """When an occurrence is or was due: an instant for clocks, a day for dates. Empty when unknown."""
    if a.kind in DATE_KINDS and a.target and a.target.unit == "date":
        return spell(a.target.text)
    due = a.occurrence.due_at
    if due is None:
        return ""
    local = due.astimezone(zone) if zone else due
    whole_day = a.kind in DATE_KINDS and (local.hour, local.minute) in ((23, 59), (0, 0))
    return day(local.date()) if whole_day else moment(due, zone)


def margin_words(a: Assessment) -> str:
    """ "1 h 00 min over", "2 days late", "19 h 15 min left"; empty when there is none to speak of."""
    if a.margin is None or a.margin.value == 0:
        return ""
    text = a.margin.text.strip().lstrip("-−+ ")
    if a.margin.value is not None and abs(a.margin.value) == 1:
        text = re.sub(r"^(1 (?:business )?[a-z]+?)s$", r"\1", text)
    exceeded = a.outcome is Outcome.BREACHED if a.margin.value is None else a.margin.value < 0
    if a.kind == "availability":
        down = a.margin.unit == "minutes"
        more, less = ("more down than allowed", "of downtime to spare") if down else ("short", "to spare")
        return f"{text} {more if exceeded else less}"
    if a.kind in DATE_KINDS:
        return f"{text} {'late' if exceeded else 'early' if a.measured else 'left'}"
    return f"{text} {'over' if exceeded else 'left'}"


def occurrence_words(a: Assessment) -> str:
    """What the occurrence is called: a record number, or a period in words."""
    return spell(a.occurrence.key) or spell(a.occurrence.label)


def promise(a: Assessment, obligation: Obligation | None) -> str:
    """What was promised, in a few words: "P1 resolution time, INC0010427"."""
    key = obligation.key if obligation else ""
    name = KIND_NAMES.get(a.kind, a.kind.replace("_", " "))
    terms = obligation.terms[-1].terms if obligation else None
    service = getattr(terms, "service", None) or ""
    if a.kind in ("response_time", "resolution_time"):
        priority = getattr(terms, "priority", None) or ""
        return f"{f'{priority} {name}'.strip()}, {occurrence_words(a)}"
    if a.kind == "availability":
        return f"availability of {service or _title(key) or 'the service'}, {occurrence_words(a)}"
    if a.kind == "reporting":
        report = getattr(terms, "report", None) or key or "report"
        return f"{report}, {occurrence_words(a)}"
    if a.kind == "payment_due":
        return f"payment of {occurrence_words(a)}"
    if a.kind == "service_credit":
        return f"service credit for {occurrence_words(a)}"
    return name


def _title(key: str) -> str:
    return key if any(c.isupper() for c in key) else key.title()


def detail(a: Assessment, zone: tzinfo | None) -> str:
    """How it stands: measured against target, or when due and when done, and by how much it differs; and what
    people decided about it."""
    if a.outcome is Outcome.WAIVED:
        return "waived" if a.kind in _TOLD_BY_THE_RULE else f"waived: {_stands(a, zone)}"
    said = _stands(a, zone)
    return f"{said}, {a.aftermath}" if a.aftermath and a.aftermath not in said.casefold() else said


def _stands(a: Assessment, zone: tzinfo | None) -> str:
    if a.outcome is Outcome.UNDETERMINED:
        return "missing: " + joined(spell(m) for m in a.missing)
    if a.kind in _TOLD_BY_THE_RULE or (
        a.kind == "availability" and a.outcome in (Outcome.PENDING, Outcome.AT_RISK)
    ):
        return spell(a.summary).rstrip(".")
    if a.kind in DATE_KINDS:
        return _dated(a, zone) or spell(a.summary).rstrip(".")
    if a.measured and a.target:
        return _measured(a, a.measured, a.target, zone)
    due = due_words(a, zone)
    return f"due {due}" if due else spell(a.summary).rstrip(".") or OUTCOME_WORDS[a.outcome]


def _measured(a: Assessment, measured: Quantity, target: Quantity, zone: tzinfo | None) -> str:
    open_clock = a.outcome in (Outcome.AT_RISK, Outcome.PENDING) and a.kind != "availability"
    stands = (
        f"{measured.text} of {target.text} used" if open_clock else f"{measured.text} against {target.text}"
    )
    due = f", due {due_words(a, zone)}" if open_clock and a.occurrence.due_at else ""
    return f"{spell(stands)}{_bracketed(margin_words(a))}{due}"


def _bracketed(text: str) -> str:
    return f" ({text})" if text else ""


def _dated(a: Assessment, zone: tzinfo | None) -> str:
    due = due_words(a, zone)
    if not due:
        return ""
    done = _DONE.get(a.kind, "done")
    late = _bracketed(margin_words(a)) if a.outcome is Outcome.BREACHED else ""
    if a.measured and a.measured.unit == "date":
        return f"due {due}, {done} {spell(a.measured.text)}{late}"
    if a.outcome is Outcome.BREACHED:
        return f"was due {due}, not {done} yet{late}" if a.kind in _DONE else f"was due {due}{late}"
    return f"due {due}"


def subject_names(names: Sequence[str]) -> str:
    return joined(names) if names else "all counterparties"


def assumed_note(plan: Plan, as_of: datetime) -> str:
    """What the answer took for granted: the instant and, where none was given, the period."""
    parts = [f"Judged as of {moment(as_of, as_of.tzinfo)}"]
    present = plan.undone or (plan.outcomes and set(plan.outcomes) <= {"at_risk", "pending"})
    pinned = plan.records or plan.focus or plan.upcoming or present
    in_days = plan.intent not in ("date", "wording") and not pinned
    if in_days and plan.window.assumed and plan.window.start and plan.window.end:
        older = "" if plan.intent == "compare" else ", with anything older that is still owed"
        parts.append(
            f"no period was given, so {_from_to(plan.window.start, plan.window.end)} was taken{older}"
        )
    return "; ".join(parts) + "."
