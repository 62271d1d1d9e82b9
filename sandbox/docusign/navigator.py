"""Navigator (Agreement Manager): what was extracted from the agreements, as a list and one by one.

`limit` and `ctoken` page through; `$filter` (OData) or basic conditions (`status=…`, `…[gte]=…`) narrow down.
"""

import base64
import binascii
import re
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from sandbox import faults, oauth, odata4
from sandbox.docusign.accounts import Desk
from sandbox.docusign.clm import Clm
from sandbox.docusign.shapes import media
from sandbox.docusign.text import Json, problem, stamp
from sandbox.docusign.world import ACCOUNT, Document, number
from sandbox.errors import QuerySyntax, Refusal
from sandbox.world.records import ContractRecord

READ = "adm_store_unified_repo_read"
STORE = "/services/document-public-dms"
"""The host of the documents that agreements link to."""
PAGE, LARGEST = 25, 50
KINDS: Mapping[str, tuple[str, str]] = {
    "msa": ("Msa", "BusinessServices"),
    "sla": ("ServiceLevelAgreement", "BusinessServices"),
    "amendment": ("Amendment", "BusinessServices"),
    "sow": ("Sow", "BusinessServices"),
    "nda": ("Nda", "Confidentiality"),
}
# What can be asked for, and its type; paths are those of an agreement's properties.
FIELDS: Mapping[str, str] = {
    "id": "String",
    "document_id": "String",
    "title": "String",
    "file_name": "String",
    "type": "String",
    "status": "String",
    "review_status": "String",
    "review_completed_at": "DateTimeOffset",
    "parties.name_in_agreement": "String",
    "metadata.created_at": "DateTimeOffset",
    "metadata.modified_at": "DateTimeOffset",
    "related_agreement_documents.parent_agreement_document_id": "String",
    "languages": "String",
    "provisions.effective_date": "DateTimeOffset",
    "provisions.expiration_date": "DateTimeOffset",
    "provisions.execution_date": "DateTimeOffset",
    "provisions.total_agreement_value": "Decimal",
    "provisions.term_length": "String",
    "source_name": "String",
    "source_id": "String",
}
Rows = list[tuple[Json, dict[str, odata4.Value]]]
_BASIC = re.compile(r"(?P<name>[\w.]+)(?:\[(?P<operator>gte|ge|gt|lte|le|lt|ne|eq)\])?")
_SAME = {"gte": "ge", "lte": "le", "": "eq"}


class Navigator:
    def __init__(self, clm: Clm, desk: Desk) -> None:
        self.clm, self.desk = clm, desk
        self.deleted: set[str] = set()

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/docusign")
        at = "/api/v1/accounts/{account}/agreements"
        router.add_api_route(at, self.listed, methods=["GET"])
        router.add_api_route(f"{at}/{{id}}", self.one, methods=["GET"])
        router.add_api_route(f"{at}/{{id}}", self.delete, methods=["DELETE"])
        router.add_api_route(f"{STORE}/v1/accounts/{{account}}/documents/{{id}}", self.bytes, methods=["GET"])
        return router

    @property
    def now(self) -> datetime:
        return self.clm.sandbox.now

    def _enter(self, request: Request) -> None:
        session = self.desk.session(oauth.bearer(request))
        if session is None:
            raise Refusal(Response("Unauthorized", 401, media_type="text/plain"))
        if READ not in session.scopes:
            raise Refusal(problem(403, f"the token lacks the scope {READ}", self.now))
        if request.path_params["account"] != ACCOUNT:
            raise Refusal(problem(404, "there is no such account", self.now))

    def agreements(self, request: Request) -> Rows:
        """Every agreement there is now, and what can be asked for in it; in order of their ids."""
        base = f"{str(request.base_url).rstrip('/')}/docusign{STORE}/v1/accounts/{ACCOUNT}/documents"
        found: Rows = []
        for told in self.clm.sandbox.world.contracts:
            document = self.clm.account.of_contract(told.ironclad)
            hidden = told.ironclad in self.clm.held_back
            if document is None or hidden or document.writes[0].at + LATER > self.now:
                continue
            if number("agreement", told.ironclad) not in self.deleted:
                link = {"document": {"href": f"{base}/{document.id}"}}
                shown = {**self._shown(told, document), "_links": link}
                found.append((shown, flat(shown)))
        return sorted(found, key=lambda pair: str(pair[0]["id"]))

    # -- routes -----------------------------------------------------------------------------------------

    async def listed(self, request: Request) -> Response:
        began = time.monotonic()
        self._enter(request)
        query, fault = request.query_params, faults.kind_of(request)
        try:
            rows = self._found(self.agreements(request), query.multi_items())
            limit, at = _limit(query.get("limit")), _place(query.get("ctoken"))
        except QuerySyntax as error:
            return problem(400, str(error), self.now)
        shown = faults.reorder([agreement for agreement, _ in rows], fault)
        at = 0 if fault == "loop" else at
        page = faults.repeat(shown[at : at + limit], fault)
        kept = {name: value for name, value in query.items() if name != "ctoken"}
        here = str(request.url).split("?")[0]
        links: Json = {
            "self": {"href": f"{here}?{urlencode(dict(query))}"},
            "first": {"href": f"{here}?{urlencode(kept)}"},
        }
        if fault == "loop" or at + limit < len(shown):
            token = _token(at if fault == "loop" else at + limit)
            links["next"] = {"href": f"{here}?{urlencode({**kept, 'ctoken': token})}"}
        return JSONResponse({"data": page, "response_metadata": self._about(began, limit), "_links": links})

    async def one(self, request: Request) -> Response:
        self._enter(request)
        for agreement, _ in self.agreements(request):
            if agreement["id"] == request.path_params["id"]:
                return JSONResponse(agreement)
        return problem(404, "there is no such agreement", self.now)

    async def delete(self, request: Request) -> Response:
        self._enter(request)
        if request.path_params["id"] not in [agreement["id"] for agreement, _ in self.agreements(request)]:
            return problem(404, "there is no such agreement", self.now)
        self.deleted.add(request.path_params["id"])
        return Response(status_code=204)

    async def bytes(self, request: Request) -> Response:
        """The document that an agreement was read from."""
        self._enter(request)
        for agreement, _ in self.agreements(request):
            if agreement["document_id"] == request.path_params["id"]:
                document = self.clm.document(str(agreement["document_id"]))
                return Response(document.bytes(), media_type=media(document.name(self.now)))
        return problem(404, "there is no such document", self.now)

    def _about(self, began: float, limit: int) -> Json:
        return {
            "page_limit": limit,
            "request_id": str(uuid4()),
            "response_timestamp": stamp(self.now),
            "response_duration_ms": int((time.monotonic() - began) * 1000),
        }

    def _found(self, rows: Rows, asked: list[tuple[str, str]]) -> Rows:
        given = dict(asked)
        slashed = {name.replace(".", "/"): kind for name, kind in FIELDS.items()}
        if "$filter" in given:
            test = odata4.parse_filter(given["$filter"], {**FIELDS, **slashed})
            rows = [row for row in rows if test(row[1])]
        for name, value in asked:
            if name not in ("limit", "ctoken", "sort", "direction", "$filter"):
                rows = [row for row in rows if _basic(name, value, row[1])]
        if "sort" in given:
            way = given.get("direction", "asc")
            if given["sort"] not in FIELDS or way not in ("asc", "desc"):
                raise QuerySyntax(f"{given['sort']} {way} is no order of agreements")
            places = {id(row[1]): row for row in rows}
            order = odata4.ordered([row[1] for row in rows], [(given["sort"], way == "desc")])
            rows = [places[id(one)] for one in order]
        return rows

    # -- an agreement -------------------------------------------------------------------------------------

    def _shown(self, told: ContractRecord, document: Document) -> Json:
        world = self.clm.sandbox.world
        kind, category = KINDS.get(told.type, ("ServicesAgreement", "BusinessServices"))
        made, changed = document.writes[0], document.touched(self.now)
        reviewed = made.at + timedelta(days=1)
        ended = told.expires_on is not None and told.expires_on < self.now.date()
        shown: Json = {
            "id": number("agreement", told.ironclad),
            "title": told.title,
            "file_name": document.name(self.now),
            "document_id": document.id,
            "type": kind,
            "category": category,
            "summary": f"{told.title} with {world.party(told.party).name}.",
            "status": "INACTIVE" if ended else "COMPLETE" if reviewed <= self.now else "PENDING",
            "review_status": "COMPLETE" if reviewed <= self.now else "NOT_STARTED",
            "review_completed_at": stamp(reviewed) if reviewed <= self.now else None,
            "parties": [
                {"id": number("party", key), "name_in_agreement": name, "preferred_name": name}
                for key, name in ((world.us.key, world.us.name), (told.party, world.party(told.party).name))
            ],
            "provisions": _provisions(told),
            "additional_custom_clm_data": {"Contract Number": told.ironclad},
            "languages": ["en"],
            "source_name": "CLM",
            "source_id": document.id,
            "source_account_id": ACCOUNT,
            "metadata": {
                "created_at": stamp(made.at + LATER),
                "created_by": self.clm.account.people[made.by].id,
                "modified_at": stamp(max(changed.at, made.at + LATER)),
                "modified_by": self.clm.account.people[changed.by].id,
            },
        }
        if told.parent is not None:
            above = {"parent_agreement_document_id": number("agreement", told.parent)}
            shown["related_agreement_documents"] = above
        return shown


LATER = timedelta(hours=2)
"""Agreements are read by a machine some time after they were filed."""


def _provisions(told: ContractRecord) -> Json:
    found: Json = {
        "effective_date": _midnight(told.effective_on),
        "expiration_date": _midnight(told.expires_on),
        "execution_date": _midnight(told.agreed_on),
        "governing_law": told.governing_law or None,
        "payment_terms_due_date": "SILENT",
    }
    if told.effective_on is not None and told.expires_on is not None:
        months = round((told.expires_on - told.effective_on).days / 30.44)
        found["term_length"] = f"P{months // 12}Y" if months % 12 == 0 else f"P{months}M"
    if told.renewal is not None:
        found["renewal_type"] = "AUTO_RENEW" if told.renewal == "automatic" else "OPTION_TO_RENEW"
    if told.value is not None:
        # A number, not a text: that is how the vendor writes amounts.
        found["total_agreement_value"] = float(told.value.amount)
        found["total_agreement_value_currency_code"] = told.value.currency
    return {name: value for name, value in found.items() if value is not None}


def _midnight(day: date | None) -> str | None:
    return None if day is None else f"{day.isoformat()}T00:00:00"


def flat(agreement: Json) -> dict[str, odata4.Value]:
    """What can be asked for, under its path with dots and with slashes."""
    found: dict[str, odata4.Value] = {}
    for path, kind in FIELDS.items():
        value: Any = agreement
        for step in path.split("."):
            if isinstance(value, list):
                value = " | ".join(str(one.get(step, "")) for one in value)
            else:
                value = value.get(step) if isinstance(value, dict) else None
        found[path] = found[path.replace(".", "/")] = _typed(value, kind)
    return found


def _typed(value: Any, kind: str) -> odata4.Value:
    if value is None:
        return None
    if kind == "DateTimeOffset":
        at = datetime.fromisoformat(str(value))
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    if kind == "Decimal":
        return Decimal(str(value))
    return ", ".join(value) if isinstance(value, list) else str(value)


def _basic(name: str, value: str, row: Mapping[str, odata4.Value]) -> bool:
    """One condition outside `$filter`; names and texts are compared without regard to case."""
    found = _BASIC.fullmatch(name)
    known = {one.casefold(): one for one in FIELDS}
    if found is None or found["name"].casefold() not in known:
        raise QuerySyntax(f"{name} is nothing that agreements can be asked for")
    path = known[found["name"].casefold()]
    operator = _SAME.get(found["operator"] or "", found["operator"] or "")
    actual, kind = row[path], FIELDS[path]
    if kind == "String":
        if operator not in ("eq", "ne"):
            raise QuerySyntax(f"{path} is a text, which {operator} cannot compare")
        # Of several parties one has to fit.
        same = value.casefold() in str(actual or "").casefold().split(" | ")
        return same is (operator == "eq")
    try:
        wanted = _typed(value, kind)
    except (ValueError, ArithmeticError):
        raise QuerySyntax(f"{value!r} is no value of {path}") from None
    return odata4.compare(operator, actual, wanted)


def _limit(text: str | None) -> int:
    if text is None:
        return PAGE
    if not text.isdigit() or int(text) < 1:
        raise QuerySyntax(f"limit {text!r} is no number of agreements")
    return min(int(text), LARGEST)


def _token(at: int) -> str:
    return base64.urlsafe_b64encode(f"agreements:{at}".encode()).decode().rstrip("=")


def _place(token: str | None) -> int:
    if not token:
        return 0
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
        return int(text.removeprefix("agreements:"))
    except (ValueError, binascii.Error):
        raise QuerySyntax("ctoken is not one of ours") from None
