"""NetSuite's records over REST: lists, one record with its sublists, writes, transformations."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sandbox import faults
from sandbox.netsuite import tasks
from sandbox.netsuite.values import (
    Fault,
    condition,
    day_of,
    decimal_of,
    id_of,
    listed_of,
    missing,
    plain_of,
    whole,
)
from sandbox.netsuite.view import APPROVAL, STATUSES, TYPES, Ledger, currency, local_day, term, utc
from sandbox.netsuite.world import ROBOT, Books, Entry, Fields, Record, pay, story, total

SUBLISTS: Mapping[str, tuple[str, ...]] = {
    "purchaseOrder": ("item",),
    "itemReceipt": ("item",),
    "vendorBill": ("item", "expense"),
    "vendorCredit": ("item",),
    "vendorPayment": ("apply",),
}
KNOWN = ("vendor", "task", *TYPES)
TRANSFORMS = {
    ("purchaseOrder", "itemReceipt"),
    ("purchaseOrder", "vendorBill"),
    ("vendorBill", "vendorPayment"),
}
PLAIN = {
    "tranId": "text",
    "tranDate": "date",
    "dueDate": "date",
    "memo": "text",
    "externalId": "text",
    "custbody_contract_number": "text",
    "custbody_pacta_ref": "text",
}
STORED = {"custbody_contract_number": "contract", "custbody_pacta_ref": "pactaRef"}
WRITABLE: Mapping[str, frozenset[str]] = {
    "purchaseOrder": frozenset({*PLAIN, "entity", "currency", "terms", "item", "subsidiary"}) - {"dueDate"},
    "vendorBill": frozenset(
        {
            *PLAIN,
            "entity",
            "currency",
            "terms",
            "approvalStatus",
            "item",
            "subsidiary",
            "paymentHold",
            "expense",
        }
    ),
    "itemReceipt": frozenset({"tranDate", "memo", "externalId", "item", "custbody_pacta_ref"}),
    "vendorPayment": frozenset(
        {"tranDate", "memo", "externalId", "apply", "entity", "custbody_pacta_ref", "account"}
    ),
    "vendorCredit": frozenset({*PLAIN, "entity", "currency", "item", "subsidiary"}) - {"dueDate"},
    "vendor": frozenset(
        {"companyName", "entityId", "externalId", "accountNumber", "isInactive", "subsidiary"}
    ),
    "task": tasks.NAMES,
}
READ_ONLY = frozenset(
    {
        "id",
        "links",
        "status",
        "total",
        "createdDate",
        "lastModifiedDate",
        "createdFrom",
        "userTotal",
        "refName",
    }
)


class Rest:
    def __init__(self, books: Books, now: datetime, base: str) -> None:
        self.books, self.now, self.base = books, now, base
        self.ledger = Ledger(books, now)

    # -- reading --------------------------------------------------------------------------------------

    def find(self, kind: str, key: str) -> Record:
        """The record of an id, or of `eid:` and an external id. Raises Fault."""
        if key.startswith("eid:"):
            for record in self.books.seen(kind, self.now):
                if record.fields(self.now).get("externalId") == key[4:]:
                    return record
            raise missing()
        if not key.isdigit():
            raise Fault(400, "INVALID_ID", f"Invalid record instance identifier {key}.")
        found = self.books.one(kind, int(key), self.now)
        if found is None:
            raise missing()
        return found

    def listed(self, kind: str, asked: Mapping[str, str], fault: str) -> dict[str, Any]:
        records = sorted(self.books.seen(kind, self.now), key=lambda record: record.id)
        if asked.get("q"):
            test = condition(asked["q"])
            records = [record for record in records if test(self.shown(record, True))]
        rows = [
            {"links": [link("self", f"{self.base}/record/v1/{kind}/{record.id}")], "id": str(record.id)}
            for record in faults.reorder(records, fault)
        ]
        return paged(rows, asked, f"{self.base}/record/v1/{kind}", fault)

    def shown(self, record: Record, expand: bool) -> dict[str, Any]:
        """A record as JSON; sublists in full, or as links to them. Empty fields are left out."""
        fields, where = record.fields(self.now), f"{self.base}/record/v1/{record.type}/{record.id}"
        made: dict[str, Any] = {"links": [link("self", where)], "id": str(record.id)}
        if record.type == "task":
            made |= tasks.shown(record, self.now)
        else:
            made |= (
                self._vendor(record, fields) if record.type == "vendor" else self._transaction(record, fields)
            )
            made["externalId"] = fields.get("externalId")
        for name in SUBLISTS.get(record.type, ()):
            place = f"{where}/{name}"
            made[name] = self.sublist(record, name, place) if expand else {"links": [link("self", place)]}
        return {name: value for name, value in made.items() if value is not None}

    def sublist(self, record: Record, name: str, place: str) -> dict[str, Any]:
        fields = record.fields(self.now)
        if name == "apply":
            rows = self._applied(fields)
        elif name == "expense":
            rows = self._expenses(fields)
        else:
            rows = self._lines(record, fields)
        for row in rows:
            row["links"] = [link("self", f"{place}/{row.get('line', row.get('doc', {}).get('id'))}")]
        return {"links": [link("self", place)], "items": rows, "totalResults": len(rows)}

    @staticmethod
    def _expenses(fields: Fields) -> list[dict[str, Any]]:
        rows = []
        for place, one in enumerate(fields.get("expenses", ()), 1):
            account = next((row for row in story()["accounts"] if row["id"] == one["account"]), None)
            row = {
                "line": place,
                "account": {"id": str(one["account"]), "refName": account["name"] if account else None},
                "amount": float(one["amount"]),
                "memo": one.get("memo"),
            }
            rows.append({name: value for name, value in row.items() if value is not None})
        return rows

    def _vendor(self, record: Record, fields: Fields) -> dict[str, Any]:
        plain = {
            name: fields.get(name) for name in ("entityId", "companyName", "accountNumber", "isInactive")
        }
        modified = utc(record.seen(self.now)[-1].at)
        return {**plain, "dateCreated": utc(record.created_at), "lastModifiedDate": modified}

    def _transaction(self, record: Record, fields: Fields) -> dict[str, Any]:
        status = self.ledger.status(record, fields)
        due, terms, approval = fields.get("dueDate"), term(fields.get("terms")), fields.get("approvalStatus")
        money = currency(fields["currency"])
        source = self.books.records.get(fields.get("createdFrom") or 0)
        amount = float(total(fields))
        return {
            "tranId": fields["tranId"],
            "tranDate": fields["tranDate"].isoformat(),
            "dueDate": due.isoformat() if due else None,
            "entity": self._reference("vendor", fields["entity"]),
            "status": {"id": status, "refName": STATUSES[status]},
            "currency": {"id": str(money["id"]), "refName": money["name"]},
            "exchangeRate": 1.0,
            "terms": {"id": str(terms["id"]), "refName": terms["name"]} if terms else None,
            "approvalStatus": {"id": str(approval), "refName": APPROVAL[approval]} if approval else None,
            "subsidiary": {"id": str(story()["subsidiary"]["id"]), "refName": story()["subsidiary"]["name"]},
            "memo": fields.get("memo"),
            "total": amount,
            "userTotal": amount if record.type == "vendorBill" else None,
            "createdFrom": self._reference(source.type, source.id) if source else None,
            "createdDate": utc(record.created_at),
            "lastModifiedDate": utc(self.ledger.modified(record)),
            "custbody_contract_number": fields.get("contract"),
            "custbody_pacta_ref": fields.get("pactaRef"),
            "voided": True if fields.get("voided") else None,
            "paymentHold": bool(fields.get("paymentHold")) if record.type == "vendorBill" else None,
        }

    def _reference(self, kind: str, key: int) -> dict[str, Any]:
        record = self.books.records[key]
        where = link("self", f"{self.base}/record/v1/{kind}/{key}")
        return {"links": [where], "id": str(key), "refName": self.ledger.label(record)}

    def _lines(self, record: Record, fields: Fields) -> list[dict[str, Any]]:
        order = record.type == "purchaseOrder"
        received = self.ledger.taken(record.id, "itemReceipt") if order else {}
        billed = self.ledger.taken(record.id, "vendorBill") if order else {}
        rows = []
        for line in fields.get("lines", ()):
            item = next((one for one in story()["items"] if one["id"] == line["item"]), None)
            row = {
                "line": line["line"],
                "item": {"id": str(line["item"]), "refName": item["code"]} if item else None,
                "quantity": float(line["quantity"]),
                "rate": float(line["rate"]),
                "amount": float(line["quantity"] * line["rate"]),
                "description": line.get("description"),
                "orderLine": line.get("orderLine"),
            }
            if order:
                expected = line.get("expectedReceiptDate")
                row |= {
                    "quantityReceived": float(received.get(line["line"], 0)),
                    "quantityBilled": float(billed.get(line["line"], 0)),
                    "expectedReceiptDate": expected.isoformat() if expected else None,
                    "isClosed": line.get("isClosed", False),
                }
            rows.append({name: value for name, value in row.items() if value is not None})
        return rows

    def _applied(self, fields: Fields) -> list[dict[str, Any]]:
        rows = []
        for one in fields["apply"]:
            bill = self.books.records[one["doc"]]
            own = bill.fields(self.now)
            due = total(own) - self.ledger.paid(bill.id)
            rows.append(
                {
                    "apply": True,
                    "doc": {"id": str(bill.id), "refName": self.ledger.label(bill)},
                    "refNum": own["tranId"],
                    "type": "Bill",
                    "applyDate": own["tranDate"].isoformat(),
                    "total": float(total(own)),
                    "due": float(due),
                    "amount": float(one["amount"]),
                }
            )
        return rows

    # -- writing --------------------------------------------------------------------------------------

    def create(self, kind: str, body: Mapping[str, Any], strict: bool) -> Record:
        fields = self._fields(kind, body, None, strict)
        self._unique(kind, fields, None)
        named = {"vendor": ("companyName",), "vendorPayment": ("entity", "apply"), "task": ("title",)}
        lines = "expenses" if "expenses" in fields else "lines"
        needed = named.get(kind, ("entity", lines))
        lacking = [name for name in needed if not fields.get(name)]
        if lacking:
            name = {"lines": "item"}.get(lacking[0], lacking[0])
            raise Fault(400, "USER_ERROR", f"Please enter value(s) for: {name}", path=name)
        if kind == "task":
            return self.books.add(kind, self.now, ROBOT, **{**tasks.defaults(), **fields})
        if kind == "vendor":
            return self.books.add(
                kind, self.now, ROBOT, **{"entityId": fields["companyName"], "isInactive": False, **fields}
            )
        common: Fields = {
            "tranId": self.books.number(kind),
            "tranDate": local_day(self.now),
            "currency": "USD",
            "terms": "Net 30",
            "memo": None,
            "contract": None,
        }
        if kind == "vendorBill":
            common |= {"approvalStatus": 1}
            day: date = fields.get("tranDate") or local_day(self.now)
            found = term(fields.get("terms", "Net 30"))
            common["dueDate"] = day + timedelta(days=found["days"] if found else 30)
        if kind == "vendorPayment":
            common |= {"voided": False}
            bill = self.books.records[fields["apply"][0]["doc"]].fields(self.now)
            common |= {"currency": bill["currency"], "contract": bill.get("contract")}
        if kind == "itemReceipt":
            raise Fault(400, "USER_ERROR", "An item receipt is made by transforming a purchase order.")
        return self.books.add(kind, self.now, ROBOT, **{**common, **fields})

    def update(self, record: Record, body: Mapping[str, Any], strict: bool) -> None:
        fields = self._fields(record.type, body, record, strict)
        self._unique(record.type, fields, record)
        if record.type == "task" and fields.get("status") == "COMPLETE":
            fields.setdefault("completedDate", local_day(self.now))
        if fields:
            record.write(self.now, ROBOT, **fields)
            self.books.version += 1

    def delete(self, record: Record) -> None:
        for other in self.ledger.transactions():
            fields = other.fields(self.now)
            if any(one["doc"] == record.id for one in fields.get("apply", ())) and not fields.get("voided"):
                raise Fault(
                    400, "USER_ERROR", "This record cannot be deleted because it has dependent records."
                )
        record.deleted = Entry(self.now, ROBOT, {})
        self.books.version += 1

    def transform(self, source: Record, target: str, body: Mapping[str, Any], strict: bool) -> Record:
        """A record made of another one: what is open of it, unless the body says less."""
        if (source.type, target) not in TRANSFORMS:
            raise Fault(400, "INVALID_TRANSFORM", f"{source.type} cannot be transformed into {target}.")
        own = source.fields(self.now)
        given = self._fields(target, body, None, strict)
        self._unique(target, given, None)
        if target == "vendorPayment":
            return self._payment(source, own, given)
        kind = "itemReceipt" if target == "itemReceipt" else "vendorBill"
        done = self.ledger.taken(source.id, kind)
        lines = [
            {
                "line": place,
                "orderLine": line["line"],
                "item": line["item"],
                "rate": line["rate"],
                "quantity": line["quantity"] - done.get(line["line"], Decimal(0)),
            }
            for place, line in enumerate((one for one in own["lines"] if not one["isClosed"]), 1)
        ]
        wanted = {line.get("orderLine", line["line"]): line["quantity"] for line in given.pop("lines", ())}
        if wanted:
            lines = [
                {**line, "quantity": wanted[line["orderLine"]]}
                for line in lines
                if line["orderLine"] in wanted
            ]
        lines = [line for line in lines if line["quantity"] > 0]
        if not lines:
            raise Fault(400, "USER_ERROR", "The transaction has no lines left to transform.")
        names = ("entity", "currency", "terms", "contract")
        common = {name: own.get(name) for name in names} | {
            "tranId": self.books.number(target),
            "tranDate": local_day(self.now),
            "memo": None,
            "createdFrom": source.id,
            "lines": lines,
        }
        if target == "vendorBill":
            found = term(own.get("terms"))
            day: date = given.get("tranDate") or local_day(self.now)
            common |= {"approvalStatus": 1, "dueDate": day + timedelta(days=found["days"] if found else 30)}
        return self.books.add(target, self.now, ROBOT, **{**common, **given})

    def _payment(self, bill: Record, own: Fields, given: Fields) -> Record:
        left = total(own) - self.ledger.paid(bill.id)
        applied = given.pop("apply", None)
        amount = applied[0]["amount"] if applied and applied[0]["amount"] is not None else left
        if own.get("approvalStatus") == 1:
            raise Fault(400, "USER_ERROR", "The bill is pending approval and cannot be paid.")
        if amount <= 0 or amount > left:
            raise Fault(
                400, "USER_ERROR", "The amount to apply exceeds what is due.", path="apply.items[0].amount"
            )
        day = given.pop("tranDate", local_day(self.now))
        made = pay(self.books, bill, (self.now, ROBOT), day, amount)
        if given:
            made.write(self.now, ROBOT, **given)
        return made

    def _unique(self, kind: str, fields: Fields, own: Record | None) -> None:
        for record in self.books.seen(kind, self.now):
            other = record.fields(self.now)
            if own is not None and record.id == own.id:
                continue
            if fields.get("externalId") is not None and other.get("externalId") == fields["externalId"]:
                raise Fault(400, "DUP_RCRD", "This record already exists", path="externalId")

    def _fields(self, kind: str, body: Mapping[str, Any], record: Record | None, strict: bool) -> Fields:
        """What a body gives, checked and in the form in which it is kept. Raises Fault."""
        if kind == "task":
            return tasks.fields_of(self.books, body, self.now, strict)
        found: Fields = {}
        for name, value in body.items():
            if name in READ_ONLY:
                continue
            if name not in WRITABLE[kind]:
                if strict:
                    raise Fault(400, "INVALID_CONTENT", f"Unknown reference or field {name}.", path=name)
                continue
            try:
                found |= self._field(kind, name, value, record)
            except (TypeError, ValueError, AttributeError, KeyError, ArithmeticError):
                text = f"Invalid Field Value {value} for the following field: {name}"
                raise Fault(400, "INVALID_CONTENT", text, path=name) from None
        return found

    def _field(self, kind: str, name: str, value: Any, record: Record | None) -> Fields:
        """One field of a body in the form in which it is kept. Raises Fault, or whatever a value of the wrong
        type leads to."""
        if name in PLAIN:
            if name == "tranDate" and value is None:
                raise Fault(400, "USER_ERROR", f"Please enter value(s) for: {name}", path=name)
            return {STORED.get(name, name): plain_of(name, PLAIN[name], value)}
        if name == "entity":
            return {name: self._vendor_of(value)}
        if name == "currency":
            return {name: listed_of("currencies", value, "symbol", name)}
        if name == "terms":
            return {name: listed_of("terms", value, "name", name)}
        if name == "approvalStatus":
            key = int(id_of(value, name))
            if key not in APPROVAL:
                raise ValueError(key)
            return {name: key}
        if name == "paymentHold":
            return {name: value is True}
        if name == "expense":
            return {"expenses": self._given_expenses(value)}
        if name == "item":
            return {"lines": self._given_lines(value, record)}
        if name == "apply":
            return {name: self._given_apply(value)}
        return {name: value} if kind == "vendor" and name != "subsidiary" else {}

    def _vendor_of(self, value: Any) -> int:
        if isinstance(value, Mapping) and "externalId" in value:
            return self.find("vendor", f"eid:{value['externalId']}").id
        key = id_of(value, "entity")
        record = self.books.one("vendor", int(key) if key.isdigit() else None, self.now)
        if record is None:
            text = f"Invalid Field Value {key} for the following field: entity"
            raise Fault(400, "INVALID_CONTENT", text, path="entity")
        return record.id

    def _given_lines(self, value: Any, record: Record | None) -> list[Fields]:
        rows = value.get("items") if isinstance(value, Mapping) else None
        if not isinstance(rows, list):
            raise Fault(400, "INVALID_CONTENT", "A sublist is an object with items.", path="item")
        before = {line["line"]: line for line in record.fields(self.now).get("lines", ())} if record else {}
        lines = []
        for place, row in enumerate(rows, 1):
            number = int(row.get("line", row.get("orderLine", place)))
            old = before.pop(number, {"line": number, "isClosed": False, "rate": Decimal(0), "item": 0})
            new = dict(old)
            for name in ("quantity", "rate"):
                if name in row:
                    new[name] = decimal_of(row[name], f"item.items[{place - 1}].{name}")
            if "amount" in row and "rate" not in row and new.get("quantity"):
                new["rate"] = decimal_of(row["amount"], "amount") / new["quantity"]
            if "item" in row:
                new["item"] = int(id_of(row["item"], "item"))
            if "orderLine" in row:
                new["orderLine"] = int(row["orderLine"])
            if "expectedReceiptDate" in row:
                new["expectedReceiptDate"] = day_of(row["expectedReceiptDate"], "expectedReceiptDate")
            new |= {name: row[name] for name in ("isClosed", "description") if name in row}
            new.setdefault("quantity", Decimal(1))
            lines.append(new)
        # Lines that a change does not name stay as they are.
        return sorted([*before.values(), *lines], key=lambda line: int(line["line"]))

    def _given_expenses(self, value: Any) -> list[Fields]:
        rows = value.get("items") if isinstance(value, Mapping) else None
        if not isinstance(rows, list):
            raise Fault(400, "INVALID_CONTENT", "A sublist is an object with items.", path="expense")
        found = []
        for place, row in enumerate(rows):
            key = id_of(row.get("account"), f"expense.items[{place}].account")
            if all(str(one["id"]) != key for one in story()["accounts"]):
                text = f"Invalid Field Value {key} for the following field: account"
                raise Fault(400, "INVALID_CONTENT", text, path=f"expense.items[{place}].account")
            amount = decimal_of(row.get("amount"), f"expense.items[{place}].amount")
            found.append({"account": int(key), "amount": amount, "memo": row.get("memo")})
        return found

    def _given_apply(self, value: Any) -> list[Fields]:
        rows = value.get("items") if isinstance(value, Mapping) else None
        if not isinstance(rows, list):
            raise Fault(400, "INVALID_CONTENT", "A sublist is an object with items.", path="apply")
        found = []
        for row in rows:
            if row.get("apply") is False:
                continue
            bill = self.find("vendorBill", id_of(row.get("doc"), "apply.doc"))
            given = row.get("amount")
            left = total(bill.fields(self.now)) - self.ledger.paid(bill.id)
            found.append({"doc": bill.id, "amount": left if given is None else decimal_of(given, "amount")})
        return found


def link(rel: str, href: str) -> dict[str, str]:
    return {"rel": rel, "href": href}


def paged(rows: list[Any], asked: Mapping[str, str], where: str, fault: str) -> dict[str, Any]:
    """One page of a collection. Raises Fault for a limit or an offset NetSuite does not take."""
    limit, offset = whole(asked, "limit", 1000), whole(asked, "offset", 0)
    if not 1 <= limit <= 1000:
        raise Fault(400, "INVALID_PARAMETER", "The limit has to be between 1 and 1000.", param="limit")
    if offset % limit:
        raise Fault(400, "INVALID_PARAMETER", "The offset has to be a multiple of the limit.", param="offset")
    begin = 0 if fault == "loop" else offset
    page = faults.repeat(rows[begin : begin + limit], fault)
    more = fault == "loop" or offset + limit < len(rows)

    def place(rel: str, at: int) -> dict[str, str]:
        return link(rel, f"{where}?limit={limit}&offset={at}")

    links = [link("self", where)]
    if more:
        links = [
            place("next", 0 if fault == "loop" else offset + limit),
            place("last", (len(rows) - 1) // limit * limit),
            *links,
        ]
    if offset:
        links = [place("previous", max(offset - limit, 0)), place("first", 0), *links]
    return {
        "links": links,
        "count": len(page),
        "hasMore": more,
        "items": page,
        "offset": offset,
        "totalResults": len(rows),
    }
