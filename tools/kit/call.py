"""What goes over the wire and what comes back, without the library that carries it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal
from urllib.parse import quote

Params = Mapping[str, str | int]


@dataclass(frozen=True)
class Call:
    """One request. `body` is sent as JSON, `form` url-encoded, `content` as it is (with its Content-Type
    among the headers); `accept` says what the answer must be.

    `path` is below the client's base address, or `rooted` on its host. `repeatable` marks a POST that does
    no harm sent twice.
    `etag` is the version we know: a GET answers `unchanged` if there is no other (If-None-Match), a
    change is refused with Retryable, status 412, if there is (If-Match).
    `said` finds what the vendor says in a failure that has none of the usual shapes (a page of HTML).
    """

    method: str
    path: str
    params: Params | None = None
    body: Any = None
    form: Mapping[str, str] | None = None
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    accept: Literal["json", "text", "bytes"] = "json"
    max_body: int | None = None
    repeatable: bool = False
    etag: str = ""
    rooted: bool = False
    said: "Callable[[Answer], str] | None" = None

    @property
    def safe(self) -> bool:
        """May it be sent twice without harm?"""
        return self.repeatable or self.method in ("GET", "HEAD")

    @property
    def place(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Answer:
    """Status, headers (any case) and the whole body; `data` is the decoded JSON of a JSON answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    data: Any = None

    @property
    def etag(self) -> str:
        """The version of what was answered; empty where the vendor states none."""
        return self.headers.get("etag", "")

    @property
    def made_at(self) -> datetime | None:
        """When it was made, by the vendor's clock; None where the vendor does not say."""
        try:
            return parsedate_to_datetime(self.headers.get("date", ""))
        except ValueError:
            return None

    @property
    def unchanged(self) -> bool:
        """There is nothing newer than the `etag` that was asked with."""
        return self.status == 304


def segment(value: str) -> str:
    """`value` as one segment of a path, whatever characters it holds; dots alone would lead elsewhere."""
    return quote(value, safe="") if value not in (".", "..") else value.replace(".", "%2E")
