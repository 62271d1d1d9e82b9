"""From what a reader found to a Draft: span, basis, sides and confidence in one place."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from extraction.clauses import modality, narrowest
from extraction.confidence import modal_feature, scanned, score, tagged
from extraction.context import Context
from extraction.model import Draft
from extraction.quantities import Mention
from extraction.sentences import Sentence
from extraction.tables import Grid, Row
from obligations.document import Span
from obligations.terms import Terms


@dataclass
class Sketch:
    """A promise as a reader sees it, before its confidence is worked out."""

    terms: Terms
    span: Span
    key: str = ""
    debtor: str = ""
    creditor: str = ""
    basis: list[Span] = field(default_factory=list)
    features: list[str] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def draft(self, context: Context) -> Draft:
        features = [*self.features, *("assumed" for _ in self.assumed)]
        features += scanned(context.document, self.span.start)
        return Draft(
            kind=self.terms.kind,
            key=self.key,
            terms=self.terms,
            span=self.span,
            basis=tuple(dict.fromkeys(span for span in self.basis if span != self.span)),
            debtor_role=self.debtor,
            creditor_role=self.creditor or (context.roles.other(self.debtor) if self.debtor else ""),
            confidence=score(self.terms.kind, features),
            features=tuple(features),
            assumed=tuple(self.assumed),
            notes=tuple(dict.fromkeys(self.notes)),
        )


def from_sentence(context: Context, sentence: Sentence, terms: Terms, *places: Mention) -> Sketch:
    """A sketch of a promise in prose; `places` are the quantities and words that make it."""
    points = [index for place in places for index in (place.start, max(place.start, place.end - 1))]
    part = narrowest(sentence.text, *(points or [sentence.body]))
    at = places[0].start if places else sentence.body
    features = [modal_feature(modality(sentence.text, at)), *tagged(sentence, terms.kind)]
    notes = []
    for place in places:
        if place.conflict:
            features.append("conflict")
            notes.append(f"words and figures of {place.text!r} disagree; the words were taken")
    return Sketch(terms, context.span(sentence, part.start, part.end), features=features, notes=notes)


def from_row(context: Context, grid: Grid, row: Row, terms: Terms, *, certain: bool) -> Sketch:
    """A sketch of a promise in a table row; `certain` when the head names what the cell is."""
    return Sketch(terms, context.row_span(grid, row), features=["table" if certain else "heading_only"])


def basis_of_lead(context: Context, sentence: Sentence) -> Sequence[Span]:
    """The words that introduce a list item, as basis of what the item promises."""
    return (context.span(sentence.lead),) if sentence.lead is not None else ()
