"""Parties, and the names in records of which a person says whom they mean."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.auth import Caller, Product, Reviewer
from flows import who
from obligations.model import Party

router = APIRouter(prefix="/v1/parties", tags=["parties"])


class Meant(BaseModel):
    """A party that a name may mean; `likeness` from 0 to 100."""

    party: str
    name: str
    likeness: float
    why: str


class OpenName(BaseModel):
    """A name that facts came with and that belongs to nobody yet; `facts` by kind."""

    system: str
    name: str
    facts: dict[str, int]
    first_at: datetime
    last_at: datetime
    why: str
    candidates: list[Meant]


class Link(BaseModel):
    """`name` in `system` means the party (id or exact name), or nobody: `none`."""

    system: str = Field(min_length=1, max_length=64)
    name: str = Field(min_length=1, max_length=500)
    party: str = Field(min_length=1, max_length=500)


class Linked(BaseModel):
    """How many facts changed hands."""

    facts: int


@router.get("")
def parties(caller: Caller, pacta: Product) -> list[Party]:
    """Us, and every counterparty in scope."""
    return list(pacta.worlds.of(caller.scope).parties.values())


@router.get("/unsure")
def unsure(caller: Caller, pacta: Product) -> list[OpenName]:
    """Names in records that belong to nobody yet, with those who may be meant; for keys that see all."""
    return [
        OpenName(
            system=each.name.system,
            name=each.name.hint,
            facts=each.name.kinds,
            first_at=each.name.first_at,
            last_at=each.name.last_at,
            why=each.why,
            candidates=[
                Meant(party=c.party.id, name=c.party.name, likeness=c.likeness, why=c.why)
                for c in each.candidates
            ],
        )
        for each in who.open_names(pacta, caller.scope)
    ]


@router.post("/links")
def link(given: Link, caller: Reviewer, pacta: Product) -> Linked:
    """Say whom a name means, for the records held and those to come."""
    return Linked(facts=who.decide(pacta, given.system, given.name, given.party, caller))
