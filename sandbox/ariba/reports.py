"""Reporting views: filters by date, pages by token, and jobs whose results are ZIP files.

Views are the tenant's templates over document types. Pages and files are smaller than the vendor's.
"""

import io
import json
import uuid
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox import faults
from sandbox.ariba.shapes import Shapes, instant
from sandbox.ariba.world import Company, Fields, Record
from sandbox.errors import QuerySyntax

PAGE = 20
PER_FILE, FILES = 10, 2
KEPT = timedelta(hours=48)
LONGEST = timedelta(days=366)
PROCUREMENT, ANALYTICS = "procurement", "analytics"
# template: family of APIs, document type, kind of record
VIEWS: Mapping[str, tuple[str, str, str]] = {
    "Pacta_PurchaseOrder": (PROCUREMENT, "PurchaseOrder", "order"),
    "Pacta_Receipt": (PROCUREMENT, "Receipt", "receipt"),
    "Pacta_Invoice": (PROCUREMENT, "Invoice", "invoice"),
    "Pacta_Payment": (PROCUREMENT, "Payment", "payment"),
    # Of the system: payments as a fact.
    "PaymentFactSystemView": (ANALYTICS, "PaymentFact", "payment"),
}
DATES: Mapping[str, tuple[str, str]] = {
    "createdDateFrom": ("TimeCreated", ">"),
    "createdDateTo": ("TimeCreated", "<="),
    "updatedDateFrom": ("TimeUpdated", ">"),
    "updatedDateTo": ("TimeUpdated", "<="),
}


class WrongFilters(QuerySyntax):
    """Filters that a view cannot take."""


def filters(given: Any, now: datetime) -> dict[str, datetime]:
    """The dates asked for by name. One of the two ranges has to be there, a year long at most."""
    if not isinstance(given, dict):
        raise WrongFilters("filters have to be a JSON object")
    found = {}
    for name, value in given.items():
        if name not in DATES:
            raise WrongFilters(f"the view template has no filter {name}")
        try:
            at = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
        except ValueError:
            raise WrongFilters(f"{name} is no date") from None
        found[name] = at if at.tzinfo else at.replace(tzinfo=UTC)
    starts = [name for name in ("createdDateFrom", "updatedDateFrom") if name in found]
    if not starts:
        raise WrongFilters("a date range has to be given: createdDateFrom or updatedDateFrom")
    for name in starts:
        if found.get(name.replace("From", "To"), now) - found[name] > LONGEST:
            raise WrongFilters("a date range is a year long at most")
    return found


def rows(company: Company, view: str, wanted: Mapping[str, datetime], now: datetime) -> list[Fields]:
    """The records of a view by the time they were last changed."""

    def fits(one: Record) -> bool:
        times = {"TimeCreated": one.created_at, "TimeUpdated": one.updated_at(now)}
        for name, at in wanted.items():
            column, operator = DATES[name]
            if not (times[column] > at if operator == ">" else times[column] <= at):
                return False
        return True

    shapes = Shapes(company, now)
    found = [one for one in company.seen(VIEWS[view][2], now) if fits(one)]
    found.sort(key=lambda one: (one.updated_at(now), one.name))
    show = shapes.payment_fact if VIEWS[view][0] == ANALYTICS else shapes.report
    return [show(one) for one in found]


def page(found: Sequence[Fields], token: str | None, fault: str) -> Fields:
    """One page; `PageToken` is there unless it is the last one."""
    start = start_of(token)
    if fault == "loop":
        start = 0
    ordered = faults.reorder(found, fault)
    answer: Fields = {"Records": faults.repeat(ordered[start : start + PAGE], fault)}
    following = PAGE if fault == "loop" else start + PAGE
    if following < len(found):
        answer["PageToken"] = token_of(following)
    return answer


def token_of(start: int) -> str:
    return f"QP{start:06d}K"


def start_of(token: str | None) -> int:
    if not token:
        return 0
    if not (token.startswith("QP") and token.endswith("K") and token[2:-1].isdecimal()):
        raise WrongFilters("the page token is not valid")
    return int(token[2:-1])


def of(family: str) -> list[str]:
    """The views of a family of APIs."""
    return [view for view, told in VIEWS.items() if told[0] == family]


def described(view: str) -> Fields:
    return {
        "viewTemplateName": view,
        "documentType": VIEWS[view][1],
        "status": "published",
        "filterExpressions": [
            {"name": name, "field": column, "op": operator, "defaultValue": None}
            for name, (column, operator) in DATES.items()
        ],
    }


@dataclass
class Job:
    """A job: pending, then processing, then completed, one step for each time it is asked about."""

    id: str
    view: str
    asked: Mapping[str, Any]
    found: list[Fields]
    start: int
    created_at: datetime
    polls: int = 0
    completed_at: datetime | None = None
    files: dict[str, bytes] = field(default_factory=dict)

    def poll(self, now: datetime) -> None:
        self.polls += 1
        if self.polls >= 2 and self.completed_at is None:
            self.completed_at = now
            for number, first in enumerate(range(0, len(self.part), PER_FILE), 1):
                self.files[f"F{self.id[:6]}x{number}.zip"] = packed(self.part[first : first + PER_FILE])

    @property
    def part(self) -> list[Fields]:
        return self.found[self.start : self.start + PER_FILE * FILES]

    def gone(self, now: datetime) -> bool:
        return self.completed_at is not None and now - self.completed_at > KEPT

    def shown(self) -> Fields:
        done = self.completed_at is not None
        following = self.start + PER_FILE * FILES
        more = done and following < len(self.found)
        pages = -(-len(self.found) // (PER_FILE * FILES))
        return {
            "jobId": self.id,
            "files": list(self.files),
            "status": "completed" if done else "processing" if self.polls else "pending",
            "createdDate": instant(self.created_at),
            "completedDate": instant(self.completed_at) if self.completed_at else None,
            "viewTemplateName": self.view,
            "filters": dict(self.asked),
            "documentType": VIEWS[self.view][1],
            "pageToken": token_of(following) if more else None,
            "totalNumOfRecords": len(self.found) if done else 0,
            "currentPageRecordsCount": len(self.part) if done else 0,
            "totalNumOfPages": pages if done else 0,
            "currentPageNum": self.start // (PER_FILE * FILES) + 1 if done else 0,
            "totalNumOfFiles": -(-len(self.found) // PER_FILE) if done else 0,
            "filesInCurrentPage": len(self.files),
        }


def job(company: Company, family: str, body: Mapping[str, Any], token: str | None, now: datetime) -> Job:
    """A new job for a view. Raises KeyError for a view the family does not have, WrongFilters."""
    view = str(body.get("viewTemplateName"))
    if view not in of(family):
        raise KeyError(view)
    asked = body.get("filters") or {}
    found = rows(company, view, filters(asked, now), now)
    key = f"{uuid.uuid4()}{int(now.timestamp() * 1000)}"
    return Job(key, view, asked, found, start_of(token), now)


def packed(found: Sequence[Fields]) -> bytes:
    """A ZIP with one file, `records.txt`: a JSON list."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("records.txt", json.dumps(list(found), ensure_ascii=False))
    return held.getvalue()
