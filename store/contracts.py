"""Parties, contracts, documents, chunks, obligations, problems."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, select

from obligations.document import Chunk, Document, Problem
from obligations.model import Contract, Obligation, Review
from obligations.versions import Revision, revisions
from store import schema
from store.access import Scope
from store.base import Base
from store.errors import Conflict, NotFound

SETTLED = (Review.APPROVED.value, Review.REJECTED.value)
CHANGED = "changed from the version before: "
"""How the note begins that tells what a new version of a contract did to a promise."""


class Contracts(Base):
    """Everything read from contracts."""

    def contracts(self, scope: Scope, *, parents: Collection[str] | None = None) -> tuple[Contract, ...]:
        """All in scope, by id; with `parents` only those that hang directly on one of them."""
        query = select(schema.contracts.c.body).where(scope.contracts()).order_by(schema.contracts.c.id)
        if parents is not None:
            query = query.where(schema.contracts.c.parent.in_(parents))
        with self.read() as tx:
            return tuple(Contract.model_validate(body) for body in tx.execute(query).scalars())

    def contract(self, contract_id: str, scope: Scope) -> Contract:
        query = select(schema.contracts.c.body).where(schema.contracts.c.id == contract_id, scope.contracts())
        with self.read() as tx:
            body = tx.execute(query).scalar_one_or_none()
        if body is None:
            raise NotFound("contract", contract_id)
        return Contract.model_validate(body)

    def put_contract(self, contract: Contract, *, by: str, at: datetime) -> None:
        """Metadata alone (a status change in the CLM, a corrected party)."""
        with self.write() as tx:
            self._put_contract(tx, contract, at)
            self.audit(tx, at, by, "contract.put", contract.id, {"title": contract.title})

    def _put_contract(self, tx: Connection, contract: Contract, at: datetime) -> None:
        values = {
            "id": contract.id,
            "parent": contract.parent,
            "counterparty": contract.counterparty,
            "business_unit": contract.business_unit,
            "document_id": contract.document_id,
            "body": contract.model_dump(mode="json"),
            "updated_at": schema.instant(at),
        }
        self.upsert(tx, schema.contracts, "id", values)

    def put_reading(
        self,
        contract: Contract,
        document: Document,
        original: bytes,
        read: "ReadContract",
        *,
        by: str,
        at: datetime,
    ) -> "ReadingChange":
        """Everything one ingestion found, in one transaction: all of it or none.

        A document of the same contract that was current before is kept but no longer current.
        Obligations found again in the same words with the same terms keep their review. Others are
        superseded; one that took the place of such a one names it and says what changed. What a person
        rejected stays rejected. The same document again changes nothing.
        """
        with self.write() as tx:
            self._put_contract(tx, contract, at)
            self._put_document(tx, contract, document, original, read.chunks, at)
            change = self._put_obligations(tx, contract.id, read.obligations, at)
            self._put_problems(tx, contract.id, document.id, read.problems, at)
            detail = {
                "document": document.id,
                "name": document.name,
                "chunks": len(read.chunks),
                "obligations": len(read.obligations),
                "problems": len(read.problems),
                **change.counts(),
            }
            self.audit(tx, at, by, "contract.ingest", contract.id, detail)
        return change

    def _put_document(
        self,
        tx: Connection,
        contract: Contract,
        document: Document,
        original: bytes,
        chunks: Sequence[Chunk],
        at: datetime,
    ) -> None:
        older = schema.documents.update().where(
            schema.documents.c.contract == contract.id, schema.documents.c.id != document.id
        )
        tx.execute(older.values(current=False))
        body = document.model_dump(mode="json", exclude={"text"})
        values = {
            "id": document.id,
            "contract": contract.id,
            "name": document.name,
            "text": document.text,
            "body": body,
            "original": original,
            "current": True,
            "ingested_at": schema.instant(at),
        }
        self.upsert(tx, schema.documents, "id", values)
        tx.execute(schema.chunks.delete().where(schema.chunks.c.document_id == document.id))
        rows = [
            {"id": c.id, "document_id": c.document_id, "start": c.start, "body": c.model_dump(mode="json")}
            for c in chunks
        ]
        if rows:
            tx.execute(schema.chunks.insert(), rows)

    def _put_obligations(
        self, tx: Connection, contract_id: str, found: Sequence[Obligation], at: datetime
    ) -> "ReadingChange":
        table = schema.obligations
        rows = tx.execute(select(table).where(table.c.contract == contract_id)).mappings()
        held = {row["id"]: Obligation.model_validate(row["body"]) for row in rows}
        current = {key: o for key, o in held.items() if o.review is not Review.SUPERSEDED}
        ids = {o.id for o in found}
        gone = [o for key, o in current.items() if key not in ids]
        came = [o for o in found if o.id not in current]
        changed = {revision.after.id: revision for revision in revisions(gone, came)}
        written: list[Obligation] = []
        for obligation in found:
            if (before := current.get(obligation.id)) is not None:
                written.append(_kept(obligation, before))
            else:
                written.append(_came(obligation, changed.get(obligation.id)))
            self.upsert(tx, table, "id", _obligation_row(written[-1], at))
        superseded = [o for o in gone if o.review is not Review.REJECTED]
        for o in superseded:
            body = {**o.model_dump(mode="json"), "review": Review.SUPERSEDED.value}
            tx.execute(
                table.update().where(table.c.id == o.id).values(review=Review.SUPERSEDED.value, body=body)
            )
        replaced = {revision.before.id for revision in changed.values()}
        return ReadingChange(
            obligations=tuple(written),
            added=tuple(o.id for o in came),
            kept=tuple(o.id for o in found if o.id in current),
            superseded=tuple(o.id for o in superseded),
            changed=tuple(changed.values()),
            gone=tuple(o for o in superseded if o.id not in replaced),
        )

    def _put_problems(
        self,
        tx: Connection,
        contract_id: str | None,
        document_id: str | None,
        found: Sequence[Problem],
        at: datetime,
    ) -> None:
        if document_id is not None:
            tx.execute(schema.problems.delete().where(schema.problems.c.document_id == document_id))
        for problem in found:
            body = problem.model_dump(mode="json")
            digest = hashlib.blake2b(
                repr((contract_id, document_id, body)).encode(), digest_size=12
            ).hexdigest()
            values = {
                "id": digest,
                "contract": contract_id,
                "document_id": document_id,
                "stage": problem.stage,
                "body": body,
                "found_at": schema.instant(at),
                "resolved_at": None,
            }
            self.upsert(tx, schema.problems, "id", values)

    def put_problems(self, found: Sequence[Problem], *, contract: str | None = None, at: datetime) -> None:
        """Problems outside an ingestion: a sync, a webhook, a file that could not be read at all."""
        if found:
            with self.write() as tx:
                self._put_problems(tx, contract, None, found, at)

    def problems(self, scope: Scope, contract: str | None = None) -> tuple[dict[str, Any], ...]:
        """Open problems, newest first; those tied to no contract only for unlimited callers."""
        table = schema.problems
        query = select(table.c.contract, table.c.found_at, table.c.body).where(table.c.resolved_at.is_(None))
        query = query.where(scope.of_contract(table.c.contract)).order_by(table.c.found_at.desc(), table.c.id)
        if contract is not None:
            query = query.where(table.c.contract == contract)
        with self.read() as tx:
            return tuple(
                {"contract": r["contract"], "found_at": r["found_at"], **r["body"]}
                for r in tx.execute(query).mappings()
            )

    def document(self, document_id: str, scope: Scope) -> Document:
        query = select(schema.documents.c.body, schema.documents.c.text).where(
            schema.documents.c.id == document_id, scope.of_contract(schema.documents.c.contract)
        )
        with self.read() as tx:
            row = tx.execute(query).first()
        if row is None:
            raise NotFound("document", document_id)
        return Document.model_validate({**row.body, "text": row.text})

    def documents(self, scope: Scope, *, contract: str | None = None) -> tuple[dict[str, Any], ...]:
        """Current documents: id, contract, name, when they came."""
        table = schema.documents
        query = select(table.c.id, table.c.contract, table.c.name, table.c.ingested_at)
        query = query.where(table.c.current, scope.of_contract(table.c.contract)).order_by(table.c.contract)
        if contract is not None:
            query = query.where(table.c.contract == contract)
        with self.read() as tx:
            return tuple(dict(row) for row in tx.execute(query).mappings())

    def document_before(self, contract_id: str, scope: Scope) -> str | None:
        """The id of the newest document of a contract that is no longer current."""
        table = schema.documents
        query = select(table.c.id).where(table.c.contract == contract_id, table.c.current.is_(False))
        query = query.where(scope.of_contract(table.c.contract)).order_by(table.c.ingested_at.desc()).limit(1)
        with self.read() as tx:
            return tx.execute(query).scalar_one_or_none()

    def original(self, document_id: str, scope: Scope) -> tuple[str, bytes]:
        """The file as it came: name and bytes."""
        query = select(schema.documents.c.name, schema.documents.c.original).where(
            schema.documents.c.id == document_id, scope.of_contract(schema.documents.c.contract)
        )
        with self.read() as tx:
            row = tx.execute(query).first()
        if row is None:
            raise NotFound("document", document_id)
        return row.name, bytes(row.original or b"")

    def chunks(self, document_id: str, scope: Scope) -> tuple[Chunk, ...]:
        self.document(document_id, scope)
        query = select(schema.chunks.c.body).where(schema.chunks.c.document_id == document_id)
        with self.read() as tx:
            return tuple(
                Chunk.model_validate(body)
                for body in tx.execute(query.order_by(schema.chunks.c.start)).scalars()
            )

    def obligations(
        self,
        scope: Scope,
        *,
        contract: str | None = None,
        kind: str | None = None,
        review: Review | None = None,
    ) -> tuple[Obligation, ...]:
        """As read, each from its own document; amendments are merged by the core's cascade."""
        table = schema.obligations
        wanted = [scope.of_contract(table.c.contract)]
        wanted += [table.c.contract == contract] if contract is not None else []
        wanted += [table.c.kind == kind] if kind is not None else []
        wanted += [table.c.review == review.value] if review is not None else []
        query = (
            select(table.c.body)
            .where(and_(*wanted))
            .order_by(table.c.contract, table.c.kind, table.c.key, table.c.id)
        )
        with self.read() as tx:
            return tuple(Obligation.model_validate(body) for body in tx.execute(query).scalars())

    def obligation(self, obligation_id: str, scope: Scope) -> Obligation:
        """One obligation as read, whatever its review."""
        table = schema.obligations
        query = select(table.c.body).where(table.c.id == obligation_id, scope.of_contract(table.c.contract))
        with self.read() as tx:
            body = tx.execute(query).scalar_one_or_none()
        if body is None:
            raise NotFound("obligation", obligation_id)
        return Obligation.model_validate(body)

    def set_review(
        self, obligation_id: str, review: Review, scope: Scope, *, by: str, at: datetime
    ) -> Obligation:
        """Approve or reject a proposed obligation, or reopen one for another look."""
        table = schema.obligations
        with self.write() as tx:
            row = tx.execute(
                select(table.c.body).where(table.c.id == obligation_id, scope.of_contract(table.c.contract))
            ).scalar_one_or_none()
            if row is None:
                raise NotFound("obligation", obligation_id)
            held = Obligation.model_validate(row)
            if held.review is Review.SUPERSEDED:
                raise Conflict(
                    f"obligation {obligation_id} was superseded", remedy="review the one that replaced it"
                )
            changed = held.model_copy(update={"review": review})
            values = {**_obligation_row(changed, at), "reviewed_by": by}
            tx.execute(table.update().where(table.c.id == obligation_id).values(**values))
            self.audit(tx, at, by, f"obligation.{review.value}", obligation_id, {"contract": held.contract})
        return changed


def _kept(obligation: Obligation, before: Obligation) -> Obligation:
    """A promise found again: with the review that a person or the policy gave it, and its history."""
    told = tuple(note for note in before.notes if note.startswith(CHANGED) and note not in obligation.notes)
    review = before.review if before.review.value in SETTLED else obligation.review
    history = {"since": before.since, "replaces": before.replaces, "notes": (*obligation.notes, *told)}
    return obligation.model_copy(update={"review": review, **history})


def _came(obligation: Obligation, revision: Revision | None) -> Obligation:
    """A promise not found before. One in the place of a promise that a person rejected waits for a person."""
    since = obligation.terms[-1].span.document_id
    if revision is None:
        return obligation.model_copy(update={"since": since})
    rejected = revision.before.review is Review.REJECTED
    history = {
        "since": since,
        "replaces": revision.before.id,
        "notes": (*obligation.notes, f"{CHANGED}{revision.says}"),
        "review": Review.PROPOSED if rejected else obligation.review,
    }
    return obligation.model_copy(update=history)


def _obligation_row(obligation: Obligation, at: datetime) -> dict[str, Any]:
    return {
        "id": obligation.id,
        "contract": obligation.contract,
        "kind": obligation.kind,
        "key": obligation.key,
        "review": obligation.review.value,
        "body": obligation.model_dump(mode="json"),
        "updated_at": schema.instant(at),
    }


class ReadContract:
    """What one reading of one document found."""

    def __init__(
        self, chunks: Sequence[Chunk], obligations: Sequence[Obligation], problems: Sequence[Problem] = ()
    ) -> None:
        self.chunks, self.obligations, self.problems = tuple(chunks), tuple(obligations), tuple(problems)


@dataclass(frozen=True)
class ReadingChange:
    """What a reading changed, by obligation id: `added` came, `kept` were found again in the same words, and
    `superseded` were found no longer.

    `changed` are the added ones that took the place of a superseded one, each with it; `gone` are those that
    nothing took the place of. `obligations` are all that the document states, as they are held now.
    """

    obligations: tuple[Obligation, ...] = ()
    added: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    superseded: tuple[str, ...] = ()
    changed: tuple[Revision, ...] = ()
    gone: tuple[Obligation, ...] = ()

    def counts(self) -> dict[str, int]:
        names = ("added", "kept", "superseded", "changed", "gone")
        return {name: len(getattr(self, name)) for name in names}
