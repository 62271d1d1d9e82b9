"""DocuSign over a mock transport: CLM on three hosts whose lists sort but do not filter; Navigator."""

import json
import re
from typing import Any
from xml.etree import ElementTree

import httpx

from tests.tools.vendors import HTTP, SECRET, Json, Vendor, answer

ACCOUNT = "5f1c2f6e-0000-4a1b-8c3d-0123456789ab"
API, DOWNLOAD = "https://api11.clm.example", "https://files11.clm.example"
FOLDER = "00000000-0000-4000-8000-00000000f001"
BELOW = "00000000-0000-4000-8000-00000000f002"
PDF = {"content-type": "application/pdf"}


def guid(number: int, kind: int = 0) -> str:
    return f"00000000-0000-4000-8000-{kind:04x}{number:08x}"


def refused(status: int, code: int, text: str, *wrong: tuple[str, str]) -> httpx.Response:
    error = {"HttpStatusCode": status, "UserMessage": text, "DeveloperMessage": text, "ErrorCode": code}
    fields = [{"PropertyName": name, "UserMessage": what, "ErrorCode": 1002} for name, what in wrong]
    return answer({"Error": {**error, "ReferenceId": guid(1, 99)}, "ValidationErrors": fields}, status)


def attribute(value: Any, kind: str = "String") -> Json:
    return {"AttributeType": kind, "RepeatingAttribute": False, "Value": value}


class DocusignVendor(Vendor):
    """CLM. `expands` is False where lists leave the attributes out; `searches` counts polls to be made."""

    name, kind, list_path = "docusign", "contract", f"/folders/{FOLDER}/documents"
    expands = True
    pending = 0
    served = API

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.reminders: list[Json] = []
        self.changes: list[Json] = []
        self.searches: list[Json] = []
        self.gone: set[str] = set()
        self.items: list[Json] = []
        self.document = httpx.Response(200, content=b"%PDF-1.7", headers=PDF)

    def settings(self) -> Json:
        auth = {
            "type": "oauth2",
            "token_url": "https://account.clm.example/oauth/token",
            "client_id": "pacta",
            "client_secret": SECRET,
        }
        fields = {"performance": "Contract Obligations/Performance"}
        typed = {"attribute": "Contract Obligations/Next Due", "type": "Date"}
        return {
            "base_url": "https://auth.clm.example",
            "account": ACCOUNT,
            "auth": auth,
            "http": HTTP,
            "hosts": ["clm.example"],
            "page_size": self.page_size,
            "reminders": {"to": ["contracts@tessaly.example"]},
            "contract_fields": {key: {"attribute": held} for key, held in fields.items()} | {"due": typed},
        }

    def record(self, number: int) -> Json:
        details = {
            "Contract Number": attribute(f"C-{number}"),
            "Counterparty": attribute(f"Party {number} Ltd"),
            "Effective Date": attribute("20260101000000", "Date"),
            "Parent Contract": attribute(guid(2) if number == 3 else ""),
        }
        return {
            "Name": f"Agreement {number}.pdf",
            "Uid": guid(number),
            "Href": f"{API}/v2/{ACCOUNT}/documents/{guid(number)}",
            "CreatedDate": "2026-01-01T00:00:00.000Z",
            "UpdatedDate": self.changed_at(number).isoformat().replace("+00:00", ".5Z"),
            "AttributeGroups": {"Contract": details},
            "PageCount": 3,
        }

    def broken(self) -> Json:
        return {**self.record(900), "Name": "", "UpdatedDate": self.record(3)["UpdatedDate"]}

    def rows(self) -> list[Json]:
        return [self.record(n) for n in range(self.count)]

    def below(self) -> list[Json]:
        return []

    def respond(self, request: httpx.Request) -> httpx.Response:
        if not request.headers.get("authorization", "").startswith("Bearer "):
            return refused(401, 103, "Access denied")
        host = f"https://{request.url.host}"
        if host == "https://auth.clm.example":
            assert request.url.path == f"/api/v2/{ACCOUNT}/account"
            return answer({"ApiBaseUrl": self.served, "ApiBaseDownloadUrl": DOWNLOAD, "Id": ACCOUNT})
        path = request.url.path.removeprefix(f"/v2/{ACCOUNT}/")
        if host == DOWNLOAD:
            given = self.document
            return httpx.Response(given.status_code, headers=given.headers, content=given.content)
        if request.method in ("POST", "PATCH"):
            return self._change(request, path, json.loads(request.content))
        return self._give(request, path)

    def _give(self, request: httpx.Request, path: str) -> httpx.Response:
        held = {
            f"folders/{FOLDER}/documents": self.rows,
            f"folders/{BELOW}/documents": self.below,
            "documentsearchtasks/t-1/result": lambda: self.found,
        }
        if path in held:
            return self._documents(request, held[path]())
        if path == "folders/path":
            known = request.url.params["path"] == "/Contracts"
            return answer({"Uid": FOLDER}) if known else refused(404, 104, "Not found")
        if path.endswith("/folders"):
            return self._list(request, [{"Uid": BELOW}] if FOLDER in path else [])
        if path == "documentsearchtasks/t-1":
            return answer(self._task())
        if path.endswith("/documentreminders"):
            mine = [each for each in self.reminders if each["Document"]["Href"].split("/")[-1] in path]
            return self._list(request, mine)
        if path.endswith("/workitems"):
            assert request.url.params["expand"] == "AssigneeInstructions"
            return self._list(request, self.items)
        found = [row for row in [*self.rows(), *self.below()] if path == f"documents/{row['Uid']}"]
        if not found or path.split("/")[1] in self.gone:
            return refused(404, 104, "Not found")
        return answer(found[0])

    def _documents(self, request: httpx.Request, rows: list[Json]) -> httpx.Response:
        assert request.url.params["pageSortParams.sortProperty"] == "UpdatedDate"
        assert request.url.params["expand"] == "AttributeGroups"
        ordered = sorted(rows, key=lambda row: str(row["UpdatedDate"]))
        if not self.expands:
            ordered = [
                {**row, "AttributeGroups": {"Href": f"{row['Href']}/attributegroups"}} for row in ordered
            ]
        return self._list(request, ordered)

    def _list(self, request: httpx.Request, rows: list[Json]) -> httpx.Response:
        start = int(request.url.params["pageSortParams.offset"])
        size = int(request.url.params["pageSortParams.limit"])
        page, _ = self.window(rows, start, size)
        total = 10_000 if self.loop else len(rows)
        return answer(
            {"Items": page, "Offset": start, "Limit": size, "Total": total, "Href": str(request.url)}
        )

    def _task(self) -> Json:
        status = "Processing" if self.pending > 0 else "Success"
        self.pending -= 1
        return {"Status": status, "Href": f"{API}/v2/{ACCOUNT}/documentsearchtasks/t-1"}

    def _change(self, request: httpx.Request, path: str, body: Json) -> httpx.Response:
        if path == "documentsearchtasks":
            self.searches.append(body)
            wanted = str(body.get("Phrase", ""))
            self.found = [row for row in self.rows() if wanted in json.dumps(row)]
            return answer(self._task(), 202)
        if path == "documentreminders":
            made = {"Uid": guid(len(self.reminders), 7), **body}
            self.reminders.append(made)
            self.written.append(made)
            return answer(made, 201)
        if path == "workflows":
            return self._start(body)
        named = re.fullmatch(r"(documents|documentreminders|workitems)/([0-9a-f-]{36})", path)
        assert named, path
        places = {"documentreminders": self.reminders, "workitems": self.items}
        for each in places.get(named[1]) or self.rows():
            if each["Uid"] == named[2]:
                self.changes.append(body)
                each.update(body)
                return answer(each)
        return refused(404, 104, "Not found")

    def _start(self, body: Json) -> httpx.Response:
        """A workflow that comes to a person's step at once."""
        params = ElementTree.fromstring(body["Params"])
        item = {"Uid": guid(len(self.items), 8), "Name": params.findtext("Title")}
        self.items.append({**item, "AssigneeInstructions": params.findtext("Instructions")})
        self.written.append(body)
        href = f"{API}/v2/{ACCOUNT}/workflows/{guid(len(self.written), 9)}"
        return answer({"Name": body["Name"], "Status": "Executing", "Href": href}, 201)


class NavigatorVendor(Vendor):
    name, kind, list_path = "docusign", "contract", f"/v1/accounts/{ACCOUNT}/agreements"
    linked = True
    link = "https://s1.docs.sign.example/public/v1/documents/{id}"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.document = httpx.Response(200, content=b"%PDF-1.7", headers=PDF)

    def settings(self) -> Json:
        auth = {
            "type": "oauth2",
            "token_url": "https://account.sign.example/oauth/token",
            "client_id": "pacta",
            "client_secret": SECRET,
        }
        return {
            "product": "navigator",
            "base_url": "https://api.sign.example",
            "account": ACCOUNT,
            "auth": auth,
            "http": HTTP,
            "hosts": ["docs.sign.example"],
            "our_names": ["Tessaly GmbH"],
            "page_size": self.page_size,
            "relations": {"Addendum agreement": "amendment"},
        }

    def record(self, number: int) -> Json:
        at = self.changed_at(number).isoformat().replace("+00:00", "Z")
        parent = guid(2) if number == 3 else None
        return {
            "id": guid(number),
            "title": f"Agreement {number}",
            "file_name": f"../Agreement {number}.pdf",
            "type": "Addendum agreement" if number == 3 else "Services agreement",
            "status": "COMPLETE",
            "parties": [
                {"id": "p-1", "name_in_agreement": "TESSALY GMBH", "preferred_name": "Tessaly GmbH"},
                {
                    "id": "p-2",
                    "name_in_agreement": f"PARTY {number}",
                    "preferred_name": f"Party {number} Ltd",
                },
            ],
            "provisions": {
                "effective_date": "2026-01-01T00:00:00+01:00",
                "expiration_date": None,
                "execution_date": "2025-12-15T11:45:00+01:00",
                "governing_law": "Germany",
            },
            "related_agreement_documents": {"parent_agreement_document_id": parent},
            "metadata": {"created_at": "2025-12-16T00:00:00Z", "modified_at": at},
            "_links": {"document": {"href": self.link.format(id=guid(number))}},
        }

    def broken(self) -> Json:
        return {**self.record(900), "title": None, "file_name": "", "metadata": self.record(3)["metadata"]}

    def rows(self) -> list[Json]:
        return [self.record(n) for n in range(self.count)]

    def respond(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"].startswith("Bearer ")
        if request.url.host == "s1.docs.sign.example":
            given = self.document
            return httpx.Response(given.status_code, headers=given.headers, content=given.content)
        assert request.url.host == "api.sign.example"
        if request.url.path.endswith("/agreements"):
            return self._list(request)
        found = [row for row in self.rows() if request.url.path.endswith(f"/agreements/{row['id']}")]
        return answer(found[0]) if found else answer({"error": "no such agreement", "code": 404}, 404)

    def _list(self, request: httpx.Request) -> httpx.Response:
        start, size = int(request.url.params.get("ctoken", "t0")[1:]), int(request.url.params["limit"])
        page, more = self.window(self.rows(), start, size)
        after = f"t{0 if self.loop else start + size}" if more else None
        body: Json = {"data": page, "response_metadata": {"page_limit": size}}
        if not after:
            return answer(body)
        if self.linked:
            return answer(
                {**body, "_links": {"next": {"href": f"https://elsewhere.example/?ctoken={after}"}}}
            )
        return answer({**body, "response_metadata": {"page_limit": size, "page_token_next": after}})
