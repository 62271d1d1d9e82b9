"""Who asks and what they may see: scopes, roles, API keys. Every read of the store takes a `Scope`."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, exists, false, or_, select

from store import schema
from store.base import Base
from store.errors import NotFound

Role = Literal["reader", "reviewer", "approver", "admin"]
ROLES: tuple[Role, ...] = ("reader", "reviewer", "approver", "admin")


@dataclass(frozen=True)
class Scope:
    """The contracts a caller may see: by business unit and by counterparty; None means all."""

    business_units: frozenset[str] | None = None
    parties: frozenset[str] | None = None

    @classmethod
    def all(cls) -> "Scope":
        return cls()

    @property
    def unlimited(self) -> bool:
        return self.business_units is None and self.parties is None

    def contracts(self) -> ColumnElement[bool]:
        """Condition on the contracts table."""
        limits: list[ColumnElement[bool]] = []
        if self.business_units is not None:
            limits.append(schema.contracts.c.business_unit.in_(sorted(self.business_units)))
        if self.parties is not None:
            limits.append(schema.contracts.c.counterparty.in_(sorted(self.parties)))
        return and_(*limits) if limits else ~false()

    def visible(self) -> Select[Any]:
        """Ids of the contracts in scope, as a subquery."""
        return select(schema.contracts.c.id).where(self.contracts())

    def of_contract(self, column: ColumnElement[Any]) -> ColumnElement[bool]:
        """Condition on any table with a contract column."""
        return ~false() if self.unlimited else column.in_(self.visible())

    def of_record(self, contract: ColumnElement[Any], party: ColumnElement[Any]) -> ColumnElement[bool]:
        """Condition on records tied to a contract, or only to a party that has one in scope.

        A record tied to neither is seen by unlimited callers only.
        """
        if self.unlimited:
            return ~false()
        held = exists(select(1).where(schema.contracts.c.counterparty == party, self.contracts()))
        return or_(contract.in_(self.visible()), and_(contract.is_(None), held))

    def to_json(self) -> dict[str, list[str] | None]:
        return {
            "business_units": None if self.business_units is None else sorted(self.business_units),
            "parties": None if self.parties is None else sorted(self.parties),
        }

    @classmethod
    def from_json(cls, body: dict[str, list[str] | None]) -> "Scope":
        units, parties = body.get("business_units"), body.get("parties")
        return cls(
            None if units is None else frozenset(units), None if parties is None else frozenset(parties)
        )


@dataclass(frozen=True)
class Principal:
    """An authenticated caller."""

    id: str
    name: str
    role: Role
    scope: Scope

    def may(self, role: Role) -> bool:
        """Whether the caller holds `role` or one above it."""
        return ROLES.index(self.role) >= ROLES.index(role)


LOCAL = Principal("local", "command line", "admin", Scope.all())
"""Whoever can read PACTA_HOME: the person at the terminal."""


def _hash(secret: str) -> str:
    # A secret has 256 random bits, so a plain hash is as strong as a slow one and costs nothing per call.
    return hashlib.sha256(secret.encode()).hexdigest()


class Access(Base):
    """API keys: `pk_<id>_<secret>`, of which only the hash is kept."""

    def create_key(self, name: str, role: Role, scope: Scope, *, by: str, at: datetime) -> tuple[str, str]:
        """A new key; returns its id and the whole key, which cannot be read again."""
        key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        with self.write() as tx:
            tx.execute(
                schema.keys.insert().values(
                    id=key_id,
                    name=name,
                    role=role,
                    scope=scope.to_json(),
                    hash=_hash(secret),
                    created_at=schema.instant(at),
                )
            )
            self.audit(
                tx, at, by, "key.create", key_id, {"name": name, "role": role, "scope": scope.to_json()}
            )
        return key_id, f"pk_{key_id}_{secret}"

    def principal(self, key: str) -> Principal | None:
        """The caller a key belongs to; None for anything that is not a key in force."""
        parts = key.split("_", 2)
        if len(parts) != 3 or parts[0] != "pk":
            return None
        with self.read() as tx:
            row = tx.execute(select(schema.keys).where(schema.keys.c.id == parts[1])).mappings().first()
        if (
            row is None
            or row["revoked_at"] is not None
            or not hmac.compare_digest(row["hash"], _hash(parts[2]))
        ):
            return None
        return Principal(row["id"], row["name"], row["role"], Scope.from_json(row["scope"]))

    def callers(self) -> tuple[Principal, ...]:
        """Whoever holds a key in force."""
        return tuple(
            Principal(row["id"], row["name"], row["role"], Scope.from_json(row["scope"]))
            for row in self.keys()
            if row["revoked_at"] is None
        )

    def keys(self) -> list[dict[str, Any]]:
        """Every key without its hash, newest first."""
        columns = [c for c in schema.keys.c if c.name != "hash"]
        with self.read() as tx:
            rows = tx.execute(select(*columns).order_by(schema.keys.c.created_at.desc())).mappings()
            return [dict(row) for row in rows]

    def revoke_key(self, key_id: str, *, by: str, at: datetime) -> None:
        with self.write() as tx:
            done = tx.execute(
                schema.keys.update()
                .where(schema.keys.c.id == key_id, schema.keys.c.revoked_at.is_(None))
                .values(revoked_at=schema.instant(at))
            )
            if done.rowcount == 0:
                raise NotFound("key", key_id)
            self.audit(tx, at, by, "key.revoke", key_id, {})
