"""From OneTrust's objects to certificates, pure. What cannot be read is refused: a limit that is not
understood must not count as none."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from obligations.facts import Certificate, Fact
from obligations.quantities import Money
from tools.kit.errors import Skippable
from tools.kit.facts import Hints, make_fact, start_of
from tools.kit.paging import Row
from tools.kit.verbs import RawRecord

if TYPE_CHECKING:
    from tools.onetrust.connector import Names, OneTrustSettings

_TEXTS = ("insured", "insurer", "rating", "policy")
_DAYS = ("issued_on", "effective_on", "expires_on", "cancelled_on", "retroactive_on")
_BOXES = ("additional_insured", "waiver_of_subrogation", "primary")
_CHOICES = ("aggregate_applies", "basis")
_LIMITS = ("each_occurrence", "aggregate")


def facts_of(settings: OneTrustSettings, system: str, raw: RawRecord) -> tuple[Fact, ...]:
    """The certificate as it stands since its last change. Raises ValueError for unreadable attributes."""
    read = _Reader(settings, raw.data.get("row") or {})
    if raw.updated_at is None:
        raise Skippable(system, "no time of change", place=raw.id, remedy="Report it to the vendor.")
    try:
        data = read.certificate()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    names = settings.certificates
    source = settings.source(system, f"certificate/{raw.id}", read.text(("name",)))
    hints = Hints(read.text(names.party), read.text(names.contract))
    begins = start_of(data.effective_on, ZoneInfo(settings.zone))
    return (make_fact(source, data, begins, raw.updated_at, hints),)


def shown(value: Any) -> str:
    """A value as text: plain, `{"id", "value"}`, or a list of such, of which the parts are joined."""
    if isinstance(value, dict):
        return shown(value.get("value")) or shown(value.get("name"))
    if isinstance(value, list):
        return ", ".join(filter(None, (shown(each) for each in value)))
    if isinstance(value, bool):
        return str(value).lower()
    return str(value).strip() if isinstance(value, str | int | Decimal) else ""


class _Reader:
    """Reads the attributes of one object: beside its own fields in a list, under `attributes` alone."""

    def __init__(self, settings: OneTrustSettings, row: Row) -> None:
        self._settings = settings
        held = row.get("attributes")
        self._row: Row = {**(held if isinstance(held, dict) else {}), **row}

    def certificate(self) -> Certificate:
        names, own = self._settings.certificates, self._settings
        kind = self.text(names.type)
        if not kind:
            raise ValueError("it has no type")
        given: dict[str, Any] = {"type": own.types.get(kind, kind)}
        given |= {field: self.text(getattr(names, field)) for field in _TEXTS}
        given |= {field: self._day(getattr(names, field)) for field in _DAYS}
        given |= {field: self._box(getattr(names, field)) for field in _BOXES}
        given |= {field: self._choice(getattr(names, field)) for field in _CHOICES}
        given |= {field: self._limit(getattr(names, field)) for field in _LIMITS}
        listed = (part.strip() for part in self.text(names.endorsements).replace(";", ",").split(","))
        given["endorsements"] = tuple(filter(None, listed))
        return Certificate.model_validate(given)

    def text(self, names: Names) -> str:
        return next((held for name in names if (held := shown(self._row.get(name)))), "")

    def _day(self, names: Names) -> date | None:
        """A day; one told as an instant is its day in the tenant's zone."""
        held = self.text(names)
        if not held:
            return None
        try:
            moment = datetime.fromisoformat(held)
            if moment.tzinfo is None:
                return moment.date()
            return moment.astimezone(UTC).astimezone(ZoneInfo(self._settings.zone)).date()
        except (ValueError, OverflowError):
            raise ValueError(f"{names[0]} is no day: {held[:40]!r}") from None

    def _box(self, names: Names) -> bool | None:
        held = self.text(names).casefold()
        if not held:
            return None
        if held in {word.casefold() for word in self._settings.yes}:
            return True
        if held in {word.casefold() for word in self._settings.no}:
            return False
        raise ValueError(f"{names[0]} is neither yes nor no: {held[:40]!r}")

    def _choice(self, names: Names) -> str:
        held = self.text(names)
        return self._settings.words.get(held, held)

    def _limit(self, names: Names) -> Money | None:
        held = self.text(names)
        if not held:
            return None
        try:
            amount = Decimal(held)
        except InvalidOperation:
            raise ValueError(f"{names[0]} is no amount: {held[:40]!r}") from None
        if not amount.is_finite() or amount < 0:
            raise ValueError(f"{names[0]} is no amount: {held[:40]!r}")
        currency = self.text(self._settings.certificates.currency) or self._settings.default_currency
        if not currency:
            raise ValueError(f"{names[0]} has no currency")
        return Money(amount=amount, currency=currency)
