"""Reading the golden YAML files: obligations, records and expectations in a short form.

Every scalar is text (the base loader), so that 08:00 stays a time and 99.90 keeps its zero; the nouns
themselves turn texts into their types. Local times are those of `zone`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

import yaml
from pydantic import TypeAdapter

from obligations.calendars import Calendar
from obligations.document import Span
from obligations.facts import Fact, FactData, Source
from obligations.model import AsOf, Assessment, Contract, DatedTerms, Obligation, Review

GOLDEN = Path(__file__).parent / "golden"
LONG_KNOWN = datetime(2020, 1, 1, tzinfo=ZoneInfo("UTC"))


_MONEY = re.compile(r"^(?:EUR|USD|GBP|CHF|JPY) -?[\d,]+(?:\.\d+)?$")
_INNER = {"level": "availability", "initial": "term", "renewal": "renewal"}
"""The kind of bound terms that a golden file may give without one."""

_DATA = {model.model_fields["kind"].default: model for model in get_args(get_args(FactData)[0])}
_WITH_LINES = ("invoice", "purchase_order")


@dataclass
class Reader:
    """What the entries of one file share."""

    zone: ZoneInfo
    calendars: dict[str, Calendar] = field(default_factory=dict)
    party: str = "vendor"

    def instant(self, text: str, zone: str | None = None) -> datetime:
        """ "2026-10-14 02:10" on local clocks, or an ISO text with its own offset."""
        parsed = datetime.fromisoformat(text)
        return parsed if parsed.tzinfo else parsed.replace(tzinfo=ZoneInfo(zone) if zone else self.zone)

    def terms(self, kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Terms with the names of calendars replaced by the calendars."""
        values = {"kind": kind, **given}
        for name in ("level", "initial", "renewal"):
            if isinstance(values.get(name), Mapping):
                values[name] = {"kind": _INNER[name], **values[name]}
        return {name: self.value(value, name) for name, value in values.items()}

    def value(self, given: Any, name: str = "") -> Any:
        """A value with money written out ("EUR 100") and calendars put in for their names, at any depth."""
        if isinstance(given, Mapping):
            return {inner: self.value(value, inner) for inner, value in given.items()}
        if isinstance(given, list):
            return [self.value(value) for value in given]
        if name == "calendar" and isinstance(given, str):
            return self.calendars[given]
        if isinstance(given, str) and _MONEY.match(given):
            return money(given)
        return given

    def obligation(self, given: Mapping[str, Any]) -> Obligation:
        """An obligation from `terms`, or from a `series` of dated ones. Quotes name the clause."""
        # An empty text takes back what the file's own obligation states.
        spec = {name: value for name, value in given.items() if value != ""}
        kind, contract = spec["kind"], spec.setdefault("contract", "IC-1")
        series = spec.pop("series", None) or [{"terms": spec.pop("terms")}]
        spec.pop("terms", None)
        quote = spec.pop("quote", "clause")
        basis = spec.pop("basis", [])
        dated = [
            DatedTerms(
                from_on=entry.get("from_on"),
                terms=self.terms(kind, entry["terms"]),
                span=span(entry.get("contract", contract), entry.get("quote", quote)),
                basis=tuple(span(contract, text) for text in basis),
                contract=entry.get("contract", contract),
                resets=tuple(entry.get("resets", ())),
                deleted=entry.get("deleted", "false"),
            )
            for entry in series
        ]
        spec.setdefault("id", "/".join(p for p in (contract, kind, spec.get("key", "")) if p))
        spec.setdefault("review", Review.APPROVED)
        return Obligation(**spec, terms=tuple(dated))

    def fact(self, given: Mapping[str, Any]) -> Fact:
        """A record: `kind`, `record`, its own fields, and `label` (what people call it), `party`, `contract`,
        `known` where they matter."""
        spec = dict(given)
        zone = spec.pop("zone", None)
        kind, record = spec.pop("kind"), spec.pop("record")
        system, label = spec.pop("system", "source"), spec.pop("label", record)
        party = spec.pop("party", self.party)
        contract = spec.pop("contract", None)
        known = self.instant(spec.pop("known"), zone) if "known" in spec else LONG_KNOWN
        version = spec.pop("version", "1")
        shape = getattr(self, f"_{kind}", None)
        data = self.value(shape(spec, zone, record) if shape else self._plain(kind, spec, zone, record))
        return Fact(
            id=f"{system}/{kind}/{record}/{version}",
            source=Source(system=system, record=record, label=label),
            occurred_at=LONG_KNOWN,
            known_at=known,
            data={"kind": kind, **data},
            party=party,
            contract=contract,
        )

    def _ticket(self, spec: dict[str, Any], zone: str | None, record: str) -> dict[str, Any]:
        opened, resolved = spec.pop("opened"), spec.pop("resolved", None)
        status = spec.pop("status", "resolved" if resolved else "open")
        day = opened.split(" ")[0]
        events = [self._ticket_event(text, day, zone) for text in spec.pop("events", [])]
        return {
            "subject": "",
            "status": status,
            "opened_at": self.instant(opened, zone),
            "resolved_at": self.instant(resolved, zone) if resolved else None,
            "events": events,
            **spec,
        }

    def _ticket_event(self, text: str, day: str, zone: str | None) -> dict[str, Any]:
        """ "[day] time change value… by … via … [internal] [automatic]"; the opening's day by default."""
        words = text.split()
        when = words.pop(0)
        if "-" in when:
            day, when = when, words.pop(0)
        event: dict[str, Any] = {"at": self.instant(f"{day} {when}", zone), "change": words.pop(0)}
        for flag, name, value in (("internal", "public", False), ("automatic", "automatic", True)):
            if flag in words:
                words.remove(flag)
                event[name] = value
        if "via" in words:
            at = words.index("via")
            event["channel"] = words[at + 1]
            del words[at : at + 2]
        if "by" in words:
            at = words.index("by")
            event["by"] = words[at + 1]
            del words[at : at + 2]
        return {**event, "value": " ".join(words)}

    def _outage(self, spec: dict[str, Any], zone: str | None, record: str) -> dict[str, Any]:
        named = {
            "start": "started_at",
            "end": "ended_at",
            "announced": "announced_at",
            "planned_end": "planned_end_at",
        }
        times = {field: self.instant(spec.pop(name), zone) for name, field in named.items() if name in spec}
        return {"type": "outage", **times, **spec}

    def _plain(self, kind: str, spec: dict[str, Any], zone: str | None, record: str) -> dict[str, Any]:
        """Other records: their own fields by name; local times in `at` and those that end in `_at`. The
        record's name is its number or subject where it has one; `direction` is payable unless said
        otherwise."""
        fields = _DATA[kind].model_fields
        values = {n: self.instant(v, zone) if n == "at" or n.endswith("_at") else v for n, v in spec.items()}
        for name in ("number", "subject", "name"):
            if name in fields:
                values.setdefault(name, record)
        if "direction" in fields:
            values.setdefault("direction", "payable")
        if kind in _WITH_LINES:
            lines = spec.get("lines", [])
            values["lines"] = [{"number": str(n), **line} for n, line in enumerate(lines, start=1)]
        return values

    def _report_received(self, spec: dict[str, Any], zone: str | None, record: str) -> dict[str, Any]:
        received = spec.pop("received")
        return {**spec, "received_at": self.instant(received, zone)}


def span(document: str, quote: str) -> Span:
    """A span that quotes a clause by its name."""
    return Span(document_id=document, start=0, end=len(quote), quote=quote)


def money(text: str) -> dict[str, str]:
    """ "EUR 57120"."""
    currency, amount = text.split()
    return {"currency": currency, "amount": amount.replace(",", "")}


@cache
def load(name: str) -> dict[str, Any]:
    """The content of one golden file; read only, since it is read once."""
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    loaded = yaml.load((GOLDEN / f"{name}.yaml").read_text(encoding="utf-8"), Loader=loader)
    assert isinstance(loaded, dict)
    return loaded


def reader_of(content: Mapping[str, Any]) -> Reader:
    calendars = {
        name: Calendar(**{"name": name, **spec}) for name, spec in content.get("calendars", {}).items()
    }
    return Reader(ZoneInfo(content.get("zone", "Europe/Berlin")), calendars, content.get("party", "vendor"))


def contracts_of(content: Mapping[str, Any]) -> list[Contract]:
    return TypeAdapter(list[Contract]).validate_python(content.get("contracts", []))


def posed(
    reader: Reader, content: Mapping[str, Any], case: Mapping[str, Any]
) -> tuple[Obligation, list[Fact]]:
    """The obligation and the records of a case."""
    return obligation_of(reader, content, case), [reader.fact(fact) for fact in case.get("facts", [])]


def as_of(reader: Reader, case: Mapping[str, Any]) -> AsOf:
    instant = reader.instant(case["as_of"])
    known = reader.instant(case["known_at"]) if "known_at" in case else instant
    return AsOf(as_of=instant, known_at=known)


def observed_from(case: Mapping[str, Any]) -> date | None:
    return date.fromisoformat(case["observed_from"]) if case.get("observed_from") else None


def obligation_of(reader: Reader, content: Mapping[str, Any], case: Mapping[str, Any]) -> Obligation:
    """The obligation of a case: that of the file, with what the case says of it put over it."""
    base = content["obligation"]
    given = {**base, **case.get("obligation", {})}
    if "terms" in case:
        given["terms"] = {**base.get("terms", {}), **case["terms"]}
    for name in case.get("without", []):
        given["terms"] = {key: value for key, value in given["terms"].items() if key != name}
    return reader.obligation(given)


def differences(found: Assessment, wanted: Mapping[str, Any], zone: ZoneInfo) -> Iterator[str]:
    """What an assessment has otherwise than a golden case wants. Only what the case names is compared."""
    shown = {
        "outcome": found.outcome.value,
        "target": found.target.text if found.target else "",
        "measured": found.measured.text if found.measured else "",
        "margin": found.margin.text if found.margin else "",
        "money": str(found.money) if found.money else "",
        "money_is": found.money_is,
        "aftermath": found.aftermath,
        "counts_on": found.occurrence.counts_on.isoformat(),
        "due": _due_text(found, zone),
        "records": sorted(source.label for source in found.records),
        "spans": sorted({s.quote for s in found.spans}),
    }
    for name, value in wanted.items():
        if name in ("obligation", "occurrence", "contains", "missing", "steps"):
            continue
        expected = sorted(value) if isinstance(value, list) else value
        if name == "summary":
            shown["summary"] = found.summary
        if shown[name] != expected:
            yield f"{name}: wanted {expected!r}, found {shown[name]!r}"
    trail = "\n".join(f"{step.rule}: {step.says}" for step in found.trail)
    for text in wanted.get("contains", []):
        if text not in found.summary:
            yield f"the summary lacks {text!r}: {found.summary}"
    for text in wanted.get("steps", []):
        if text not in trail:
            yield f"the trail lacks {text!r}:\n{trail}"
    if "missing" in wanted and list(found.missing) != wanted["missing"]:
        yield f"missing: wanted {wanted['missing']!r}, found {list(found.missing)!r}"


def _due_text(found: Assessment, zone: ZoneInfo) -> str:
    """The due instant on the clocks it was given in; a whole day shows as the day."""
    due = found.occurrence.due_at
    if due is None:
        return ""
    if due.time() == time(23, 59, 59):
        return due.date().isoformat()
    return due.astimezone(zone).strftime("%Y-%m-%d %H:%M")
