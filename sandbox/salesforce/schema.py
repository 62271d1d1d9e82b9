"""Salesforce's objects as this organisation has them: fields, types, what may be written, relationships.

Each line of an object's table is `name type flags`. Types: `string(255)`, `textarea(32000)` (long text, which
cannot be filtered), `picklist(A|B)`, `reference(Account)`, `boolean`, `datetime`, `date`, `int`, `double`,
`currency`, `id`. Flags: `c` and `u` may be given on create and update, `req` has to be, `ext` is a unique
external id, `hist` is tracked in the object's history, `calc` cannot be filtered.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

SYSTEM = """
IsDeleted boolean
CreatedDate datetime
CreatedById reference(User)
LastModifiedDate datetime
LastModifiedById reference(User)
SystemModstamp datetime
"""

TABLES = {
    "Organization 00D": """
Name string(80)
IsSandbox boolean
InstanceName string(5)
TimeZoneSidKey string(40)
""",
    "User 005": """
Name string(121)
Username string(80)
Email string(128)
IsActive boolean
UserType picklist(Standard|CspLitePortal|AutomatedProcess)
ContactId reference(Contact)
AccountId reference(Account)
TimeZoneSidKey string(40)
""",
    "Account 001": """
Name string(255) c u req
ParentId reference(Account) c u
Type picklist(Customer|Supplier|Site|Other) c u
AccountNumber string(40) c u
BillingCity string(40) c u
BillingCountry string(80) c u
OwnerId reference(User) c u
MasterRecordId reference(Account)
ERP_Number__c string(20) c u ext
""",
    "Contact 003": """
LastName string(80) c u req
Name string(121)
Email string(80) c u
AccountId reference(Account) c u
""",
    "Contract 800": """
ContractNumber string(30)
Name string(80) c u
AccountId reference(Account) c u req
Status picklist(Draft|In Approval Process|Activated) c u
StatusCode picklist(Draft|InApproval|Activated)
StartDate date c u
EndDate date
ContractTerm int c u
CustomerSignedDate date c u
CompanySignedDate date c u
ActivatedDate datetime
OwnerId reference(User) c u
OwnerExpirationNotice picklist(15|30|45|60|90|120) c u
SpecialTerms textarea(4000) c u
Description textarea(32000) c u
CurrencyIsoCode picklist(EUR|USD|GBP) c u
Ironclad_Id__c string(20) c u ext
Total_Value__c currency c u
""",
    "ServiceContract 810": """
ContractNumber string(30)
Name string(255) c u req
AccountId reference(Account) c u
ParentServiceContractId reference(ServiceContract) c u
RootServiceContractId reference(ServiceContract)
StartDate date c u
EndDate date c u
Term int c u
ActivationDate datetime c u
Status picklist(Inactive|Active|Expired)
ApprovalStatus picklist(Draft|In Approval Process|Activated) c u
GrandTotal currency
CurrencyIsoCode picklist(EUR|USD|GBP) c u
Description textarea(32000) c u
OwnerId reference(User) c u
Ironclad_Id__c string(20) c u
""",
    "ContractLineItem 811": """
LineItemNumber string(255)
ServiceContractId reference(ServiceContract) c req
AssetId reference(Asset) c u
Description string(4000) c u
Quantity double c u
UnitPrice currency c u
TotalPrice currency
StartDate date c u
EndDate date c u
Status picklist(Inactive|Active|Expired)
CurrencyIsoCode picklist(EUR|USD|GBP)
""",
    "BusinessHours 01m": "Name string(80)\nIsActive boolean\nIsDefault boolean\nTimeZoneSidKey string(40)",
    "MilestoneType 557": """
Name string(80)
Description string(255)
RecurrenceType picklist(none|recursIndependently)
""",
    "SlaProcess 552": "Name string(80)\nIsActive boolean\nSObjectType string(40)",
    "Entitlement 550": """
Name string(255) c u req
AccountId reference(Account) c u req
AssetId reference(Asset) c u
ServiceContractId reference(ServiceContract) c u
ContractLineItemId reference(ContractLineItem) c u
SlaProcessId reference(SlaProcess) c u
BusinessHoursId reference(BusinessHours) c u
Type picklist(Phone Support|Web Support) c u
StartDate date c u
EndDate date c u
Status picklist(Inactive|Active|Expired)
IsPerIncident boolean c u
CasesPerEntitlement int c u
RemainingCases int c u
""",
    "Asset 02i": """
Name string(255) c u req
SerialNumber string(80) c u
AccountId reference(Account) c u
Status picklist(Shipped|Installed|Accepted|Obsolete) c u
PurchaseDate date c u
InstallDate date c u
Accepted_On__c date c u
Quantity double c u
""",
    "Order 801": """
OrderNumber string(30)
AccountId reference(Account) c u req
ContractId reference(Contract) c u
EffectiveDate date c u req
EndDate date c u
Status picklist(Draft|Activated|Delivered) c u req
StatusCode picklist(Draft|Activated)
ActivatedDate datetime
PoNumber string(80) c u
PoDate date c u
TotalAmount currency
CurrencyIsoCode picklist(EUR|USD|GBP) c u
Description textarea(32000) c u
""",
    "OrderItem 802": """
OrderId reference(Order) c req
OrderItemNumber string(30)
Description string(255) c u
Quantity double c u req
UnitPrice currency c u req
TotalPrice currency
ServiceDate date c u
EndDate date c u
Delivered_On__c date c u
CurrencyIsoCode picklist(EUR|USD|GBP)
""",
    "Case 500": """
CaseNumber string(30)
Subject string(255) c u
Description textarea(32000) c u
AccountId reference(Account) c u
ContactId reference(Contact) c u
AssetId reference(Asset) c u
EntitlementId reference(Entitlement) c u
ParentId reference(Case) c u
Type picklist(Instrument down|Question|Consumables|Maintenance|Contract) c u hist
Reason string(255) c u
Origin picklist(Phone|Email|Web|Integration) c u
Status picklist(New|Working|Waiting on Customer|Escalated|Closed) c u hist
Priority picklist(High|Medium|Low) c u hist
IsClosed boolean
ClosedDate datetime
IsEscalated boolean c u
OwnerId reference(User) c u hist
BusinessHoursId reference(BusinessHours) c u
SlaStartDate datetime c u
SlaExitDate datetime
IsStopped boolean c u
StopStartDate datetime
MilestoneStatus string(30) calc
MasterRecordId reference(Case)
Pacta_Ref__c string(120) c u ext
""",
    "CaseComment 00a": """
ParentId reference(Case) c req
CommentBody textarea(4000) c u
IsPublished boolean c u
""",
    "CaseMilestone 555": """
CaseId reference(Case)
MilestoneTypeId reference(MilestoneType)
BusinessHoursId reference(BusinessHours)
StartDate datetime u
TargetDate datetime
CompletionDate datetime u
IsCompleted boolean
IsViolated boolean
ElapsedTimeInMins int
ElapsedTimeInHrs double
ElapsedTimeInDays double
TargetResponseInMins int
TargetResponseInHrs double
TargetResponseInDays double
TimeRemainingInMins string(10) calc
TimeSinceTargetInMins string(10) calc
""",
    "Task 00T": """
Subject string(255) c u
WhatId reference(Account,Case,Contract,Asset,Order,ServiceContract) c u
WhoId reference(Contact) c u
OwnerId reference(User) c u
ActivityDate date c u
Status picklist(Not Started|In Progress|Completed|Waiting on someone else|Deferred) c u
Priority picklist(High|Normal|Low) c u
Description textarea(32000) c u
IsClosed boolean
CompletedDateTime datetime
AccountId reference(Account)
Pacta_Ref__c string(120) c u ext
""",
    "FeedItem 0D5": """
ParentId reference(Case,Account,Contract,Order,ServiceContract) c req
Body textarea(10000) c u req
Type picklist(TextPost|LinkPost) c
Visibility picklist(AllUsers|InternalUsers) c u
""",
}
# Objects without the system fields that every other one has, with all their fields.
HISTORY = """
CaseId reference(Case)
Field picklist(created|Status|Priority|Type|Owner|EntitlementId)
OldValue anyType calc
NewValue anyType calc
DataType string(40)
CreatedDate datetime
CreatedById reference(User)
IsDeleted boolean
"""
# The names under which a query selects the children of a record, with the field that leads back.
CHILDREN: Mapping[tuple[str, str], tuple[str, str]] = {
    ("Account", "Cases"): ("Case", "AccountId"),
    ("Account", "Entitlements"): ("Entitlement", "AccountId"),
    ("Account", "ChildAccounts"): ("Account", "ParentId"),
    ("Account", "Contracts"): ("Contract", "AccountId"),
    ("Account", "Assets"): ("Asset", "AccountId"),
    ("Case", "CaseComments"): ("CaseComment", "ParentId"),
    ("Case", "CaseMilestones"): ("CaseMilestone", "CaseId"),
    ("Case", "Histories"): ("CaseHistory", "CaseId"),
    ("Case", "Cases"): ("Case", "ParentId"),
    ("Case", "Tasks"): ("Task", "WhatId"),
    ("Contract", "Orders"): ("Order", "ContractId"),
    ("Order", "OrderItems"): ("OrderItem", "OrderId"),
    ("ServiceContract", "ContractLineItems"): ("ContractLineItem", "ServiceContractId"),
    ("ServiceContract", "ChildServiceContracts"): ("ServiceContract", "ParentServiceContractId"),
    ("ServiceContract", "Entitlements"): ("Entitlement", "ServiceContractId"),
}


@dataclass(frozen=True)
class Field:
    name: str
    type: str
    size: int = 0
    values: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    create: bool = False
    update: bool = False
    required: bool = False
    external: bool = False
    tracked: bool = False
    filterable: bool = True

    @property
    def relationship(self) -> str:
        """The name under which a query walks the reference: `AccountId` is walked as `Account`."""
        return self.name.removesuffix("Id") if self.targets else ""


@dataclass(frozen=True)
class SObject:
    name: str
    prefix: str
    fields: Mapping[str, Field] = field(repr=False)

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Field names by their lower-case form: queries and bodies do not care for case."""
        return {name.lower(): name for name in self.fields}

    @cached_property
    def relationships(self) -> Mapping[str, Field]:
        return {each.relationship.lower(): each for each in self.fields.values() if each.targets}

    @property
    def creatable(self) -> bool:
        return any(each.create for each in self.fields.values())

    @property
    def updatable(self) -> bool:
        return any(each.update for each in self.fields.values())

    def find(self, name: str) -> Field | None:
        real = self.names.get(name.lower())
        return self.fields[real] if real else None


_LINE = re.compile(r"(\w+) (\w+)(?:\(([^)]*)\))?(.*)")


def _field(line: str) -> Field:
    found = _LINE.fullmatch(line)
    if found is None:
        raise ValueError(f"not a field: {line!r}")
    name, kind, inner, rest = found.groups()
    flags = rest.split()
    return Field(
        name,
        kind,
        size=int(inner) if kind in ("string", "textarea") else 18 if kind == "reference" else 0,
        values=tuple(inner.split("|")) if kind == "picklist" else (),
        targets=tuple(inner.split(",")) if kind == "reference" else (),
        create="c" in flags,
        update="u" in flags,
        required="req" in flags,
        external="ext" in flags,
        tracked="hist" in flags,
        filterable="calc" not in flags and kind != "textarea",
    )


def _object(title: str, table: str, system: str) -> SObject:
    name, prefix = title.split()
    lines = [line for line in (table + "\n" + system).splitlines() if line]
    fields = {each.name: each for each in (Field("Id", "id", 18), *map(_field, lines))}
    return SObject(name, prefix, fields)


OBJECTS: Mapping[str, SObject] = {
    made.name: made
    for made in (
        *(_object(title, table, SYSTEM) for title, table in TABLES.items()),
        _object("CaseHistory 017", HISTORY, ""),
    )
}
_BY_NAME = {name.lower(): each for name, each in OBJECTS.items()}
_BY_PREFIX = {each.prefix: each for each in OBJECTS.values()}


def sobject(name: str) -> SObject | None:
    return _BY_NAME.get(name.lower())


def owner_of(key: str) -> SObject | None:
    """The object that a record id belongs to, told by its first three characters."""
    return _BY_PREFIX.get(key[:3])


_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def make_id(prefix: str, number: int) -> str:
    """The 18-character id of the `number`-th record of an object."""
    digits = ""
    while number:
        number, rest = divmod(number, 62)
        digits = _DIGITS[rest] + digits
    return long_id(f"{prefix}Hs0" + digits.rjust(9, "0"))


def long_id(short: str) -> str:
    """The 18-character form of a 15-character id: three letters tell which characters are capitals."""
    chunks = (short[at : at + 5] for at in (0, 5, 10))
    return short + "".join(
        _CHECK[sum(1 << place for place, char in enumerate(chunk) if char.isupper())] for chunk in chunks
    )


def known_id(text: str) -> str | None:
    """The 18-character form of an id as somebody gave it, None for what is no id."""
    if not re.fullmatch(r"[0-9A-Za-z]{15}([0-9A-Za-z]{3})?", text):
        return None
    full = long_id(text[:15])
    return full if len(text) == 15 or full.lower() == text.lower() else None
