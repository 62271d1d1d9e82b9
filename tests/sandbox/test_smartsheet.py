"""Smartsheet as its documentation describes it; its own client; its specification."""

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox import RunningSandbox
from sandbox.world import load
from tests.sandbox.receiver import Receiver, receiving

VENDORS = Path(__file__).resolve().parents[3] / "shared" / "vendors" / "smartsheet"
with_spec = pytest.mark.skipif(
    not VENDORS.is_dir(), reason="no copy of the vendor's specification beside the checkout"
)
TOKEN = "smartsheet-demo-token"
CLIENT = "pacta-smartsheet-client"


@pytest.fixture
def web_api(box: RunningSandbox) -> Iterator[httpx.Client]:
    base = f"{box.base_url}/smartsheet/2.0"
    headers = {"authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=base, headers=headers, trust_env=False, verify=False, timeout=10) as client:
        yield client


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as server:
        server.echo = {"Smartsheet-Hook-Challenge": "Smartsheet-Hook-Response"}
        yield server


class Grid:
    """One sheet, its columns and rows by name."""

    def __init__(self, api: httpx.Client, name: str) -> None:
        listed = api.get("/sheets").json()["data"]
        self.api = api
        self.id = next(one["id"] for one in listed if one["name"].startswith(name))

    def read(self, **params: Any) -> dict[str, Any]:
        answer = self.api.get(f"/sheets/{self.id}", params=params)
        assert answer.status_code == 200, answer.text
        sheet: dict[str, Any] = answer.json()
        return sheet

    def columns(self) -> dict[str, int]:
        return {one["title"]: one["id"] for one in self.read()["columns"]}

    def rows(self, **params: Any) -> list[dict[str, Any]]:
        """Rows as {title: value} with their id and number."""
        titles = {key: title for title, key in self.columns().items()}
        return [
            {"id": row["id"], "number": row["rowNumber"], "parent": row.get("parentId")}
            | {titles[cell["columnId"]]: cell.get("value") for cell in row["cells"]}
            for row in self.read(**params)["rows"]
        ]

    def row(self, primary: str) -> dict[str, Any]:
        return next(row for row in self.rows() if primary in row.values())


@pytest.fixture
def deliveries(web_api: httpx.Client) -> Grid:
    return Grid(web_api, "Deliveries")


@pytest.fixture
def milestones(web_api: httpx.Client) -> Grid:
    return Grid(web_api, "Milestones")


# -- who may come in --------------------------------------------------------------------------------


def test_tokens_are_checked(box: RunningSandbox, web: httpx.Client) -> None:
    url = f"{box.base_url}/smartsheet/2.0/users/me"
    for headers, code in (({}, 1001), ({"authorization": "Bearer wrong"}, 1002)):
        answer = web.get(url, headers=headers)
        assert (answer.status_code, answer.json()["errorCode"]) == (401, code)
        assert set(answer.json()) == {"refId", "errorCode", "message"}
    assert (
        web.get(url, headers={"authorization": f"Bearer {TOKEN}"}).json()["email"] == "pacta@tessaly.example"
    )


def test_refresh_tokens_are_good_for_one_use(box: RunningSandbox, web: httpx.Client) -> None:
    url = f"{box.base_url}/smartsheet/2.0/token"
    word = "smartsheet-demo-refresh-token"
    digest = sha256(f"smartsheet-demo-secret|{word}".encode()).hexdigest()
    given = {"grant_type": "refresh_token", "client_id": CLIENT, "refresh_token": word, "hash": digest}
    first = web.post(url, data=given)
    assert first.json()["expires_in"] == 604_799
    headers = {"authorization": f"Bearer {first.json()['access_token']}"}
    assert web.get(f"{box.base_url}/smartsheet/2.0/sheets", headers=headers).status_code == 200
    assert web.post(url, data=given).status_code == 400
    assert web.post(url, data={**given, "hash": "0"}).json()["error"] == "invalid_client"
    code = {"grant_type": "authorization_code", "client_id": CLIENT, "code": "smartsheet-demo-code"}
    assert web.post(url, data={**code, "client_secret": "smartsheet-demo-secret"}).status_code == 200


# -- reading ----------------------------------------------------------------------------------------


def test_a_sheet_has_columns_and_rows(deliveries: Grid) -> None:
    sheet = deliveries.read()
    assert sheet["totalRowCount"] == len(sheet["rows"]) == 58
    assert [column["index"] for column in sheet["columns"]] == list(range(15))
    primary = [column["title"] for column in sheet["columns"] if column.get("primary")]
    assert primary == ["Delivery"]
    row = deliveries.row("BAL-2291")
    assert (row["Delivered"], row["Arrived on"], row["Goods checked"]) == (4000, "2026-10-12", True)
    assert deliveries.row("PW-88244")["Promised on"] == "end of October"
    raw = next(one for one in sheet["rows"] if one["id"] == row["id"])
    cells = {cell["columnId"]: cell for cell in raw["cells"]}
    assert cells[deliveries.columns()["Ordered"]] == {
        "columnId": deliveries.columns()["Ordered"],
        "value": 4000,
        "displayValue": "4000",
    }
    assert cells[deliveries.columns()["Clerk"]]["displayValue"] == "Priya Nair"
    assert cells[deliveries.columns()["Reference"]] == {"columnId": deliveries.columns()["Reference"]}
    bare = deliveries.read(exclude="nonexistentCells", rowIds=row["id"])["rows"][0]["cells"]
    assert deliveries.columns()["Reference"] not in {cell["columnId"] for cell in bare}


def test_suppliers_and_contracts_are_those_of_the_world(web_api: httpx.Client) -> None:
    world = load()
    contracts = {one.ironclad: world.party(one.party) for one in world.contracts}
    orders = {one.number: one.contract for one in world.orders}
    for name in ("Deliveries", "Milestones", "Certificates"):
        for row in Grid(web_api, name).rows():
            party = contracts[row["Contract"]]
            assert row.get("Supplier no.") in (None, party.supplier)
            assert orders.get(row.get("PO"), row["Contract"]) == row["Contract"]
            for title in ("Supplier", "Counterparty"):
                assert row.get(title) in (None, party.name, *party.aliases)


def test_rows_can_be_narrowed_and_paged(deliveries: Grid) -> None:
    since = deliveries.rows(rowsModifiedSince="2026-10-26T00:00:00+01:00")
    assert [row["Delivery"] for row in since] == ["PW-88201", "PW-88244"]
    assert len(deliveries.read(rowNumbers="1,3,999")["rows"]) == 2
    column = deliveries.columns()["Status"]
    narrow = deliveries.read(columnIds=column, pageSize=20, page=3)
    assert ([one["id"] for one in narrow["columns"]], len(narrow["rows"])) == ([column], 18)
    assert narrow["rows"][0]["rowNumber"] == 41
    assert all([cell["columnId"] for cell in row["cells"]] == [column] for row in narrow["rows"])
    for wrong in ({"pageSize": 0}, {"page": "x"}, {"rowsModifiedSince": "yesterday"}, {"include": "nothing"}):
        answer = deliveries.api.get(f"/sheets/{deliveries.id}", params=wrong)
        assert (answer.status_code, answer.json()["errorCode"]) == (400, 1018)


def test_the_version_tells_whether_anything_is_new(deliveries: Grid) -> None:
    version = deliveries.api.get(f"/sheets/{deliveries.id}/version").json()["version"]
    assert deliveries.read(ifVersionAfter=version) == {"version": version}
    assert "rows" in deliveries.read(ifVersionAfter=version - 1)


def test_lists_are_paged(web_api: httpx.Client) -> None:
    first = web_api.get("/sheets", params={"pageSize": 2}).json()
    assert (first["totalPages"], first["totalCount"], len(first["data"])) == (2, 3, 2)
    second = web_api.get("/sheets", params={"pageSize": 2, "page": 2}).json()
    assert len(second["data"]) == 1
    assert len(web_api.get("/sheets", params={"pageSize": 2, "includeAll": "true"}).json()["data"]) == 3
    late = web_api.get("/sheets", params={"modifiedSince": "2026-10-25T00:00:00Z"}).json()["data"]
    assert [one["name"] for one in late] == ["Deliveries 2026"]
    numbers = web_api.get("/sheets", params={"numericDates": "true"}).json()["data"][0]
    assert numbers["modifiedAt"] == 1_793_607_600_000
    loop = web_api.get("/sheets?pageSize=2&page=2", headers={"x-sandbox-fault": "loop"}).json()
    assert loop["data"] == first["data"]
    double = web_api.get("/sheets", headers={"x-sandbox-fault": "duplicate"}).json()["data"]
    assert (double[0], len(double)) == (double[-1], 4)
    limited = web_api.get("/sheets", headers={"x-sandbox-fault": "429; retry-after=9"})
    assert (limited.status_code, limited.json()["errorCode"], limited.headers["retry-after"]) == (
        429,
        4003,
        "9",
    )


def test_rows_below_rows(milestones: Grid) -> None:
    rows = milestones.rows()
    assert [row["number"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert [row["parent"] for row in rows] == [
        None,
        rows[0]["id"],
        rows[0]["id"],
        None,
        rows[3]["id"],
        rows[3]["id"],
    ]
    assert milestones.row("Site 4 live")["Amount"] == "37,500.00 EUR"


def test_cell_history_is_the_newest_first(milestones: Grid) -> None:
    row, column = milestones.row("Site 4 live")["id"], milestones.columns()["Amount"]
    url = f"/sheets/{milestones.id}/rows/{row}/columns/{column}/history"
    history = milestones.api.get(url).json()["data"]
    assert [one["value"] for one in history] == ["37,500.00 EUR", 37500]
    assert history[0]["modifiedBy"] == {"name": "Lena Hartmann", "email": "lena.hartmann@tessaly.example"}
    share = milestones.columns()["% Complete"]
    steps = milestones.api.get(url.replace(str(column), str(share))).json()["data"]
    assert [one["displayValue"] for one in steps] == ["100%", "20%"]


def test_discussions(milestones: Grid) -> None:
    row = milestones.row("Site 4 live")["id"]
    url = f"/sheets/{milestones.id}/rows/{row}/discussions"
    talks = milestones.api.get(url).json()["data"]
    assert (talks[0]["title"], "comments" in talks[0]) == ("Not live yesterday.", False)
    full = milestones.api.get(url, params={"include": "comments"}).json()["data"]
    assert [one["text"] for one in full[0]["comments"]] == ["Not live yesterday."]
    in_sheet = milestones.read(include="discussions,writerInfo")["rows"]
    with_talk = [one for one in in_sheet if "discussions" in one]
    assert len(with_talk) == 2
    assert with_talk[0]["modifiedBy"]["email"] == "jonas.weidner@tessaly.example"


def test_the_clock_hides_what_is_not_known_yet(box: RunningSandbox, deliveries: Grid) -> None:
    box.set_clock(datetime.fromisoformat("2026-10-08T12:00:00+02:00"))
    row = deliveries.row("BAL-2291")
    assert (row["Delivered"], row["Status"], row["Goods checked"]) == (2200, "Partly delivered", False)
    box.set_clock(datetime.fromisoformat("2026-10-20T15:00:00+02:00"))
    assert len([row for row in deliveries.rows() if row["Delivery"] == "NWL-7710"]) == 2
    box.set_clock(datetime.fromisoformat("2026-10-21T09:00:00+02:00"))
    assert len([row for row in deliveries.rows() if row["Delivery"] == "NWL-7710"]) == 1


def test_search(web_api: httpx.Client, deliveries: Grid) -> None:
    found = web_api.get(f"/search/sheets/{deliveries.id}", params={"query": "BAL-2291"}).json()
    assert (found["totalCount"], found["results"][0]["objectType"]) == (1, "row")
    assert found["results"][0]["objectId"] == deliveries.row("BAL-2291")["id"]
    everywhere = web_api.get("/search", params={"query": '"Site 4 live"'}).json()["results"]
    assert everywhere[0]["parentObjectName"] == "Milestones of contracts"
    assert web_api.get("/search").json()["errorCode"] == 1009


# -- writing ----------------------------------------------------------------------------------------


def test_rows_are_added_changed_and_deleted(box: RunningSandbox, deliveries: Grid) -> None:
    keys, url = deliveries.columns(), f"/sheets/{deliveries.id}/rows"
    version = deliveries.read()["version"]
    cells = [
        {"columnId": keys["Delivery"], "value": "X-1"},
        {"columnId": keys["Promised on"], "value": "2026-12-01"},
    ]
    made = deliveries.api.post(
        url, json=[{"toTop": True, "cells": cells}, {"toTop": True, "cells": cells[:1]}]
    ).json()
    assert (made["message"], made["resultCode"], made["version"]) == ("SUCCESS", 0, version + 2)
    assert [row["rowNumber"] for row in made["result"]] == [1, 2]
    key = made["result"][0]["id"]
    box.set_clock(datetime.fromisoformat("2026-11-10T13:00:00+01:00"))
    change = {"id": key, "cells": [{"columnId": keys["Goods checked"], "value": True}]}
    changed = deliveries.api.put(url, json=change).json()
    assert changed["result"]["modifiedAt"] == "2026-11-10T12:00:00Z"
    assert deliveries.row("X-1")["Goods checked"] is True
    gone = deliveries.api.delete(url, params={"ids": f"{key},{made['result'][1]['id']}"}).json()
    assert gone["result"] == [key, made["result"][1]["id"]]
    assert deliveries.api.get(f"{url}/{key}").json()["errorCode"] == 1006
    assert deliveries.api.delete(url, params={"ids": key}).status_code == 404
    assert (
        deliveries.api.delete(url, params={"ids": key, "ignoreRowsNotFound": "true"}).json()["result"] == []
    )


def test_a_row_is_put_below_another(milestones: Grid) -> None:
    parent = milestones.row("Orchard: instruments")["id"]
    cells = [{"columnId": milestones.columns()["Milestone"], "value": "Training"}]
    url = f"/sheets/{milestones.id}/rows"
    made = milestones.api.post(url, json={"parentId": parent, "toBottom": True, "cells": cells}).json()[
        "result"
    ]
    assert (made["rowNumber"], made["parentId"]) == (4, parent)
    assert milestones.row("Acme: SOW 3")["number"] == 5
    milestones.api.delete(url, params={"ids": parent})
    assert [row["Milestone"] for row in milestones.rows()] == ["Acme: SOW 3", "Site 4 live", "Site 5 live"]


@pytest.mark.parametrize(
    ("title", "value", "code"),
    [
        ("Promised on", "12.10.2026", 1042),
        ("Goods checked", "yes", 1042),
        ("Clerk", "Priya", 1042),
        ("Status", "Lost", 5536),
        ("Changed", "2026-11-10T00:00:00Z", 1046),
        ("Item", {"a": 1}, 1038),
    ],
)
def test_wrong_cells_refuse_the_whole_request(deliveries: Grid, title: str, value: Any, code: int) -> None:
    keys, url = deliveries.columns(), f"/sheets/{deliveries.id}/rows"
    good = {"cells": [{"columnId": keys["Delivery"], "value": "X-2"}]}
    bad = {"cells": [{"columnId": keys[title], "value": value}]}
    answer = deliveries.api.post(url, json=[good, bad])
    assert (answer.status_code, answer.json()["errorCode"], answer.json()["detail"]) == (
        400,
        code,
        {"index": 1},
    )
    assert not [row for row in deliveries.rows() if row["Delivery"] == "X-2"]
    partial = deliveries.api.post(url, json=[good, bad], params={"allowPartialSuccess": "true"}).json()
    assert (partial["message"], partial["resultCode"]) == ("PARTIAL_SUCCESS", 3)
    assert partial["failedItems"][0]["error"]["errorCode"] == code
    assert deliveries.row("X-2")


def test_odd_rows(deliveries: Grid) -> None:
    url, key = f"/sheets/{deliveries.id}/rows", deliveries.columns()["Delivery"]
    cell = {"columnId": key, "value": "x"}
    for body, code in (
        ({"rowNumber": 3, "cells": [cell]}, 1032),
        ({"cells": [cell, cell]}, 1037),
        ({"cells": [{"columnId": 1, "value": "x"}]}, 1036),
        ({"cells": [{"columnId": key}]}, 1012),
        ({"id": 1, "cells": [cell]}, 1032),
        ({"parentId": 1, "cells": [cell]}, 1034),
        ([], 1008),
    ):
        answer = deliveries.api.post(url, json=body)
        assert answer.json()["errorCode"] == code, body
    assert deliveries.api.put(url, json={"cells": [cell]}).json()["errorCode"] == 1012
    assert deliveries.api.put(url, json={"id": 1, "cells": [cell]}).status_code == 404
    assert deliveries.api.post(url, content="x").json()["errorCode"] == 1008
    lenient = {"cells": [{"columnId": deliveries.columns()["Promised on"], "value": "soon", "strict": False}]}
    assert deliveries.api.post(url, json=lenient).status_code == 200


def test_comments(milestones: Grid) -> None:
    row = milestones.row("Site 5 live")["id"]
    base = f"/sheets/{milestones.id}"
    talk = milestones.api.post(
        f"{base}/rows/{row}/discussions", json={"comment": {"text": "On time?"}}
    ).json()["result"]
    reply = milestones.api.post(f"{base}/discussions/{talk['id']}/comments", json={"text": "Yes."}).json()[
        "result"
    ]
    assert milestones.api.get(f"{base}/discussions/{talk['id']}").json()["commentCount"] == 2
    assert (
        milestones.api.put(f"{base}/comments/{reply['id']}", json={"text": "No."}).json()["result"]["text"]
        == "No."
    )
    assert milestones.api.delete(f"{base}/comments/{reply['id']}").json() == {
        "message": "SUCCESS",
        "resultCode": 0,
    }
    assert milestones.api.get(f"{base}/comments/{reply['id']}").status_code == 404
    other = milestones.api.get(f"{base}/discussions", params={"include": "comments"}).json()["data"][0][
        "comments"
    ][0]
    assert milestones.api.put(f"{base}/comments/{other['id']}", json={"text": "x"}).status_code == 403
    empty = milestones.api.post(f"{base}/rows/{row}/discussions", json={"comment": {}})
    assert empty.json()["errorCode"] == 1012
