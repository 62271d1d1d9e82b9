"""Properties that are written, and what `put_record` writes: how ours are called there, and of which type."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field, model_validator

from obligations.quantities import Frozen
from tools.kit.values import decimal


class PropertyTarget(Frozen):
    """A property that is written: its id and, where the value does not tell it, its type. A bare text in the
    settings is the id."""

    id: str = Field(min_length=1)
    type: Literal["string", "number", "boolean", "date", "email", "monetary_amount"] | None = None
    currency: str = Field(default="", pattern=r"^([A-Z]{3})?$", description="of a monetary amount")

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, given: Any) -> Any:
        return {"id": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _whole(self) -> PropertyTarget:
        if self.type == "monetary_amount" and not self.currency:
            raise ValueError("a monetary amount needs its currency")
        return self

    def filled(self, value: str | bool | int | Decimal | date) -> dict[str, Any]:
        """The property with a value. Raises ValueError for one that its type cannot hold."""
        kind = self.type or _type_of(value)
        if kind == "boolean":
            return {"type": kind, "value": _truth(value)}
        if kind == "date":
            day = value if isinstance(value, date) else date.fromisoformat(str(value))
            return {"type": kind, "value": f"{day.isoformat()}T00:00:00Z"}
        if kind in ("number", "monetary_amount"):
            number = decimal(value)
            if number is None or isinstance(value, bool):
                raise ValueError(f"{value!r} is no number")
            plain = int(number) if number == number.to_integral_value() else float(number)
            held: Any = {"currency": self.currency, "amount": plain} if kind == "monetary_amount" else plain
            return {"type": kind, "value": held}
        return {"type": kind, "value": str(value)}


class EntityMap(Frozen):
    """What `put_record` writes: a record of a type of its own, or an obligation of one. `reference` is the id
    of the property with our reference, `title` the field of ours that names the record."""

    record_type: str = ""
    obligation_type: str = ""
    reference: str = Field(default="externalRef", min_length=1)
    title: str = ""
    fields: dict[str, PropertyTarget] = Field(min_length=1)

    @model_validator(mode="after")
    def _one(self) -> EntityMap:
        if bool(self.record_type) == bool(self.obligation_type):
            raise ValueError("name either record_type or obligation_type")
        return self


def _type_of(value: str | bool | int | Decimal | date) -> str:
    """The type of property that a value is."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | Decimal):
        return "number"
    return "date" if isinstance(value, date) else "string"


def _truth(value: Any) -> bool:
    if str(value).casefold() not in ("true", "false"):
        raise ValueError(f"{value!r} is neither true nor false")
    return str(value).casefold() == "true"
