"""Contracts, their documents and what could not be read in them."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from api.auth import Caller, Product
from flows import hangs_on, passage, playbook
from flows.versions import Changes, latest
from obligations.document import Chunk
from obligations.model import Contract, Obligation

Start = Annotated[int, Query(ge=0, le=20_000_000, description="first character in the canonical text")]
End = Annotated[int, Query(ge=1, le=20_000_000, description="character after the last one")]
FirstOrNone = Annotated[int | None, Query(ge=0, le=20_000_000, description="first character of a passage")]
EndOrNone = Annotated[int | None, Query(ge=1, le=20_000_000, description="character after its last one")]
PageNumber = Annotated[int | None, Query(ge=1, le=2_000)]

router = APIRouter(prefix="/v1", tags=["contracts"])


@router.get("/contracts")
def contracts(caller: Caller, pacta: Product) -> list[Contract]:
    """Every contract in scope."""
    return list(pacta.worlds.of(caller.scope).contracts.values())


@router.get("/contracts/{contract_id}")
def contract(contract_id: str, caller: Caller, pacta: Product) -> Contract:
    """One contract."""
    return pacta.store.contract(contract_id, caller.scope)


@router.get("/contracts/{contract_id}/obligations")
def in_force(contract_id: str, caller: Caller, pacta: Product) -> list[Obligation]:
    """Approved obligations as they stand after amendments, schedules and SOWs."""
    pacta.store.contract(contract_id, caller.scope)
    world = pacta.worlds.of(caller.scope)
    return [o for o in world.obligations.values() if o.contract == contract_id]


@router.get("/contracts/{contract_id}/playbook")
def beside_playbook(contract_id: str, caller: Caller, pacta: Product) -> list[playbook.Compared]:
    """Every obligation of a contract beside the playbook, with both texts."""
    return list(playbook.of_contract(pacta, contract_id, caller.scope))


@router.get("/contracts/{contract_id}/changes")
def changes(contract_id: str, caller: Caller, pacta: Product) -> Changes:
    """What the newest version changed: promises added, changed and gone, with words and terms of both."""
    return latest(pacta, contract_id, caller.scope)


@router.get("/documents/{document_id}")
def document(document_id: str, caller: Caller, pacta: Product) -> dict[str, Any]:
    """The canonical text, pages and tables; every span counts in this text."""
    return pacta.store.document(document_id, caller.scope).model_dump(mode="json")


@router.get("/documents/{document_id}/chunks")
def chunks(document_id: str, caller: Caller, pacta: Product) -> list[Chunk]:
    """The document along its own numbering, with clause kinds."""
    return list(pacta.store.chunks(document_id, caller.scope))


@router.get("/documents/{document_id}/links")
def links(
    document_id: str, caller: Caller, pacta: Product, start: FirstOrNone = None, end: EndOrNone = None
) -> list[hangs_on.HangsOn]:
    """What each clause hangs on: its defined terms and the clauses it refers to, with number and words.

    `start` and `end` leave only what a passage of the text names.
    """
    place = None if start is None and end is None else (start or 0, end or 20_000_000)
    return list(hangs_on.of_document(pacta, document_id, caller.scope, place))


@router.get("/documents/{document_id}/original", response_class=Response)
def original(document_id: str, caller: Caller, pacta: Product) -> Response:
    """The file as it came, as a download."""
    name, data = pacta.store.original(document_id, caller.scope)
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._- ") else "_" for c in name)
    headers = {"Content-Disposition": f'attachment; filename="{plain}"', "X-Content-Type-Options": "nosniff"}
    return Response(data, media_type="application/octet-stream", headers=headers)


@router.get("/documents/{document_id}/passage")
def passage_boxes(
    document_id: str, caller: Caller, pacta: Product, start: Start, end: End
) -> list[dict[str, Any]]:
    """Where a passage of the text stands on the pages of a PDF: a box in points for each line."""
    return [asdict(box) for box in passage.boxes(pacta, document_id, caller.scope, (start, end))]


@router.get("/documents/{document_id}/passage.png", response_class=Response)
def passage_picture(
    document_id: str, caller: Caller, pacta: Product, start: Start, end: End, page: PageNumber = None
) -> Response:
    """The page of a PDF as a picture, with a passage of the text marked."""
    data = passage.picture(pacta, document_id, caller.scope, (start, end), page)
    return Response(data, media_type="image/png", headers={"X-Content-Type-Options": "nosniff"})


@router.get("/problems")
def problems(caller: Caller, pacta: Product, contract: str | None = None) -> list[dict[str, Any]]:
    """What could not be read, located or synced, with what to do."""
    return list(pacta.store.problems(caller.scope, contract))
