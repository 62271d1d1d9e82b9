"""The rows of each entity set as they are at an instant, worked out from the ledger.

`#`, which is no field and never shown, counts what was written to a row.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from sandbox.odata4 import Value
from sandbox.sap_revenue.world import (
    CENT,
    ZONE,
    Contract,
    Ledger,
    Obligation,
    Period,
    closing,
    reconciliation_key,
)

Row = dict[str, Value]
COMPANY, PRINCIPLE = "1010", "IFRS"


class Rows:
    def __init__(self, ledger: Ledger, now: datetime) -> None:
        self.ledger, self.now = ledger, now

    def of(self, name: str) -> list[Row]:
        """Every row of an entity set, in order of its keys."""
        make = {
            "RevenueAccountingContract": self._contracts,
            "PerformanceObligation": self._obligations,
            "PerfOblgnFulfillment": self._fulfilments,
            "RevenueScheduleItem": self._schedule,
        }[name]
        return list(make())

    def _seen(self) -> Iterator[Obligation]:
        for one in self.ledger.obligations.values():
            if one.log[0][0] <= self.now:
                yield one

    def _contracts(self) -> Iterator[Row]:
        for one in self.ledger.contracts.values():
            if one.at <= self.now:
                yield self.contract(one)

    def contract(self, one: Contract) -> Row:
        parts = [part for part in one.obligations if part.log[0][0] <= self.now]
        changed_at, changed_by = max([(one.at, one.by), *(part.touched(self.now) for part in parts)])
        if one.is_deleted(self.now) and one.deleted is not None:
            changed_at, changed_by = max((changed_at, changed_by), (one.deleted, "PRIYA.NAIR"))
        ended = [self.completed_on(part) for part in parts]
        done = bool(ended) and None not in ended
        return {
            "#": sum(len(part.log) + len(part.done) for part in parts),
            "RevenueAccountingContract": one.number,
            "CompanyCode": COMPANY,
            "AccountingPrinciple": PRINCIPLE,
            "RevnAcctgContractDescription": one.text,
            "RevnAcctgContractCategory": "SALE",
            "TotContractualPrcInSlsDocCrcy": one.price,
            "SalesDocumentCurrency": one.currency,
            "NumberOfPerformanceObligations": len(parts),
            "BusinessPartner": self.ledger.customer,
            "Customer": self.ledger.customer,
            "RevnAcctgContractStatus": "C" if done else "I",
            "RAContractCompletionDate": max(day for day in ended if day) if done else None,
            "RevnAcctgContractCreationDate": local(one.at),
            "RevnAcctgContractCreatedByUser": one.by,
            "RAContractLastChangeDate": local(changed_at),
            "RAContractLastChangedByUsr": changed_by,
            "RAContractLastSavedDateTime": changed_at,
            "RAContractIsSoftDeleted": _mark(one.is_deleted(self.now)),
            "YY1_ContractNumber_RAC": one.contract,
            "YY1_PurchaseOrderByCustomer_RAC": one.order,
        }

    def _obligations(self) -> Iterator[Row]:
        for one in self._seen():
            yield self.obligation(one)

    def completed_on(self, one: Obligation) -> date | None:
        """The day on which everything was fulfilled, None before."""
        if one.kind == "T":
            ends: date = one.fields(self.now)["ends"]
            return ends if ends < local(self.now) else None
        done = one.fulfilled(self.now)
        return done[-1].on if done and one.share(done) >= 1 else None

    def obligation(self, one: Obligation) -> Row:
        held = one.fields(self.now)
        done = one.fulfilled(self.now)
        completed = self.completed_on(one)
        changed_at, changed_by = one.touched(self.now)
        deleted = one.contract.is_deleted(self.now)
        if deleted and one.contract.deleted is not None:
            changed_at, changed_by = max((changed_at, changed_by), (one.contract.deleted, "PRIYA.NAIR"))
        quantity = sum((step.quantity or Decimal(0) for step in done), Decimal(0))
        return {
            "#": len(one.log) + len(one.done),
            "PerformanceObligation": one.number,
            "RevenueAccountingContract": one.contract.number,
            "CompanyCode": COMPANY,
            "AccountingPrinciple": PRINCIPLE,
            "PerformanceObligationClass": one.text,
            "RAPerformanceObligationType": one.type,
            "RevnAcctgPerfOblgnStatus": "C" if completed else "I",
            "PerfOblgnFulfillmentType": one.kind,
            "PerfOblgnEventType": one.event,
            "ContractualPrcInSlsDocCrcy": one.price,
            "AllocatedPriceInSalesDocCrcy": one.allocated,
            "SSPriceInSalesDocCrcy": one.price or one.allocated,
            "SalesDocumentCurrency": one.contract.currency,
            "PerfOblgnContractualQuantity": one.quantity,
            "PerfOblgnContractualQtyUnit": one.unit,
            "PerfOblgnDeliveredQuantity": quantity,
            "PerformanceObligationStartDate": held["starts"],
            "PerformanceObligationEndDate": held["ends"],
            "RAPerfOblgnInceptionDate": local(one.log[0][0]),
            "RAPerfOblgnCompletionDate": completed,
            "PerfOblgnIsFullyFulfilled": _mark(completed is not None),
            "PerfOblgnIsFinallyInvoiced": _mark(completed is not None and one.type == "GOODS"),
            "RAPerfOblgnIsManuallyCreated": _mark(one.manual),
            "PerfOblgnIsSoftDeleted": _mark(deleted),
            "Customer": self.ledger.customer,
            "PerfOblgnCreationDate": local(one.log[0][0]),
            "PerfOblgnCreatedByUser": one.log[0][1],
            "PerfOblgnLastChangeDate": local(changed_at),
            "PerfOblgnLastChangedByUsr": changed_by,
            "YY1_LastChangeDateTime_POB": changed_at,
            "YY1_ContractNumber_POB": one.contract.contract,
            "YY1_ExternalReference_POB": held.get("reference", ""),
        }

    def _fulfilments(self) -> Iterator[Row]:
        for one in self._seen():
            for step in one.fulfilled(self.now):
                yield {
                    "PerformanceObligation": one.number,
                    "RAFulfillment": step.number,
                    "RevenueAccountingContract": one.contract.number,
                    "PerfOblgnEventType": one.event,
                    "RAFulfillmentDate": step.on,
                    "RAFulfilledQuantity": step.quantity,
                    "RAFulfilledQuantityUnit": one.unit if step.quantity is not None else "",
                    "RAFulfillmentPercent": step.percent,
                    "RevnAcctgReconciliationKey": step.key,
                    "RASndgCompDocumentItem": step.source,
                    "CreatedByUser": step.by,
                    "CreationDateTime": step.at,
                }

    # -- revenue of each period ---------------------------------------------------------------------------

    def _schedule(self) -> Iterator[Row]:
        for one in self._seen():
            lines = self._by_time(one) if one.kind == "T" else self._by_fulfilment(one)
            for period, amount, made_at in lines:
                yield self._line(one, period, amount, made_at)

    def _line(self, one: Obligation, period: Period, amount: Decimal, made_at: datetime) -> Row:
        year, month = period
        posted = closing(period) <= self.now
        return {
            "PerformanceObligation": one.number,
            "RevnAcctgReconciliationKey": reconciliation_key(one.contract, period),
            "RevenueAccountingContract": one.contract.number,
            "CompanyCode": COMPANY,
            "AccountingPrinciple": PRINCIPLE,
            "FiscalYear": str(year),
            "FiscalPeriod": f"{month:03d}",
            "FiscalYearPeriod": f"{year}{month:03d}",
            "RevnAcctgPostingCategory": "RV",
            "RevnAcctgPostgAmtInSlsDocCrcy": amount,
            "SalesDocumentCurrency": one.contract.currency,
            "RevnAcctgRecnclnKeyStatus": "C" if posted else "O",
            "PostingDate": _last(period) if posted else None,
            "YY1_LastChangeDateTime_SCH": max(made_at, closing(period)) if posted else made_at,
        }

    def _by_time(self, one: Obligation) -> list[tuple[Period, Decimal, datetime]]:
        """Straight line by days; the last period takes what rounding left."""
        held, made_at = one.fields(self.now), one.touched(self.now)[0]
        starts, ends = held["starts"], held["ends"]
        total = (ends - starts).days + 1
        found: list[tuple[Period, Decimal, datetime]] = []
        left, at = one.allocated, starts
        while at <= ends:
            period = (at.year, at.month)
            upto = min(_last(period), ends)
            part = _cents(one.allocated * ((upto - at).days + 1) / total)
            part = left if upto == ends else part
            found.append((period, part, made_at))
            left, at = left - part, upto + timedelta(days=1)
        return found

    def _by_fulfilment(self, one: Obligation) -> list[tuple[Period, Decimal, datetime]]:
        """What each fulfilment adds, summed up by the period it is posted in."""
        sums: dict[Period, tuple[Decimal, datetime]] = {}
        done, before = one.fulfilled(self.now), Decimal(0)
        for place, step in enumerate(done, 1):
            revenue = _cents(one.allocated * one.share(done[:place]))
            period = (int(step.key[:4]), int(step.key[4:7]))
            so_far = sums.get(period, (Decimal(0), step.at))[0]
            sums[period] = (so_far + revenue - before, step.at)
            before = revenue
        return [(period, amount, at) for period, (amount, at) in sorted(sums.items())]


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def _last(period: Period) -> date:
    year, month = period
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def local(at: datetime) -> date:
    """The day in Munich, where the system stands."""
    return at.astimezone(ZONE).date()


def _mark(given: bool) -> str:
    """A flag as the tables hold it."""
    return "X" if given else ""
