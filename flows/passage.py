"""A passage of a contract shown on the page of its original file."""

from typing import TYPE_CHECKING

from store import Scope

if TYPE_CHECKING:
    from flows.wiring import Pacta
    from retrieval.boxes import Box

LONGEST = 20_000
"""Characters of the longest passage that is looked for."""


def boxes(pacta: "Pacta", document_id: str, scope: Scope, place: tuple[int, int]) -> "tuple[Box, ...]":
    """Where `place`, start and end in the canonical text, stands on the pages: one box for each line.

    Raises NotFound outside the scope, NotOnPage where nothing can be shown, Unsupported for other files
    than PDF.
    """
    from retrieval.boxes import boxes as find
    from retrieval.errors import NotOnPage

    document = pacta.store.document(document_id, scope)
    start, end = place
    if not 0 <= start < end <= len(document.text) or end - start > LONGEST:
        raise NotOnPage(
            f"{document.name} has no passage from {start:,} to {end:,}: its text has {len(document.text):,} "
            f"characters, and a passage {LONGEST:,} at most"
        )
    _, data = pacta.store.original(document_id, scope)
    found = find(data, document, start, end)
    if not found:
        raise NotOnPage(f"{document.name}: the words from {start:,} to {end:,} are not found on its pages")
    return found


def picture(
    pacta: "Pacta", document_id: str, scope: Scope, place: tuple[int, int], page: int | None = None
) -> bytes:
    """The page as PNG with the passage marked; `page` is the passage's first one where None.

    Raises as `boxes` does.
    """
    from retrieval.boxes import picture as draw

    found = boxes(pacta, document_id, scope, place)
    document = pacta.store.document(document_id, scope)
    _, data = pacta.store.original(document_id, scope)
    return draw(data, document, page or found[0].page, found)
