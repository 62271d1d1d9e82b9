"""Making facts: one way to give them their id."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from obligations.facts import Fact, FactData, Source


@dataclass(frozen=True)
class Hints:
    """What the source calls the party and the contract."""

    party: str = ""
    contract: str = ""


def make_fact(
    source: Source,
    data: FactData,
    occurred_at: datetime,
    known_at: datetime,
    hints: Hints | None = None,
    rank: int = 0,
) -> Fact:
    """A fact whose id is made of source, version and content: reading it again gives the same fact.

    Versions of one record known at the same instant are told apart by their ids, the later one having
    the greater id: `rank` (0 to 9) is for sources that state only the day of a change.
    """
    hints = hints or Hints()
    known = known_at.astimezone(UTC)
    content = (occurred_at.astimezone(UTC).isoformat(), hints.party, hints.contract, data.model_dump_json())
    digest = hashlib.sha256("|".join(content).encode()).hexdigest()[:12]
    return Fact(
        id=f"{source.system}:{data.kind}:{source.record}:{known:%Y%m%dT%H%M%SZ}:{rank}{digest}",
        source=source,
        occurred_at=occurred_at,
        known_at=known_at,
        data=data,
        party_hint=hints.party,
        contract_hint=hints.contract,
    )


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a day: for sources that state days only."""
    return datetime.combine(day, time(), zone)
