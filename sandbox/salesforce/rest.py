"""What Salesforce's REST resources answer: queries with their locators, records, descriptions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox import faults
from sandbox.salesforce.describe import described, listed
from sandbox.salesforce.errors import Failure, no_column, not_allowed, not_found
from sandbox.salesforce.query import Runner
from sandbox.salesforce.schema import SObject, known_id, make_id, sobject
from sandbox.salesforce.soql import SoqlError, parse
from sandbox.salesforce.store import Record, shown, utc_text
from sandbox.salesforce.world import Organization
from sandbox.salesforce.writes import Writer

# A batch may hold fewer rows than asked for; this organisation's rows are few, so that paging shows.
ROWS_IN_A_BATCH = 40
Answer = tuple[int, Any, dict[str, str]]


@dataclass(frozen=True)
class Call:
    """One request, or one part of a composite one: `path` is what follows the version, in pieces."""

    method: str
    path: list[str]
    query: Mapping[str, str]
    body: Any
    base: str
    version: int
    now: datetime
    fault: str = ""
    batch: int = 2000

    def where(self, *path: str) -> str:
        return "/".join((self.base, *path))


@dataclass
class Rest:
    org: Organization
    locators: dict[str, tuple[str, list[Any]]] = field(default_factory=dict)

    def answer(self, call: Call) -> Answer:
        """Status, body and headers for a call. Raises Failure."""
        from sandbox.salesforce import composite

        head, *rest = call.path or [""]
        if head == "" and call.method == "GET":
            names = ("sobjects", "query", "queryAll", "composite", "limits")
            return 200, {name: call.where(name) for name in names}, {}
        if head in ("query", "queryAll"):
            return self._query(call, head, rest)
        if head == "limits" and call.method == "GET":
            return 200, {"DailyApiRequests": {"Max": 15000, "Remaining": 14000}}, {}
        if head == "sobjects":
            return self._sobjects(call, rest)
        if head == "composite":
            return composite.answer(self, call, rest)
        raise not_found()

    # -- queries --------------------------------------------------------------------------------------

    def _query(self, call: Call, head: str, rest: list[str]) -> Answer:
        if call.method != "GET":
            raise not_allowed(call.method, "GET,HEAD")
        if rest:
            return 200, self._more(call, head, rest[0]), {}
        if "q" not in call.query:
            raise Failure(400, "MALFORMED_QUERY", "A query string has to be specified")
        runner = Runner(self.org.store, call.now, call.base, deleted=head == "queryAll")
        try:
            query = parse(call.query["q"])
            _, rows = runner.run(query)
        except SoqlError as error:
            raise Failure(400, error.code, str(error)) from None
        if query.counts:
            return 200, {"totalSize": len(rows), "done": True, "records": []}, {}
        rows = faults.reorder(rows, call.fault)
        key = make_id("01g", 9000 + len(self.locators) * 5)
        self.locators[key] = (head, rows)
        return 200, self._page(call, key, 0), {}

    def _more(self, call: Call, head: str, locator: str) -> dict[str, Any]:
        key, _, offset = locator.partition("-")
        known = self.locators.get(known_id(key) or "")
        if known is None or known[0] != head or not offset.isdigit():
            raise Failure(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._page(call, known_id(key) or "", int(offset))

    def _page(self, call: Call, key: str, offset: int) -> dict[str, Any]:
        head, rows = self.locators[key]
        endless = call.fault == "loop"
        begin = 0 if endless else offset
        end = begin + min(call.batch, ROWS_IN_A_BATCH)
        page: dict[str, Any] = {"totalSize": len(rows), "done": end >= len(rows) and not endless}
        if not page["done"]:
            page["nextRecordsUrl"] = call.where(head, f"{key}-{0 if endless else end}")
        page["records"] = faults.repeat(rows[begin:end], call.fault)
        return page

    # -- records --------------------------------------------------------------------------------------

    def _sobjects(self, call: Call, rest: list[str]) -> Answer:
        if not rest:
            if call.method != "GET":
                raise not_allowed(call.method, "GET,HEAD")
            return 200, listed(call.base), {}
        schema = sobject(rest[0])
        if schema is None:
            raise not_found()
        if len(rest) == 1:
            return self._collection(call, schema)
        if rest[1] == "describe" and len(rest) == 2 and call.method == "GET":
            return 200, described(schema, call.base), {}
        if rest[1] in ("updated", "deleted") and len(rest) == 2:
            return 200, self._changed(call, schema, rest[1]), {}
        if len(rest) == 2:
            return self._by_id(call, schema, rest[1])
        if len(rest) == 3:
            return self._by_external_id(call, schema, rest[1], rest[2])
        raise not_found()

    def writer(self, call: Call) -> Writer:
        return Writer(self.org, call.now)

    def _collection(self, call: Call, schema: SObject) -> Answer:
        if call.method == "GET":
            short = {key: value for key, value in described(schema, call.base).items() if key != "fields"}
            return 200, {"objectDescribe": short, "recentItems": []}, {}
        if call.method != "POST":
            raise not_allowed(call.method, "GET,HEAD,POST")
        made = self.writer(call).create(schema, fields_of(call.body))
        return 201, saved(made.id), {"Location": call.where("sobjects", schema.name, made.id)}

    def _by_id(self, call: Call, schema: SObject, key: str) -> Answer:
        full = known_id(key)
        if full is None:
            text = f"Provided external ID field does not exist or is not accessible: {key}"
            raise Failure(404, "NOT_FOUND", text)
        if call.method == "GET":
            return self._shown(call, schema, full)
        if call.method == "PATCH":
            self.writer(call).update(schema, self.record(call, schema, full), fields_of(call.body))
        elif call.method == "DELETE":
            self.writer(call).delete(self.record(call, schema, full))
        else:
            raise not_allowed(call.method, "GET,HEAD,PATCH,DELETE")
        return 204, None, {}

    def record(self, call: Call, schema: SObject, key: str) -> Record:
        record = self.org.store.records[schema.name].get(key)
        if record is None or record.log[0].at > call.now:
            raise not_found()
        if record.gone(call.now):
            raise Failure(404, "ENTITY_IS_DELETED", "entity is deleted", [])
        return record

    def _shown(self, call: Call, schema: SObject, key: str) -> Answer:
        rows = self.org.store.rows(schema.name, call.now, deleted=True)
        if key not in rows:
            raise not_found()
        row = rows[key]
        if row["IsDeleted"]:
            raise Failure(404, "ENTITY_IS_DELETED", "entity is deleted", [])
        names = list(schema.fields)
        if "fields" in call.query:
            names = []
            for name in call.query["fields"].split(","):
                each = schema.find(name.strip())
                if each is None:
                    raise no_column(name.strip(), schema.name)
                names.append(each.name)
        kind = {"attributes": {"type": schema.name, "url": call.where("sobjects", schema.name, key)}}
        return 200, {**kind, **{name: shown(row[name], schema, name) for name in names}}, {}

    def _by_external_id(self, call: Call, schema: SObject, name: str, value: str) -> Answer:
        each = schema.find(name)
        if each is None or not each.external:
            text = f"Provided external ID field does not exist or is not accessible: {name}"
            raise Failure(404, "NOT_FOUND", text)
        writer = self.writer(call)
        holders = writer.holders(schema, each, value)
        if len(holders) > 1:
            return 300, [call.where("sobjects", schema.name, one.id) for one in holders], {}
        if call.method == "PATCH":
            return self._upsert(call, schema, (each.name, value), holders)
        if not holders:
            raise not_found()
        if call.method == "GET":
            return self._shown(call, schema, holders[0].id)
        if call.method != "DELETE":
            raise not_allowed(call.method, "GET,HEAD,PATCH,DELETE")
        writer.delete(holders[0])
        return 204, None, {}

    def _upsert(
        self, call: Call, schema: SObject, external: tuple[str, str], holders: list[Record]
    ) -> Answer:
        writer, body = self.writer(call), fields_of(call.body)
        name, value = external
        if any(key.lower() == name.lower() for key in body):
            text = f"The {name} field should not be specified in the sobject data."
            raise Failure(400, "INVALID_FIELD", text)
        if holders:
            writer.update(schema, holders[0], body)
            # Before version 46 an update answered without a body.
            return (
                (204, None, {})
                if call.version < 46
                else (200, {**saved(holders[0].id), "created": False}, {})
            )
        made = writer.create(schema, {**body, name: value})
        headers = {"Location": call.where("sobjects", schema.name, made.id)}
        return 201, {**saved(made.id), "created": True}, headers

    def _changed(self, call: Call, schema: SObject, what: str) -> dict[str, Any]:
        """Ids of records written, or deleted, between two instants."""
        if call.method != "GET":
            raise not_allowed(call.method, "GET,HEAD")
        try:
            begin, end = (
                datetime.fromisoformat(call.query[name].replace("Z", "+00:00")) for name in ("start", "end")
            )
            aware = begin.tzinfo is not None and end.tzinfo is not None
        except (KeyError, ValueError):
            aware = False
        if not aware:
            raise Failure(400, "INVALID_REPLICATION_DATE", "start and end dates are needed")
        if begin >= end or begin < call.now - timedelta(days=30):
            raise Failure(400, "INVALID_REPLICATION_DATE", "startDate cannot be more than 30 days ago")
        rows = self.org.store.rows(schema.name, call.now, deleted=True).values()
        met = [
            (row, at)
            for row in rows
            if begin <= (at := row.get("SystemModstamp") or row["CreatedDate"]) < end
        ]
        covered = {"latestDateCovered": utc_text(min(end, call.now))}
        if what == "updated":
            return {"ids": [row["Id"] for row, _ in met if not row["IsDeleted"]], **covered}
        gone = [{"id": row["Id"], "deletedDate": utc_text(at)} for row, at in met if row["IsDeleted"]]
        earliest = utc_text(call.now - timedelta(days=30))
        return {"deletedRecords": gone, "earliestDateAvailable": earliest, **covered}


def fields_of(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        text = (
            "Cannot deserialize instance of sobject from START_ARRAY value or request may be missing a field"
        )
        raise Failure(400, "JSON_PARSER_ERROR", text)
    return body


def saved(key: str) -> dict[str, Any]:
    return {"id": key, "success": True, "errors": []}
