"""Agiloft's records of the invented company, as logs of writes: contracts and `world/agiloft.yaml`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import yaml

from sandbox.agiloft.query import ZONE, instant
from sandbox.world import HERE, World
from sandbox.world.records import ContractRecord

BEGAN = datetime(2024, 1, 8, 8, tzinfo=UTC)
SYSTEM = "system"
FIRST: Mapping[str, int] = {"contract": 1001, "company": 11, "contacts": 3, "task": 5001, "obligation": 701}
TYPES: Mapping[str, str] = {
    "master": "Master Agreement",
    "schedule": "Schedule",
    "amendment": "Amendment",
    "sow": "Statement of Work",
    "standalone": "Standalone Agreement",
}
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Fields = dict[str, Any]


@cache
def story() -> Mapping[str, Any]:
    text = (HERE / "agiloft.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader
    return loaded


@dataclass(frozen=True)
class Document:
    """A file in a file field; `key` names a signed contract of the corpus where `content` is None."""

    name: str
    media: str
    content: bytes | None = None
    key: str = ""


@dataclass
class Record:
    """One record as the log of what was written to it: instant, user, fields.

    A link stands under `@` and the name of its group, as the id of the record it shows."""

    table: str
    id: int
    log: list[tuple[datetime, str, Fields]]
    deleted_at: datetime | None = None

    def seen(self, now: datetime) -> bool:
        return self.log[0][0] <= now and (self.deleted_at is None or self.deleted_at > now)

    def fields(self, now: datetime) -> Fields:
        found: Fields = {}
        for at, _, fields in self.log:
            if at <= now:
                found |= fields
        return found

    def touched(self, now: datetime) -> tuple[datetime, str]:
        """When and by whom it was last written."""
        at, by, _ = [line for line in self.log if line[0] <= now][-1]
        return at, by

    def write(self, at: datetime, by: str, fields: Fields) -> None:
        self.log.append((at, by, fields))
        self.log.sort(key=lambda line: line[0])


@dataclass
class Company:
    """Every record by table and id; ids count up in the order in which records were made."""

    records: dict[str, dict[int, Record]] = field(default_factory=dict)
    next_id: dict[str, int] = field(default_factory=dict)
    parties: dict[str, int] = field(default_factory=dict)
    contracts: dict[str, int] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)

    def add(self, table: str, at: datetime, by: str, fields: Fields) -> Record:
        number = self.next_id.get(table, FIRST.get(table, 9001))
        self.next_id[table] = number + 1
        made = Record(table, number, [(at, by, fields)])
        self.records.setdefault(table, {})[number] = made
        return made

    def seen(self, table: str, now: datetime) -> Iterator[Record]:
        for record in self.records.get(table, {}).values():
            if record.seen(now):
                yield record

    def one(self, table: str, key: Any, now: datetime) -> Record | None:
        record = self.records.get(table, {}).get(key)
        return record if record is not None and record.seen(now) else None


def fill(world: World) -> Company:
    company = Company()
    fields: Fields
    for party in world.parties.values():
        kind = "Vendor" if party.supplier else "Customer" if party.customer else "Other"
        fields = {
            "company_name": party.name,
            "supplier_number": party.supplier,
            "customer_number": party.customer,
            "type_of_company": kind,
            "status": "Active",
            "country": party.country,
            "city": party.city,
        }
        company.parties[party.key] = company.add("company", BEGAN, SYSTEM, fields).id
    # The same company once more under its short name, left from an import.
    twin = {"company_name": "Nordwind", "type_of_company": "Vendor", "status": "Inactive"}
    company.add("company", BEGAN, SYSTEM, twin)
    for person in story()["people"]:
        fields = {"_login": person["login"], "full_name": person["name"], "email": person["email"]}
        company.people[person["login"]] = company.add("contacts", BEGAN, SYSTEM, fields).id
    for party in world.parties.values():
        for one in party.people:
            fields = {"full_name": one.name, "email": one.user, "@company": company.parties[party.key]}
            company.add("contacts", BEGAN, SYSTEM, fields)
    for contract in sorted(world.contracts, key=lambda one: one.recorded_at):
        _contract(company, contract)
    _parents(company, world)
    _changes(company)
    told = [*_entries(), *(entry for series in story()["series"] for entry in _series(series))]
    for entry in sorted(told, key=lambda told_one: moment(told_one["at"])):
        _entry(company, entry)
    return company


def _contract(company: Company, told: ContractRecord) -> None:
    owner = story()["owners"][told.business_unit]
    # A master may be filed after its parts; its link is written when both are there.
    fields: Fields = {
        "contract_title1": told.title,
        "external_contract_id": told.ironclad,
        "contract_type": TYPES[told.relation],
        "@company": company.parties[told.party],
        "@owner": company.people[owner],
        "date_signed": told.agreed_on,
        "contract_start_date": told.effective_on,
        "contract_end_date": told.expires_on,
        "contract_term_in_years": _years(told),
        "auto_renewal": {"automatic": "Yes", "none": "No"}.get(told.renewal or ""),
        "contract_amount": None if told.value is None else Decimal(told.value.amount),
        "currency": None if told.value is None else told.value.currency,
        "governing_law": told.governing_law or None,
        "business_unit": told.business_unit,
        "attached_file": (Document(told.key, "", key=told.key),),
    }
    filed = told.recorded_at
    starts = morning(told.effective_on) if told.effective_on else filed
    fields["wfstate"] = "Signed" if starts > filed else "Active"
    made = company.add("contract", filed, owner, fields)
    company.contracts[told.ironclad] = made.id
    if starts > filed:
        made.write(starts, SYSTEM, {"wfstate": "Active"})
    if told.notice_on is not None:
        made.write(morning(told.notice_on), owner, {"date_notice_given": told.notice_on})
    if told.expires_on is not None and (told.renewal != "automatic" or told.notice_on is not None):
        made.write(morning(told.expires_on + timedelta(days=1)), SYSTEM, {"wfstate": "Expired"})


def _parents(company: Company, world: World) -> None:
    for told in world.contracts:
        if told.parent is not None:
            made = company.records["contract"][company.contracts[told.ironclad]]
            parent = company.records["contract"][company.contracts[told.parent]]
            at = max(made.log[0][0], parent.log[0][0])
            made.write(at, SYSTEM, {"@parent": parent.id})


def _changes(company: Company) -> None:
    for change in story()["changes"]:
        record = company.records["contract"][company.contracts[change["contract"]]]
        given = {name: value for name, value in change.items() if name not in ("at", "contract")}
        record.write(moment(change["at"]), "lena.hartmann", given)


def _years(told: ContractRecord) -> Decimal | None:
    if told.effective_on is None or told.expires_on is None:
        return None
    days = (told.expires_on - told.effective_on).days + 1
    return (Decimal(days) / Decimal("365.25")).quantize(Decimal("0.1"))


def _entries() -> Iterator[Mapping[str, Any]]:
    for table in ("obligation", "task"):
        for told in story()[f"{table}s"]:
            yield {"table": table, **told}


def _series(told: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for place in range(told["count"]):
        due = told["first"] + timedelta(days=told["every"] * place)
        done = due - timedelta(days=told["early"])
        step: Fields = {"at": f"{done} 14:15", "wfstate": "Completed"}
        if told["table"] == "obligation":
            step["date_completed"] = done
        yield {
            **told,
            "title": f"{told['title']} {due:%Y-%m}",
            "external": f"{told['external']}-{place + 1:02d}",
            "at": f"{due - timedelta(days=20)} 09:00",
            "due": due,
            "then": [step],
        }


def _entry(company: Company, told: Mapping[str, Any]) -> None:
    who = told.get("who", "lena.hartmann")
    number = told.get("contract")
    contract = company.contracts[number] if number else None
    fields: Fields = {"external_id": told.get("external"), "description": told.get("text")}
    fields["@contract"] = contract
    if told["table"] == "obligation":
        party = company.records["contract"][contract].log[0][2]["@company"] if contract else None
        fields |= {
            "obligation_title": told["title"],
            "obligation_type": told["type"],
            "wfstate": "Open",
            "responsible_party": told["by"],
            "due_date": told.get("due"),
            "amount": Decimal(told["amount"]) if "amount" in told else None,
            "currency": told.get("currency"),
            "@company": party,
        }
    else:
        fields |= {
            "summary": told["title"],
            "wfstate": "Assigned",
            "priority": told.get("priority", "Medium"),
            "assigned_to": who,
            "date_due": told.get("due"),
        }
    made = company.add(told["table"], moment(told["at"]), who, fields)
    for step in told.get("then", ()):
        at = moment(step["at"])
        given = {name: value for name, value in step.items() if name != "at"}
        if told["table"] == "task":
            given["date_completed"] = at if step["wfstate"] == "Completed" else None
        made.write(at, SYSTEM if given.get("wfstate") == "Overdue" else who, given)
    if "deleted" in told:
        made.deleted_at = moment(told["deleted"])


def moment(told: Any) -> datetime:
    return (told.replace(tzinfo=ZONE) if isinstance(told, datetime) else instant(str(told))).astimezone(UTC)


def morning(day: date) -> datetime:
    return datetime.combine(day, time(2), ZONE).astimezone(UTC)
