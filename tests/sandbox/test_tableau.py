"""The stand-in for Tableau, driven by Tableau's own client with real files."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
import tableauhyperapi as hyper
import tableauserverclient as tsc

from sandbox import RunningSandbox
from sandbox.tableau.service import SITE_NAME, TOKEN_NAME, TOKEN_SECRET, VERSION, project_id
from tests.tools.hyper import rows_of

ASSETS = Path(__file__).resolve().parents[3] / "shared" / "vendors" / "tableau" / "tsc-test-assets"
UPSERT = {
    "action": "upsert",
    "source-schema": "Extract",
    "source-table": "Extract",
    "target-schema": "Extract",
    "target-table": "Extract",
    "condition": {"op": "eq", "source-col": "key", "target-col": "key"},
}


def extract(path: Path, *rows: tuple[str, int], columns: tuple[str, str] = ("key", "value")) -> Path:
    telemetry = hyper.Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU
    with (
        hyper.HyperProcess(telemetry, parameters={"log_config": ""}) as process,
        hyper.Connection(process.endpoint, str(path), hyper.CreateMode.CREATE_AND_REPLACE) as connection,
    ):
        connection.catalog.create_schema("Extract")
        kinds = (hyper.SqlType.text(), hyper.SqlType.big_int())
        made = [hyper.TableDefinition.Column(n, k) for n, k in zip(columns, kinds, strict=True)]
        table = hyper.TableDefinition(hyper.TableName("Extract", "Extract"), made)
        connection.catalog.create_table(table)
        with hyper.Inserter(connection, table) as inserter:
            inserter.add_rows(rows)
            inserter.execute()
    return path


@pytest.fixture
def client(box: RunningSandbox) -> Iterator[tsc.Server]:
    server = tsc.Server(f"{box.base_url}/tableau", use_server_version=False)
    server.version = VERSION
    # The client asks the environment for a proxy; the sandbox is on this machine.
    server.session.trust_env = False
    auth = tsc.PersonalAccessTokenAuth(TOKEN_NAME, TOKEN_SECRET, site_id=SITE_NAME)
    with server.auth.sign_in(auth):
        yield server


def item(name: str = "Sales") -> tsc.DatasourceItem:
    return tsc.DatasourceItem(project_id=project_id("Finance"), name=name)


def test_its_own_client_publishes_reads_back_and_deletes(client: tsc.Server, tmp_path: Path) -> None:
    path = extract(tmp_path / "a.hyper", ("x", 1), ("y", 2))
    made = client.datasources.publish(item(), path, tsc.Server.PublishMode.Overwrite)
    assert (made.name, made.project_name) == ("Sales", "Finance")
    (listed,), paging = client.datasources.get()
    assert (listed.id, paging.total_available) == (made.id, 1)
    back = client.datasources.download(made.id, filepath=str(tmp_path / "back"))
    assert rows_of(Path(back)) == [{"key": "x", "value": 1}, {"key": "y", "value": 2}]
    client.datasources.delete(made.id)
    assert client.datasources.get()[0] == []


def test_its_own_client_publishes_in_chunks_as_a_job(
    client: tsc.Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TSC_FILESIZE_LIMIT_MB", "0")
    monkeypatch.setenv("TSC_CHUNK_SIZE_MB", "1")
    rows = [(uuid.uuid4().hex * 8, number) for number in range(20_000)]
    path = extract(tmp_path / "a.hyper", *rows)
    job = client.datasources.publish(item(), path, tsc.Server.PublishMode.CreateNew, as_job=True)
    done = client.jobs.wait_for_job(job, timeout=30)
    assert (done.type, done.finish_code) == ("PublishDatasource", 0)
    (listed,), _ = client.datasources.get()
    back = client.datasources.download(listed.id, filepath=str(tmp_path / "back"))
    assert len(rows_of(Path(back))) == 20_000


def test_its_own_client_updates_rows_once_for_each_request(client: tsc.Server, tmp_path: Path) -> None:
    made = client.datasources.publish(
        item(), extract(tmp_path / "a.hyper", ("x", 1), ("y", 2)), tsc.Server.PublishMode.CreateNew
    )
    payload = extract(tmp_path / "b.hyper", ("y", 20), ("z", 30))
    first = client.datasources.update_hyper_data(made, request_id="r1", actions=[UPSERT], payload=payload)
    assert client.jobs.wait_for_job(first, timeout=30).finish_code == 0
    other = extract(tmp_path / "c.hyper", ("y", 99))
    second = client.datasources.update_hyper_data(made, request_id="r1", actions=[UPSERT], payload=other)
    assert second.id == first.id
    back = client.datasources.download(made.id, filepath=str(tmp_path / "back"))
    assert {row["key"]: row["value"] for row in rows_of(Path(back))} == {"x": 1, "y": 20, "z": 30}


@pytest.mark.parametrize(
    "action",
    [
        {**UPSERT, "condition": None},
        {**UPSERT, "source-table": "Nothing"},
        {**UPSERT, "action": "improve"},
        {**UPSERT, "condition": {"op": "lt", "source-col": "key", "target-col": "key"}},
    ],
)
def test_an_action_that_cannot_be_done_fails_its_job_and_changes_nothing(
    client: tsc.Server, tmp_path: Path, action: dict[str, Any]
) -> None:
    path = extract(tmp_path / "a.hyper", ("x", 1))
    made = client.datasources.publish(item(), path, tsc.Server.PublishMode.CreateNew)
    job = client.datasources.update_hyper_data(made, request_id="r1", actions=[action], payload=path)
    with pytest.raises(tsc.server.endpoint.exceptions.JobFailedException):
        client.jobs.wait_for_job(job, timeout=30)
    back = client.datasources.download(made.id, filepath=str(tmp_path / "back"))
    assert len(rows_of(Path(back))) == 1


def test_what_is_there_is_not_overwritten_unasked(client: tsc.Server, tmp_path: Path) -> None:
    path = extract(tmp_path / "a.hyper", ("x", 1))
    client.datasources.publish(item(), path, tsc.Server.PublishMode.CreateNew)
    with pytest.raises(tsc.ServerResponseError, match="409004"):
        client.datasources.publish(item(), path, tsc.Server.PublishMode.CreateNew)
    bad = tmp_path / "bad.hyper"
    bad.write_bytes(b"no extract")
    with pytest.raises(tsc.ServerResponseError, match="400011"):
        client.datasources.publish(item("Bad"), bad, tsc.Server.PublishMode.CreateNew)


def test_projects_filters_and_pages(client: tsc.Server, tmp_path: Path) -> None:
    projects, _ = client.projects.get()
    names = {(project.name, project.parent_id is not None) for project in projects}
    assert ("Contracts", True) in names
    path = extract(tmp_path / "a.hyper", ("x", 1))
    for name in ("A", "B", "C"):
        client.datasources.publish(item(name), path, tsc.Server.PublishMode.CreateNew)
    request = tsc.RequestOptions(pagenumber=2, pagesize=2)
    page, paging = client.datasources.get(request)
    assert (len(page), paging.total_available) == (1, 3)
    request = tsc.RequestOptions()
    request.filter.add(tsc.Filter(tsc.RequestOptions.Field.Name, tsc.RequestOptions.Operator.Equals, "B"))
    assert [source.name for source in client.datasources.get(request)[0]] == ["B"]


def test_who_may_come_in(box: RunningSandbox) -> None:
    server = tsc.Server(f"{box.base_url}/tableau", use_server_version=False)
    server.version = VERSION
    server.session.trust_env = False
    for name, secret, site in (
        (TOKEN_NAME, "x", SITE_NAME),
        ("x", TOKEN_SECRET, SITE_NAME),
        (TOKEN_NAME, TOKEN_SECRET, ""),
    ):
        with pytest.raises(tsc.FailedSignInError, match="401001"):
            server.auth.sign_in(tsc.PersonalAccessTokenAuth(name, secret, site_id=site))
    auth = tsc.PersonalAccessTokenAuth(TOKEN_NAME, TOKEN_SECRET, site_id=SITE_NAME)
    server.auth.sign_in(auth)
    other = tsc.Server(f"{box.base_url}/tableau", use_server_version=False)
    other.version = VERSION
    other.session.trust_env = False
    other.auth.sign_in(auth)
    with pytest.raises((tsc.ServerResponseError, tsc.FailedSignInError), match="401002"):
        server.datasources.get()
    assert server.server_info.get().rest_api_version == VERSION


def test_json_for_who_asks_for_it(box: RunningSandbox, web: httpx.Client) -> None:
    body = {
        "credentials": {
            "personalAccessTokenName": TOKEN_NAME,
            "personalAccessTokenSecret": TOKEN_SECRET,
            "site": {"contentUrl": SITE_NAME},
        }
    }
    base = f"{box.base_url}/tableau/api/{VERSION}"
    web.headers["Accept"] = "application/json"
    signed = web.post(f"{base}/auth/signin", json=body).json()["credentials"]
    web.headers["X-Tableau-Auth"] = signed["token"]
    listed = web.get(f"{base}/sites/{signed['site']['id']}/datasources").json()
    assert listed == {
        "pagination": {"pageNumber": "1", "pageSize": "100", "totalAvailable": "0"},
        "datasources": {},
    }
    refused = web.get(f"{base}/sites/{signed['site']['id']}/jobs/none")
    assert (refused.status_code, refused.json()["error"]["code"]) == (404, "404031")


@pytest.mark.skipif(not ASSETS.is_dir(), reason="no copy of the recorded answers beside the checkout")
def test_answers_have_the_attributes_of_recorded_ones(client: tsc.Server, tmp_path: Path) -> None:
    path = extract(tmp_path / "a.hyper", ("x", 1))
    job = client.datasources.publish(item(), path, tsc.Server.PublishMode.CreateNew, as_job=True)
    ask = {"headers": {"X-Tableau-Auth": client.auth_token}}
    sites = f"{client.baseurl}/sites/{client.site_id}"
    client.session.get(f"{sites}/jobs/{job.id}", **ask)
    for route, asset, tag in (
        (f"{sites}/jobs/{job.id}", "job_get_by_id", "job"),
        (f"{sites}/datasources", "datasource_get", "datasource"),
        (f"{sites}/projects", "project_get", "project"),
        (f"{sites}/projects", "project_get", "pagination"),
    ):
        ours = ElementTree.fromstring(client.session.get(route, **ask).content)
        theirs = ElementTree.parse(ASSETS / f"{asset}.xml").getroot()
        given = ours.find(f".//{{http://tableau.com/api}}{tag}")
        known: set[str] = set()
        for element in theirs.iter(f"{{http://tableau.com/api}}{tag}"):
            known |= set(element.keys())
        assert given is not None, tag
        assert set(given.keys()) <= known | {"startedAt"}, tag
