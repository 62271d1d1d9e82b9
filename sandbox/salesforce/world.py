"""The organisation's first minute: `world/salesforce.yaml` and the shared parties, written into a store."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from sandbox.salesforce.store import Record, Store
from sandbox.world import HERE, World
from sandbox.world.records import Schedule

BEGAN = datetime(2024, 1, 8, 9, tzinfo=UTC)
CLOSED = "Closed"
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def story() -> Mapping[str, Any]:
    text = (HERE / "salesforce.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader
    return loaded


def fill(world: World) -> "Organization":
    """A new store with everything the story will ever bring, each write at its own instant."""
    made = Organization(Store(), world)
    made.people()
    made.parties()
    made.agreements()
    made.service()
    made.sales()
    for line in story()["everyday"]:
        made.everyday(line)
    for told in story()["cases"]:
        made.case(told)
    return made


class Organization:
    def __init__(self, store: Store, world: World) -> None:
        self.store, self.world, self.story = store, world, story()
        self.zone = ZoneInfo(self.story["zone"])
        self.users: dict[str, str] = {}
        self.accounts: dict[str, str] = {}
        self.assets: dict[str, str] = {}
        self.types: dict[str, str] = {}
        self.cases: dict[str, str] = {}
        self.integration = self.hours = self.contract = self.entitlement = ""

    def local(self, text: str) -> datetime:
        """`2026-05-28 09:10` as the story's zone has it."""
        return datetime.fromisoformat(text).replace(tzinfo=self.zone).astimezone(UTC)

    def add(self, kind: str, at: datetime, by: str = "", **fields: Any) -> Record:
        return self.store.add(kind, at, by or self.integration, fields)

    # -- people and parties ---------------------------------------------------------------------------

    def people(self) -> None:
        name = {"IsActive": True, "UserType": "Standard", "TimeZoneSidKey": "Europe/Berlin"}
        self.integration = self.store.add(
            "User", BEGAN, "", {**name, "Name": "Pacta Integration", "Username": "pacta@tessaly.example"}
        ).id
        self.store.records["User"][self.integration].log[0] = self._by_itself()
        self.add("Organization", BEGAN, Name=self.world.us.name, IsSandbox=False, InstanceName="EU47",
                 TimeZoneSidKey="Europe/Berlin")  # fmt: skip
        for person in self.world.us.people:
            if "@" in person.user:
                self._user(person.user, person.name)

    def _by_itself(self) -> Any:
        entry = self.store.records["User"][self.integration].log[0]
        fields = {**entry.fields, "Email": "pacta@tessaly.example"}
        return type(entry)(entry.at, self.integration, fields)

    def _user(self, user: str, name: str, **more: Any) -> None:
        fields = {"UserType": "Standard", "TimeZoneSidKey": "America/New_York", **more}
        made = self.add("User", BEGAN, Name=name, Username=user, Email=user, IsActive=True, **fields)
        self.users[user.split(".")[0]] = made.id

    def parties(self) -> None:
        for party in self.world.parties.values():
            kind = "Customer" if party.customer else "Supplier" if party.supplier else "Other"
            number = party.customer or party.supplier
            made = self.add(
                "Account", BEGAN, Name=party.name, Type=kind, AccountNumber=number, ERP_Number__c=number,
                BillingCity=party.city, BillingCountry=party.country, OwnerId=self.integration,
            )  # fmt: skip
            self.accounts[party.key] = made.id
        customer = self.accounts[self.story["contract"]["party"]]
        for site in self.story["sites"]:
            made = self.add(
                "Account", BEGAN, Name=site["name"], Type="Site", ParentId=customer, BillingCity=site["city"],
                BillingCountry="US", OwnerId=self.integration,
            )  # fmt: skip
            self.accounts[site["key"]] = made.id
        for person in self.story["people"]:
            if person["party"] == self.world.us.key:
                self._user(person["user"], person["name"])
                continue
            last, account = person["name"].split()[-1], self.accounts[person["party"]]
            contact = self.add(
                "Contact", BEGAN, Name=person["name"], LastName=last, Email=person["user"], AccountId=account
            )
            portal = {"UserType": "CspLitePortal", "ContactId": contact.id, "AccountId": account}
            self._user(person["user"], person["name"], **portal)

    # -- what was agreed ------------------------------------------------------------------------------

    def agreements(self) -> None:
        told = self.story["contract"]
        at = _utc(told["recorded_at"])
        made = self.add(
            "Contract", at, Status="Draft", StatusCode="Draft", Name=told["name"],
            ContractNumber=self.store.number("Contract", 8, 100), AccountId=self.accounts[told["party"]],
            StartDate=told["starts"], ContractTerm=told["months"],
            EndDate=end_of(told["starts"], told["months"]),
            CustomerSignedDate=told["customer_signed"], CompanySignedDate=told["company_signed"],
            CurrencyIsoCode=told["currency"], Ironclad_Id__c=told["ironclad"],
            Total_Value__c=Decimal(told["value"]), OwnerId=self.integration,
        )  # fmt: skip
        self.contract = made.id
        active = {"Status": "Activated", "StatusCode": "Activated", "ActivatedDate": at.replace(hour=17)}
        self.store.write(made, at.replace(hour=17), self.integration, active)

    def service(self) -> None:
        self.hours = self.add(
            "BusinessHours", BEGAN, Name=self.story["hours"]["name"], IsActive=True, IsDefault=True,
            TimeZoneSidKey=self.story["hours"]["zone"],
        ).id  # fmt: skip
        self.store.schedules[self.hours] = Schedule.model_validate(self.story["hours"])
        process = self.add("SlaProcess", BEGAN, Name="Analyzer support", IsActive=True, SObjectType="Case")
        for told in self.story["milestones"]:
            made = self.add("MilestoneType", BEGAN, Name=told["name"], RecurrenceType="none")
            self.types[told["name"]] = made.id
        plan = self.story["plan"]
        at, account = _utc(plan["recorded_at"]), self.accounts[self.story["contract"]["party"]]
        fee, span = Decimal(plan["fee"]), {"StartDate": plan["starts"], "EndDate": plan["ends"]}
        root = self._service_contract(at, plan, account, None, fee * len(self.story["assets"]))
        children = {}
        for site in self.story["sites"]:
            own = sum(asset["site"] == site["key"] for asset in self.story["assets"])
            named = {**plan, "name": f"{plan['name']}, {site['city']}"}
            children[site["key"]] = self._service_contract(at, named, account, root, fee * own)
        for told in self.story["assets"]:
            self._asset(told)
            self.add(
                "ContractLineItem", at, ServiceContractId=children[told["site"]], Quantity=Decimal(1),
                AssetId=self.assets[told["serial"]], Description="Service plan TX-400", UnitPrice=fee,
                TotalPrice=fee, LineItemNumber=self.store.number("ContractLineItem", 8, 1),
                CurrencyIsoCode="USD", **span,
            )  # fmt: skip
        self.entitlement = self.add(
            "Entitlement", at, Name=f"{plan['name']} support desk", AccountId=account, ServiceContractId=root,
            SlaProcessId=process.id, BusinessHoursId=self.hours, Type="Phone Support", **span,
        ).id  # fmt: skip

    def _service_contract(
        self, at: datetime, plan: Mapping[str, Any], account: str, parent: str | None, total: Decimal
    ) -> str:
        made = self.add(
            "ServiceContract", at, Name=plan["name"], AccountId=account, ParentServiceContractId=parent,
            StartDate=plan["starts"], EndDate=plan["ends"], Term=12, GrandTotal=total, CurrencyIsoCode="USD",
            ContractNumber=self.store.number("ServiceContract", 8, 1), Ironclad_Id__c=plan["contract"],
            ApprovalStatus="Activated", ActivationDate=at, OwnerId=self.integration,
        )  # fmt: skip
        self.store.write(made, at, self.integration, {"RootServiceContractId": parent or made.id})
        return made.id

    def _asset(self, told: Mapping[str, Any]) -> None:
        made = self.add(
            "Asset", _evening(told["shipped"]), Name=f"TX-400 {told['serial']}", SerialNumber=told["serial"],
            AccountId=self.accounts[told["site"]], Status="Shipped", PurchaseDate=told["shipped"],
            Quantity=Decimal(1),
        )  # fmt: skip
        self.assets[told["serial"]] = made.id
        for step, status, name in (
            ("installed", "Installed", "InstallDate"),
            ("accepted", "Accepted", "Accepted_On__c"),
        ):
            if step in told:
                change = {"Status": status, name: told[step]}
                self.store.write(made, _evening(told[step]), self.users["marcus"], change)

    def sales(self) -> None:
        account = self.accounts[self.story["contract"]["party"]]
        for told in self.story["orders"]:
            at, items = _utc(told["recorded_at"]), told["items"]
            total = sum((item["quantity"] * Decimal(item["price"]) for item in items), Decimal(0))
            order = self.add(
                "Order", at, AccountId=account, ContractId=self.contract if told.get("contract") else None,
                OrderNumber=self.store.number("Order", 8, 100), EffectiveDate=told["effective"],
                Status="Activated", StatusCode="Activated", ActivatedDate=at, PoNumber=told["po"],
                PoDate=told["effective"], TotalAmount=total, CurrencyIsoCode=told["currency"],
            )  # fmt: skip
            for item in items:
                self._order_item(order, at, item, told["currency"])
            filed = [_utc(item["filed"]) for item in items if "filed" in item]
            if len(filed) == len(items):
                self.store.write(order, max(filed), self.users["grace"], {"Status": "Delivered"})
        for told in self.story["tasks"]:
            self._task(told)

    def _order_item(self, order: Record, at: datetime, item: Mapping[str, Any], currency: str) -> None:
        price = Decimal(item["price"])
        made = self.add(
            "OrderItem", at, OrderId=order.id, Description=item["text"], Quantity=Decimal(item["quantity"]),
            UnitPrice=price, TotalPrice=price * item["quantity"], ServiceDate=item["due"],
            OrderItemNumber=self.store.number("OrderItem", 10, 200), CurrencyIsoCode=currency,
        )  # fmt: skip
        if "delivered" in item:
            delivered = {"Delivered_On__c": item["delivered"]}
            self.store.write(made, _utc(item["filed"]), self.users["grace"], delivered)

    def _task(self, told: Mapping[str, Any]) -> None:
        made = self.add(
            "Task", _utc(told["created"]), Subject=told["subject"], WhatId=self.contract,
            ActivityDate=told["due"], Status="Not Started", Priority="Normal", OwnerId=self.users["grace"],
            AccountId=self.accounts[self.story["contract"]["party"]],
        )  # fmt: skip
        if "done" in told:
            at = _utc(told["done"])
            done = {"Status": "Completed", "IsClosed": True, "CompletedDateTime": at}
            self.store.write(made, at, self.users["grace"], done)

    # -- cases ----------------------------------------------------------------------------------------

    def everyday(self, line: list[Any]) -> None:
        number, opened, site, kind, priority, subject, by, answered, closed = line
        assets = [told["serial"] for told in self.story["assets"] if told["site"] == site]
        told = {"number": number, "opened": opened, "site": site, "type": kind, "priority": priority,
                "subject": subject, "by": "renee" if site == "central" else "paul"}  # fmt: skip
        told["history"] = [
            {"at": answered, "by": by, "comment": "Thank you for your report; here is what we propose."},
            {"at": closed, "by": by, "comment": "Done, please tell us if anything is left.", "close": True},
        ]
        if kind == "Instrument down":
            told["asset"] = assets[0]
        self.case(told)

    def case(self, told: Mapping[str, Any]) -> None:
        opened, by = self.local(told["opened"]), self.users[told["by"]]
        record = self.add(
            "Case", opened, by, CaseNumber=told["number"], Subject=told["subject"], Type=told["type"],
            Priority=told["priority"], Status="New", Origin="Web", AccountId=self.accounts[told["site"]],
            AssetId=self.assets.get(told.get("asset", "")), EntitlementId=self.entitlement,
            BusinessHoursId=self.hours, SlaStartDate=opened, OwnerId=self.users["grace"], IsStopped=False,
            ParentId=self.cases.get(told.get("parent", "")), Reason=told.get("reason"), IsEscalated=False,
            Description=f"Reported through the portal: {told['subject']}.",
        )  # fmt: skip
        self.cases[told["number"]] = record.id
        open_milestones(self, record, told["type"], opened, by)
        answered = False
        for line in told["history"]:
            answered = self._line(record, line, answered)
        if "deleted" in told:
            at = self.local(told["deleted"])
            record.deleted = type(record.log[0])(at, by, {})

    def _line(self, record: Record, line: Mapping[str, Any], answered: bool) -> bool:
        """Write one line of a case's story; whether the customer has been answered by then."""
        at = self.local(line["at"])
        filed, by = self.local(line.get("filed", line["at"])), self.users[line["by"]]
        own = line["by"] in ("marcus", "grace")
        answers = (
            own and not answered and (line.get("called") or ("comment" in line and not line.get("internal")))
        )
        change: dict[str, Any] = {}
        if "comment" in line:
            self.add("CaseComment", filed, by, ParentId=record.id, CommentBody=line["comment"],
                     IsPublished=not line.get("internal", False))  # fmt: skip
        if answers:
            # What is entered afterwards completes the milestone and leaves the case as it is by then.
            change |= {"Status": "Working", "OwnerId": by} if filed == at else {}
            complete(self.store, record.id, self._ending("answer"), (at, filed), by)
        names = {"status": "Status", "priority": "Priority", "type": "Type"}
        change |= {name: line[key] for key, name in names.items() if key in line}
        if change.get("Status") == "Working" and record.values(filed).get("IsClosed"):
            change |= {"IsClosed": False, "ClosedDate": None, "SlaExitDate": None}
        if "stop" in line:
            change |= {"IsStopped": line["stop"], "StopStartDate": at if line["stop"] else None}
        if line.get("close"):
            change |= {"Status": CLOSED, "IsClosed": True, "ClosedDate": at, "SlaExitDate": at}
        if change:
            self.store.write(record, filed, by, change)
        if "type" in line:
            open_milestones(self, record, line["type"], at, by)
        if line.get("close"):
            complete(self.store, record.id, list(self.types.values()), (at, filed), by)
        return answered or bool(answers)

    def _ending(self, what: str) -> list[str]:
        return [self.types[told["name"]] for told in self.story["milestones"] if told["ends"] == what]


def open_milestones(org: Organization, record: Record, kind: str, at: datetime, by: str) -> None:
    """Attach the milestones of the case's type that it does not have yet."""
    have = {one.log[0].fields["MilestoneTypeId"] for one in org.store.milestones(record.id)}
    for told in org.story["milestones"]:
        key = org.types[told["name"]]
        if kind in told["types"] and key not in have:
            fields = {
                "CaseId": record.id,
                "MilestoneTypeId": key,
                "StartDate": at,
                "BusinessHoursId": org.hours,
            }
            made = org.store.add("CaseMilestone", at, by, {**fields, "CompletionDate": None})
            made.hidden = {"minutes": told["minutes"]}


def complete(store: Store, case: str, types: list[str], when: tuple[datetime, datetime], by: str) -> None:
    """Complete the case's open milestones of these types: `when` it happened and when it was entered."""
    done, filed = when
    for one in list(store.milestones(case)):
        if one.log[0].fields["MilestoneTypeId"] in types and one.values(filed)["CompletionDate"] is None:
            store.write(one, filed, by, {"CompletionDate": done})


def end_of(start: date, months: int) -> date:
    """The last day of a term of whole months: the day before it would begin anew."""
    years, month = divmod(start.month - 1 + months, 12)
    return date(start.year + years, month + 1, start.day) - timedelta(days=1)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)


def _evening(day: date) -> datetime:
    return datetime.combine(day, time(20), UTC)
