"""What the invented company keeps in OneTrust: vendors, contracts, and objects of two types of its own.

Every record holds its versions; what is seen of it depends on the clock.
"""

import uuid
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.world import HERE, World, _parse

Fields = dict[str, Any]
NAMESPACE = uuid.UUID("3e0f6f6e-2a55-5c0e-9a39-6d1f4c6f7b10")
INTEGRATION = "pacta.integration"
SET_UP_AT = datetime(2024, 1, 15, 8, tzinfo=UTC)

# Attributes of each type: text, number, date, vendor, or the name of a list of options.
TYPES: Mapping[str, Mapping[str, str]] = {
    "certificates": {
        "vendor": "vendor",
        "vendorNumber": "text",
        "certificateType": "certificateType",
        "certificateNumber": "text",
        "issuer": "text",
        "validFrom": "date",
        "validUntil": "date",
        "coverage": "number",
        "currency": "text",
        "contract": "text",
        "certificateStatus": "certificateStatus",
        "pactaReference": "text",
    },
    "followUps": {
        "vendor": "vendor",
        "contract": "text",
        "description": "text",
        "dueDate": "date",
        "followUpStatus": "followUpStatus",
        "pactaReference": "text",
    },
}
LABELS = {"certificates": "Certificates", "followUps": "Follow-ups"}


def key(kind: str, name: str) -> str:
    """The id of something that stands from the first minute on."""
    return str(uuid.uuid5(NAMESPACE, f"{kind}/{name}"))


@cache
def story() -> Fields:
    told: Fields = _parse(HERE / "onetrust.yaml")
    return told


@dataclass
class Record:
    """A record with its versions, oldest first; each holds everything it said from then on."""

    id: str
    number: int
    type: str
    versions: list[tuple[datetime, str, Fields]]
    deleted_at: datetime | None = None

    @property
    def created(self) -> tuple[datetime, str]:
        return self.versions[0][:2]

    def known(self, now: datetime) -> bool:
        return self.created[0] <= now and (self.deleted_at is None or now < self.deleted_at)

    def at(self, now: datetime) -> tuple[datetime, str, Fields]:
        """When it was changed last, by whom, and what it says. Only for a record that is known."""
        return [version for version in self.versions if version[0] <= now][-1]

    def write(self, now: datetime, by: str, changes: Mapping[str, Any]) -> None:
        self.versions.append((now, by, {**self.at(now)[2], **changes}))
        self.versions.sort(key=lambda version: version[0])


@dataclass
class Tenant:
    """Everything of one tenant: vendors, contracts and objects by id."""

    organization: Fields
    vendors: dict[str, Record] = field(default_factory=dict)
    contracts: dict[str, Record] = field(default_factory=dict)
    objects: dict[str, Record] = field(default_factory=dict)
    links: dict[str, Record] = field(default_factory=dict)

    def add(self, room: dict[str, Record], kind: str, now: datetime, by: str, fields: Fields) -> Record:
        number = max((one.number for one in room.values()), default=0) + 1
        made = Record(str(uuid.uuid4()), number, kind, [(now, by, fields)])
        room[made.id] = made
        return made


def fill(world: World) -> Tenant:
    """The tenant as the story tells it."""
    tenant = Tenant({"id": key("organization", "Tessaly"), "name": world.us.name})
    for party in world.parties.values():
        if party.supplier:
            fields = {
                "name": party.name,
                "externalId": party.supplier,
                "riskLevel": story()["risks"].get(party.key),
                "country": party.country,
            }
            _put(tenant.vendors, "vendors", party.key, [(SET_UP_AT, "priya.nair", fields)])
    for contract in world.contracts:
        supplier = world.parties[contract.party].supplier if contract.party in world.parties else None
        if supplier:
            fields = {
                "name": contract.title,
                "vendor": key("vendors", contract.party),
                "contract": contract.ironclad,
                "type": contract.type,
                "created": contract.agreed_on or contract.effective_on or contract.recorded_at.date(),
                "approved": contract.agreed_on,
                "expires": contract.expires_on,
                "value": contract.value,
            }
            _put(
                tenant.contracts, "contracts", contract.key, [(contract.recorded_at, "lena.hartmann", fields)]
            )
    for row in sorted((*_series(), *story()["certificates"]), key=lambda row: moment(row["at"])):
        versions = [(moment(row["at"]), "priya.nair", _certificate(row, world))]
        for change in row.get("changes", ()):
            changed = {**row, **change}
            versions.append((moment(change["at"]), "priya.nair", _certificate(changed, world)))
            row = changed
        made = _put(tenant.objects, "certificates", row["name"], versions)
        made.deleted_at = moment(row["deleted"]) if "deleted" in row else None
    return tenant


def _put(
    room: dict[str, Record], kind: str, name: str, versions: list[tuple[datetime, str, Fields]]
) -> Record:
    made = Record(key(kind, name), len(room) + 1, kind, versions)
    room[made.id] = made
    return made


def _series() -> Iterator[Fields]:
    for row in story()["series"]:
        for place in range(row["count"]):
            begins = _months_after(row["first"], row["months"] * place)
            ends = _months_after(row["first"], row["months"] * (place + 1)) - timedelta(days=1)
            entered = datetime.combine(begins + timedelta(days=row["lag"]), time(10, 15))
            name = f"{row['party']} {row['kind']} from {begins}"
            yield {
                **row,
                "name": name,
                "from": begins,
                "until": ends,
                "at": max(moment(entered), SET_UP_AT + timedelta(days=5)),
            }


def _months_after(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _certificate(row: Mapping[str, Any], world: World) -> Fields:
    told = {
        "vendor": key("vendors", row["party"]),
        "vendorNumber": world.parties[row["party"]].supplier,
        "certificateType": row["kind"],
        "certificateNumber": row.get("number"),
        "issuer": row["issuer"],
        "validFrom": row["from"].isoformat(),
        "validUntil": row["until"].isoformat() if "until" in row else None,
        "coverage": row.get("coverage"),
        "currency": row.get("currency"),
        "contract": row["contract"],
        "certificateStatus": row.get("status", "Valid"),
    }
    return {"name": row["name"], **{name: [value] for name, value in told.items() if value is not None}}


def moment(told: datetime | str) -> datetime:
    """A time of the story as an instant; without a zone it is local to the company."""
    at = told if isinstance(told, datetime) else datetime.fromisoformat(str(told))
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(story()["zone"]))).astimezone(UTC)
