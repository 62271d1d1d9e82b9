"""A notice board: a system that only takes messages, to try the suite for those that only write."""

import json
from collections.abc import Iterator
from typing import Any, Literal

import httpx

from obligations.facts import Fact, Source
from obligations.model import Action
from tests.tools.vendors import HTTP, SECRET, Json, Vendor, answer
from tools.kit import reference as ref
from tools.kit.call import Call
from tools.kit.errors import Fatal
from tools.kit.http import Client
from tools.kit.payloads import Message, payload, refused
from tools.kit.profile import Profile
from tools.kit.settings import VendorSettings
from tools.kit.verbs import Batch, Health, RawRecord, Stream, probe


class BoardSettings(VendorSettings):
    kind: Literal["board"] = "board"


class Board:
    def __init__(self, settings: BoardSettings, http: Client) -> None:
        self.settings, self.name, self._http = settings, settings.name, http

    def check(self) -> Health:
        return probe(self.name, {"notices": lambda: self._http.get("/notices")})

    def discover(self) -> tuple[Stream, ...]:
        return ()

    def read(self, kind: str, cursor: str | None) -> Iterator[Batch]:
        raise Fatal(self.name, "there is nothing to read", remedy="It only takes messages.")

    def to_facts(self, raw: RawRecord) -> tuple[Fact, ...]:
        return ()

    def writer(self) -> "BoardWriter":
        return BoardWriter(self.name, self._http)


class BoardWriter:
    def __init__(self, name: str, http: Client) -> None:
        self.name, self._http = name, http

    def find(self, reference: str, target: str = "") -> Source | None:
        wanted = ref.checked(self.name, reference)
        for row in self._http.get("/notices").data:
            if ref.is_marked(row["text"], wanted):
                return Source(system=self.name, record=row["id"])
        return None

    def create(self, action: Action) -> Source:
        if action.verb != "send_message":
            raise refused(self.name, action, ("send_message",))
        message = payload(self.name, action, Message)
        found = self.find(action.reference)
        if found is not None:
            return found
        body = {"text": ref.mark(message.text, action.reference)}
        made = self._http.send(Call("POST", "/notices", body=body)).data
        return Source(system=self.name, record=made["id"])


PROFILE = Profile(kind="board", title="Board", area="messages", settings=BoardSettings, make=Board)


class BoardVendor(Vendor):
    name = "board"
    base = "https://board.example/api"

    def settings(self) -> Json:
        return {"base_url": self.base, "auth": {"type": "bearer", "token": SECRET}, "http": HTTP}

    def respond(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return answer(self.written)
        row: dict[str, Any] = {"id": f"n{len(self.written)}", **json.loads(request.content)}
        self.written.append(row)
        return answer(row, 201)
