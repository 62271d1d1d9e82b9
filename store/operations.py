"""Facts, assessments, watermarks, the webhook inbox, threads and answers."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, func, select, tuple_

from obligations.facts import Fact
from obligations.model import Assessment
from store import schema
from store.access import Principal, Scope
from store.base import Base
from store.errors import NotFound

BATCH = 400
"""Rows looked up at once: SQLite allows a limited number of bound values in one statement."""


class Operations(Base):
    """Everything that arrives from, or is judged about, the systems where work happens."""

    def put_facts(self, facts: Sequence[Fact], *, by: str, at: datetime) -> int:
        """Store the versions not yet held; returns how many were new. A fact's id is its content."""
        table, new = schema.facts, 0
        with self.write() as tx:
            for begin in range(0, len(facts), BATCH):
                batch = {f.id: f for f in facts[begin : begin + BATCH]}
                held = set(tx.execute(select(table.c.id).where(table.c.id.in_(batch))).scalars())
                rows = [_fact_row(f) for key, f in batch.items() if key not in held]
                if rows:
                    tx.execute(table.insert(), rows)
                new += len(rows)
            if new:
                systems = sorted({f.source.system for f in facts})
                self.audit(tx, at, by, "facts.put", ",".join(systems), {"new": new, "seen": len(facts)})
        return new

    def replace_fact_links(
        self, links: Iterable[tuple[str, str | None, str | None]], *, by: str, at: datetime
    ) -> None:
        """Set party and contract of facts (fact id, party, contract), after a person or a newly known
        contract settled whom they belong to. The record itself is untouched."""
        table = schema.facts
        with self.write() as tx:
            for fact_id, party, contract in links:
                body = tx.execute(select(table.c.body).where(table.c.id == fact_id)).scalar_one_or_none()
                if body is None:
                    raise NotFound("fact", fact_id)
                values = {
                    "party": party,
                    "contract": contract,
                    "body": {**body, "party": party, "contract": contract},
                }
                tx.execute(table.update().where(table.c.id == fact_id).values(**values))
            self.audit(tx, at, by, "facts.link", "facts", {})

    def facts(
        self,
        scope: Scope,
        *,
        parties: Sequence[str] | None = None,
        kinds: Sequence[str] | None = None,
        record: str | None = None,
        known_at: datetime | None = None,
    ) -> tuple[Fact, ...]:
        """Every version held, in order of occurrence; `record` is the source's own identifier or label."""
        table = schema.facts
        wanted = [scope.of_record(table.c.contract, table.c.party)]
        wanted += [table.c.party.in_(list(parties))] if parties is not None else []
        wanted += [table.c.kind.in_(list(kinds))] if kinds is not None else []
        wanted += [table.c.record == record] if record is not None else []
        wanted += [table.c.known_at <= schema.instant(known_at)] if known_at is not None else []
        query = select(table.c.body).where(and_(*wanted)).order_by(table.c.occurred_at, table.c.id)
        with self.read() as tx:
            return tuple(Fact.model_validate(body) for body in tx.execute(query).scalars())

    def count_facts(self, scope: Scope) -> dict[tuple[str, str], int]:
        """How many versions are held, by system and kind."""
        table = schema.facts
        query = (
            select(table.c.system, table.c.kind, func.count())
            .where(scope.of_record(table.c.contract, table.c.party))
            .group_by(table.c.system, table.c.kind)
        )
        with self.read() as tx:
            return {(row[0], row[1]): int(row[2]) for row in tx.execute(query)}

    def put_assessments(self, assessments: Sequence[Assessment], *, by: str, at: datetime) -> int:
        """Keep those whose outcome or figures changed since the newest held; returns how many did."""
        table, changed = schema.assessments, 0
        with self.write() as tx:
            for begin in range(0, len(assessments), BATCH):
                batch = assessments[begin : begin + BATCH]
                ids = [a.id for a in batch]
                rows = tx.execute(
                    select(table.c.id, table.c.as_of, table.c.body).where(table.c.id.in_(ids), table.c.newest)
                ).all()
                held = {row.id: row for row in rows}
                fresh = [a for a in batch if a.id not in held or _moved(held[a.id].body, a)]
                stale = [
                    (a.id, held[a.id].as_of)
                    for a in fresh
                    if a.id in held and held[a.id].as_of <= schema.instant(a.as_of)
                ]
                if stale:
                    tx.execute(
                        table.update()
                        .where(tuple_(table.c.id, table.c.as_of).in_(stale))
                        .values(newest=False)
                    )
                for a in fresh:
                    tx.execute(
                        table.delete().where(table.c.id == a.id, table.c.as_of == schema.instant(a.as_of))
                    )
                    newer = a.id in held and held[a.id].as_of > schema.instant(a.as_of)
                    tx.execute(table.insert().values(**_assessment_row(a, newest=not newer)))
                changed += len(fresh)
            if changed:
                self.audit(
                    tx, at, by, "assess", "assessments", {"judged": len(assessments), "changed": changed}
                )
        return changed

    def assessments(
        self,
        scope: Scope,
        *,
        contract: str | None = None,
        obligation: str | None = None,
        outcome: str | None = None,
        since: date | None = None,
    ) -> tuple[Assessment, ...]:
        """The newest assessment of each occurrence."""
        table = schema.assessments
        wanted = [table.c.newest, scope.of_contract(table.c.contract)]
        wanted += [table.c.contract == contract] if contract else []
        wanted += [table.c.obligation == obligation] if obligation else []
        wanted += [table.c.outcome == outcome] if outcome else []
        wanted += [table.c.counts_on >= since.isoformat()] if since else []
        query = (
            select(table.c.body)
            .where(and_(*wanted))
            .order_by(table.c.contract, table.c.counts_on, table.c.id)
        )
        with self.read() as tx:
            return tuple(Assessment.model_validate(body) for body in tx.execute(query).scalars())

    def assessment(self, assessment_id: str, scope: Scope) -> tuple[Assessment, ...]:
        """Every version of one assessment, newest first."""
        table = schema.assessments
        query = select(table.c.body).where(table.c.id == assessment_id, scope.of_contract(table.c.contract))
        with self.read() as tx:
            bodies = tx.execute(query.order_by(table.c.as_of.desc())).scalars().all()
        if not bodies:
            raise NotFound("assessment", assessment_id)
        return tuple(Assessment.model_validate(body) for body in bodies)

    def watermark(self, system: str, kind: str) -> str | None:
        table = schema.watermarks
        with self.read() as tx:
            return tx.execute(
                select(table.c.cursor).where(table.c.system == system, table.c.kind == kind)
            ).scalar_one_or_none()

    def set_watermark(
        self, system: str, kind: str, cursor: str | None, *, observed_from: date | None = None, at: datetime
    ) -> None:
        """Remember how far a stream was read; `observed_from` is kept when not given again."""
        table = schema.watermarks
        values: dict[str, Any] = {"cursor": cursor, "updated_at": schema.instant(at)}
        if observed_from is not None:
            values["observed_from"] = observed_from.isoformat()
        with self.write(quiet=True) as tx:
            done = tx.execute(
                table.update().where(table.c.system == system, table.c.kind == kind).values(**values)
            )
            if done.rowcount == 0:
                tx.execute(table.insert().values(system=system, kind=kind, **values))

    def watermarks(self) -> tuple[dict[str, Any], ...]:
        with self.read() as tx:
            rows = tx.execute(select(schema.watermarks).order_by(schema.watermarks.c.system)).mappings()
            return tuple(dict(row) for row in rows)

    def put_inbox(
        self, event_id: str, system: str, subject: str, body: dict[str, Any], *, at: datetime
    ) -> bool:
        """Take a verified event in; False when it was taken in before (a retry or a replay)."""
        table = schema.inbox
        with self.write(quiet=True) as tx:
            if tx.execute(select(table.c.event_id).where(table.c.event_id == event_id)).first():
                return False
            tx.execute(
                table.insert().values(
                    event_id=event_id,
                    system=system,
                    subject=subject,
                    state="pending",
                    body=body,
                    received_at=schema.instant(at),
                )
            )
            self.audit(tx, at, system, "event.received", subject, {"event": event_id})
        return True

    def inbox(self, state: str | None = None) -> tuple[dict[str, Any], ...]:
        table = schema.inbox
        query = select(table).order_by(table.c.received_at)
        if state is not None:
            query = query.where(table.c.state == state)
        with self.read() as tx:
            return tuple(dict(row) for row in tx.execute(query).mappings())

    def finish_inbox(self, event_id: str, *, error: str = "", at: datetime) -> None:
        """Mark an event done, or failed with its reason; a failed one can be taken up again."""
        values = {"state": "failed" if error else "done", "error": error, "finished_at": schema.instant(at)}
        with self.write(quiet=True) as tx:
            tx.execute(schema.inbox.update().where(schema.inbox.c.event_id == event_id).values(**values))

    def thread(self, thread_id: str, principal: Principal) -> dict[str, Any] | None:
        """State of a conversation; None for a new one; another principal's thread is not found."""
        table = schema.threads
        with self.read() as tx:
            row = tx.execute(select(table.c.principal, table.c.state).where(table.c.id == thread_id)).first()
        if row is None:
            return None
        if row.principal != principal.id:
            raise NotFound("thread", thread_id)
        return dict(row.state)

    def put_thread(
        self, thread_id: str, principal: Principal, state: dict[str, Any], *, at: datetime
    ) -> None:
        self.thread(thread_id, principal)
        values = {
            "id": thread_id,
            "principal": principal.id,
            "state": state,
            "updated_at": schema.instant(at),
        }
        with self.write(quiet=True) as tx:
            self.upsert(tx, schema.threads, "id", values)

    def put_answer(
        self, answer_id: str, thread: str | None, principal: Principal, body: dict[str, Any], *, at: datetime
    ) -> None:
        """Keep an answer with what it rested on, and say in the audit trail that it was given."""
        values = {
            "id": answer_id,
            "thread": thread,
            "principal": principal.id,
            "body": body,
            "answered_at": schema.instant(at),
        }
        with self.write(quiet=True) as tx:
            tx.execute(schema.answers.insert().values(**values))
            detail = {"question": str(body.get("question", ""))[:200], "outcome": body.get("outcome")}
            self.audit(tx, at, principal.id, "ask", answer_id, detail)

    def answers(self, principal: Principal, limit: int = 50) -> tuple[dict[str, Any], ...]:
        """The newest answers given to a caller, or to all of them where an administrator asks."""
        table = schema.answers
        query = (
            select(table.c.id, table.c.principal, table.c.answered_at, table.c.body)
            .order_by(table.c.answered_at.desc())
            .limit(limit)
        )
        if not principal.may("admin"):
            query = query.where(table.c.principal == principal.id)
        with self.read() as tx:
            return tuple(dict(row) for row in tx.execute(query).mappings())


def _fact_row(fact: Fact) -> dict[str, Any]:
    return {
        "id": fact.id,
        "system": fact.source.system,
        "record": fact.source.record,
        "kind": fact.kind,
        "party": fact.party,
        "party_hint": fact.party_hint,
        "contract": fact.contract,
        "occurred_at": schema.instant(fact.occurred_at),
        "known_at": schema.instant(fact.known_at),
        "body": schema.Encoded(fact.model_dump_json()),
    }


def _assessment_row(a: Assessment, *, newest: bool) -> dict[str, Any]:
    return {
        "id": a.id,
        "as_of": schema.instant(a.as_of),
        "obligation": a.obligation,
        "contract": a.contract,
        "kind": a.kind,
        "outcome": a.outcome.value,
        "counts_on": a.occurrence.counts_on.isoformat(),
        "body": a.model_dump(mode="json"),
        "newest": newest,
    }


def _moved(held: dict[str, Any], a: Assessment) -> bool:
    """Whether anything but the instant of judging differs."""
    return Assessment.model_validate(held).model_copy(update={"as_of": a.as_of, "known_at": a.known_at}) != a
