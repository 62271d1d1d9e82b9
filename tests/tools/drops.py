"""Drop folders for the tests: what is put into them, and what is read out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from obligations.document import Problem
from obligations.facts import Fact
from tools.files import ColumnMap, FilesDrop, parse_map
from tools.kit import harvest

Drop = Callable[..., Path]

REPORTS = (
    "Report,Vendor,Contract,Period,Received at\n"
    "Monthly service report,Acme Managed Services Ltd,IC-101,2026-09,2026-10-07T16:00+02:00\n"
    "Monthly service report,Acme Managed Services Ltd,IC-101,2026-10,2026-11-09T09:30+01:00\n"
)
LOG = (
    "number;incident_state;priority;opened_at;sys_updated_at;resolved_at\n"
    "INC1;New;3 - Moderate;29/2/2016 01:16;29/2/2016 01:23;29/2/2016 11:29\n"
    "INC1;Awaiting User Info;3 - Moderate;29/2/2016 01:16;29/2/2016 02:00;29/2/2016 11:29\n"
    "INC1;Active;2 - High;29/2/2016 01:16;29/2/2016 03:00;29/2/2016 11:29\n"
    "INC1;Resolved;2 - High;29/2/2016 01:16;29/2/2016 11:29;29/2/2016 11:29\n"
    "INC1;Active;2 - High;29/2/2016 01:16;1/3/2016 09:00;2/3/2016 10:00\n"
    "INC1;Resolved;2 - High;29/2/2016 01:16;2/3/2016 10:05;2/3/2016 10:00\n"
    "INC1;Closed;2 - High;29/2/2016 01:16;7/3/2016 12:00;2/3/2016 10:00\n"
    "INC2;New;4 - Low;1/3/2016 08:00;1/3/2016 08:00;?\n"
)


def table(**given: Any) -> ColumnMap:
    zone = given.pop("zone", "Europe/Berlin")
    ambiguous = given.pop("ambiguous", "refuse")
    return parse_map({"zone": zone, "ambiguous": ambiguous, "tables": [{"file": "file.csv", **given}]}, "map")


def facts_of(folder: Path, column_map: ColumnMap) -> tuple[list[Fact], list[str]]:
    """All facts, and where the problems were."""
    facts, problems = read(folder, column_map)
    return facts, [problem.place for problem in problems]


def read(folder: Path, column_map: ColumnMap) -> tuple[list[Fact], list[Problem]]:
    connector = FilesDrop(folder, column_map)
    facts: list[Fact] = []
    problems: list[Problem] = []
    for stream in connector.discover():
        for batch in connector.read(stream.kind, None):
            crop = harvest(connector, batch.records)
            facts += crop.facts
            problems += [*batch.problems, *crop.problems]
    return facts, problems


REPORT_MAP: dict[str, Any] = {
    "kind": "report_received",
    "columns": {"report": "Report", "party": "Vendor", "period": "Period", "received_at": "Received at"},
}


LOG_MAP: dict[str, Any] = {
    "kind": "ticket_log",
    "delimiter": ";",
    "date_order": "day_first",
    "zone": "UTC",
    "columns": {
        "number": "number",
        "status": "incident_state",
        "priority": "priority",
        "updated_at": "sys_updated_at",
        "opened_at": "opened_at",
        "resolved_at": "resolved_at",
    },
}


def putter(folder: Path) -> Drop:
    """Puts files into a folder, and gives the folder."""

    def put(content: str | bytes, name: str = "file.csv") -> Path:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return folder

    return put
