"""Writing Salesforce's records: what a body may hold, what Salesforce adds to it, what it refuses."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.salesforce.errors import Failure, no_column
from sandbox.salesforce.schema import OBJECTS, Field, SObject, known_id, owner_of
from sandbox.salesforce.store import Record, Row, Store
from sandbox.salesforce.world import Organization, complete, open_milestones

DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "Case": {"Status": "New", "Priority": "Medium", "IsStopped": False},
    "Task": {"Status": "Not Started", "Priority": "Normal"},
    "Contract": {"Status": "Draft", "StatusCode": "Draft"},
    "Order": {"StatusCode": "Draft"},
    "FeedItem": {"Type": "TextPost", "Visibility": "AllUsers"},
}
OWNED = ("Account", "Case", "Task", "Contract", "ServiceContract")
NUMBERED = {
    "Case": ("CaseNumber", 8, 1101),
    "Contract": ("ContractNumber", 8, 100),
    "Order": ("OrderNumber", 8, 100),
}
MISSPELT = "JSON_PARSER_ERROR"


@dataclass
class Writer:
    org: Organization
    now: datetime

    @property
    def store(self) -> Store:
        return self.org.store

    def create(self, schema: SObject, body: Mapping[str, Any]) -> Record:
        if not schema.creatable:
            text = f"entity type cannot be inserted: {schema.name}"
            raise Failure(400, "INVALID_TYPE_FOR_OPERATION", text, [])
        fields = self.checked(schema, body, creating=True)
        missing = [
            each.name for each in schema.fields.values() if each.required and fields.get(each.name) is None
        ]
        if missing:
            text = f"Required fields are missing: [{', '.join(missing)}]"
            raise Failure(400, "REQUIRED_FIELD_MISSING", text, missing)
        self._unique(schema, fields, None)
        fields = {**DEFAULTS.get(schema.name, {}), **fields}
        if schema.name in OWNED:
            fields.setdefault("OwnerId", self.org.integration)
        if schema.name in NUMBERED:
            name, width, first = NUMBERED[schema.name]
            fields[name] = self.store.number(schema.name, width, first)
        fields |= self.worked_out(schema, fields, {})
        made = self.store.add(schema.name, self.now, self.org.integration, fields)
        if schema.name == "Case" and fields.get("EntitlementId"):
            open_milestones(self.org, made, fields.get("Type") or "Question", self.now, self.org.integration)
        return made

    def update(self, schema: SObject, record: Record, body: Mapping[str, Any]) -> None:
        if not schema.updatable:
            raise Failure(
                400, "INVALID_TYPE_FOR_OPERATION", f"entity type cannot be updated: {schema.name}", []
            )
        fields = self.checked(schema, body, creating=False)
        emptied = [name for name, value in fields.items() if value is None and schema.fields[name].required]
        if emptied:
            text = f"Required fields are missing: [{', '.join(emptied)}]"
            raise Failure(400, "REQUIRED_FIELD_MISSING", text, emptied)
        self._unique(schema, fields, record)
        before = record.values(self.now)
        fields |= self.worked_out(schema, fields, before)
        self.store.write(record, self.now, self.org.integration, fields)
        if schema.name == "Case" and fields.get("IsClosed") and not before.get("IsClosed"):
            every = list(self.org.types.values())
            complete(self.store, record.id, every, (self.now, self.now), self.org.integration)

    def delete(self, record: Record) -> None:
        schema = OBJECTS[record.kind]
        if not schema.creatable:
            raise Failure(
                400, "INVALID_TYPE_FOR_OPERATION", f"entity type cannot be deleted: {schema.name}", []
            )
        record.deleted = type(record.log[0])(self.now, self.org.integration, {})

    def worked_out(self, schema: SObject, fields: Row, before: Row) -> Row:
        """What follows from the written fields: closed or not, activated when, totals, stopped since."""
        found: Row = {}
        if schema.name == "Case" and "Status" in fields:
            closed = fields["Status"] == "Closed"
            if closed != bool(before.get("IsClosed")):
                at = self.now if closed else None
                found |= {"IsClosed": closed, "ClosedDate": at, "SlaExitDate": at}
        if schema.name == "Case" and "IsStopped" in fields:
            found["StopStartDate"] = self.now if fields["IsStopped"] else None
        if schema.name == "Case" and fields.get("EntitlementId") and not before.get("SlaStartDate"):
            found |= {
                "SlaStartDate": fields.get("SlaStartDate") or self.now,
                "BusinessHoursId": self.org.hours,
            }
        if schema.name == "Task" and "Status" in fields:
            done = fields["Status"] == "Completed"
            found |= {"IsClosed": done, "CompletedDateTime": self.now if done else None}
        if schema.name == "Contract" and fields.get("Status"):
            found["StatusCode"] = fields["Status"].replace(" Approval Process", "Approval")
        return found

    def _unique(self, schema: SObject, fields: Row, own: Record | None) -> None:
        for each in schema.fields.values():
            value = fields.get(each.name) if each.external else None
            for other in self.holders(schema, each, value) if value is not None else ():
                if own is None or other.id != own.id:
                    where = f"{each.name} duplicates value on record with id: {other.id[:15]}"
                    text = f"duplicate value found: {where}"
                    raise Failure(400, "DUPLICATE_VALUE", text, [])

    def holders(self, schema: SObject, each: Field, value: str) -> list[Record]:
        """The records that hold an external id; text is compared without regard to case."""
        return [
            record
            for record in self.store.records[schema.name].values()
            if record.log[0].at <= self.now
            and not record.gone(self.now)
            and str(record.values(self.now).get(each.name) or "").casefold() == value.casefold()
        ]

    # -- the body -------------------------------------------------------------------------------------

    def checked(self, schema: SObject, body: Mapping[str, Any], *, creating: bool) -> Row:
        found: Row = {}
        for name, value in body.items():
            if name == "attributes":
                continue
            each = schema.find(name)
            if each is None:
                link = schema.relationships.get(name.lower())
                if link is None or not isinstance(value, dict):
                    raise no_column(name, schema.name)
                each, value = link, self._by_external_id(link, value)
            if not (each.create if creating else each.update):
                text = (
                    f"Unable to create/update fields: {each.name}. Please check the security settings of "
                    "this field and verify that it is read/write for your profile or permission set."
                )
                raise Failure(400, "INVALID_FIELD_FOR_INSERT_UPDATE", text, [each.name])
            found[each.name] = self._typed(each, value)
        return found

    def _by_external_id(self, link: Field, given: Mapping[str, Any]) -> str:
        keys = [name for name in given if name != "attributes"]
        target = OBJECTS[link.targets[0]]
        each = target.find(keys[0]) if len(keys) == 1 else None
        holders = (
            self.holders(target, each, str(given[keys[0]])) if each is not None and each.external else []
        )
        if len(holders) != 1:
            text = f"Foreign key external ID: {given.get(keys[0]) if keys else ''} not found for field"
            raise Failure(
                400, "INVALID_FIELD", f"{text} {keys[0] if keys else ''} in entity {target.name}", []
            )
        return holders[0].id

    def _typed(self, each: Field, value: Any) -> Any:
        if value is None or value == "":
            return None if each.type != "boolean" else False
        if each.type == "boolean":
            if not isinstance(value, bool):
                raise _misspelt("boolean", value)
            return value
        if each.type in ("int", "double", "currency"):
            return _number(each, value)
        if not isinstance(value, str):
            raise _misspelt("string", value)
        if each.type == "reference":
            return self._reference(each, value)
        if each.type == "datetime":
            return _moment(value)
        if each.type == "date":
            return _day(value)
        if each.type == "picklist" and value not in each.values:
            text = f"{each.name}: bad value for restricted picklist field: {value}"
            raise Failure(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", text, [each.name])
        if each.size and len(value) > each.size:
            text = f"{each.name}: data value too large: {value[:80]} (max length={each.size})"
            raise Failure(400, "STRING_TOO_LONG", text, [each.name])
        return value

    def _reference(self, each: Field, value: str) -> str:
        full = known_id(value)
        target = owner_of(value)
        if full is None or target is None or target.name not in each.targets:
            text = f"{each.name}: id value of incorrect type: {value}"
            raise Failure(400, "MALFORMED_ID", text, [each.name])
        record = self.store.records[target.name].get(full)
        if record is None or record.log[0].at > self.now or record.gone(self.now):
            raise Failure(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [])
        return full


def _misspelt(kind: str, value: Any) -> Failure:
    token = {
        bool: "VALUE_TRUE" if value else "VALUE_FALSE",
        int: "VALUE_NUMBER_INT",
        float: "VALUE_NUMBER_FLOAT",
    }
    name = token.get(type(value), "VALUE_STRING" if isinstance(value, str) else "START_OBJECT")
    what = f"{kind} from {name} value {value}"
    text = f"Cannot deserialize instance of {what} or request may be missing a required field"
    return Failure(400, MISSPELT, text)


def _number(each: Field, value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _misspelt(each.type, value)
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise _misspelt(each.type, value) from None
    if each.type == "int" and number != number.to_integral_value():
        raise _misspelt("int", value)
    return number


def _moment(value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        raise _misspelt("datetime", value) from None
    if "T" not in value:
        raise _misspelt("datetime", value)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        raise _misspelt("date", value) from None
