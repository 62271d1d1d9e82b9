"""Who is who: from the names a contract or a record uses to one party of ours."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from obligations.model import Party
from store import Scope

if TYPE_CHECKING:
    from flows.wiring import Pacta


def slug(name: str) -> str:
    """A readable id part: lower-case ASCII words joined by hyphens, at most 60 characters."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].rstrip("-") or "unnamed"


def us(pacta: "Pacta") -> Party | None:
    """The company we act for, from the settings; None when none is set."""
    company = pacta.settings.company
    if not company.name:
        return None
    return Party(id=slug(company.name), name=company.name, aliases=company.aliases, us=True)


def ensure(
    pacta: "Pacta",
    name: str,
    aliases: Sequence[str] = (),
    keys: dict[str, str] | None = None,
    *,
    at: datetime,
) -> Party:
    """The party of that name, made when there is none; new aliases and keys are added to it."""
    from tools.parties import PartyHint, resolve

    own = us(pacta)
    held = pacta.store.parties(Scope.all())
    if own is not None and own.id not in {p.id for p in held}:
        pacta.store.put_party(own, by="ingest", at=at)
        held = (*held, own)
    found = resolve(PartyHint(name=name, keys=keys or {}), held)
    party = found.party if found.sure and found.party is not None else Party(id=slug(name), name=name)
    grown = party.model_copy(
        update={
            "aliases": tuple(dict.fromkeys([*party.aliases, *(a for a in aliases if a and a != party.name)])),
            "keys": {**party.keys, **(keys or {})},
        }
    )
    if grown != party or grown.id not in {p.id for p in held}:
        pacta.store.put_party(grown, by="ingest", at=at)
    return grown
