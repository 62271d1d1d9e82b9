"""What the newest version of a contract changed, as a reading tells it at once and as it is told later.

Later it is told from what is held: a promise knows in which document its words came up and which promise it
took the place of; a superseded one points into the document that stated it last.
"""

from typing import TYPE_CHECKING

from obligations.model import Contract, Obligation, Review
from obligations.quantities import Frozen
from obligations.terms.words import in_words
from obligations.versions import Revision, TermChange
from store import ReadingChange, Scope

if TYPE_CHECKING:
    from flows.wiring import Pacta


class Side(Frozen):
    """A promise in one version: its words and its terms, both as a person reads them."""

    id: str
    words: str
    terms: str
    section: str = ""
    page: int | None = None

    @classmethod
    def of(cls, o: Obligation) -> "Side":
        dated = o.terms[-1]
        return cls(
            id=o.id,
            words=" ".join(dated.span.quote.split()),
            terms=in_words(dated.terms),
            section=dated.span.section,
            page=dated.span.page,
        )


class Changed(Frozen):
    """One promise before and after. `before` alone: it is gone; `after` alone: it is new."""

    kind: str
    key: str = ""
    before: Side | None = None
    after: Side | None = None
    terms: tuple[TermChange, ...] = ()


class Changes(Frozen):
    """`kept` counts the promises in the same words with the same terms, whose reviews hold."""

    kept: int
    added: tuple[Changed, ...] = ()
    changed: tuple[Changed, ...] = ()
    gone: tuple[Changed, ...] = ()


def changes(change: ReadingChange) -> Changes:
    """What one reading changed."""
    replaced = {revision.after.id for revision in change.changed}
    came = set(change.added) - replaced
    return Changes(
        kept=len(change.kept),
        added=tuple(_came(o) for o in change.obligations if o.id in came),
        changed=tuple(_changed(revision) for revision in change.changed),
        gone=tuple(_gone(o) for o in change.gone),
    )


def latest(pacta: "Pacta", contract_id: str, scope: Scope) -> Changes:
    """What the newest version of a contract changed against the one before. Raises NotFound."""
    contract = pacta.store.contract(contract_id, scope)
    held = {o.id: o for o in pacta.store.obligations(scope, contract=contract_id)}
    now = [o for o in held.values() if o.review is not Review.SUPERSEDED and _stands(o, contract)]
    came = [o for o in now if o.since == contract.document_id]
    pairs = [(held.get(o.replaces), o) for o in came]
    changed = [Revision(before=before, after=after) for before, after in pairs if before is not None]
    before = pacta.store.document_before(contract_id, scope)
    replaced = {o.replaces for o in held.values()}
    return Changes(
        kept=len(now) - len(came),
        added=tuple(_came(o) for before, o in pairs if before is None),
        changed=tuple(_changed(revision) for revision in changed),
        gone=tuple(
            _gone(o)
            for o in held.values()
            if o.review is Review.SUPERSEDED and o.id not in replaced and _last_in(o) == before
        ),
    )


def _stands(o: Obligation, contract: Contract) -> bool:
    return _last_in(o) == contract.document_id


def _last_in(o: Obligation) -> str:
    """The document that stated a promise last."""
    return o.terms[-1].span.document_id


def _changed(revision: Revision) -> Changed:
    before, after = Side.of(revision.before), Side.of(revision.after)
    kind, key = revision.after.kind, revision.after.key
    return Changed(kind=kind, key=key, before=before, after=after, terms=revision.terms)


def _came(o: Obligation) -> Changed:
    return Changed(kind=o.kind, key=o.key, after=Side.of(o))


def _gone(o: Obligation) -> Changed:
    return Changed(kind=o.kind, key=o.key, before=Side.of(o))
