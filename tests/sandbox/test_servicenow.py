"""ServiceNow's Table API as its documentation describes it."""

import re
from datetime import datetime
from typing import Any

import httpx
import pysnow
import pytest
import requests

from sandbox import RunningSandbox
from sandbox.serve import Tls
from tests.sandbox.clients import ServiceNow

P1 = "INC0010427"


def numbers(rows: list[dict[str, str]]) -> list[str]:
    return [row["number"] for row in rows]


def test_basic_auth_is_checked(snow: ServiceNow, web: httpx.Client) -> None:
    url = f"{snow.base}/api/now/table/incident"
    for answer in (web.get(url), web.get(url, auth=("pacta.integration", "wrong"))):
        assert answer.status_code == 401
        assert answer.json()["error"]["message"] == "User Not Authenticated"
        assert answer.json()["status"] == "failure"
        assert "www-authenticate" in answer.headers


def test_oauth_gives_a_token_for_each_grant(snow: ServiceNow, web: httpx.Client) -> None:
    client = {"client_id": "pacta-servicenow-client", "client_secret": "servicenow-demo-secret"}
    user = {"username": snow.auth[0], "password": snow.auth[1]}
    url = f"{snow.base}/oauth_token.do"
    first = web.post(url, data={"grant_type": "password", **client, **user}).json()
    again = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"], **client}
    for form in (again, {"grant_type": "client_credentials", **client}):
        token = web.post(url, data=form).json()
        assert token["token_type"] == "Bearer"
        assert token["expires_in"] == 1799
        bearer = {"authorization": f"Bearer {token['access_token']}"}
        assert web.get(f"{snow.base}/api/now/table/incident", headers=bearer).status_code == 200
    wrong = web.post(url, data={"grant_type": "client_credentials", **client, "client_secret": "x"})
    assert wrong.status_code == 401


def test_every_scalar_is_a_string_and_references_carry_a_link(snow: ServiceNow) -> None:
    row = snow.get("incident", query=f"number={P1}").json()["result"][0]
    assert row["company"]["link"].endswith(f"/api/now/table/core_company/{row['company']['value']}")
    assert set(row["company"]) == {"link", "value"}
    assert all(isinstance(v, str) for k, v in row.items() if not isinstance(v, dict)), row
    assert row["opened_at"] == "2026-10-14 00:10:00"
    assert row["assigned_to"]["value"]
    assert row["parent"] == ""


def test_display_values_are_labels_in_the_users_own_time(snow: ServiceNow) -> None:
    both = snow.get("incident", query=f"number={P1}", display_value="all").json()["result"][0]
    assert both["priority"] == {"display_value": "1 - Critical", "value": "1"}
    assert both["opened_at"] == {"display_value": "2026-10-14 02:10:00", "value": "2026-10-14 00:10:00"}
    assert both["cmdb_ci"]["display_value"] == "Order Platform"
    assert both["cmdb_ci"]["link"]
    shown = snow.get("incident", query=f"number={P1}", display_value="true").json()["result"][0]
    assert shown["state"] == "Closed"
    assert set(shown["cmdb_ci"]) == {"display_value", "link"}
    plain = snow.rows("incident", query=f"number={P1}", display_value="true")[0]
    assert plain["cmdb_ci"] == "Order Platform"


def test_fields_are_chosen_and_walked_to(snow: ServiceNow) -> None:
    rows = snow.rows("incident", query=f"number={P1}", fields="number,cmdb_ci.vendor.name,no_such_field")
    assert rows == [{"number": P1, "cmdb_ci.vendor.name": "Acme Managed Services Ltd"}]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("number=INC0010427", "427"),
        ("numberININC0010427,INC0010440", "427 440"),
        ("numberSTARTSWITHINC001044", "440 443 445 448"),
        ("short_descriptionLIKEweb shop", "461"),
        ("priority<2^company.nameSTARTSWITHAcme^opened_at>=2026-10-14 00:10:00", "427 461"),
        ("priority<2^company.nameSTARTSWITHAcme^opened_at>2026-10-14 00:10:00", "461"),
        ("cmdb_ci.name=WAN^ORcmdb_ci.name=Storefront^priority=1", "401 424 436 448"),
        ("cmdb_ci.name=Datavane Feed^priority=3^NQcmdb_ci.name=Storefront^priority=1", "413 436 455"),
        ("resolved_atISEMPTY", "461"),
        ("opened_at<=2026-06-30 00:00:00", "398"),
        ("opened_at>javascript:gs.dateGenerate('2026-11-01','00:00:00')", "461"),
        ("numberBETWEENINC0010420@INC0010427^priority=1", "424 427"),
        ("resolved_atBETWEEN2026-10-14 00:00:00@2026-10-15 00:00:00^priority=1", "427"),
        ("opened_at<=2026-06-30 00:00:00^resolved_atBETWEEN2026-10-14", "398"),
        ("no_such_field=1^number=INC0010427", "427"),
    ],
)
def test_encoded_queries(snow: ServiceNow, query: str, expected: str) -> None:
    found = sorted(numbers(snow.rows("incident", query=query)))
    assert found == [f"INC0010{tail}" for tail in expected.split()]


def test_order_and_name_value_pairs(snow: ServiceNow) -> None:
    up = numbers(snow.rows("incident", query="ORDERBYopened_at", fields="number"))
    down = numbers(snow.rows("incident", query="ORDERBYDESCopened_at", fields="number"))
    assert up == down[::-1]
    assert up[0] == "INC0010398"
    pairs = snow.ask("GET", "table/incident", params={"priority": "1 - Critical", "active": "true"})
    assert numbers(pairs.json()["result"]) == ["INC0010461"]


def test_pages_are_linked_and_counted(snow: ServiceNow, web: httpx.Client) -> None:
    answer = snow.get("incident", query="ORDERBYnumber", limit="10", fields="number")
    total = int(answer.headers["x-total-count"])
    assert total == 29
    seen: list[str] = []
    while True:
        seen += numbers(answer.json()["result"])
        links = {rel: url for url, rel in re.findall(r'<([^>]+)>;rel="(\w+)"', answer.headers["link"])}
        if "next" not in links:
            break
        answer = web.get(links["next"], auth=snow.auth)
    assert seen == sorted(set(seen))
    assert len(seen) == total
    assert "link" not in snow.get("incident", limit="10", suppress_pagination_header="true").headers
    assert "x-total-count" not in snow.get("incident", no_count="true").headers
    assert "link" not in snow.get("incident").headers


def test_rate_limit_headers(snow: ServiceNow) -> None:
    headers = snow.get("incident", limit="1").headers
    assert headers["x-ratelimit-limit"] == "5000"
    assert int(headers["x-ratelimit-reset"]) == 1794312000  # the next full hour of the sandbox clock
    assert re.fullmatch("[0-9a-f]{32}", headers["x-ratelimit-rule"])


def test_refusals_have_the_vendors_shape(snow: ServiceNow) -> None:
    answers = {
        400: snow.get("no_such_table"),
        404: snow.ask("GET", "table/incident/0123"),
        403: snow.ask("POST", "table/sys_audit", json={"fieldname": "state"}),
        415: snow.ask("POST", "table/incident", content="<xml/>", headers={"content-type": "text/xml"}),
        406: snow.ask("GET", "table/incident", headers={"accept": "text/csv"}),
    }
    for status, answer in answers.items():
        assert answer.status_code == status, answer.text
        assert answer.json()["status"] == "failure"
        assert set(answer.json()["error"]) == {"message", "detail"}
    assert snow.get("incident", offset="-1").status_code == 400
    assert snow.ask("PATCH", "table/incident", json={}).status_code == 405


def test_version_one_answers_404_for_nothing_found(snow: ServiceNow) -> None:
    nothing = {"sysparm_query": "number=INC9999999"}
    assert snow.ask("GET", "v1/table/incident", params=nothing).status_code == 404
    assert snow.ask("GET", "v2/table/incident", params=nothing).json() == {"result": []}


def test_creating_a_ticket(snow: ServiceNow, web: httpx.Client) -> None:
    body = {
        "short_description": "Service credit for October",
        "urgency": "1",
        "impact": "2",
        "correlation_id": "pacta:act:1",
        "comments": "Please credit EUR 2,400.00.",
        "priority": "5",
        "u_unknown": "ignored",
    }
    answer = snow.ask("POST", "table/incident", json=body)
    assert answer.status_code == 201
    made = answer.json()["result"]
    assert made["priority"] == "2"
    assert made["opened_at"] == "2026-11-10 11:00:00"
    assert web.get(answer.headers["location"], auth=snow.auth).json()["result"]["number"] == made["number"]
    assert numbers(snow.rows("incident", query="correlation_id=pacta:act:1")) == [made["number"]]
    said = snow.rows("sys_journal_field", query=f"element_id={made['sys_id']}")
    assert [(line["element"], line["value"]) for line in said] == [("comments", body["comments"])]


def test_changing_a_ticket_writes_journal_and_audit(snow: ServiceNow) -> None:
    key = snow.incident("INC0010461")["sys_id"]
    change = {"state": "3", "hold_reason": "4", "work_notes": "Waiting for the broker's vendor."}
    answer = snow.ask("PATCH", f"table/incident/{key}", json=change)
    assert answer.status_code == 200
    assert answer.json()["result"]["state"] == "3"
    assert answer.json()["result"]["incident_state"] == "3"
    assert answer.json()["result"]["sys_updated_by"] == "pacta.integration"
    trail = snow.rows("sys_audit", query=f"documentkey={key}^sys_created_by=pacta.integration")
    assert {(row["fieldname"], row["oldvalue"], row["newvalue"]) for row in trail} == {
        ("state", "2", "3"),
        ("hold_reason", "", "4"),
    }
    notes = snow.rows("sys_journal_field", query=f"element_id={key}^element=work_notes^ORDERBYsys_created_on")
    assert notes[-1]["value"] == change["work_notes"]
    shown = snow.get("incident", query="number=INC0010461", display_value="true", fields="work_notes").json()
    assert "(Work notes)\nWaiting for the broker's vendor." in shown["result"][0]["work_notes"]
    silent = snow.ask(
        "PATCH", f"table/incident/{key}", json={"comments": "x"}, headers={"x-no-response-body": "true"}
    )
    assert (silent.status_code, silent.content) == (200, b"")


def test_resolving_stamps_the_time(snow: ServiceNow) -> None:
    key = snow.incident("INC0010461")["sys_id"]
    done = snow.ask("PATCH", f"table/incident/{key}", json={"state": "6", "close_code": "Solved"}).json()[
        "result"
    ]
    assert (done["resolved_at"], done["active"]) == ("2026-11-10 11:00:00", "false")


def test_the_clock_hides_what_is_not_known_yet(box: RunningSandbox, snow: ServiceNow) -> None:
    box.set_clock(datetime.fromisoformat("2026-10-14T05:10:00+02:00"))
    row = snow.incident(P1)
    assert (row["state"], row["hold_reason"], row["resolved_at"]) == ("3", "1", "")
    assert len(snow.rows("sys_journal_field", query=f"element_id={row['sys_id']}")) == 3
    stages = {s["stage"] for s in snow.rows("task_sla", query=f"task={row['sys_id']}")}
    assert stages == {"completed", "paused"}
    assert not snow.rows("incident", query="number=INC0010461")
    box.set_clock(datetime.fromisoformat("2026-10-14T03:00:00+02:00"))
    running = snow.rows("cmdb_ci_outage", query="endISEMPTY")
    assert numbers(running) == ["OUT0001004"]
    assert not snow.rows("cmdb_ci_outage", query="number=OUT0001005")
    assert snow.rows("cmdb_ci_outage", query="type=planned")[0]["u_announced_at"] == "2026-10-10 07:30:00"


@pytest.mark.parametrize(
    "table",
    ["contract_sla", "core_company", "cmdb_ci", "cmn_schedule", "sys_user", "sys_user_group", "task_sla"],
)
def test_references_lead_somewhere(snow: ServiceNow, web: httpx.Client, table: str) -> None:
    row = snow.get(table, limit="1").json()["result"][0]
    assert re.fullmatch("[0-9a-f]{32}", row["sys_id"])
    for value in row.values():
        if isinstance(value, dict):
            assert web.get(value["link"], auth=snow.auth).json()["result"]["sys_id"] == value["value"]


def test_booleans_may_be_written_in_either_case(snow: ServiceNow) -> None:
    row = snow.get("incident", query=f"number={P1}", display_value="True", exclude_reference_link="TRUE")
    assert row.json()["result"][0]["cmdb_ci"] == "Order Platform"


# -- the client made for it -------------------------------------------------------------------------


def incidents(box: RunningSandbox, password: str = "servicenow-demo-password") -> Any:
    host = box.servicenow_url.removeprefix("http://")
    client = pysnow.Client(host=host, user="pacta.integration", password=password, use_ssl=False)
    return client.resource(api_path="/table/incident")


def test_pysnow_reads(box: RunningSandbox) -> None:
    table = incidents(box)
    assert len(table.get(query={}).all()) == 29
    urgent = pysnow.QueryBuilder().field("priority").equals("1").AND().field("opened_at").order_descending()
    buffered = numbers(table.get(query=urgent, fields=["number"]).all())
    streamed = numbers(table.get(query=urgent, stream=True, limit=2, offset=1).all())
    assert buffered[0] == "INC0010461"
    assert streamed == buffered[1:3]
    one = table.get(query={"number": P1}, display_value=True, exclude_reference_link=True).one()
    assert (one["cmdb_ci"], one["state"]) == ("Order Platform", "Closed")
    days = (datetime(2026, 10, 14), datetime(2026, 10, 15))
    between = pysnow.QueryBuilder().field("opened_at").between(*days).AND().field("priority").equals("1")
    assert numbers(incidents(box).get(query=between).all()) == [P1]
    assert table.get(query={"number": "INC9999999"}).one_or_none() is None
    assert incidents(box).request("GET", path_append=one["sys_id"])["number"] == P1


def test_pysnow_writes(box: RunningSandbox, snow: ServiceNow) -> None:
    table = incidents(box)
    given = {"short_description": "Credit due", "impact": "1", "urgency": "1", "comments": "See the clause."}
    made = table.create(given)
    assert (made["priority"], made["caller_id"]["value"]) == ("1", made["opened_by"]["value"])
    changed = table.update({"number": made["number"]}, {"state": "6", "work_notes": "Agreed."})
    assert (changed["state"], changed["resolved_at"]) == ("6", "2026-11-10 11:00:00")
    said = snow.rows("sys_journal_field", query=f"element_id={made['sys_id']}^ORDERBYelement")
    assert [(line["element"], line["value"]) for line in said] == [
        ("comments", "See the clause."),
        ("work_notes", "Agreed."),
    ]
    with pytest.raises(requests.HTTPError, match="403"):
        table.delete({"number": made["number"]})


def test_pysnow_meets_a_closed_door(box: RunningSandbox) -> None:
    with pytest.raises(requests.HTTPError, match="401"):
        incidents(box, "guessed").get(query={}).all()
    host = box.servicenow_url.removeprefix("http://")
    known = {"user": "pacta.integration", "password": "servicenow-demo-password"}
    nothing = pysnow.Client(host=host, use_ssl=False, **known).resource(api_path="/table/no_such_table")
    with pytest.raises(requests.HTTPError, match="400"):
        nothing.get(query={}).all()


def test_pysnow_signs_in_with_oauth(
    secure: tuple[RunningSandbox, Tls], monkeypatch: pytest.MonkeyPatch
) -> None:
    box, files = secure
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(files.certificate))
    host = box.secure_url.removeprefix("https://") + "/servicenow"
    client = pysnow.OAuthClient("pacta-servicenow-client", "servicenow-demo-secret", host=host)
    client.set_token(client.generate_token("pacta.integration", "servicenow-demo-password"))
    found = client.resource(api_path="/table/incident").get(query={"number": P1}).one()
    assert found["opened_at"] == "2026-10-14 00:10:00"
    kept: list[dict[str, Any]] = []
    again = pysnow.OAuthClient(
        "pacta-servicenow-client", "servicenow-demo-secret", token_updater=kept.append, host=host
    )
    again.set_token({**client.token, "expires_at": 1, "access_token": "ended"})
    assert again.resource(api_path="/table/incident").get(query={"number": P1}).one()["number"] == P1
    assert kept[0]["access_token"] not in ("ended", client.token["access_token"])
    with pytest.raises(pysnow.exceptions.TokenCreateError):
        client.generate_token("pacta.integration", "guessed")
