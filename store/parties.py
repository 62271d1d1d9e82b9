"""Parties, and what a person decided about the names that outside systems use for them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from obligations.facts import Fact
from obligations.model import Party
from store import schema
from store.access import Scope
from store.base import Base


@dataclass(frozen=True)
class PartyLink:
    """A person's word on what a name means in a system; `party` None: nobody of ours."""

    system: str
    hint: str
    party: str | None
    decided_by: str
    decided_at: datetime


@dataclass(frozen=True)
class LooseName:
    """A name that facts came with and that belongs to no party yet."""

    system: str
    hint: str
    kinds: dict[str, int]
    first_at: datetime
    last_at: datetime

    @property
    def facts(self) -> int:
        return sum(self.kinds.values())


class Parties(Base):
    """Who is who."""

    def put_party(self, party: Party, *, by: str, at: datetime) -> None:
        with self.write() as tx:
            values = {
                "id": party.id,
                "name": party.name,
                "us": party.us,
                "body": party.model_dump(mode="json"),
            }
            self.upsert(tx, schema.parties, "id", values)
            self.audit(tx, at, by, "party.put", party.id, {"name": party.name})

    def parties(self, scope: Scope) -> tuple[Party, ...]:
        """Us, and every party with a contract in scope, by name."""
        query = select(schema.parties.c.body).order_by(schema.parties.c.name)
        if not scope.unlimited:
            seen = select(schema.contracts.c.counterparty).where(scope.contracts())
            query = query.where(or_(schema.parties.c.us, schema.parties.c.id.in_(seen)))
        with self.read() as tx:
            return tuple(Party.model_validate(body) for body in tx.execute(query).scalars())

    def party(self, party_id: str, scope: Scope) -> Party | None:
        """One of `parties`, None where the scope does not see it or there is none."""
        table = schema.parties
        query = select(table.c.body).where(table.c.id == party_id)
        if not scope.unlimited:
            seen = select(schema.contracts.c.counterparty).where(scope.contracts())
            query = query.where(or_(table.c.us, table.c.id.in_(seen)))
        with self.read() as tx:
            body = tx.execute(query).scalar_one_or_none()
        return None if body is None else Party.model_validate(body)

    def put_party_link(self, link: PartyLink) -> None:
        """Keep a person's decision; a later one on the same name takes its place."""
        table = schema.party_links
        with self.write() as tx:
            named = (table.c.system == link.system) & (table.c.hint == link.hint)
            tx.execute(table.delete().where(named))
            values: dict[str, Any] = {**vars(link), "decided_at": schema.instant(link.decided_at)}
            tx.execute(table.insert().values(**values))
            detail = {"party": link.party, "hint": link.hint}
            self.audit(tx, link.decided_at, link.decided_by, "party.link", link.system, detail)

    def party_links(self, scope: Scope) -> tuple[PartyLink, ...]:
        """Every decision on a name; for those who see everything."""
        if not scope.unlimited:
            return ()
        table = schema.party_links
        with self.read() as tx:
            rows = tx.execute(select(table).order_by(table.c.system, table.c.hint)).mappings()
            return tuple(
                PartyLink(**{**row, "decided_at": schema.parse_instant(row["decided_at"])}) for row in rows
            )

    def loose_names(self, scope: Scope) -> tuple[LooseName, ...]:
        """Names of facts that belong to no party, those with the most facts first.

        They are in no business unit yet, so only those who see everything see them.
        """
        if not scope.unlimited:
            return ()
        table = schema.facts
        which = (table.c.system, table.c.party_hint, table.c.kind)
        span = (func.count(), func.min(table.c.occurred_at), func.max(table.c.occurred_at))
        query = (
            select(*which, *span).where(table.c.party.is_(None), table.c.party_hint != "").group_by(*which)
        )
        found: dict[tuple[str, str], LooseName] = {}
        with self.read() as tx:
            for system, hint, kind, count, first, last in tx.execute(query):
                first_at, last_at = schema.parse_instant(first), schema.parse_instant(last)
                held = found.get((system, hint), LooseName(system, hint, {}, first_at, last_at))
                kinds = {**held.kinds, kind: count}
                ends = min(held.first_at, first_at), max(held.last_at, last_at)
                found[system, hint] = LooseName(system, hint, kinds, *ends)
        return tuple(sorted(found.values(), key=lambda name: (-name.facts, name.system, name.hint)))

    def loose_facts(self, scope: Scope) -> tuple[Fact, ...]:
        """The facts behind `loose_names`."""
        return self._facts(scope, self._loose())

    def facts_named(self, system: str, hint: str, scope: Scope) -> tuple[Fact, ...]:
        """Facts of a system that came with this name, whoever they belong to now."""
        table = schema.facts
        return self._facts(scope, and_(table.c.system == system, table.c.party_hint == hint))

    @staticmethod
    def _loose() -> ColumnElement[bool]:
        return and_(schema.facts.c.party.is_(None), schema.facts.c.party_hint != "")

    def _facts(self, scope: Scope, which: ColumnElement[bool]) -> tuple[Fact, ...]:
        table = schema.facts
        seen = scope.of_record(table.c.contract, table.c.party)
        query = select(table.c.body).where(which, seen).order_by(table.c.occurred_at, table.c.id)
        with self.read() as tx:
            return tuple(Fact.model_validate(body) for body in tx.execute(query).scalars())
