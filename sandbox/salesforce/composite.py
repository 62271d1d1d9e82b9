"""Composite requests: several calls in one, with references between them, and collections of records."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from sandbox.salesforce.errors import Failure, not_allowed, not_found
from sandbox.salesforce.schema import SObject, known_id, sobject

if TYPE_CHECKING:
    from sandbox.salesforce.rest import Answer, Call, Rest

MOST_PARTS, MOST_QUERIES, MOST_RECORDS = 25, 5, 200
_REFERENCE = re.compile(r"@\{(\w+)((?:\.\w+|\[\d+\])+)\}")
ROLLED_BACK = "The transaction was rolled back since another operation in the same transaction failed."
NOT_ALL = "Record rolled back because not all records were valid and the request was using AllOrNone header"


def answer(rest: "Rest", call: "Call", path: list[str]) -> "Answer":
    """What `/composite…` answers. Raises Failure."""
    if not path:
        if call.method == "GET":
            return 200, {"sobjects": call.where("composite", "sobjects")}, {}
        if call.method != "POST":
            raise not_allowed(call.method, "GET,HEAD,POST")
        return 200, {"compositeResponse": _parts(rest, call)}, {}
    if path[0] != "sobjects":
        raise not_found()
    return 200, _collection(rest, call, path[1:]), {}


def _parts(rest: "Rest", call: "Call") -> list[dict[str, Any]]:
    given = call.body if isinstance(call.body, dict) else {}
    asked = given.get("compositeRequest")
    if not isinstance(asked, list) or not all(isinstance(part, dict) for part in asked):
        raise Failure(400, "JSON_PARSER_ERROR", "compositeRequest must be a list of subrequests")
    if len(asked) > MOST_PARTS:
        raise Failure(
            400, "LIMIT_EXCEEDED", f"The limit for subrequests in a composite request is {MOST_PARTS}."
        )
    names = [part.get("referenceId") for part in asked]
    if None in names or len(set(names)) != len(names):
        raise Failure(400, "INVALID_INPUT", "Every subrequest needs a referenceId of its own")
    queries = [part for part in asked if "/query" in str(part.get("url", ""))]
    if len(queries) > MOST_QUERIES:
        text = f"Cannot execute more than {MOST_QUERIES} query or collection subrequests"
        raise Failure(400, "LIMIT_EXCEEDED", text)
    before = rest.org.store.snapshot()
    done: dict[str, tuple[int, Any]] = {}
    answers = []
    for part in asked:
        status, body, headers = _one(rest, call, part, done)
        done[part["referenceId"]] = (status, body)
        answers.append(_told(part, status, body, headers))
        if given.get("allOrNone") is True and status >= 400:
            rest.org.store.restore(before)
            halted = Failure(400, "PROCESSING_HALTED", ROLLED_BACK).body()
            return [
                one if one is answers[-1] else _told(whole, 400, halted, {})
                for one, whole in zip([*answers, *[None] * (len(asked) - len(answers))], asked, strict=True)
            ]
    return answers


def _told(part: dict[str, Any], status: int, body: Any, headers: dict[str, str]) -> dict[str, Any]:
    name = part["referenceId"]
    return {"body": body, "httpHeaders": headers, "httpStatusCode": status, "referenceId": name}


def _one(rest: "Rest", call: "Call", part: dict[str, Any], done: dict[str, tuple[int, Any]]) -> "Answer":
    try:
        url = _filled(str(part.get("url", "")), done)
        body = json.loads(_filled(json.dumps(part["body"]), done, quoted=True)) if "body" in part else None
        split = urlsplit(url)
        found = re.fullmatch(r"(/services/data/v(\d+)\.0)/(.+)", split.path)
        if found is None:
            raise not_found()
        steps = [unquote(step) for step in found[3].rstrip("/").split("/")]
        query = dict(parse_qsl(split.query, keep_blank_values=True))
        inner = replace(
            call, method=str(part.get("method", "")).upper(), path=steps, query=query, body=body,
            base=found[1], version=int(found[2]),
        )  # fmt: skip
        if inner.path[0] == "composite" and len(inner.path) == 1:
            raise Failure(400, "INVALID_INPUT", "A composite request cannot hold another one")
        return rest.answer(inner)
    except Failure as failure:
        return failure.status, failure.body(), {}


def _filled(text: str, done: dict[str, tuple[int, Any]], *, quoted: bool = False) -> str:
    """The text with `@{ref.id}` replaced by what the earlier answers hold."""

    def value(found: re.Match[str]) -> str:
        status, at = done.get(found[1], (0, None))
        if status == 0 or status >= 400:
            text = f"Invalid reference specified. No value for {found[1]}{found[2]} found in {found[1]}"
            raise Failure(400, "PROCESSING_HALTED", text)
        for name, index in re.findall(r"\.(\w+)|\[(\d+)\]", found[2]):
            try:
                at = at[name] if name else at[int(index)]
            except (KeyError, IndexError, TypeError):
                text = f"Invalid reference specified. No value for {found[1]}{found[2]} found in {found[1]}"
                raise Failure(400, "PROCESSING_HALTED", text) from None
        return json.dumps(str(at))[1:-1] if quoted else str(at)

    return _REFERENCE.sub(value, text)


# -- collections of records ---------------------------------------------------------------------------


def _collection(rest: "Rest", call: "Call", path: list[str]) -> list[dict[str, Any] | None]:
    if call.method == "GET" and len(path) == 1:
        return _several(rest, call, path[0])
    if call.method == "DELETE" and not path:
        keys = [key for key in call.query.get("ids", "").split(",") if key]
        work = [lambda key=key: _deleted(rest, call, key) for key in keys]
        return _each(rest, work, call.query.get("allOrNone") == "true")
    body = call.body if isinstance(call.body, dict) else {}
    records = body.get("records")
    if call.method not in ("POST", "PATCH") or not isinstance(records, list):
        raise not_allowed(call.method, "GET,HEAD,POST,PATCH,DELETE")
    if len(records) > MOST_RECORDS:
        raise Failure(
            400,
            "EXCEEDED_ID_LIMIT",
            f"record limit reached. cannot submit more than {MOST_RECORDS} records in this call",
        )
    doing: Callable[[dict[str, Any]], dict[str, Any]]
    if call.method == "POST":
        doing = lambda one: _created(rest, call, one)  # noqa: E731 - one of three ways
    elif len(path) == 2:
        doing = lambda one: _upserted(rest, call, one, path)  # noqa: E731
    else:
        doing = lambda one: _updated(rest, call, one)  # noqa: E731
    work = [lambda one=one: doing(one) for one in records]
    return _each(rest, work, body.get("allOrNone") is True)


def _each(rest: "Rest", work: list[Any], all_or_none: bool) -> list[dict[str, Any] | None]:
    before, results, failed = rest.org.store.snapshot(), [], False
    for do in work:
        try:
            results.append(do())
        except Failure as failure:
            failed = True
            results.append(failure.saved())
    if failed and all_or_none:
        rest.org.store.restore(before)
        undone = Failure(400, "ALL_OR_NONE_OPERATION_ROLLED_BACK", NOT_ALL).saved()
        return [undone if one["success"] else one for one in results]
    return list(results)


def _kind(one: Any) -> SObject:
    attributes = one.get("attributes") if isinstance(one, dict) else None
    name = attributes.get("type", "") if isinstance(attributes, dict) else ""
    schema = sobject(str(name))
    if schema is None:
        raise Failure(400, "INVALID_TYPE", f"sObject type '{name}' is not supported.")
    return schema


def _created(rest: "Rest", call: "Call", one: dict[str, Any]) -> dict[str, Any]:
    made = rest.writer(call).create(_kind(one), one)
    return {"id": made.id, "success": True, "errors": []}


def _updated(rest: "Rest", call: "Call", one: dict[str, Any]) -> dict[str, Any]:
    schema = _kind(one)
    key = known_id(str(one.get("id", one.get("Id", ""))))
    if key is None:
        raise Failure(400, "MISSING_ARGUMENT", "Id not specified in an update call")
    fields = {name: value for name, value in one.items() if name.lower() != "id"}
    rest.writer(call).update(schema, rest.record(call, schema, key), fields)
    return {"id": key, "success": True, "errors": []}


def _upserted(rest: "Rest", call: "Call", one: dict[str, Any], path: list[str]) -> dict[str, Any]:
    schema = _kind(one)
    each = schema.find(path[1])
    if each is None or not each.external:
        raise Failure(400, "INVALID_FIELD", f"{path[1]} is no external id of {schema.name}")
    value = str(one.get(each.name, ""))
    fields = {name: given for name, given in one.items() if name != each.name}
    inner = replace(
        call, method="PATCH", path=["sobjects", schema.name, each.name, value], body=fields, version=60
    )
    result: dict[str, Any] = rest.answer(inner)[1]
    return result


def _deleted(rest: "Rest", call: "Call", key: str) -> dict[str, Any]:
    from sandbox.salesforce.schema import owner_of

    schema, full = owner_of(key), known_id(key)
    if schema is None or full is None:
        raise Failure(400, "MALFORMED_ID", f"malformed id {key}")
    rest.writer(call).delete(rest.record(call, schema, full))
    return {"id": full, "success": True, "errors": []}


def _several(rest: "Rest", call: "Call", name: str) -> list[dict[str, Any] | None]:
    schema = sobject(name)
    if schema is None:
        raise not_found()
    found: list[dict[str, Any] | None] = []
    for key in call.query.get("ids", "").split(","):
        inner = replace(call, path=["sobjects", name, key], query={"fields": call.query.get("fields", "Id")})
        try:
            found.append(rest.answer(inner)[1])
        except Failure:
            found.append(None)
    return found
