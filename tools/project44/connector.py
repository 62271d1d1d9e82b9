"""project44: shipments with their events, states and positions in.

An account's shipments cannot be listed by the documented interface: they are named in the settings, webhooks
tell of them, or a list of the account's own is configured. Each shipment's history is read whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from obligations.document import Problem
from obligations.facts import Fact, Source
from obligations.model import Action
from tools.kit.call import Answer, Call, segment
from tools.kit.errors import Fatal, Misconfigured, NotFound, Skippable, WrongAnswer
from tools.kit.paging import LoopGuard, Page, Row, by_number, by_token
from tools.kit.profile import Profile
from tools.kit.verbs import Batch, Health, RawRecord, Stream, probe, readable, unknown_kind
from tools.kit.watermark import furthest, resume_at
from tools.kit.webhooks import (
    WebhookEvent,
    delivery,
    event_id,
    json_object,
    secret_header,
    within,
)
from tools.project44.kept import KeptIds
from tools.project44.settings import Listing, Project44Settings
from tools.project44.shipments import facts_of, held, instant, rows, text

if TYPE_CHECKING:
    from tools.kit.http import Client

KIND = "shipment"
_HISTORY = "/api/v4/shipments/{id}/tracking/history"


def said(answer: Answer) -> str:
    """What project44 says in a failure, with the reference that its support asks for."""
    try:
        data = json.loads(answer.body)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(data, dict):
        return ""
    parts = [
        text(data.get("errorMessage")),
        *(text(each.get("message")) for each in rows(data.get("errors"))),
    ]
    reference = text(data.get("supportReferenceId"))
    return "; ".join([*filter(None, parts), *([f"reference {reference}"] if reference else [])])


class Project44:
    """Reads the shipments of one account."""

    def __init__(self, settings: Project44Settings, http: Client) -> None:
        self.settings = settings
        self.name = settings.name or settings.kind
        self._http = http
        self._kept = KeptIds(settings.kept_in)

    def check(self) -> Health:
        own = self.settings
        trials: dict[str, Callable[[], object]] = {}
        if own.listing is not None:
            trials[own.listing.path] = lambda: next(iter(self._pages(None)), None)
        known = (*own.shipments, *self._kept.all())
        if known:
            trials["shipments"] = lambda: self._history(known[0])
        return probe(self.name, trials)

    def discover(self) -> tuple[Stream, ...]:
        return (
            Stream(
                kind=KIND,
                label="Shipments with their events and positions",
                facts=("delivery", "milestone"),
                watermark="lastModifiedDateTime",
            ),
        )

    def writer(self) -> NoWriter:
        return NoWriter(self.settings)

    def read(self, kind: str, cursor: str | None) -> Iterator[Batch]:
        """Shipments changed since the cursor, oldest change first; those named in the settings, and those
        that webhooks told of, always."""
        if kind != KIND:
            raise unknown_kind(self.name, kind, self.discover())
        since = resume_at(self.name, cursor, self.settings.overlap)
        changed, problems = self._changed(since)
        for start in range(0, len(changed), _PER_BATCH):
            part = changed[start : start + _PER_BATCH]
            records, unread = self._records([key for _, key in part])
            cursor = furthest(cursor, part[-1][0])
            yield Batch(records=records, cursor=cursor, problems=(*problems, *unread))
            problems = []
        yield from self._known({key for _, key in changed}, cursor or "", problems)

    def to_facts(self, raw: RawRecord) -> tuple[Fact, ...]:
        """Every version of a shipment's deliveries and milestones, pure. Raises Skippable for a bad one."""
        with readable(self.name, f"shipment/{raw.id}", "Look at the shipment in project44, or the settings."):
            return facts_of(self.settings, self.name, raw)

    def verify_webhook(
        self, raw_body: bytes, headers: Mapping[str, str], at: datetime | None = None
    ) -> WebhookEvent:
        """A pushed history: the shipments are read anew, this one from now on. Raises SignatureError."""
        own = self.settings.webhook
        given = delivery(self.name, raw_body, headers, at)
        secret_header(own.header)(given, [key.get_secret_value() for key in own.secrets])
        body = json_object(given)
        shipment = held(body.get("shipment"))
        try:
            sent_at = _latest(body)
        except ValueError:
            sent_at = None
        sent_at = within(given, sent_at, own.window)
        key = text(shipment.get("id"))
        if key:
            self._keep(key)
        return WebhookEvent(
            id=event_id(given),
            event="tracking",
            streams=(KIND,) if key else (),
            sent_at=sent_at,
            payload=body,
        )

    def _keep(self, key: str) -> None:
        try:
            self._kept.add(key)
        except OSError as error:
            raise Misconfigured(
                self.name,
                f"the id of a shipment cannot be kept: {error.strerror}",
                place=f"connectors.{self.name}.kept_in",
                remedy="Name a file in a folder that we may write to.",
            ) from None

    # -- asking -------------------------------------------------------------------------------------

    def _known(self, read: set[str], cursor: str, problems: Sequence[Problem]) -> Iterator[Batch]:
        """Shipments that are known by their ids. One that a webhook told of and that is gone by now is no
        matter; one that the settings name is."""
        named = [key for key in self.settings.shipments if key not in read]
        told = [key for key in self._kept.all() if key not in read and key not in self.settings.shipments]
        every = [*named, *told]
        for start in range(0, len(every) or 1, _PER_BATCH):
            part = every[start : start + _PER_BATCH]
            records, unread = self._records(part, gone=set(told))
            yield Batch(records=records, cursor=cursor, problems=(*problems, *unread))
            problems = ()

    def _changed(self, since: datetime | None) -> tuple[list[tuple[datetime, str]], list[Problem]]:
        """Time of change and id of the listed shipments that changed since then, in that order."""
        found: dict[str, datetime] = {}
        problems: list[Problem] = []
        for page in self._pages(since):
            for row in page.rows:
                try:
                    key, moment = self._stamped(row)
                except Skippable as error:
                    problems.append(error.problem())
                else:
                    found[key] = max(moment, found.get(key, moment))
        kept = ((moment, key) for key, moment in found.items() if since is None or moment >= since)
        return sorted(kept), problems

    def _pages(self, since: datetime | None) -> Iterator[Page]:
        listing = self.settings.listing
        if listing is None:
            return
        guard = LoopGuard(self.name, f"GET {listing.path}")
        if not listing.next:
            yield from by_number(
                lambda number: self._page(listing, since, {listing.page_param: number + listing.first_page}),
                lambda row: text(row.get("id")) or repr(row),
                guard,
            )
            return
        for number, page in enumerate(
            by_token(lambda token: self._page(listing, since, {listing.token_param: token or ""}), guard)
        ):
            guard.rows([text(row.get("id")) or repr(row) for row in page.rows], number)
            yield page

    def _page(self, listing: Listing, since: datetime | None, where: Mapping[str, str | int]) -> Page:
        params: dict[str, str | int] = {**listing.params, listing.size_param: self.settings.page_size}
        params |= {name: value for name, value in where.items() if value != ""}
        if since is not None and listing.since_param:
            params[listing.since_param] = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        data = self._http.send(Call("GET", listing.path, params, said=said)).data
        given = (data.get(listing.rows) if isinstance(data, dict) else None) if listing.rows else data
        if not isinstance(given, list) or not all(isinstance(row, dict) for row in given):
            remedy = "Check `listing` in the connector's settings."
            raise WrongAnswer(self.name, "no list in the answer", place=f"GET {listing.path}", remedy=remedy)
        token = text(data.get(listing.next)) if listing.next and isinstance(data, dict) else ""
        more = bool(token) if listing.next else len(given) >= self.settings.page_size
        return Page(given, more=more, token=token or None)

    def _stamped(self, row: Row) -> tuple[str, datetime]:
        """A listed shipment's id and time of change."""
        key = text(row.get("id"))
        try:
            moment = instant(row.get("lastModifiedDateTime")) or instant(row.get("createdDateTime"))
        except ValueError:
            moment = None
        if not key or moment is None:
            raise Skippable(
                self.name,
                "a shipment without id or readable lastModifiedDateTime",
                place=f"shipment/{key[:40]}",
                remedy="Check that `listing` names a list of shipments.",
            )
        return key, moment.astimezone(UTC)

    def _records(
        self, keys: Sequence[str], gone: Collection[str] = ()
    ) -> tuple[tuple[RawRecord, ...], list[Problem]]:
        """The histories of some shipments; a problem for each that does not say when it changed or is not
        there, but for those that may be gone."""
        records: list[RawRecord] = []
        problems: list[Problem] = []
        for key in keys:
            try:
                history = self._history(key)
                records.append(
                    RawRecord(kind=KIND, id=key, data=history, updated_at=self._known_at(key, history))
                )
            except NotFound as error:
                problems += [] if key in gone else [error.problem()]
            except Skippable as error:
                problems.append(error.problem())
        return tuple(records), problems

    def _history(self, key: str) -> Row:
        path = _HISTORY.replace("{id}", segment(key))
        data = self._http.send(Call("GET", path, said=said)).data
        if not isinstance(data, dict) or text(held(data.get("shipment")).get("id")) != key:
            raise WrongAnswer(self.name, "no such shipment in the answer", place=f"GET {path}")
        return data

    def _known_at(self, key: str, history: Row) -> datetime:
        try:
            moment = _latest(history)
        except ValueError:
            moment = None
        if moment is None:
            what = "a history that does not say when it changed"
            remedy = "Look at the shipment in project44."
            raise Skippable(self.name, what, place=f"shipment/{key}", remedy=remedy)
        return moment


_PER_BATCH = 50


def _latest(history: Row) -> datetime | None:
    """When a shipment was changed last: as it says, else when its latest event was received."""
    shipment = held(history.get("shipment"))
    stated = instant(shipment.get("lastModifiedDateTime")) or instant(shipment.get("createdDateTime"))
    received = [instant(each.get("receivedDateTime")) for each in rows(history.get("events"))]
    found = [moment for moment in (stated, *received) if moment is not None]
    return max(found).astimezone(UTC) if found else None


class NoWriter:
    """project44 takes shipments to be tracked; nothing of ours is written there."""

    def __init__(self, settings: Project44Settings) -> None:
        self.name = settings.name or settings.kind

    def find(self, reference: str, target: str = "") -> Source | None:
        """Nothing: nothing of ours is there."""
        return None

    def create(self, action: Action) -> Source:
        """Raises Fatal: every verb is refused."""
        raise Fatal(
            self.name,
            f"takes no {action.verb}: it tracks shipments, and has no tasks, comments or payments",
            place=f"action {action.id}",
            remedy="Propose this in another system.",
        )


PROFILE = Profile(
    kind="project44",
    title="project44",
    area="transport",
    settings=Project44Settings,
    make=Project44,
    reads=("shipments with their events", "states and positions, kept raw", "webhooks"),
    writes=(),
    proved=(
        ("documentation", "reads and webhooks against a stand-in; lists of shipments against mocks only"),
    ),
    waits=(
        "everything here, with a real account",
        "how an account's shipments are listed: no list is documented",
        "which events a carrier sends for a delivery, and in which order they are corrected",
        "how deliveries of webhooks are authenticated: a secret header is supposed",
        "the rate limits",
    ),
)
