"""Systems that only take messages, against the suite for them: e-mail at a real receiving server, Teams."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest

from tests.tools.conformance_writing import OnlyWrites, OnlyWritesConformance
from tests.tools.test_mail import Receiver, mail_of, receiving
from tests.tools.vendors import HTTP, SECRET, TOKEN, Json, Vendor, answer


class TestMail(OnlyWrites):
    """What was sent is known by our own log alone: a mail whose answer was lost is sent again under the
    same Message-ID."""

    name = "mail"
    takes = ("send_message",)
    example: ClassVar[Json] = {"title": "Credit due", "text": "EUR 2,400.00"}
    finds_lost = False

    @pytest.fixture(autouse=True)
    def server(self, tmp_path: Path) -> Iterator[None]:
        with receiving(tmp_path) as self.receiver:
            self.folder = tmp_path
            yield

    def make_target(self) -> Receiver:
        return self.receiver

    def open(self, target: Receiver, how: str = "") -> Any:
        target.lose = how == "lost"
        changes: Json = {"away": {"port": 1}, "refused": {"password": "another"}}.get(how, {})
        return mail_of(target, self.folder, **changes)

    def written(self, target: Receiver) -> int:
        return len(target.mails)

    def text_of(self, target: Receiver) -> str:
        return str(target.raw)


class Workflow(Vendor):
    """A Workflows address: it takes messages, answers 202 with nothing, and can be asked for nothing."""

    name = "teams"
    folder: Path

    def settings(self) -> Json:
        address = f"https://flow.example/workflows/{SECRET}/run?api-version=2016-06-01&sig={TOKEN}"
        log = str(self.folder / "sent.jsonl")
        return {"kind": "teams", "webhook": address, "sent_log": log, "http": HTTP}

    def respond(self, request: httpx.Request) -> httpx.Response:
        self.written.append(json.loads(request.content))
        return httpx.Response(202)


class TestTeamsWebhook(OnlyWritesConformance):
    """Nobody can be asked what arrived: a message whose answer was lost is posted again, and says so."""

    vendor = Workflow
    takes = ("send_message",)
    example: ClassVar[Json] = {"title": "Credit due", "text": "EUR 2,400.00"}
    finds_lost = False
    reachable = False

    @pytest.fixture(autouse=True)
    def place(self, tmp_path: Path) -> None:
        Workflow.folder = tmp_path


class Channel(Vendor):
    """A channel as Microsoft Graph gives it."""

    name = "teams"

    def settings(self) -> Json:
        auth = {"type": "bearer", "token": SECRET}
        graph = {"base_url": "https://graph.example/v1.0", "auth": auth, "team": "t-1", "channel": "19:c@x"}
        return {"kind": "teams", "graph": graph, "http": HTTP}

    def respond(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            held = self.written[::-1]
            return answer({"value": held} if request.url.path.endswith("/messages") else {"id": "19:c@x"})
        row = {"id": f"m{len(self.written)}", "webUrl": "https://x.example", **json.loads(request.content)}
        self.written.append(row)
        return answer(row, 201)


class TestTeamsGraph(OnlyWritesConformance):
    vendor = Channel
    takes = ("send_message",)
    example: ClassVar[Json] = {"title": "Credit due", "text": "EUR 2,400.00"}
