"""What Ironclad's endpoints have in common: reading a request strictly, listing, filtering, paging."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from sandbox import answers, faults, formula
from sandbox.errors import QuerySyntax, Refusal
from sandbox.ironclad.records import Json

EVENTS = (
    "*", "workflow_launched", "workflow_updated", "workflow_cancelled", "workflow_completed",
    "workflow_approval_status_changed", "workflow_attribute_updated", "workflow_comment_added",
    "workflow_comment_removed", "workflow_comment_updated", "workflow_comment_reaction_added",
    "workflow_comment_reaction_removed", "workflow_counterparty_invite_sent",
    "workflow_counterparty_invite_revoked", "workflow_documents_added", "workflow_documents_removed",
    "workflow_documents_updated", "workflow_documents_renamed", "workflow_document_edited",
    "workflow_changed_turn", "workflow_paused", "workflow_resumed", "workflow_signature_packet_cancelled",
    "workflow_signature_packet_document_moved", "workflow_signature_packet_fully_signed",
    "workflow_signature_packet_sent", "workflow_signature_packet_signatures_collected",
    "workflow_signature_packet_signer_first_viewed", "workflow_signature_packet_signer_viewed",
    "workflow_signature_packet_uploaded", "workflow_signer_added", "workflow_signer_removed",
    "workflow_signer_reassigned", "workflow_step_updated", "workflow_roles_assigned",
    "record_contract_status_changed",
)  # fmt: skip
TYPES = (
    "string", "number", "boolean", "date", "duration", "email", "monetary_amount", "address", "array",
    "reference", "clause",
)  # fmt: skip


def oauth_error(status: int, error: str, description: str) -> Response:
    """What the token endpoint answers: `{"error", "error_description"}`."""
    return JSONResponse({"error": error, "error_description": description}, status)


async def json_body(request: Request) -> Json:
    """The body as a JSON object; anything else is refused."""
    try:
        given = json.loads(await request.body())
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise Refusal(answers.ironclad(400, "INVALID_BODY", "the body must be a JSON object"))
    return given


def property_of(held: Json, name: str) -> Any:
    """A property's value, or a text field of the record itself; None where there is neither."""
    if name in held["properties"]:
        return held["properties"][name].get("value")
    value = held.get(name)
    return value if isinstance(value, str) else None


def matching(held: Sequence[Json], text: str | None, now: datetime) -> list[Json]:
    """Those that a filter formula lets through."""
    if not text:
        return list(held)
    try:
        test = formula.parse(text, now)
    except QuerySyntax as error:
        raise Refusal(answers.ironclad(400, "INVALID_PARAM", str(error), "filter")) from error
    return [one for one in held if test(lambda name: property_of(one, name))]  # noqa: B023 - used at once


def ordered(held: list[Json], field: str, direction: str) -> list[Json]:
    descending = one_of(direction, ("ASC", "DESC")) == "DESC"
    return sorted(held, key=lambda one: (str(property_of(one, field) or ""), one["id"]), reverse=descending)


def paged(request: Request, held: Sequence[Any], show: Callable[[Any], Json]) -> Response:
    """A page of a list. An Ironclad list is asked for by page number, so a loop is page 0 for ever."""
    kind = faults.kind_of(request)
    page = whole_number(request.query_params.get("page"), 0, 0, 100_000_000, "page")
    size = whole_number(request.query_params.get("pageSize"), 20, 1, 100, "pageSize")
    held = faults.reorder(held, kind)
    start = 0 if kind == "loop" else page * size
    count = len(held) * 1000 if kind == "loop" else len(held)
    chosen = faults.repeat(held[start : start + size], kind)
    return JSONResponse(
        {"page": page, "pageSize": size, "count": count, "list": [show(one) for one in chosen]}
    )


def whole_number(text: str | None, default: int, least: int, most: int, name: str) -> int:
    if text is None:
        return default
    if not text.isdigit() or not least <= int(text) <= most:
        message = f"{name} must be a whole number from {least} to {most}"
        raise Refusal(answers.ironclad(400, "INVALID_PARAM", message, name))
    return int(text)


def instant(text: str, name: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        message = f"{name} must be an ISO 8601 instant with its zone"
        raise Refusal(answers.ironclad(400, "INVALID_PARAM", message, name))
    return at


def one_of(value: Any, choices: Sequence[str]) -> str:
    if value not in choices:
        message = f"{value!r} is not one of {', '.join(choices)}"
        raise Refusal(answers.ironclad(400, "INVALID_PARAM", message))
    return str(value)


def events(events: Any) -> list[str]:
    """A webhook's list of events, of which every one must exist."""
    if not isinstance(events, list) or not events or any(event not in EVENTS for event in events):
        message = f"invalid event type; {', '.join(EVENTS)} are acceptable event types"
        raise Refusal(answers.ironclad(400, "INVALID_PARAM", message, "events"))
    return [str(event) for event in events]


def named_types(keys: Any) -> list[str]:
    """An obligation has exactly one type; its id is made from the key, as a tenant's would stand fixed."""
    if not isinstance(keys, list) or len(keys) != 1 or not isinstance(keys[0], str):
        message = "obligationTypeKey must be a list of exactly one key"
        raise Refusal(answers.ironclad(400, "INVALID_PARAM", message, "obligationTypeKey"))
    return [str(uuid5(NAMESPACE_URL, f"https://tessaly.example/obligation-types/{keys[0]}"))]


def linked(change: Json, name: str) -> list[str]:
    """The record ids of a list of `{"recordId": …}`."""
    links = change.get(name, [])
    if not isinstance(links, list) or not all(isinstance(k, dict) and k.get("recordId") for k in links):
        raise Refusal(answers.ironclad(400, "INVALID_PARAM", f"{name} needs recordId", name))
    return [str(link["recordId"]) for link in links]


def change_properties(held: Json, change: Json) -> None:
    """Apply `addProperties` and `removeProperties`; a property needs a known type and a value."""
    added, removed = change.get("addProperties", {}), change.get("removeProperties", [])
    if not isinstance(added, dict) or not isinstance(removed, list):
        message = "addProperties must be an object, removeProperties a list"
        raise Refusal(answers.ironclad(400, "INVALID_PARAM", message, "properties"))
    for name, value in added.items():
        if not isinstance(value, dict) or value.get("type") not in TYPES or "value" not in value:
            message = f"{name} needs a type ({', '.join(TYPES)}) and a value"
            raise Refusal(answers.ironclad(400, "INVALID_PARAM", message, f"properties.{name}"))
        if not _fits(value["type"], value["value"]):
            message = f"{name} is no {value['type']}"
            raise Refusal(answers.ironclad(400, "INVALID_PARAM", message, f"properties.{name}"))
        if value["type"] == "date":
            instant(str(value["value"]), f"properties.{name}")
    held["properties"] = {k: v for k, v in {**held["properties"], **added}.items() if k not in removed}


def _fits(kind: str, value: Any) -> bool:
    """Is a value of the shape that its type asks for?"""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind == "monetary_amount":
        amount = value.get("amount") if isinstance(value, dict) else None
        whole = isinstance(amount, int | float) and not isinstance(amount, bool)
        return whole and isinstance(value.get("currency"), str)
    shapes = {"number": number, "boolean": isinstance(value, bool), "string": isinstance(value, str)}
    return shapes.get(kind, True)
