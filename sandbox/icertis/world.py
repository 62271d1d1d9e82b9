"""Icertis' instances of the invented company, as logs of writes: contracts and `world/icertis.yaml`."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from sandbox.world import HERE, World
from sandbox.world.records import ContractRecord

ZONE = ZoneInfo("Europe/Berlin")
BEGAN = datetime(2024, 1, 8, 8, tzinfo=UTC)
SYSTEM_USER = "icm.system"
SPACE = uuid.UUID("5d0c7f9e-0b7a-4b0e-9a52-1c3e7a6f2d10")
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Fields = dict[str, Any]


@cache
def story() -> Mapping[str, Any]:
    text = (HERE / "icertis.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader
    return loaded


@dataclass
class Instance:
    """One instance as the log of what was written to it: instant, user, attributes. `signed` names the
    file of the corpus; `files` are documents that clients attached: name and content."""

    entity: str
    id: str
    name: str
    log: list[tuple[datetime, str, Fields]]
    signed: str = ""
    files: list[tuple[str, bytes]] = field(default_factory=list)
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
    """Every instance by entity and id."""

    instances: dict[str, dict[str, Instance]] = field(default_factory=dict)
    contracts: dict[str, Instance] = field(default_factory=dict)
    parties: dict[str, Instance] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)

    def add(self, entity: str, at: datetime, by: str, fields: Fields, key: str = "") -> Instance:
        """`key` is the id where a client chose one."""
        number = self.numbers[entity] = self.numbers.get(entity, 0) + 1
        name = f"{entity}_{number:05d}"
        made = Instance(entity, key or str(uuid.uuid5(SPACE, name)), name, [(at, by, fields)])
        self.instances.setdefault(entity, {})[made.id] = made
        return made

    def seen(self, entity: str, now: datetime) -> Iterator[Instance]:
        for one in self.instances.get(entity, {}).values():
            if one.seen(now):
                yield one

    def one(self, entity: str, key: str, now: datetime) -> Instance | None:
        found = self.instances.get(entity, {}).get(key.lower())
        return found if found is not None and found.seen(now) else None

    def anywhere(self, key: str, now: datetime) -> Instance | None:
        """The instance with this id, whatever it is."""
        return next((one for name in self.instances if (one := self.one(name, key, now))), None)


def fill(world: World) -> Company:
    company = Company()
    for party in world.parties.values():
        fields: Fields = {
            "ICMVendorName": party.name,
            "ICMVendorNumber": party.supplier,
            "ICMCustomerNumber": party.customer,
            "ICMCountry": party.country,
            "ICMCity": party.city,
            "Status": "Active",
        }
        company.parties[party.key] = company.add("ICMVendor", BEGAN, SYSTEM_USER, fields)
    # The same company once more under its short name, left from an import.
    company.add("ICMVendor", BEGAN, SYSTEM_USER, {"ICMVendorName": "Nordwind", "Status": "Inactive"})
    types = {told.ironclad: story()["types"].get(told.type) for told in world.contracts}
    for told in sorted(world.contracts, key=lambda one: one.recorded_at):
        _contract(company, told, types[told.ironclad] or types[told.parent or ""])
    for told in world.contracts:
        _hang(company, told)
    for draft in story()["drafts"]:
        _draft(company, draft)
    for change in story()["changes"]:
        given = {name: value for name, value in change.items() if name not in ("at", "contract")}
        company.contracts[change["contract"]].write(moment(change["at"]), _people()[0], given)
    duties = [*story()["obligations"], *(one for told in story()["series"] for one in _series(told))]
    for duty in sorted(duties, key=lambda one: moment(one["at"])):
        _obligation(company, duty)
    return company


def _people() -> list[str]:
    return [person["login"] for person in story()["people"]]


def _contract(company: Company, told: ContractRecord, entity: str) -> None:
    owner, filed = story()["owners"][told.business_unit], told.recorded_at
    fields: Fields = {
        "Status": "Executed",
        "ICMAgreementName": told.title,
        "ICMExternalId": told.ironclad,
        "ICMSupplier": company.parties[told.party].id,
        "ICMContractOwner": owner,
        "ICMBusinessUnit": told.business_unit,
        "ICMExecutionDate": told.agreed_on,
        "ICMEffectiveDate": told.effective_on,
        "ICMExpiryDate": told.expires_on,
        "ICMRenewalType": {"automatic": "Automatic", "none": "None"}.get(told.renewal or ""),
        "ICMGoverningLaw": told.governing_law or None,
        "ICMContractValue": None if told.value is None else Decimal(told.value.amount),
        "ICMCurrency": None if told.value is None else told.value.currency,
        "ICMIsAmendment": told.relation == "amendment",
    }
    if told.relation == "amendment":
        # Drawn up and approved before it was signed.
        drafted = filed - timedelta(days=12)
        made = company.add(entity, drafted, owner, {**fields, "Status": "Draft", "ICMExecutionDate": None})
        made.write(filed - timedelta(days=4), owner, {"Status": "Approved"})
        made.write(filed, owner, {"Status": "Executed", "ICMExecutionDate": told.agreed_on})
    else:
        made = company.add(entity, filed, owner, fields)
    made.signed = told.key
    company.contracts[told.ironclad] = made
    if told.notice_on is not None:
        made.write(morning(told.notice_on), owner, {"ICMNoticeDate": told.notice_on})
    if told.expires_on is not None and (told.renewal != "automatic" or told.notice_on is not None):
        made.write(morning(told.expires_on + timedelta(days=1)), SYSTEM_USER, {"Status": "Expired"})


def _hang(company: Company, told: ContractRecord) -> None:
    """Below the contract it belongs to, from when both are there."""
    if told.parent is None:
        return
    child, parent = company.contracts[told.ironclad], company.contracts[told.parent]
    at = max(child.log[0][0], parent.log[0][0])
    child.write(at, SYSTEM_USER, {"ParentEntityInstanceID": parent.id, "ParentEntityName": parent.entity})


def _draft(company: Company, told: Mapping[str, Any]) -> None:
    owner = story()["owners"][told["business_unit"]]
    fields: Fields = {
        "Status": "Draft",
        "ICMAgreementName": told["title"],
        "ICMExternalId": told["number"],
        "ICMSupplier": company.parties[told["party"]].id,
        "ICMContractOwner": owner,
        "ICMBusinessUnit": told["business_unit"],
        "ICMIsAmendment": False,
    }
    made = company.add(story()["types"][told["type"]], moment(told["at"]), owner, fields)
    company.contracts[told["number"]] = made
    for step in told["then"]:
        made.write(moment(step["at"]), owner, {"Status": step["Status"]})


def _series(told: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for place in range(told["count"]):
        due = told["first"] + timedelta(days=told["every"] * place)
        done = due - timedelta(days=told["early"])
        yield {
            **told,
            "title": f"{told['title']} {due:%Y-%m}",
            "reference": f"{told['reference']}-{place + 1:02d}",
            "at": f"{due - timedelta(days=20)} 09:00",
            "due": due,
            "then": [{"at": f"{done} 14:15", "ICMCompletionDate": done}],
        }


def _obligation(company: Company, told: Mapping[str, Any]) -> None:
    who, parent = _people()[0], company.contracts[told["contract"]]
    fields: Fields = {
        "Status": "Open",
        "ICMTitle": told["title"],
        "ICMDescription": told.get("text"),
        "ICMObligationType": told["type"],
        "ICMResponsibleParty": told["by"],
        "ICMDueDate": told.get("due"),
        "ICMExternalReference": told.get("reference"),
        "ICMAmount": Decimal(told["amount"]) if "amount" in told else None,
        "ICMCurrency": told.get("currency"),
        "ParentEntityInstanceID": parent.id,
        "ParentEntityName": parent.entity,
    }
    made = company.add("Obligations", moment(told["at"]), who, fields)
    for step in told.get("then", ()):
        given = {name: value for name, value in step.items() if name != "at"}
        made.write(moment(step["at"]), who, with_status(given))
    if "deleted" in told:
        made.deleted_at = moment(told["deleted"])
    for part in told.get("fulfillments", ()):
        own: Fields = {
            "Status": "Open",
            "ICMTitle": part["title"],
            "ICMDueDate": part["due"],
            "ParentEntityInstanceID": made.id,
            "ParentEntityName": "Obligations",
        }
        piece = company.add("Fulfillments", moment(told["at"]), who, own)
        if "done" in part:
            piece.write(moment(part["at"]), who, with_status({"ICMCompletionDate": part["done"]}))


def with_status(given: Fields) -> Fields:
    """A duty whose day of completion is written is fulfilled; open again where that day is taken away."""
    if "ICMCompletionDate" not in given:
        return given
    return {**given, "Status": "Fulfilled" if given["ICMCompletionDate"] else "Open"}


def moment(told: Any) -> datetime:
    """An instant of the story: without a zone it is local to Munich."""
    at = told if isinstance(told, datetime) else datetime.fromisoformat(str(told))
    return (at if at.tzinfo else at.replace(tzinfo=ZONE)).astimezone(UTC)


def morning(day: date) -> datetime:
    return datetime.combine(day, time(2), ZONE).astimezone(UTC)
