"""Facts: the operational records that assessments rest on."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from api.auth import Caller, Product
from obligations.facts import Fact, latest

router = APIRouter(prefix="/v1/facts", tags=["facts"])


@router.get("")
def facts(
    caller: Caller,
    pacta: Product,
    party: str | None = None,
    kind: str | None = None,
    record: str | None = None,
    known_at: AwareDatetime | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> list[Fact]:
    """The newest version of each record known at `known_at` (default: now), newest occurrence first."""
    at = known_at or pacta.clock()
    found = pacta.store.facts(
        caller.scope,
        parties=[party] if party else None,
        kinds=[kind] if kind else None,
        record=record,
        known_at=at,
    )
    return list(reversed(latest(found, at)))[:limit]
