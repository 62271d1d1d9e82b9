"""SAP revenue accounting over a mock transport: sets of made-up services in OData V4, or in V2."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode

import httpx

from tests.tools.vendors import HTTP, SECRET, START, Json, Vendor, answer, v2

OBLIGATIONS, CONTRACTS = "yy1_ra/obl/0001/PerformanceObligation", "yy1_ra/con/0001/RevenueContract"
FULFILMENT, SCHEDULE = "yy1_ra/ful/0001/Fulfilment", "yy1_ra/sch/0001/Schedule"
RECORDS = "yy1_ra/own/0001/Promise"
_TERM = re.compile(r"(\w+) (eq|ge|gt) (?:datetime(?:offset)?)?(?:'([^']*(?:''[^']*)*)'|([\dTZ:.-]+))")


class SapRevenueVendor(Vendor):
    """V4. `served` is how many rows the server gives at a time by its own links, `closed` its sets that
    take nothing."""

    name, kind, list_path = "sap_revenue", "performance_obligation", "/PerformanceObligation"
    version = "v4"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.contracts: list[Json] = []
        self.fulfilments: list[Json] = []
        self.schedules: list[Json] = []
        self.own: list[Json] = []
        self.closed: set[str] = set()
        self.links = True
        self.at: datetime | None = None
        self.csrf = "csrf-1"
        self.versions = 1

    def settings(self) -> Json:
        auth = {"type": "basic", "user": "PACTA", "password": SECRET}
        fulfilment = {"path": FULFILMENT, "key": ["FulfilmentId"], "day": "EventDate"}
        record = {"path": RECORDS, "key": ["PromiseId"], "reference": "ExternalId"}
        return {
            "base_url": "https://erp.example/sap/opu/odata4/sap",
            "auth": auth,
            "http": HTTP,
            "odata": self.version,
            "zone": "Europe/Berlin",
            "page_size": 1000,
            "obligations": {"path": OBLIGATIONS},
            "contracts": {"path": CONTRACTS, "references": ["YY1_Contract"]},
            "fulfilment": {**fulfilment, "quantity": "Quantity", "percent": "Share", "changed": "ChangedOn"},
            "schedule": {"path": SCHEDULE, "as_progress": True},
            "records": {
                "obligation": {**record, "fields": {"title": "Text", "due_on": "DueDate", "sum": "Sum"}}
            },
            "obligation_fields": {"ends_on": "PerformanceObligationEndDate"},
        }

    def day(self, moment: datetime) -> Any:
        return moment.date().isoformat()

    def yes(self, value: bool) -> Any:
        return value

    def record(self, number: int) -> Json:
        changed = START + timedelta(days=number)
        return {
            "PerformanceObligation": f"{number:016d}",
            "PerformanceObligationClass": f"Support {number}",
            "RevenueAccountingContract": f"{number % 3:014d}",
            "Customer": "0000017100",
            "AllocatedPriceInSalesDocCrcy": "12000.00",
            "SalesDocumentCurrency": "EUR",
            "PerfOblgnContractualQuantity": "12.000",
            "PerfOblgnFulfillmentType": "P",
            "PerformanceObligationStartDate": self.day(datetime(2026, 1, 1, tzinfo=UTC)),
            "PerformanceObligationEndDate": self.day(datetime(2026, 8, 31, tzinfo=UTC)),
            "PerfOblgnIsFullyFulfilled": self.yes(True),
            "PerfOblgnIsSoftDeleted": self.yes(False),
            "PerfOblgnCreationDate": self.day(datetime(2026, 1, 2, tzinfo=UTC)),
            "PerfOblgnLastChangeDate": self.day(changed),
        }

    def fulfilled(self, number: int, on: datetime, changed: datetime, **more: Any) -> Json:
        row = {"FulfilmentId": f"f-{len(self.fulfilments)}", "PerformanceObligation": f"{number:016d}"}
        row |= {"EventDate": self.day(on), "ChangedOn": self.day(changed), "Quantity": None, "Share": None}
        self.fulfilments.append({**row, **more})
        return self.fulfilments[-1]

    def broken(self) -> Json:
        return {**self.record(900), "PerformanceObligationEndDate": "soon"}

    def rows(self) -> list[Json]:
        return [self.record(n) for n in range(self.count)]

    def respond(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/sap/opu/odata4/sap/")
        if path.endswith("/"):
            return httpx.Response(200, headers={"x-csrf-token": self.csrf, "set-cookie": "SAP=1"})
        sets = {
            OBLIGATIONS: self.rows,
            CONTRACTS: lambda: self.contracts,
            FULFILMENT: lambda: self.fulfilments,
            SCHEDULE: lambda: self.schedules,
            RECORDS: lambda: self.own,
        }
        if request.method in ("POST", "PATCH"):
            return self._write(request, path)
        if path in sets:
            return self._page(sets[path](), request, path == OBLIGATIONS)
        return self._one(path)

    def _page(self, rows: list[Json], request: httpx.Request, main: bool) -> httpx.Response:
        params = {key: values[0] for key, values in parse_qs(request.url.query.decode()).items()}
        chosen = [row for row in rows if self.fits(row, params.get("$filter", ""))]
        if "$orderby" in params:
            chosen.sort(key=lambda row: [str(row.get(key)) for key in params["$orderby"].split(",")])
        start = int(params.get("$skiptoken", params.get("$skip", "0")))
        page, more = self.window(chosen, start, self.page_size) if main else (chosen, False)
        link = ""
        if more and (self.links or self.loop):
            query = {**params, "$skiptoken": "0" if self.loop else str(start + self.page_size)}
            link = f"https://internal-host:8443{request.url.path}?{urlencode(query)}"
        return answer(self.listed(page, link, len(chosen)), headers=self.dated())

    def listed(self, page: list[Json], link: str, count: int) -> Json:
        return {"value": page, "@odata.count": count, **({"@odata.nextLink": link} if link else {})}

    def single(self, row: Json, etag: str = "") -> Json:
        return {"@odata.etag": etag, **row} if etag else row

    def dated(self) -> dict[str, str]:
        return {"date": self.at.strftime("%a, %d %b %Y %H:%M:%S GMT")} if self.at else {}

    def fits(self, row: Json, condition: str) -> bool:
        """Conditions in brackets joined by and; inside them comparisons joined by or."""
        for part in re.findall(r"\(((?:[^()']|'[^']*')*)\)", condition):
            terms = [_TERM.fullmatch(term.strip()) for term in part.split(" or ")]
            assert all(terms), part
            if not any(term and self._meets(row, term) for term in terms):
                return False
        return True

    def _meets(self, row: Json, term: re.Match[str]) -> bool:
        held, wanted = row.get(term[1]), term[3] if term[3] is not None else term[4]
        text = self.plain(held)
        wanted = wanted.replace("''", "'").removesuffix("T00:00:00")
        return {"eq": text == wanted, "ge": text >= wanted, "gt": text > wanted}[term[2]]

    def plain(self, held: Any) -> str:
        return "" if held is None else str(held)

    def _one(self, path: str) -> httpx.Response:
        named = re.fullmatch(rf"{OBLIGATIONS}\('([^']*(?:''[^']*)*)'\)", unquote(path))
        for row in self.rows() if named else ():
            if row["PerformanceObligation"] == named[1]:  # type: ignore[index]
                return answer(self.single(row, f'W/"{self.versions}"'))
        return answer({"error": {"code": "404", "message": "Resource not found"}}, 404)

    def _write(self, request: httpx.Request, path: str) -> httpx.Response:
        if request.headers.get("x-csrf-token") != self.csrf or "SAP=1" not in request.headers["cookie"]:
            return answer({"error": {"message": "CSRF"}}, 403, {"x-csrf-token": "Required"})
        if path.partition("(")[0] in self.closed:
            return answer({"error": {"code": "X/001", "message": "Method not allowed"}}, 405)
        body = json.loads(request.content)
        if request.method == "PATCH":
            if request.headers.get("if-match") != f'W/"{self.versions}"':
                return answer({"error": {"message": "changed"}}, 412)
            self.versions += 1
            self.written.append(body)
            return httpx.Response(204)
        made = {"PromiseId": f"P-{len(self.own)}", **body}
        self.own.append(made)
        self.written.append(made)
        return answer(self.single(made), 201)


class SapRevenueV2Vendor(SapRevenueVendor):
    """The same in V2: days in milliseconds, flags as X, everything within `d`."""

    version = "v2"

    def day(self, moment: datetime) -> Any:
        return v2(moment)

    def yes(self, value: bool) -> Any:
        return "X" if value else ""

    def listed(self, page: list[Json], link: str, count: int) -> Json:
        return {"d": {"results": page, "__count": str(count), **({"__next": link} if link else {})}}

    def single(self, row: Json, etag: str = "") -> Json:
        return {"d": {"__metadata": {"etag": etag}, **row}}

    def plain(self, held: Any) -> str:
        if isinstance(held, str) and held.startswith("/Date("):
            return datetime.fromtimestamp(int(held[6:-2]) / 1000, UTC).date().isoformat()
        return super().plain(held)
