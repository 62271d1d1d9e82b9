"""What clients may write: tracking events, attributes of shipments, remarks and reference numbers."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sandbox.otm.rows import user, zone_named
from sandbox.otm.schema import ATTRIBUTES
from sandbox.otm.world import DOMAIN, MEANS, Company, Record

LONGEST = {"attribute": 150, "remarkText": 4000, "name": 120}
QUALIFIERS = ("CARRIER", "REM", "PACTA")


class Invalid(Exception):
    """What was sent cannot be taken: why, and the field it is about."""

    def __init__(self, text: str, field: str = "") -> None:
        super().__init__(text)
        self.field = field


class Writer:
    def __init__(self, company: Company, now: datetime) -> None:
        self.company, self.now = company, now

    def event(self, given: Mapping[str, Any], shipment: Record | None = None) -> Record:
        """A tracking event, about the shipment of the address or of the body."""
        body = _without_nulls(given)
        allowed = {"shipmentGid", "statusCodeGid", "statusReasonCodeGid", "responsiblePartyGid", "eventdate"}
        allowed |= {"eventReceivedDate", "estimatedDate", "domainName", "reportingMethod"}
        _only(body, allowed)
        code = body.get("statusCodeGid")
        if code not in MEANS:
            raise Invalid("statusCodeGid is missing or not known", "statusCodeGid")
        key = str(body.get("shipmentGid") or "")
        shipment = shipment or self.company.one("shipments", key, self.now)
        if shipment is None:
            raise Invalid("shipmentGid is missing or not known", "shipmentGid")
        self._domain(body)
        own: dict[str, Any] = {"code": code, "at": _instant(body.get("eventdate"), "eventdate")}
        if "estimatedDate" in body:
            own["eta"] = _instant(body["estimatedDate"], "estimatedDate")
        for name, column in (("statusReasonCodeGid", "reason"), ("responsiblePartyGid", "party")):
            if name in body:
                own[column] = _text(body[name], name, 50)
        return self.company.report(shipment, self.now, **own, method="REST", user=user())

    def shipment(self, one: Record, given: Mapping[str, Any]) -> None:
        """Attributes and the name; null leaves a value as it is, as the vendor's default is."""
        body = _without_nulls(given)
        _only(body, {*ATTRIBUTES, "shipmentName", "shipmentGid", "shipmentXid", "domainName"})
        if body.get("shipmentGid", one.key) != one.key:
            raise Invalid("shipmentGid cannot be changed", "shipmentGid")
        self._domain(body)
        changed = {
            name: _text(value, name, LONGEST["attribute" if name != "shipmentName" else "name"])
            for name, value in body.items()
            if name in ATTRIBUTES or name == "shipmentName"
        }
        before = one.fields(self.now)["attributes"]
        one.write(self.now, attributes={**before, **changed})

    def remark(self, one: Record, given: Mapping[str, Any], number: int = 0) -> int:
        """A new remark, or the one of that number; its number."""
        body = _without_nulls(given)
        _only(body, {"remarkQualGid", "remarkText", "remarkSequence", "domainName"})
        remarks = dict(one.fields(self.now)["remarks"])
        before = remarks.get(number, {"qualifier": "REM", "text": ""})
        qualifier = body.get("remarkQualGid", before["qualifier"])
        if qualifier not in QUALIFIERS:
            raise Invalid(f"{qualifier} is no remark qualifier", "remarkQualGid")
        text = _text(body.get("remarkText", before["text"]), "remarkText", LONGEST["remarkText"])
        if not text:
            raise Invalid("remarkText is missing", "remarkText")
        number = number or max(remarks, default=0) + 1
        one.write(self.now, remarks={**remarks, number: {"qualifier": qualifier, "text": text}})
        return number

    def drop_remark(self, one: Record, number: int) -> None:
        remarks = one.fields(self.now)["remarks"]
        one.write(self.now, remarks={key: told for key, told in remarks.items() if key != number})

    def refnum(self, one: Record, given: Mapping[str, Any]) -> str:
        body = _without_nulls(given)
        _only(body, {"shipmentRefnumQualGid", "shipmentRefnumValue", "domainName"})
        name = _text(body.get("shipmentRefnumQualGid"), "shipmentRefnumQualGid", 50)
        value = _text(body.get("shipmentRefnumValue"), "shipmentRefnumValue", 240)
        if not name or not value:
            raise Invalid("a reference number has a qualifier and a value", "shipmentRefnumQualGid")
        before = one.fields(self.now)["refnums"]
        one.write(self.now, refnums={**before, name: value})
        return name

    def _domain(self, body: Mapping[str, Any]) -> None:
        if body.get("domainName", DOMAIN) != DOMAIN:
            raise Invalid(f"domainName has to be {DOMAIN}", "domainName")


def _without_nulls(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None and name != "links"}


def _only(body: Mapping[str, Any], allowed: set[str]) -> None:
    for name in body:
        if name not in allowed:
            raise Invalid(f"{name} is no field that can be written", name)


def _text(value: Any, name: str, longest: int) -> str:
    if not isinstance(value, str) or len(value) > longest:
        raise Invalid(f"{name} has to be text of at most {longest} characters", name)
    return value


def _instant(given: Any, name: str) -> datetime:
    """`{"value": "2026-11-10T09:00:00+01:00"}`, or without an offset and with a `timezone`."""
    value = given.get("value") if isinstance(given, dict) else None
    try:
        at = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError:
        raise Invalid(f"{name} is missing or no date", name) from None
    zone = zone_named(str(given.get("timezone", "UTC")))
    if zone is None:
        raise Invalid(f"{given['timezone']} is no time zone", name)
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
