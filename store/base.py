"""Transactions, the revision counter, and the hash-chained audit trail that every write shares."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select, text

from store import schema

GENESIS = "0" * 64


@dataclass(frozen=True)
class AuditReport:
    """What verifying the chain found; `broken_at` is the first entry that does not fit."""

    entries: int
    head: str
    broken_at: int | None = None
    reason: str = ""

    @property
    def intact(self) -> bool:
        return self.broken_at is None


def _entry_hash(seq: int, at: str, actor: str, verb: str, subject: str, rest: tuple[Any, str]) -> str:
    detail, previous = rest
    canonical = json.dumps(
        [seq, at, actor, verb, subject, detail, previous], sort_keys=True, ensure_ascii=False
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


class Base:
    """What the parts of the store have in common."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._sqlite = engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self.engine.connect() as tx:
            yield tx

    @contextmanager
    def write(self, *, quiet: bool = False) -> Iterator[Connection]:
        """One transaction; nothing of it stays if it raises. Writers queue: the audit chain is one line.

        `quiet` writes leave the revision alone: they change nothing that an answer could rest on
        (threads, answers, the inbox, watermarks), so readers keep what they cached.
        """
        with self.engine.connect() as tx:
            if self._sqlite:
                tx.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                tx.execute(text("SELECT pg_advisory_xact_lock(7082)"))
            yield tx
            if not quiet:
                tx.execute(schema.revision.update().values(number=schema.revision.c.number + 1))
            tx.commit()

    def upsert(self, tx: Connection, table: Any, key: str, values: dict[str, Any]) -> None:
        """Insert, or overwrite the row with the same single-column primary key."""
        changed = tx.execute(table.update().where(table.c[key] == values[key]).values(**values))
        if changed.rowcount == 0:
            tx.execute(table.insert().values(**values))

    def revision(self) -> int:
        """A number that rises with every write, by any process, that an answer could rest on."""
        with self.read() as tx:
            return int(tx.execute(select(schema.revision.c.number)).scalar_one())

    def audit(
        self, tx: Connection, at: datetime, actor: str, verb: str, subject: str, detail: dict[str, Any]
    ) -> None:
        """Append an entry inside the caller's transaction, chained to the one before."""
        last = tx.execute(
            select(schema.audit.c.seq, schema.audit.c.hash).order_by(schema.audit.c.seq.desc()).limit(1)
        ).first()
        seq, previous = (last.seq + 1, last.hash) if last else (1, GENESIS)
        stamp = schema.instant(at)
        tx.execute(
            insert(schema.audit).values(
                seq=seq,
                at=stamp,
                actor=actor,
                verb=verb,
                subject=subject,
                detail=detail,
                previous=previous,
                hash=_entry_hash(seq, stamp, actor, verb, subject, (detail, previous)),
            )
        )

    def note(self, at: datetime, actor: str, verb: str, subject: str, detail: dict[str, Any]) -> None:
        """An audit entry for something that changed nothing in the store (an answer given, a refusal)."""
        with self.write(quiet=True) as tx:
            self.audit(tx, at, actor, verb, subject, detail)

    def audit_trail(self, limit: int = 100, before: int | None = None) -> list[dict[str, Any]]:
        """The newest entries first."""
        query = select(schema.audit).order_by(schema.audit.c.seq.desc()).limit(limit)
        if before is not None:
            query = query.where(schema.audit.c.seq < before)
        with self.read() as tx:
            return [dict(row) for row in tx.execute(query).mappings()]

    def audit_has(self, head: str) -> bool:
        """Whether a hash noted earlier is still in the chain: shows entries cut off at its end."""
        with self.read() as tx:
            return (
                tx.execute(select(schema.audit.c.seq).where(schema.audit.c.hash == head)).first() is not None
            )

    def verify_audit(self) -> AuditReport:
        """Recompute the whole chain; says where it first breaks and how."""
        previous, expected = GENESIS, 0
        with self.read() as tx:
            for row in tx.execute(select(schema.audit).order_by(schema.audit.c.seq)).mappings():
                expected += 1
                reason = ""
                if row["seq"] != expected:
                    reason = f"entry {expected} is missing"
                elif row["previous"] != previous:
                    reason = "it does not follow the entry before it"
                elif row["hash"] != _entry_hash(
                    row["seq"],
                    row["at"],
                    row["actor"],
                    row["verb"],
                    row["subject"],
                    (row["detail"], previous),
                ):
                    reason = "its content was changed"
                if reason:
                    return AuditReport(expected, previous, expected, reason)
                previous = row["hash"]
            newest = tx.execute(select(func.count()).select_from(schema.audit)).scalar_one()
        return AuditReport(int(newest), previous)
