"""Tryton: purchases, supplier and customer invoices with their payments, and receipts of goods in; notes out.

Everything goes through JSON-RPC, `search_read` with the related records in one call, in order of the last
change. A record is named as Tryton names it in its own references: "account.invoice,23".
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, SecretStr

from obligations.facts import Fact, Source
from obligations.model import Action
from tools.kit import reference as ref
from tools.kit.call import Answer, Call
from tools.kit.errors import Fatal, NotFound, Skippable, WrongAnswer
from tools.kit.paging import LoopGuard, Order, Page, Row, by_change
from tools.kit.payloads import Comment, payload, refused
from tools.kit.profile import Profile
from tools.kit.schemes import Token
from tools.kit.secrets import Secret
from tools.kit.sessions import LoginAuth
from tools.kit.settings import VendorSettings, Zone
from tools.kit.verbs import Batch, Health, RawRecord, Stream, probe, unknown_kind
from tools.kit.watermark import furthest, resume_at
from tools.tryton.documents import Documents, field

if TYPE_CHECKING:
    from tools.kit.http import Client

Names = tuple[str, ...]

MODELS = {"purchase": "purchase.purchase", "invoice": "account.invoice", "delivery": "stock.move"}
_LINE = ("type", "description", "quantity", "unit_price", "unit.name", "product.code", "product.name")
FIELDS: dict[str, Names] = {
    "purchase": (
        "number", "reference", "description", "state", "purchase_date", "untaxed_amount", "currency.code",
        "delivery_date", "last_modified_at", *(f"lines.{name}" for name in (*_LINE, "delivery_date_store")),
    ),
    "invoice": (
        "number", "reference", "description", "state", "type", "invoice_date", "accounting_date",
        "total_amount", "untaxed_amount", "tax_amount", "currency.code", "create_date", "move.create_date",
        "last_modified_at", "purchases.number", *(f"lines.{name}" for name in (*_LINE, "amount", "origin")),
        "payment_lines.date", "payment_lines.debit", "payment_lines.credit", "payment_lines.create_date",
        "payment_lines.amount_second_currency", "payment_lines.second_currency.code",
    ),
    "delivery": (
        "state", "quantity", "unit.name", "effective_date", "origin", "purchase.number", "shipment.number",
        "product.code", "product.name", "to_location.type", "last_modified_at",
    ),
}  # fmt: skip
_ONLY: dict[str, list[Any]] = {"delivery": [["origin", "like", "purchase.line,%"]]}


class TrytonLogin(LoginAuth):
    """A user of Tryton with a password; the session that comes back travels in the Authorization header."""

    prefix = "Session "
    user: str
    password: Secret
    language: str = "en"

    def login(self) -> Call:
        given = [self.user, {"password": self.password.get_secret_value()}, self.language]
        return Call("POST", "/rpc/", body={"id": 0, "method": "common.db.login", "params": given})

    def session(self, answer: Answer) -> Token:
        user_id, key = answer.data["result"][:2]
        coded = base64.b64encode(f"{self.user}:{user_id}:{key}".encode()).decode()
        return Token(value=SecretStr(coded), expires_in=self._LASTS)

    def hidden(self) -> tuple[str, ...]:
        return (self.password.get_secret_value(),)

    _LASTS = 280.0  # Tryton ends a session after five minutes without a request


class TrytonSettings(VendorSettings):
    """Settings of the Tryton connector; `base_url` ends in the name of the database."""

    kind: Literal["tryton"] = "tryton"
    auth: TrytonLogin
    page_size: int = Field(default=200, ge=1, le=1000)
    zone: Zone = Field(default="UTC", description="IANA zone of the company's calendar days")
    party_fields: Names = Field(default=("code", "name"), description="of the party; the first filled one")
    contract_fields: Names = Field(
        default=("reference",), description="of a purchase: what names the contract; the first filled one"
    )
    received_fields: Names = Field(
        default=(), description="days on which an invoice came; Tryton has no field for it of its own"
    )
    period_fields: Names = Field(
        default=("description", "reference"), description="texts that may name the service period"
    )
    web_url: str = Field(default="", description="the web client, for links that people open")

    def page(self, record: str) -> str:
        """Where people see a record."""
        model, _, key = record.partition(",")
        database = self.base_url.rstrip("/").rpartition("/")[2]
        return f"{self.web_url.rstrip('/')}/#{database}/model/{model}/{key}" if self.web_url and key else ""

    def fields(self, kind: str) -> list[str]:
        """The fields that are asked for."""
        party = "purchase.party" if kind == "delivery" else "party"
        own = [f"{party}.{name}" for name in self.party_fields]
        if kind == "purchase":
            own += self.contract_fields
        if kind == "invoice":
            own += [*self.received_fields, *self.period_fields]
        return list(dict.fromkeys([*FIELDS[kind], *own]))


class Rpc:
    """Calls of Tryton's models."""

    def __init__(self, name: str, http: Client) -> None:
        self.name = name
        self._http = http

    def call(self, model: str, method: str, *params: Any, writes: bool = False) -> Any:
        """The result. Raises Fatal with what Tryton says, naming model and method."""
        place = f"{model} {method}"
        body = {"id": 1, "method": f"model.{model}.{method}", "params": [*params, {}]}
        answer = self._http.send(Call("POST", "/rpc/", body=body, repeatable=not writes))
        if not isinstance(answer.data, dict):
            raise WrongAnswer(self.name, "the answer is no object", place=place)
        if (error := answer.data.get("error")) is not None:
            raise Fatal(
                self.name,
                f"Tryton refuses: {self._http.redact(_said(error))}",
                place=place,
                remedy="Check the modules that are active, the field names and the user's access rights.",
            )
        return answer.data.get("result")

    def search(
        self, model: str, domain: Sequence[Any], fields: Sequence[str], limit: int, offset: int = 0
    ) -> list[Row]:
        """Records in order of their last change."""
        order = [["last_modified_at", "ASC"], ["id", "ASC"]]
        found = self.call(model, "search_read", list(domain), offset, limit, order, list(fields))
        if not isinstance(found, list) or not all(isinstance(row, dict) and "id" in row for row in found):
            raise WrongAnswer(self.name, "the answer holds no list of records", place=f"{model} search_read")
        return found


def _said(error: Any) -> str:
    """Tryton's errors are lists: a class or a message, then details."""
    parts = error if isinstance(error, list) else [error]
    return " ".join(str(part) for part in parts if isinstance(part, str) and part)[:300] or "no reason given"


class Tryton:
    """Reads one database."""

    def __init__(self, settings: TrytonSettings, http: Client) -> None:
        self.settings = settings
        self.name = settings.name or settings.kind
        self._rpc = Rpc(self.name, http)
        self._documents = Documents(settings, self.name)

    def check(self) -> Health:
        trials = {
            kind: lambda model=model, kind=kind: self._rpc.search(model, [], self.settings.fields(kind), 1)
            for kind, model in MODELS.items()
        }
        return probe(self.name, trials)

    def discover(self) -> tuple[Stream, ...]:
        mark = "last_modified_at"
        return (
            Stream(kind="purchase", label="Purchases", facts=("purchase_order",), watermark=mark),
            Stream(kind="invoice", label="Invoices", facts=("invoice", "credit", "payment"), watermark=mark),
            Stream(kind="delivery", label="Receipts of goods", facts=("delivery",), watermark=mark),
        )

    def writer(self) -> TrytonWriter:
        return TrytonWriter(self.settings, self._rpc)

    def read(self, kind: str, cursor: str | None) -> Iterator[Batch]:
        """Records changed since the cursor, oldest change first."""
        if kind not in MODELS:
            raise unknown_kind(self.name, kind, self.discover())
        size = self.settings.page_size
        order = Order(lambda row: str(row["id"]), self._changed_at, size)
        asked = self.settings.fields(kind)

        def fetch(since: datetime | None, offset: int) -> Page:
            domain = list(_ONLY.get(kind, ()))
            if since is not None:
                domain.append(["last_modified_at", ">=", _instant(since)])
            found = self._rpc.search(MODELS[kind], domain, asked, size, offset)
            return Page(found, more=len(found) >= size)

        guard = LoopGuard(self.name, f"{MODELS[kind]} search_read")
        for part in by_change(fetch, resume_at(self.name, cursor, self.settings.overlap), order, guard):
            cursor = furthest(cursor, part.reached)
            records = tuple(self._raw(kind, row) for row in part.rows)
            yield Batch(records=records, cursor=cursor, problems=part.problems)

    def to_facts(self, raw: RawRecord) -> tuple[Fact, ...]:
        """An order; an invoice or credit with its payments; a delivery. Pure. Raises Skippable."""
        return self._documents.facts(raw)

    def _raw(self, kind: str, row: Row) -> RawRecord:
        record = f"{MODELS[kind]},{row['id']}"
        return RawRecord(kind=kind, id=record, data=dict(row), updated_at=self._changed_at(row))

    def _changed_at(self, row: Row) -> datetime:
        try:
            found = field(row, "last_modified_at")
        except (ArithmeticError, KeyError, TypeError, ValueError):
            found = None
        if not isinstance(found, datetime):
            raise Skippable(
                self.name,
                "does not say when it changed",
                place=f"record {row.get('id')}",
                remedy="Correct the record in Tryton.",
            )
        return found


def _instant(moment: datetime) -> dict[str, Any]:
    """An instant in Tryton's JSON: UTC without a zone."""
    parts = ("year", "month", "day", "hour", "minute", "second", "microsecond")
    return {"__class__": "datetime", **{part: getattr(moment, part) for part in parts}}


class TrytonWriter:
    """Notes on records. What is written carries our reference."""

    TAKES = ("comment",)

    def __init__(self, settings: TrytonSettings, rpc: Rpc) -> None:
        self.settings = settings
        self.name = settings.name or settings.kind
        self._rpc = rpc

    def find(self, reference: str, target: str = "") -> Source | None:
        """The note that ends in our reference, on one record or on any."""
        wanted = ref.checked(self.name, reference)
        domain: list[Any] = [["message", "ilike", f"%{_literal(wanted)}%"]]
        if target:
            domain.append(["resource", "=", self._target(target)])
        for row in self._rpc.search("ir.note", domain, ("message", "resource"), 100):
            if ref.is_marked(str(row.get("message") or ""), wanted):
                return self._source(int(row["id"]), str(row["resource"]))
        return None

    def create(self, action: Action) -> Source:
        """Carry out a comment: a note that colleagues see on the record."""
        if action.verb != "comment":
            raise refused(self.name, action, self.TAKES, "there is no such record in the modules we use")
        target = self._target(action.target)
        if (found := self.find(action.reference, target)) is not None:
            return found
        model, _, key = target.partition(",")
        if not self._rpc.search(model, [["id", "=", int(key)]], ("id",), 1):
            raise NotFound(self.name, f"there is no {target}", place=f"action {action.id}")
        text = ref.mark(payload(self.name, action, Comment).text, action.reference)
        made = self._rpc.call("ir.note", "create", [{"resource": target, "message": text}], writes=True)
        return self._source(int(made[0]), target)

    def _target(self, target: str) -> str:
        model, _, key = target.partition(",")
        if model not in MODELS.values() or not key.isascii() or not key.isdigit():
            raise Fatal(
                self.name,
                f"{target[:60]!r} is no record we write to",
                remedy="Name it as in its facts, such as account.invoice,23.",
            )
        return target

    def _source(self, note: int, target: str) -> Source:
        return Source(
            system=self.name, record=f"ir.note,{note}", label=target, url=self.settings.page(target)
        )


def _literal(text: str) -> str:
    """`text` as it stands, in a pattern where % and _ mean something."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


PROFILE = Profile(
    kind="tryton",
    title="Tryton",
    area="open ERP",
    settings=TrytonSettings,
    make=Tryton,
    reads=("purchases", "invoices and credit notes with their payments", "receipts and returns of goods"),
    writes=("notes on purchases, invoices and moves of goods",),
    proved=(("real system", "Tryton 8.2 with the invented company's purchases, by `make real-systems`"),),
    waits=("a database with modules that change these models",),
)
