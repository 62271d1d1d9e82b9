"""Microsoft Teams: messages as adaptive cards, by a Workflows webhook or through Microsoft Graph."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

from pydantic import Field, model_validator

from obligations.facts import Fact, Source
from obligations.model import Action
from obligations.quantities import Frozen
from tools.kit import reference as ref
from tools.kit.auth import AuthSettings, Secret
from tools.kit.call import Call, segment
from tools.kit.errors import Fatal, Misconfigured, Retryable, WrongAnswer
from tools.kit.http import Client, Transport
from tools.kit.paging import LoopGuard
from tools.kit.payloads import Message, payload, refused
from tools.kit.profile import Profile
from tools.kit.schemes import Authenticator, Door, Outgoing, Scheme
from tools.kit.settings import HttpSettings
from tools.kit.verbs import Batch, Health, RawRecord, Stream, probe
from tools.messages import FileLog
from tools.teams.card import CARD, as_json, card

TAKES = ("send_message",)
_WHY = "a channel only takes messages"


class GraphSettings(Frozen):
    """A channel that Microsoft Graph is asked for. `look_back` is how many of its messages are looked
    through for our reference."""

    base_url: str = "https://graph.microsoft.com/v1.0"
    auth: AuthSettings
    team: str = Field(min_length=1)
    channel: str = Field(min_length=1)
    look_back: int = Field(default=500, ge=1, le=10_000)


class TeamsSettings(Frozen):
    """Settings of one channel: either the address of a Workflows webhook, which is a secret as a whole, or
    Graph. `sent_log` keeps what went through the webhook; `limit` is the largest message in bytes."""

    kind: Literal["teams"] = "teams"
    name: str = Field(default="", pattern=r"^[a-z0-9_-]*$")
    webhook: Secret | None = None
    graph: GraphSettings | None = None
    sent_log: Path | None = None
    limit: int = Field(default=28_000, ge=1_000, le=28_672)
    http: HttpSettings = HttpSettings(requests_per_second=2, concurrency=1)

    @model_validator(mode="after")
    def _one_way(self) -> TeamsSettings:
        if (self.webhook is None) == (self.graph is None):
            raise ValueError("give either webhook or graph")
        if self.webhook is not None and self.sent_log is None:
            raise ValueError("a webhook cannot be asked what was sent: set sent_log")
        return self


class Teams:
    """Writes messages to a channel; reads nothing."""

    def __init__(self, settings: TeamsSettings, transport: Transport | None = None) -> None:
        self.settings = settings
        self.name = settings.name or settings.kind
        self._transport = transport

    def check(self) -> Health:
        """For Graph, see the channel. A webhook can only be used, so only its address is looked at."""
        found = probe(self.name, {"the channel": lambda: self.writer().look()})
        if self.settings.graph is None and found.ok:
            return found.model_copy(
                update={"detail": "has an address; not tried, since that takes a message"}
            )
        return found

    def discover(self) -> tuple[Stream, ...]:
        return ()

    def read(self, kind: str, cursor: str | None) -> Iterator[Batch]:
        """Nothing: messages are only posted."""
        remedy = "Read the system in which things happen."
        raise Fatal(self.name, f"there is no kind {kind!r}: messages are only posted", remedy=remedy)

    def to_facts(self, raw: RawRecord) -> tuple[Fact, ...]:
        return ()

    def writer(self) -> WebhookWriter | GraphWriter:
        if self.settings.graph is not None:
            return GraphWriter(self.name, self.settings, self.settings.graph, self._transport)
        return WebhookWriter(self.name, self.settings, self._transport)


class _Known(Authenticator):
    """Proves nothing; knows what may appear in no message."""

    def __init__(self, *secrets: str) -> None:
        self._secrets = secrets

    def headers(self, request: Outgoing) -> Mapping[str, str]:
        return {}

    def secrets(self) -> tuple[str, ...]:
        return self._secrets


class _SecretAddress(Scheme):
    """An address that is itself the secret, whole and in parts."""

    address: Secret

    def authenticator(self, door: Door) -> Authenticator:
        whole = self.address.get_secret_value()
        parts = urlsplit(whole)
        return _Known(whole, parts.path, *(value for _, value in parse_qsl(parts.query) if len(value) > 7))


class WebhookWriter:
    """Posts to a Workflows address. Nobody can be asked whether a message arrived: where the answer was
    lost it is posted again, and says so."""

    def __init__(self, name: str, settings: TeamsSettings, transport: Transport | None) -> None:
        assert settings.webhook is not None  # the settings are of one way only
        assert settings.sent_log is not None
        self.name = name
        self.settings = settings
        self._secret = settings.webhook
        self._log = FileLog(name, settings.sent_log)
        self._transport = transport

    def look(self) -> None:
        """See that the address is one. Raises Misconfigured; the address is not named, for it is a secret."""
        parts = urlsplit(self._webhook)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            remedy = "Copy it from the flow; it begins with https://."
            raise Misconfigured(self.name, "the webhook is no address", remedy=remedy)

    def find(self, reference: str, target: str = "") -> Source | None:
        """The message with our reference, by our own log."""
        wanted = ref.checked(self.name, reference)
        return self._source(wanted) if self._log.sent(wanted) else None

    def create(self, action: Action) -> Source:
        """Carry out a send_message. Raises Retryable with `maybe_done` where the answer was lost."""
        if action.verb not in TAKES:
            raise refused(self.name, action, TAKES, _WHY)
        found = self.find(action.reference)
        if found is not None:
            return found
        message = payload(self.name, action, Message)
        again = self._log.begun(action.reference)
        envelope = len(as_json(_envelope({})))
        made = card(self.name, message, action.reference, self.settings.limit - envelope, again)
        self._log.note(action.reference, "", "begun")
        self._post(as_json(_envelope(made)))
        self._log.note(action.reference, "", "sent")
        return self._source(action.reference)

    def _post(self, content: bytes) -> None:
        """The whole address is a secret: it is the client's base, so that no error names it."""
        self.look()
        address = urlsplit(self._webhook)
        base = f"{address.scheme}://{address.netloc}{address.path}"
        told = _SecretAddress(address=self._secret)
        client = Client(self.name, base, told, self.settings.http, self._transport)
        headers = {"Content-Type": "application/json"}
        call = Call(
            "POST", "", params=dict(parse_qsl(address.query)), content=content, headers=headers, accept="text"
        )
        try:
            answer = client.send(call)
        finally:
            client.close()
        if "html" in answer.headers.get("content-type", ""):
            raise WrongAnswer(
                self.name,
                "a web page answered in the place of the webhook",
                place="the webhook",
                remedy="Check the webhook's address; a login page or a proxy may stand in between.",
            )
        said = answer.body.decode("utf-8", "replace").strip()
        if "delivery failed" in said.casefold():
            # Addresses of the older kind answer 200 whatever became of it.
            if "429" in said:
                raise Retryable(
                    self.name, "too many messages for now", status=429, remedy="It is tried again later."
                )
            raise Fatal(self.name, "the message was not delivered", remedy="Look at the webhook's settings.")

    @property
    def _webhook(self) -> str:
        return self._secret.get_secret_value().strip()

    def _source(self, reference: str) -> Source:
        return Source(system=self.name, record=reference, label=f"message {reference}")


class GraphWriter:
    """Posts to a channel through Microsoft Graph, where a message can be found again."""

    def __init__(
        self, name: str, settings: TeamsSettings, graph: GraphSettings, transport: Transport | None
    ) -> None:
        self.name = name
        self.settings = settings
        self._graph = graph
        self._http = Client(name, graph.base_url, graph.auth, settings.http, transport)
        self._path = f"/teams/{segment(graph.team)}/channels/{segment(graph.channel)}"

    def look(self) -> None:
        """See the channel. Raises where it is not there or not ours to see."""
        self._http.get(self._path)

    def find(self, reference: str, target: str = "") -> Source | None:
        """The message with our reference among the newest ones of the channel."""
        wanted = ref.checked(self.name, reference)
        for row in self._messages():
            held = [_text(each, "content") for each in row.get("attachments") or () if isinstance(each, dict)]
            if any(ref.is_marked(content, wanted) for content in held) and not row.get("deletedDateTime"):
                return self._source(row, wanted)
        return None

    def create(self, action: Action) -> Source:
        """Carry out a send_message; one that is there is returned, not repeated."""
        if action.verb not in TAKES:
            raise refused(self.name, action, TAKES, _WHY)
        found = self.find(action.reference)
        if found is not None:
            return found
        message = payload(self.name, action, Message)
        made = card(self.name, message, action.reference, self.settings.limit - 1_000)
        # Made of the reference, so that the same message has the same attachment.
        key = str(uuid.uuid5(uuid.NAMESPACE_URL, f"pacta:{action.reference}"))
        attachment = {"id": key, "contentType": CARD, "contentUrl": None, "content": as_json(made).decode()}
        body = {
            "subject": None,
            "body": {"contentType": "html", "content": f'<attachment id="{key}"></attachment>'},
            "attachments": [attachment],
        }
        answer = self._http.send(Call("POST", f"{self._path}/messages", body=body))
        return self._source(answer.data, action.reference)

    def _messages(self) -> Iterator[dict[str, Any]]:
        """The channel's messages, newest first, as many as the settings say."""
        path: str = f"{self._path}/messages"
        params: dict[str, str | int] = {"$top": 50}
        guard = LoopGuard(self.name, f"GET {path}")
        seen = 0
        while seen < self._graph.look_back:
            data = self._http.get(path, params).data
            rows = data.get("value") if isinstance(data, dict) else None
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                raise WrongAnswer(self.name, "no list of messages", place=f"GET {path}")
            yield from rows[: self._graph.look_back - seen]
            seen += len(rows)
            following = urlsplit(_text(data, "@odata.nextLink"))
            if not following.query or not rows:
                return
            guard.token(following.query)
            params = dict(parse_qsl(following.query))

    def _source(self, row: Any, reference: str) -> Source:
        if not isinstance(row, dict) or not _text(row, "id"):
            raise WrongAnswer(self.name, "no message in the answer", place=f"{self._path}/messages")
        url = _text(row, "webUrl")
        return Source(system=self.name, record=_text(row, "id"), url=url, label=f"message {reference}")


def _envelope(content: dict[str, Any]) -> dict[str, Any]:
    """What a Workflows address takes: a message with one card."""
    return {"type": "message", "attachments": [{"contentType": CARD, "contentUrl": None, "content": content}]}


def _text(row: Any, key: str) -> str:
    value = row.get(key) if isinstance(row, dict) else None
    return value if isinstance(value, str) else ""


PROFILE = Profile(
    kind="teams",
    title="Microsoft Teams",
    area="messages",
    settings=TeamsSettings,
    make=Teams,
    writes=("messages as adaptive cards",),
    proved=(
        ("specification", "cards against the published schema of adaptive cards 1.5"),
        ("documentation", "webhook and Graph against the sandbox"),
    ),
    waits=(
        "how a real tenant shows the cards",
        "whether Graph keeps the card's text as it was sent",
        "which permissions a tenant grants: app-only access may post for migration only",
    ),
    http=False,
)
