"""Extraction: the promises read in the corpus's contracts against those labelled in them by hand."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from evals.labels import ANNOTATIONS, Labelled, load_labels, place
from evals.promises import CORE_TERMS, Promise, of_obligation, of_terms
from evals.score import Metric, exact_f1, f1, precision, recall, terms_exact
from evals.scorers.extraction import Read, Reading, listed, promises, usable
from evals.task import Task
from extraction.readers import READERS

if TYPE_CHECKING:
    from agent.model import ChatModel
    from agent.prompts import Prompt
    from flows.wiring import Pacta
    from obligations.document import Document


class LabelledDocument(Labelled):
    """A document of the corpus as a sample; its groups are the kinds of its promises."""

    group = "all"

    @property
    def id(self) -> str:
        return self.document

    @property
    def title(self) -> str:
        return self.document

    @property
    def expected(self) -> str:
        return f"{len(self.entries)} labelled promises"


Reader = Callable[["Pacta", "Document"], Reading]
"""Reads a stored document; may raise a PactaError, and nothing of that document counts as read then."""


def task(
    reader: Reader | None = None, engine: str = "embedded", kinds: Iterable[str] = ()
) -> Task[LabelledDocument, Read]:
    """The eval of what `reader` reads; without one, of what the product has read and holds.

    Labels of `kinds` count; by default of those that the embedded reader can give. A kind that is never
    labelled does not count, read or not.
    """
    read = reader or read_by_product
    kinds = frozenset(kinds or READERS) & CORE_TERMS.keys()
    return Task(
        name="extraction",
        about="promises read in contracts against hand labels: matched, with exact core terms",
        cases=(ANNOTATIONS,),
        samples=lambda pacta: [LabelledDocument(x.document, x.entries) for x in load_labels()],
        solve=lambda pacta, sample: read_document(pacta, sample, read, kinds),
        scorers=(lambda sample, output: promises(output), lambda sample, output: usable(output)),
        metrics=(
            Metric("precision", "promises", precision),
            Metric("recall", "promises", recall),
            Metric("f1", "promises", f1),
            Metric("terms_exact", "promises", terms_exact),
            Metric("exact_f1", "promises", exact_f1),
            Metric("usable"),
        ),
        show=lambda output: f"{len(output.reading.promises)} promises read",
        items=lambda sample, output: listed(output),
        engine=engine,
    )


def read_document(
    pacta: "Pacta", sample: LabelledDocument, reader: Reader, kinds: frozenset[str] = frozenset(READERS)
) -> Read:
    """One document's labels beside what is read in it. A document that is not there has nothing read."""
    from obligations.errors import PactaError

    document = stored(pacta, sample.document)
    placed = place(sample, document.text if document else "", _locate)
    try:
        if document is None:
            reading, problem = Reading(), f"{sample.document} has not been ingested"
        else:
            reading, problem = reader(pacta, document), ""
    except PactaError as error:
        reading, problem = Reading(), f"could not be read: {error}"
    return Read(sample.document, _of(placed.labels, kinds), reading, kinds, _of(placed.lost, kinds), problem)


def _of(labels: Sequence[Promise], kinds: frozenset[str]) -> tuple[Promise, ...]:
    """The labels of kinds that a reader can give."""
    return tuple(label for label in labels if label.kind in kinds)


def stored(pacta: "Pacta", name: str) -> "Document | None":
    """The stored document of a file name."""
    from store import LOCAL

    for contract in pacta.worlds.of(LOCAL.scope).contracts.values():
        if contract.document_name == name and contract.document_id is not None:
            return pacta.store.document(contract.document_id, LOCAL.scope)
    return None


def read_by_product(pacta: "Pacta", document: "Document") -> Reading:
    """What was read when the document was ingested, whether it is approved or waits for review."""
    from store import LOCAL

    held = pacta.worlds.of(LOCAL.scope).read.values()
    mine = [o for o in held if any(dated.span.document_id == document.id for dated in o.terms)]
    return Reading(tuple(promise for obligation in mine for promise in of_obligation(obligation)))


def read_by_model(model: "ChatModel", prompt: "Prompt") -> Reader:
    """A reader that asks a model with a prompt and keeps what can be located in the document."""

    def read(pacta: "Pacta", document: "Document") -> Reading:
        from agent.extract import extract, ground
        from retrieval.locate import locate
        from store import LOCAL

        chunks = pacta.store.chunks(document.id, LOCAL.scope)
        extracted = extract(chunks, model, prompt, examples=pacta.examples)
        grounded, lost = ground(extracted.drafts, chunks, locate)
        promises = [p for draft, span in grounded for p in of_terms(draft.terms, span)]
        return Reading(tuple(promises), (*extracted.problems, *lost), len(grounded))

    return read


def _locate(quote: str, text: str) -> tuple[int, int] | None:
    if not text:
        return None
    from retrieval.locate import locate

    found = locate(quote, text)
    return None if found is None else (found.start, found.end)
