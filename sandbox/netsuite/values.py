"""Values of NetSuite's bodies and queries: how they are checked, and the refusals they lead to."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.netsuite.world import story

_CONDITION = re.compile(
    r"\s*([\w.]+)\s+(\w+)(?:\s+(\[[^\]]*\]|\"[^\"]*\"|'[^']*'|[^\s]+))?\s*(?:\b(AND|OR)\b|$)", re.IGNORECASE
)
EMPTIES = ("EMPTY", "EMPTY_NOT")


@dataclass
class Fault(Exception):
    """A refusal: status, code and words; `path` or `param` tell what it is about."""

    status: int
    code: str
    detail: str
    path: str = ""
    param: str = ""


def missing(kind: str = "") -> Fault:
    return Fault(
        404,
        "NONEXISTENT_ID",
        f"The record instance does not exist. Provide a valid record instance ID.{kind}",
    )


def whole(asked: Mapping[str, str], name: str, default: int) -> int:
    text = asked.get(name, "")
    if not text:
        return default
    if not text.isdigit():
        raise Fault(400, "INVALID_PARAMETER", f"The parameter {name} has to be a whole number.", param=name)
    return int(text)


def plain_of(name: str, kind: str, value: Any) -> Any:
    if value is None:
        return None
    return day_of(value, name) if kind == "date" else str(value)


def day_of(value: Any, path: str) -> date:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        raise Fault(400, "INVALID_CONTENT", f"Invalid value {value} for a date.", path=path) from None


def _moment(text: str) -> str:
    """Days and instants in one order: day first, in ISO or as month/day/year."""
    found = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text)
    return f"{found[3]}-{int(found[1]):02d}-{int(found[2]):02d}" if found else text


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise Fault(
            400, "INVALID_PARAMETER", f"Invalid search query. {text} is no number.", param="q"
        ) from None


def decimal_of(value: Any, path: str) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise Fault(400, "INVALID_CONTENT", f"Invalid value {value} for a number.", path=path) from None


def id_of(value: Any, path: str) -> str:
    key = value.get("id") if isinstance(value, Mapping) else value
    if key is None:
        raise Fault(400, "INVALID_CONTENT", "A reference needs an id.", path=path)
    return str(key)


def listed_of(name: str, value: Any, label: str, path: str) -> str:
    key = id_of(value, path)
    found = next((one[label] for one in story()[name] if str(one["id"]) == key), None)
    if found is None:
        raise Fault(
            400, "INVALID_CONTENT", f"Invalid Field Value {key} for the following field: {path}", path=path
        )
    return str(found)


def condition(text: str) -> Callable[[dict[str, Any]], bool]:
    """The condition of `q`: `entity EQUAL 12 AND tranDate AFTER "2026-09-01"`, from left to right."""
    parts: list[tuple[str, Callable[[dict[str, Any]], bool]]] = []
    at, joined = 0, "AND"
    while at < len(text):
        found = _CONDITION.match(text, at)
        if found is None:
            raise Fault(
                400, "INVALID_PARAMETER", f"Invalid search query. Cannot read {text[at:]!r}.", param="q"
            )
        name, operator, value = found[1], found[2].upper(), found[3] or ""
        if operator in EMPTIES and value.upper() in ("AND", "OR"):
            value, following = "", value.upper()
        else:
            following = (found[4] or "").upper()
        parts.append((joined, _one_test(name, operator, value)))
        joined, at = following or "AND", found.end()

    def test(row: dict[str, Any]) -> bool:
        result = True
        for how, part in parts:
            result = (result and part(row)) if how == "AND" else (result or part(row))
        return result

    return test


def _one_test(name: str, operator: str, text: str) -> Callable[[dict[str, Any]], bool]:
    known = {
        "id",
        "tranId",
        "tranDate",
        "dueDate",
        "entity",
        "memo",
        "externalId",
        "createdDate",
        "total",
        "lastModifiedDate",
        "status",
        "currency",
        "approvalStatus",
        "custbody_contract_number",
        "custbody_pacta_ref",
        "createdFrom",
        "entityId",
        "companyName",
        "accountNumber",
    }
    if name not in known:
        raise Fault(
            400, "INVALID_PARAMETER", f"Invalid search query. Field '{name}' does not exist.", param="q"
        )
    given = text.strip("\"'")
    numbers = [one.strip(" \"'") for one in text.strip("[]").split(",")]

    def plain(row: dict[str, Any]) -> str:
        value = row.get(name)
        return str(value["id"] if isinstance(value, dict) else "" if value is None else value)

    tests: Mapping[str, Callable[[str], bool]] = {
        "IS": lambda value: value.casefold() == given.casefold(),
        "IS_NOT": lambda value: value.casefold() != given.casefold(),
        "CONTAIN": lambda value: given.casefold() in value.casefold(),
        "START_WITH": lambda value: value.casefold().startswith(given.casefold()),
        "END_WITH": lambda value: value.casefold().endswith(given.casefold()),
        "EMPTY": lambda value: value == "",
        "EMPTY_NOT": lambda value: value != "",
        "ANY_OF": lambda value: value in numbers,
        "EQUAL": lambda value: _number(value) == _number(given),
        "EQUAL_NOT": lambda value: _number(value) != _number(given),
        "GREATER": lambda value: value != "" and _number(value) > _number(given),
        "GREATER_OR_EQUAL": lambda value: value != "" and _number(value) >= _number(given),
        "LESS": lambda value: value != "" and _number(value) < _number(given),
        "LESS_OR_EQUAL": lambda value: value != "" and _number(value) <= _number(given),
        "ON": lambda value: value != "" and _moment(value) == _moment(given),
        "AFTER": lambda value: value != "" and _moment(value) > _moment(given),
        "ON_OR_AFTER": lambda value: value != "" and _moment(value) >= _moment(given),
        "BEFORE": lambda value: value != "" and _moment(value) < _moment(given),
        "ON_OR_BEFORE": lambda value: value != "" and _moment(value) <= _moment(given),
    }
    if operator not in tests:
        raise Fault(
            400, "INVALID_PARAMETER", f"Invalid search query. Unknown operator '{operator}'.", param="q"
        )
    return lambda row: tests[operator](plain(row))
