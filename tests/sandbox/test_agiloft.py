"""Agiloft's stand-in: both surfaces, tokens of 15 minutes, queries, pages, upserts, files, failures."""

import base64
import hashlib
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest

from sandbox import RunningSandbox
from sandbox.world import AS_OF, CORPUS

KB = "Tessaly CLM"
USER, PASSWORD = "pacta.integration", "agiloft-demo-password"
CLIENT = {"client_id": "pacta-agiloft-client", "client_secret": "agiloft-demo-secret"}
INLINE = {"$KB": KB, "$lang": "en", "$login": USER, "$password": PASSWORD}


class Tenant:
    """The few lines of a client that these tests need; real statuses unless a test takes them away."""

    def __init__(self, web: httpx.Client, root: str) -> None:
        self.web, self.root = web, f"{root}/agiloft/ewws"
        self.token = ""

    def login(self, kb: str = KB, **given: str) -> httpx.Response:
        body = {"KB": kb, "login": USER, "password": PASSWORD, "lang": "en", **given}
        return self.web.post(f"{self.root}/alrest/{quote(kb)}/login?err_code_resp=1", json=body)

    def ask(self, method: str, path: str, kb: str = KB, coded: bool = True, **options: Any) -> httpx.Response:
        self.token = self.token or self.login().json()["result"]["access_token"]
        headers = {"authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        params = {"lang": "en", **options.pop("params", {}), **({"err_code_resp": "1"} if coded else {})}
        address = f"{self.root}/alrest/{quote(kb)}/{path}"
        return self.web.request(method, address, headers=headers, params=params, **options)

    def result(self, method: str, path: str, **options: Any) -> Any:
        answer = self.ask(method, path, **options)
        assert answer.status_code in (200, 201), answer.text
        assert answer.json()["success"] is True
        return answer.json()["result"]

    def search(self, table: str, query: str = "", *field: str, **body: Any) -> list[dict[str, Any]]:
        given = {"query": query, "field": list(field), **body}
        rows: list[dict[str, Any]] = self.result("POST", f"{table}/search", json=given)
        return rows

    def ew(self, method: str, operation: str, **params: Any) -> httpx.Response:
        named = {name.replace("__", "$"): value for name, value in params.items()}
        given = {**INLINE, "$table": "task", **named}
        return self.web.request(method, f"{self.root}/{operation}", params=given)


@pytest.fixture
def clm(box: RunningSandbox, web: httpx.Client) -> Tenant:
    return Tenant(web, box.base_url)


def said(answer: httpx.Response, status: int, text: str) -> bool:
    body = answer.json()
    return (answer.status_code, body["success"], body["message"], body["result"]) == (
        status,
        False,
        text,
        None,
    )


# -- who may come in ----------------------------------------------------------------------------------


def test_names_of_knowledgebase_and_table_are_case_sensitive(clm: Tenant) -> None:
    assert said(clm.login("tessaly clm"), 400, "Cannot find specified knowledgebase: tessaly clm")
    assert said(clm.ask("POST", "Contract/search", json={}), 400, "Table Contract has not been found")


def test_log_on_is_refused(clm: Tenant) -> None:
    assert said(clm.login(password="wrong"), 403, "Authentication failed.")
    assert clm.login(login="priya.nair", password="agiloft-priya-password").status_code == 403
    clm.token = "nobody's"
    assert said(clm.ask("GET", "contract/1001"), 401, "Wrong Authorization data")
    bare = clm.web.get(f"{clm.root}/alrest/{quote(KB)}/contract/1001?err_code_resp=1")
    assert bare.status_code == 400
    clm.token = clm.login("Tessaly CLM Inline").json()["result"]["access_token"]
    assert "Wrong combination" in clm.ask("GET", "contract/1001").json()["message"]


def test_a_token_lasts_fifteen_minutes_and_can_be_renewed(clm: Tenant, box: RunningSandbox) -> None:
    first = clm.login().json()["result"]
    assert first["expires_in"] == 900
    clm.token = first["access_token"]
    renewed = clm.result("POST", "login", json={"refresh_token": first["refresh_token"]})
    assert clm.ask("POST", "login", json={"refresh_token": first["refresh_token"]}).status_code == 400
    box.set_clock(AS_OF + timedelta(minutes=16))
    clm.token = renewed["access_token"]
    assert said(clm.ask("GET", "contract/1001"), 400, "Token is expired")


def test_log_out_ends_the_session(clm: Tenant) -> None:
    clm.result("POST", "logout")
    assert said(clm.ask("GET", "contract/1001"), 500, "No active session found for current token")


def test_oauth(clm: Tenant) -> None:
    def grant(**given: str) -> httpx.Response:
        return clm.web.post(f"{clm.root}/otoken", data=given)

    granted = grant(grant_type="client_credentials", **CLIENT).json()
    assert (granted["token_type"], granted["expires_in"]) == ("Bearer", 900)
    clm.token = granted["access_token"]
    assert clm.result("GET", "contract/1001")["id"] == 1001
    again = grant(grant_type="refresh_token", refresh_token=granted["refresh_token"], **CLIENT)
    assert again.json()["access_token"] != granted["access_token"]
    wrong = grant(grant_type="client_credentials", client_id=CLIENT["client_id"], client_secret="no")
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")


def test_oauth_with_a_code_and_its_proof(clm: Tenant) -> None:
    verifier = "a-verifier-of-sufficient-length-0123456789-0123"
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    own = clm.search("contacts", "_login='pacta.integration'")[0]["id"]
    redirect = "http://localhost/agiloft/callback"
    asked = {
        "response_type": "code",
        "client_id": CLIENT["client_id"],
        "redirect_uri": redirect,
        "scope": f"permissions_for:{own}",
        "state": "s1",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    answer = clm.web.get(f"{clm.root}/oauth", params=asked, follow_redirects=False)
    given = parse_qs(urlsplit(answer.headers["location"]).query)
    assert given["state"] == ["s1"]
    form = {
        "grant_type": "authorization_code",
        "code": given["code"][0],
        "redirect_uri": redirect,
        "client_id": CLIENT["client_id"],
        "code_verifier": verifier,
    }
    assert clm.web.post(f"{clm.root}/otoken", data=form).status_code == 200
    assert clm.web.post(f"{clm.root}/otoken", data=form).json()["error"] == "invalid_grant"


# -- reading ------------------------------------------------------------------------------------------


def test_contracts_with_their_parents_and_companies(clm: Tenant) -> None:
    rows = clm.search(
        "contract", "", "external_contract_id", "parent_contract_id", "company_name", "supplier_number"
    )
    assert len(rows) == 15
    by_number = {row["external_contract_id"]: row for row in rows}
    master = by_number["IC-101"]
    children = {number for number, row in by_number.items() if row["parent_contract_id"] == master["id"]}
    assert children == {"IC-102", "IC-103", "IC-104"}
    assert (master["company_name"], master["supplier_number"]) == ("Acme Managed Services Ltd", "17300001")
    whole = clm.result("GET", f"contract/{master['id']}")
    assert (whole["contract_start_date"], whole["contract_amount"]) == ("2024-03-01", 576000)
    assert whole["date_created"] == "2024-03-04 10:12:00"
    assert whole["contract_owner_email"] == "lena.hartmann@tessaly.example"
    assert whole["number_of_obligations_completed"] == 11


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("external_contract_id=IC-108", {"IC-108"}),
        ("external_contract_id='ic-108'", {"IC-108"}),
        ("contract_end_date<'2026-12-31' && wfstate='Active'", {"IC-107"}),
        ("contract_end_date<'2027-01-01' || governing_law='Finland'", {"IC-107", "IC-111", "IC-114"}),
        ("(governing_law='Finland' || governing_law=Poland) && wfstate=Active", {"IC-111", "IC-113"}),
        ("contract_title1~='packaging'", {"IC-113"}),
        ("contract_title1 like 'Data%'", {"IC-115"}),
        ("'Contract Number'='IC-101'", {"IC-101"}),
        ("contract_title1=Packaging Supply Agreement", {"IC-113"}),
        ("governing_law=''", {"IC-115"}),
        ("company_name=':Fenwick Robotics Oy'", {"IC-111"}),
        ("contract_amount>=150000", {"IC-101", "IC-104"}),
        ("date_updated>='2026-10-20 17:05:00'", {"IC-105"}),
        ("contract_title1='nobody''s'", set()),
    ],
)
def test_queries(clm: Tenant, query: str, numbers: set[str]) -> None:
    rows = clm.search("contract", query, "external_contract_id")
    assert {row["external_contract_id"] for row in rows} == numbers


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("nothing='x'", "No column nothing in table contract"),
        ("wfstate='Running' &&", "parsing the query"),
        ("contract_end_date<'soon'", "Wrong format/value pointed to contract_end_date"),
        ("wfstate=Active AND governing_law='Poland'", "parsing the query"),
        ("(wfstate=Active", "parsing the query"),
        ("wfstate ! Active", "parsing the query"),
        ("contract_title1='open", "parsing the query"),
    ],
)
def test_what_is_no_query_is_thrown_as_a_page(clm: Tenant, query: str, text: str) -> None:
    for coded in (True, False):
        answer = clm.ask("POST", "contract/search", coded=coded, json={"query": query})
        assert answer.status_code == (400 if coded else 200)
        assert answer.headers["content-type"].startswith("text/html")
        assert "EWWrongDataException has occurred: [default task-" in answer.text
        assert text in answer.text.replace("&#x27;", "'").replace("&amp;", "&")


def test_pages_count_from_zero_and_run_the_query_again(clm: Tenant) -> None:
    query = "wfstate='Open'"
    every = [row["id"] for row in clm.search("obligation", query)]
    assert clm.search("obligation", query, limit=0, page=1) == []
    first = clm.search("obligation", query, limit=2, page=0)
    assert [row["id"] for row in first] == every[:2]
    clm.result("PUT", f"obligation/{every[0]}", json={"wfstate": "Waived"})
    second = clm.search("obligation", query, limit=2, page=1)
    # One row of the first page is gone, so the third slipped between the pages.
    assert [row["id"] for row in second] == every[3:5]
    assert clm.search("obligation", query, limit=2, page=99) == []


def test_faults_of_lists(clm: Tenant, box: RunningSandbox) -> None:
    plain = clm.search("task", limit=3, page=1)
    box.order_fault("loop", vendor="agiloft", path="/search")
    assert clm.search("task", limit=3, page=1) == clm.search("task", limit=3, page=0)
    box.order_fault("duplicate", vendor="agiloft", path="/search")
    assert clm.search("task", limit=3, page=1) == [plain[-1], *plain]
    box.order_fault("401", vendor="agiloft")
    assert clm.ask("GET", "contract/1001").status_code == 401


def test_the_clock_decides_what_is_there(clm: Tenant, box: RunningSandbox) -> None:
    query = "external_id='OB-PHASE2'"
    assert clm.search("obligation", query, "due_date", "wfstate")[0]["wfstate"] == "Completed"
    assert clm.search("obligation", "external_id='OB-MIGRATION'") == []
    assert clm.search("obligation", "external_id='OB-SAMPLES'") == []
    box.set_clock(datetime.fromisoformat("2026-09-01T12:00+02:00"))
    (row,) = clm.search("obligation", query, "due_date", "wfstate")
    assert (row["due_date"], row["wfstate"]) == ("2026-09-18", "Open")
    box.set_clock(datetime.fromisoformat("2026-11-13T12:00+01:00"))
    clm.token = ""
    assert len(clm.search("obligation", "external_id='OB-MIGRATION'")) == 1


# -- writing ------------------------------------------------------------------------------------------


def test_create_update_delete(clm: Tenant) -> None:
    contract = clm.search("contract", "external_contract_id='IC-105'")[0]["id"]
    given = {
        "summary": "Ask Nordwind",
        "external_id": "x-1",
        "contract_id": contract,
        "date_due": "2026-12-01",
    }
    made = clm.result("POST", "task", json=given)["id"]
    row = clm.result("GET", f"task/{made}")
    assert (row["wfstate"], row["created_by"], row["contract_title"]) == (
        "Assigned",
        USER,
        "Hosting Services Agreement",
    )
    changed = clm.result("PUT", f"task/{made}", json={"wfstate": "Completed"})
    assert (changed["wfstate"], changed["date_updated"]) == ("Completed", "2026-11-10 12:00:00")
    assert clm.ask("DELETE", f"task/{made}").status_code == 400
    clm.result("DELETE", f"task/{made}", params={"deleteRule": "ERROR_IF_DEPENDANTS"})
    assert said(clm.ask("GET", f"task/{made}"), 400, "no data found for id range(s)")


@pytest.mark.parametrize(
    ("body", "column"),
    [
        ({"summary": ""}, "summary"),
        ({}, "summary"),
        ({"summary": "s", "wfstate": "Sleeping"}, "wfstate"),
        ({"summary": "s", "date_due": "31.12.2026"}, "date_due"),
        ({"summary": "s", "id": 5}, "id"),
        ({"summary": "s", "contract_title": "Data Subscription Agreement"}, "contract_title"),
        ({"summary": "s", "contract_id": 4}, "contract_id"),
        ({"summary": "s", "nobody": 4}, "nobody"),
        ({"summary": ["s"]}, "summary"),
        ({"summary": "s", "description": {"a": 1}}, "description"),
    ],
)
def test_what_a_column_cannot_hold_is_refused(clm: Tenant, body: dict[str, Any], column: str) -> None:
    answer = clm.ask("POST", "task", json=body)
    assert answer.status_code == 400
    assert column in answer.text
    assert "EWWrongDataException" in answer.text


def test_links_by_example(clm: Tenant) -> None:
    given = {"event": "checked", "contract_title": ":data subscription agreement"}
    made = clm.result("POST", "audit_entry", json=given)["id"]
    assert clm.result("GET", f"audit_entry/{made}")["contract_title"] == "Data Subscription Agreement"


def test_upsert_creates_updates_and_refuses_several(clm: Tenant) -> None:
    params = {"query": "external_id='p-1'"}
    body = {"summary": "One", "external_id": "p-1"}
    first = clm.ask("POST", "task/upsert", params=params, json=body)
    second = clm.ask("POST", "task/upsert", params=params, json={**body, "summary": "Two"})
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["result"] == second.json()["result"]
    twice = {"query": "external_id='OB-RECYCLING'"}
    several: dict[str, Any] = {"params": twice, "json": {"obligation_title": "Certificate"}}
    assert clm.ask("POST", "obligation/upsert", **several).status_code == 409
    hidden = clm.ask("POST", "obligation/upsert", coded=False, **several)
    assert (hidden.status_code, hidden.json()["success"]) == (200, False)


def test_delete_rules(clm: Tenant) -> None:
    def delete(key: int, rule: str, **params: str) -> httpx.Response:
        return clm.ask("DELETE", f"contract/{key}", params={"deleteRule": rule, **params})

    key = {
        row["external_contract_id"]: row["id"] for row in clm.search("contract", "", "external_contract_id")
    }
    assert delete(key["IC-101"], "ERROR_IF_DEPENDANTS").status_code == 409
    before = len(clm.search("obligation"))
    assert delete(key["IC-106"], "APPLY_DELETE_WHERE_POSSIBLE").status_code == 200
    assert len(clm.search("obligation")) < before
    assert delete(key["IC-101"], "REPLACE_WITH_ANOTHER", subs=str(key["IC-115"])).status_code == 200
    assert clm.result("GET", f"contract/{key['IC-104']}")["parent_contract_id"] == key["IC-115"]


def test_action_button_and_its_number(clm: Tenant) -> None:
    task = clm.search("task", "external_id='T-ORCHARD'")[0]["id"]
    number = clm.result("POST", f"task/actionButton/{task}", params={"name": "ab_complete"})["EWCALLBACK_ID"]
    assert clm.result("GET", f"task/{task}")["wfstate"] == "Completed"
    states = [clm.ew("GET", "EWAsyncStatus", callback_id=number).status_code for _ in range(3)]
    assert states == [201, 202, 200]
    assert clm.ew("GET", "EWAsyncStatus", callback_id="9_9").status_code == 523


# -- files --------------------------------------------------------------------------------------------


def test_signed_documents(clm: Tenant) -> None:
    for row in clm.search("contract", "", "attached_file"):
        params = {"field": "attached_file"}
        (told,) = clm.result("POST", f"contract/attachInfo/{row['id']}", params=params)
        got = clm.ask("POST", f"contract/retrieveAttach/{row['id']}", params={**params, "filePosition": "0"})
        assert got.content == (CORPUS / "contracts" / told["fileName"]).read_bytes()
        assert (len(got.content), row["attached_file"]) == (told["size"], [told["fileName"]])


def test_attach_and_remove(clm: Tenant) -> None:
    task = clm.search("task", "external_id='T-P1'")[0]["id"]
    params = {"field": "attached_file", "fileName": "notes é.txt"}
    sent: dict[str, Any] = {"files": {"uploadFile": ("n.txt", b"minutes", "text/plain")}}
    assert clm.result("POST", f"task/attach/{task}", params=params, **sent) == 1
    got = clm.ask("POST", f"task/retrieveAttach/{task}", params={"field": "attached_file"})
    assert (got.content, got.headers["content-type"].split(";")[0]) == (b"minutes", "text/plain")
    assert clm.result("POST", f"task/removeAttach/{task}", params={"field": "attached_file"}) == 0
    gone = clm.ask("POST", f"task/retrieveAttach/{task}", params={"field": "attached_file"})
    assert gone.status_code == 400
    assert clm.ask("POST", f"task/attachInfo/{task}").status_code == 400
    assert clm.ask("POST", f"task/attach/{task}", params=params, json={}).status_code == 400


# -- the older surface --------------------------------------------------------------------------------


def test_lines_of_the_older_surface(clm: Tenant) -> None:
    found = clm.ew("GET", "EWSearch", query="external_id='T-P1'", field=["summary", "date_due"])
    assert found.text.splitlines()[0] == "EWREST_length='1';"
    assert "EWREST_summary_0='Discuss missed P1 resolution';" in found.text
    none = clm.ew("GET", "EWSearch", query="external_id='none'")
    assert none.text == "EWREST_id_length='0';\n"
    selected = clm.ew("GET", "EWSelect", where="external_id LIKE 'T-%' AND wfstate <> 4")
    assert selected.text.startswith("EWREST_id_length='3';")
    read = clm.ew("GET", "EWRead", __table="obligation", **{"__searchSQL": "external_id='OB-TRAINING'"})
    assert r"EWREST_description='Chloé\'s team offers a day on site.\nTravel isn\'t included.';" in read.text
    assert "EWREST_amount=null;" in read.text


def test_decorators(clm: Tenant) -> None:
    rows = clm.ew("GET", "EWSearch/.json", query="external_id='T-P1'", field="summary").json()["result"]
    assert rows[0]["summary"] == "Discuss missed P1 resolution"
    bad = {"__table": "Task"}
    assert clm.ew("GET", "EWSearch/.json", **bad).status_code == 200
    assert said(
        clm.ew("GET", "EWSearch/.json", err_code_resp="1", **bad), 400, "Table Task has not been found"
    )
    page = clm.ew("GET", "EWSearch", **bad)
    assert (page.status_code, "EWWrongDataException" in page.text) == (200, True)
    later = clm.ew("POST", "async/EWCreate", summary="Later")
    assert later.text == "EWREST_EWCALLBACK_ID='10100_1';\n"
    assert clm.ew("DELETE", "EWSearch", err_code_resp="1").status_code == 405


def test_writes_of_the_older_surface(clm: Tenant) -> None:
    form = {**INLINE, "$table": "task", "summary": "By form", "external_id": "f-1"}
    made = clm.web.post(f"{clm.root}/EWCreate", data=form)
    key = made.text.removeprefix("EWREST_id='").removesuffix("';\n")
    assert "EWREST_wfstate='Completed';" in clm.ew("POST", "EWUpdate", id=key, wfstate="Completed").text
    upsert = {**form, "$match": "external_id", "summary": "Again"}
    assert clm.web.post(f"{clm.root}/EWUpsert", data=upsert).status_code == 200
    assert clm.web.post(f"{clm.root}/EWUpsert", data={**upsert, "external_id": "f-2"}).status_code == 201
    twice = {**INLINE, "$table": "obligation", "$match": "external_id", "external_id": "OB-RECYCLING"}
    assert clm.web.post(f"{clm.root}/EWUpsert", data=twice).status_code == 409
    rest = f"{clm.root}/REST/{quote(KB)}/task/{key}"
    log_on = {"$login": USER, "$password": PASSWORD, "$lang": "en"}
    assert "EWREST_summary='Again';" in clm.web.get(rest, params=log_on).text
    assert (
        clm.web.put(rest, params=log_on, data={"summary": "Third"}).text.count("EWREST_summary='Third';") == 1
    )
    assert clm.ew("DELETE", "EWDelete", id=key, deleteRule="APPLY_UNLINK").text == ""


def test_token_or_password_never_both(clm: Tenant) -> None:
    given = {**INLINE, "$table": "task"}
    login = clm.web.post(f"{clm.root}/EWLogin", data=given).json()
    assert (login["expires_in"], login["expiration_time_unit"], login["authentication_scheme"]) == (
        15,
        "minute",
        "Bearer ",
    )
    headers = {"authorization": login["authentication_scheme"] + login["access_token"]}
    address = f"{clm.root}/EWSearch/.json"
    assert "or a token" in clm.web.get(address, params=given, headers=headers).json()["message"]
    bare = {"$KB": KB, "$table": "task", "$lang": "en"}
    assert clm.web.get(address, params=bare, headers=headers).json()["success"]
    renewed = clm.web.post(
        f"{clm.root}/EWLogin", headers=headers, data={"refresh_token": login["refresh_token"]}
    )
    assert renewed.json()["access_token"] != login["access_token"]
    # Password in the body is for a few operations only, and on one server tokens open the JSON surface only.
    assert clm.web.post(address, data=given).json()["success"] is False
    strict = clm.login("Tessaly CLM Inline").json()["result"]["access_token"]
    inline = {**bare, "$KB": "Tessaly CLM Inline"}
    headers = {"authorization": f"Bearer {strict}"}
    assert clm.web.get(address, params=inline, headers=headers).json()["success"] is False


def test_registry(clm: Tenant) -> None:
    clm.ask("GET", "contract/1001")
    headers = {"authorization": f"Bearer {clm.token}"}
    params = {"$KB": KB, "includelinkedinfo": "true"}
    answer = clm.web.get(f"{clm.root}/EWTable/.json", params=params, headers=headers)
    tables = {table["logicalName"]: table["fields"] for table in answer.json()["result"]["tables"]}
    assert set(tables) == {"contract", "company", "contacts", "task", "obligation", "audit_entry"}
    column = next(one for one in tables["contract"] if one["columnName"] == "company_name")
    assert column["linkedInfo"][0]["linkedTable"] == "company"
    searches = clm.web.get(
        f"{clm.root}/EWSavedSearch/.json", params={"$KB": KB, "$table": "contract"}, headers=headers
    )
    assert [one["label"] for one in searches.json()["result"]] == ["Active Contracts"]
    assert len(clm.search("contract", search="Active Contracts")) == 15
    assert clm.ew("GET", "EWTable/.json", err_code_resp="1").status_code == 401
    choice = clm.ew("GET", "EWGetChoiceLineId", field="priority", value="High")
    assert choice.text == "EWREST_choiceLineId='3';\n"


def test_locks(clm: Tenant, box: RunningSandbox) -> None:
    task = clm.search("task", "external_id='T-ORCHARD'")[0]["id"]
    lena = {"__login": "lena.hartmann", "__password": "agiloft-lena-password"}
    held = clm.ew("PUT", "EWLock", id=task, **lena).json()
    assert (held["lock_status"], held["locked_by"], held["lock_expires_in_minutes"]) == (
        "LOCKED",
        "lena.hartmann",
        25,
    )
    assert clm.ask("PUT", f"task/{task}", json={"priority": "Low"}).status_code == 409
    assert clm.ew("DELETE", "EWLock", id=task).status_code == 409
    forced = clm.ew("POST", "EWUpdate", id=task, priority="Low", __operationHints="NOLOCK")
    assert "EWREST_priority='Low';" in forced.text
    box.set_clock(AS_OF + timedelta(minutes=26))
    assert clm.ew("GET", "EWLock", id=task).json()["lock_status"] == "NO_LOCK"


def test_reset_brings_back_the_first_minute(clm: Tenant, box: RunningSandbox) -> None:
    clm.result("POST", "task", json={"summary": "Gone soon", "external_id": "gone"})
    box.reset()
    clm.token = ""
    assert clm.search("task", "external_id='gone'") == []
