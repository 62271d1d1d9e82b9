"""The public incident log, and the halves into which it is split.

The log is the "Incident management process enriched event log" of the UCI repository (CC BY 4.0): one row
for each update of an incident. `made_sla` may still change while an incident is open, so it is read in the
last row of an incident only. Times carry no zone; they are kept as they stand.
"""

import csv
import gzip
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

FILE = "servicenow_incident_log.csv.gz"
Half = Literal["search", "held_out"]
HALVES: tuple[Half, Half] = ("search", "held_out")

_NOTHING = ("", "?")
_TIME = "%d/%m/%Y %H:%M"


@dataclass(frozen=True)
class Update:
    """How an incident stood after one row; `priority` is "P1" to "P4"."""

    at: datetime
    state: str
    priority: str


@dataclass(frozen=True)
class Incident:
    """One incident with its updates in order of time. The stated times are those of its last row."""

    number: str
    made: bool
    opened_at: datetime
    created_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    updates: tuple[Update, ...]
    updates_not_in_log: int
    """How many numbers the log leaves out in the incident's own count of its updates."""

    @property
    def half(self) -> Half:
        return half_of(self.number)

    @property
    def priority(self) -> str:
        """The last priority: what the report groups by."""
        return self.updates[-1].priority


def half_of(number: str) -> Half:
    """The half an incident belongs to: by a hash of its number, so that nobody chooses."""
    return HALVES[hashlib.sha256(number.encode()).digest()[0] % 2]


def fold_of(number: str, folds: int) -> int:
    """The fold of an incident within its half, by another byte of the same hash."""
    return hashlib.sha256(number.encode()).digest()[1] % folds


def read(folder: Path) -> list[Incident]:
    """Every incident of the log in `folder`, in order of number.

    Raises FileNotFoundError where the log is not there, KeyError where it lacks a column, ValueError where an
    update has no time.
    """
    rows: dict[str, list[dict[str, str]]] = {}
    with gzip.open(folder / FILE, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rows.setdefault(row["number"], []).append(row)
    return sorted(_incidents(rows.values()), key=lambda incident: incident.number)


def _incidents(groups: Iterable[list[dict[str, str]]]) -> Iterator[Incident]:
    for group in groups:
        # Rows of one minute stay in the order of the file, as the product's own reader leaves them.
        group.sort(key=lambda row: datetime.strptime(row["sys_updated_at"], _TIME))  # noqa: DTZ007
        last = group[-1]
        opened_at = _time(last["opened_at"])
        if opened_at is None:
            continue
        yield Incident(
            number=last["number"],
            made=last["made_sla"] == "true",
            opened_at=opened_at,
            created_at=_time(last["sys_created_at"]),
            resolved_at=_time(last["resolved_at"]),
            closed_at=_time(last["closed_at"]),
            updates=tuple(_updates(group)),
            updates_not_in_log=_left_out([int(row["sys_mod_count"]) for row in group]),
        )


def _updates(group: Iterable[dict[str, str]]) -> Iterator[Update]:
    for row in group:
        at = datetime.strptime(row["sys_updated_at"], _TIME)  # noqa: DTZ007
        yield Update(at, row["incident_state"], f"P{row['priority'][:1]}")


def _left_out(counts: list[int]) -> int:
    return max(counts) - min(counts) + 1 - len(set(counts))


def _time(text: str) -> datetime | None:
    return None if text in _NOTHING else datetime.strptime(text, _TIME)  # noqa: DTZ007
