"""The invented company: its parties, contracts, tickets, outages and money, as YAML beside this file.

`load()` reads and checks it all. The demo is judged at `AS_OF`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml

from sandbox.errors import WorldError
from sandbox.world.records import (
    ContractRecord,
    Incident,
    Invoice,
    Outage,
    Party,
    PurchaseOrder,
    Receivable,
    Record,
    Schedule,
    Service,
    SlaDefinition,
)

HERE = Path(__file__).parent
AS_OF = datetime.fromisoformat("2026-11-10T12:00:00+01:00")
DROP = HERE.parent / "drop"
CORPUS = HERE.parent.parent / "corpus"

R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class World:
    us: Party
    parties: Mapping[str, Party]
    services: Mapping[str, Service]
    contracts: tuple[ContractRecord, ...]
    incidents: tuple[Incident, ...]
    outages: tuple[Outage, ...]
    schedules: Mapping[str, Schedule]
    definitions: tuple[SlaDefinition, ...]
    orders: tuple[PurchaseOrder, ...]
    invoices: tuple[Invoice, ...]
    receivables: tuple[Receivable, ...]

    def party(self, key: str) -> Party:
        return self.us if key == self.us.key else self.parties[key]

    def party_of_user(self, user: str) -> str | None:
        """The key of the party whose person writes as `user`, None for the system itself."""
        for party in (self.us, *self.parties.values()):
            if any(person.user == user for person in party.people):
                return party.key
        return None


@cache
def load() -> World:
    """Read the YAML beside this module. Raises WorldError naming the record that does not fit."""
    people = _read("parties")
    slas = _read("slas")
    finance = _read("finance")
    world = World(
        us=Party.model_validate(people["us"]),
        parties=_keyed(Party, people["parties"], lambda party: party.key),
        services=_keyed(Service, people["services"], lambda service: service.name),
        contracts=_all(ContractRecord, _read("contracts")),
        incidents=_all(Incident, _read("incidents")),
        outages=_all(Outage, _read("outages")),
        schedules=_keyed(Schedule, slas["schedules"], lambda schedule: schedule.name),
        definitions=_all(SlaDefinition, slas["definitions"]),
        orders=_all(PurchaseOrder, finance["orders"]),
        invoices=_all(Invoice, finance["invoices"]),
        receivables=_all(Receivable, finance["receivables"]),
    )
    _check(world)
    return world


def signed_file(key: str, corpus: Path = CORPUS) -> Path | None:
    """The signed document of the contract `key`, or None where the corpus does not hold it (yet)."""
    folder = corpus / "contracts"
    index = corpus / "index.yaml"
    if index.is_file():
        for entry in _parse(index) or ():
            named = folder / str(entry.get("file", ""))
            if entry.get("key") == key and named.is_file():
                return named
    return next(iter(sorted(folder.glob(f"{key}.*"))), None)


# libyaml where it is built in: the files then load in a tenth of the time.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _read(name: str) -> Any:
    return _parse(HERE / f"{name}.yaml")


def _parse(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - a safe loader


def _all(kind: type[R], rows: Iterable[Any]) -> tuple[R, ...]:
    return tuple(kind.model_validate(row) for row in rows)


def _keyed(kind: type[R], rows: Iterable[Any], key: Callable[[R], str]) -> dict[str, R]:
    return {key(record): record for record in _all(kind, rows)}


def _check(world: World) -> None:
    known = {world.us.key, *world.parties}
    numbers = {contract.ironclad for contract in world.contracts}
    records: tuple[ContractRecord | PurchaseOrder | Invoice | Receivable, ...] = (
        *world.contracts, *world.orders, *world.invoices, *world.receivables
    )  # fmt: skip
    for record in records:
        if record.party not in known:
            raise WorldError(f"{record} names a party that parties.yaml does not hold")
    for contract in world.contracts:
        if contract.parent is not None and contract.parent not in numbers:
            raise WorldError(f"contracts.yaml: {contract.ironclad} has the unknown parent {contract.parent}")
    for incident in world.incidents:
        if incident.service not in world.services or incident.vendor not in known:
            raise WorldError(f"incidents.yaml: {incident.number} names an unknown service or vendor")
        moments = [incident.opened, *(line.at for line in incident.history)]
        if moments != sorted(moments):
            raise WorldError(f"incidents.yaml: the history of {incident.number} is out of order")
    for definition in world.definitions:
        if definition.schedule is not None and definition.schedule not in world.schedules:
            raise WorldError(f"slas.yaml: {definition.name} counts in an unknown schedule")
