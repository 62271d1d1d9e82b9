"""Agiloft's JSON interface (`/ewws/alrest/{KB}`): signing in, searching a table, reading and writing records.

Failures arrive in three ways: as a status, as `{"success": false, "message": ...}` under status 200, and as
a page of HTML around a Java exception. All three become the same errors here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import Field, SecretStr

from tools.kit.auth import LoginAuth, Secret, Token
from tools.kit.call import Answer, Call, segment
from tools.kit.errors import Fatal, Misconfigured, NotFound, Unauthorised, WrongAnswer
from tools.kit.paging import Row
from tools.kit.redact import shorten

if TYPE_CHECKING:
    from tools.kit.http import Client

_EXCEPTION = re.compile(r"(EW[A-Za-z]*Exception)(?: has occurred)?\s*:?\s*((?:\[[^\]]*\]\s*)*)([^<]*)")
_OVER = ("token is expired", "no active session found", "token is blocked")
_NO_RIGHTS = (
    *_OVER,
    "authentication failed",
    "wrong authorization data",
    "user is blocked",
    "authentication token",
    "no permission",
    "not allowed to",
)
_MOST_READ = 100_000


class AgiloftLogin(LoginAuth):
    """A user of a knowledge base with a password; the token that comes back lasts a quarter of an hour."""

    knowledge_base: str = Field(min_length=1, description="its name, as large and small as it is written")
    user: str = Field(min_length=1)
    password: Secret
    language: str = "en"

    def login(self) -> Call:
        body = {
            "KB": self.knowledge_base,
            "login": self.user,
            "password": self.password.get_secret_value(),
            "lang": self.language,
        }
        return Call("POST", "/login", body=body, repeatable=True)

    def session(self, answer: Answer) -> Token:
        if answer.data.get("success") is False:
            raise Unauthorised(
                "agiloft",
                "no token: the sign-in was refused",
                place="POST /login",
                remedy="Check user, password and knowledge base, and that our group may use REST.",
            )
        given = answer.data["result"]
        minutes = str(given.get("expiration_time_unit", "")).lower().startswith("min")
        lasts = float(given.get("expires_in", 300)) * (60 if minutes else 1)
        return Token(value=SecretStr(str(given["access_token"])), expires_in=lasts)

    def hidden(self) -> tuple[str, ...]:
        return (self.password.get_secret_value(),)

    def refused(self, answer: Answer) -> bool:
        """Also under other statuses, 200 among them: then the message says so."""
        if answer.status == 401:
            return True
        if len(answer.body) > _MOST_READ:
            return False
        said = (_message(answer) or exception_in(answer)).lower()
        return any(phrase in said for phrase in _OVER)


def exception_in(answer: Answer) -> str:
    """The exception in a page of HTML, without the number of the task it happened in; empty for others."""
    page = answer.body[:_MOST_READ].decode("utf-8", "replace")
    found = _EXCEPTION.search(page) if page.lstrip().startswith("<") else None
    return f"{found[1]}: {found[3]}".strip(" :\r\n") if found else ""


def condition(field: str, operator: str, value: str) -> str:
    """A comparison in a query. Raises ValueError for a value that would end its quotes."""
    if "'" in value or "\\" in value:
        raise ValueError("a quote cannot stand in a query")
    return f"{field}{operator}'{value}'"


class Rest:
    """Calls to one knowledge base. Every method raises the kit's errors."""

    def __init__(self, vendor: str, http: Client, language: str, search_params: Mapping[str, int]) -> None:
        self._vendor = vendor
        self._http = http
        self._params = {"lang": language}
        self._search = dict(search_params)

    def search(self, table: str, query: str, fields: Sequence[str]) -> list[Row]:
        """All records that fit a query, with these fields. Their order is not known."""
        body = {"search": "", "query": query, "field": list(fields), **self._search}
        path = f"/{segment(table)}/search"
        data = self._ask(Call("POST", path, self._params, body=body, repeatable=True, said=exception_in))
        found = data.get("result")
        if found is None and data.get("success") is True:
            return []
        if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
            raise WrongAnswer(self._vendor, "no list in the answer", place=f"POST {path}")
        return found

    def upsert(self, table: str, query: str, fields: Mapping[str, Any]) -> str:
        """Change the record that fits the query, or make one; its id, empty where the answer has none."""
        params = {**self._params, "query": query}
        path = f"/{segment(table)}/upsert"
        return _id(self._ask(Call("POST", path, params, body=dict(fields), said=exception_in)))

    def change(self, table: str, record: str, fields: Mapping[str, Any]) -> None:
        """Set fields of a record; the same values twice change nothing."""
        path = f"/{segment(table)}/{segment(record)}"
        call = Call("PUT", path, self._params, body=dict(fields), repeatable=True, said=exception_in)
        self._ask(call)

    def attachments(self, table: str, record: str, field: str) -> list[Row]:
        """Name and position of the files in a field of a record."""
        path, params = f"/{segment(table)}/attachInfo/{segment(record)}", {**self._params, "field": field}
        data = self._ask(Call("POST", path, params, body={}, repeatable=True, said=exception_in))
        held = data.get("result")
        return [each for each in held if isinstance(each, dict)] if isinstance(held, list) else []

    def file(self, table: str, record: str, field: str, position: int, most: int) -> bytes:
        """The bytes of a file in a field of a record."""
        path = f"/{segment(table)}/retrieveAttach/{segment(record)}"
        params: dict[str, str | int] = {**self._params, "field": field, "filePosition": position}
        call = Call(
            "POST",
            path,
            params,
            body={},
            accept="bytes",
            max_body=most,
            repeatable=True,
            said=exception_in,
        )
        answer = self._sent(call)
        if message := _message(answer):
            raise self._failure(call, message)
        if not answer.body or answer.headers.get("content-type", "").startswith("text/html"):
            raise WrongAnswer(
                self._vendor,
                "the document is empty or a web page " + exception_in(answer),
                place=call.place,
                remedy="Check base_url, and that the document can be opened in Agiloft.",
            )
        return answer.body

    def _ask(self, call: Call) -> Row:
        """The JSON of a call that succeeded."""
        data = self._sent(call).data
        if not isinstance(data, dict):
            raise WrongAnswer(self._vendor, "no object in the answer", place=call.place)
        if data.get("success") is False:
            raise self._failure(call, str(data.get("message") or "no reason given"))
        return data

    def _sent(self, call: Call) -> Answer:
        """The answer; failures whose words say more than their status become the fitting error."""
        try:
            return self._http.send(call)
        except WrongAnswer as error:
            if _EXCEPTION.search(error.what) is None:
                raise
            raise self._failure(call, error.what) from None
        except Fatal as error:
            if type(error) is not Fatal:
                raise
            raise self._failure(call, error.what) from None

    def _failure(self, call: Call, message: str) -> Fatal:
        """The error for what Agiloft says."""
        said = shorten(self._http.redact(message))
        lower = said.lower()
        if any(phrase in lower for phrase in _NO_RIGHTS):
            remedy = "Check user and password, and that our user's group may use REST and this table."
            return Unauthorised(self._vendor, said, place=call.place, remedy=remedy)
        if "cannot find specified knowledgebase" in lower:
            remedy = "Check the knowledge base in base_url and auth; large and small letters count."
            return Misconfigured(self._vendor, said, place=call.place, remedy=remedy)
        if "no data found" in lower:
            remedy = "Check the id, and that our user may see the record."
            return NotFound(self._vendor, said, place=call.place, remedy=remedy)
        remedy = "Check tables and fields in the connector's settings against the knowledge base."
        return Fatal(self._vendor, said, place=call.place, remedy=remedy)


def _message(answer: Answer) -> str:
    """What a JSON answer that reports a failure says; empty for any other answer."""
    if not answer.body[:1].lstrip().startswith(b"{") or b'"success"' not in answer.body[:_MOST_READ]:
        return ""
    try:
        data = json.loads(answer.body)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(data, dict) or data.get("success") is not False:
        return ""
    return str(data.get("message") or "no reason given")


def _id(data: Row) -> str:
    """The id in the answer to a write: alone, or in an object; empty where there is none."""
    held = data.get("result")
    found = held.get("id") if isinstance(held, dict) else held
    shown = str(found).strip() if isinstance(found, str | int) and not isinstance(found, bool) else ""
    return shown if shown.isdigit() else ""
