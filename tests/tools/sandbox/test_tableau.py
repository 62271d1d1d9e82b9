"""The Tableau connector against its stand-in: what was published is read back from the real file."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox import RunningSandbox
from sandbox.tableau import service as there
from tests.tools.hyper import rows_of
from tests.tools.sandbox.reading import opened
from tests.tools.test_tableau import assessment, fact
from tools.kit import Fatal, NotFound, Unauthorised
from tools.tableau.connector import run_of
from tools.tableau.tables import OBLIGATIONS, assessment_rows, fact_rows

AT = datetime(2026, 11, 10, tzinfo=UTC)


def tableau(box: RunningSandbox, **changes: Any) -> Any:
    auth = {
        "type": "login",
        "token_name": there.TOKEN_NAME,
        "token": there.TOKEN_SECRET,
        "site": there.SITE_NAME,
        **changes.pop("auth", {}),
    }
    base = f"{box.base_url}/tableau/api/{there.VERSION}"
    given = {"base_url": base, "auth": auth, "project": "Finance/Contracts", "job_wait": 0}
    return opened("tableau", given, **changes)


def content(box: RunningSandbox, folder: Path, key: str) -> list[dict[str, Any]]:
    """The rows of a published data source, downloaded as anybody with rights could."""
    base = f"{box.base_url}/tableau/api/{there.VERSION}"
    credentials = {
        "personalAccessTokenName": there.TOKEN_NAME,
        "personalAccessTokenSecret": there.TOKEN_SECRET,
        "site": {"contentUrl": there.SITE_NAME},
    }
    with httpx.Client(trust_env=False, headers={"Accept": "application/json"}) as web:
        signed = web.post(f"{base}/auth/signin", json={"credentials": credentials}).json()["credentials"]
        headers = {"X-Tableau-Auth": signed["token"]}
        site = signed["site"]["id"]
        path = folder / "downloaded.hyper"
        path.write_bytes(web.get(f"{base}/sites/{site}/datasources/{key}/content", headers=headers).content)
    return rows_of(path)


def test_published_in_pieces_and_read_back(box: RunningSandbox, tmp_path: Path) -> None:
    made = tableau(box, chunk=20_000)
    assert made.check().ok
    done = made.publish("facts", fact_rows([fact(), fact("I2")]))
    rows = content(box, tmp_path, done.source.record)
    assert [row["record"] for row in rows] == ["sap|invoice|I1", "sap|invoice|I2"]
    assert made.publish("facts", fact_rows([fact("I3")])).source == done.source
    assert [row["record_id"] for row in content(box, tmp_path, done.source.record)] == ["I3"]


def test_changed_rows_take_the_place_of_the_old_and_removed_ones_go(
    box: RunningSandbox, tmp_path: Path
) -> None:
    made = tableau(box)
    key = made.publish("facts", fact_rows([fact(), fact("I2"), fact("I3")])).source.record
    later = [fact("I2", "500.00"), fact("I4")]
    done = made.update("facts", fact_rows(later), run_of(AT, AT), removed=["sap|invoice|I3"])
    assert (done.rows, done.removed, done.anew) == (2, 1, False)
    rows = {row["record_id"]: str(row["amount"]) for row in content(box, tmp_path, key)}
    assert {name: float(amount) for name, amount in rows.items()} == {"I1": 119.0, "I2": 500.0, "I4": 119.0}


def test_the_same_update_is_carried_out_once(box: RunningSandbox, tmp_path: Path) -> None:
    made = tableau(box)
    key = made.publish("assessments", assessment_rows([assessment()])).source.record
    made.update("assessments", assessment_rows([assessment("a2")]), "monday")
    made.update("assessments", assessment_rows([assessment("a3")]), "monday")
    assert [row["assessment"] for row in content(box, tmp_path, key)] == ["a1", "a2"]


def test_columns_that_changed_need_a_new_publication(box: RunningSandbox) -> None:
    made = tableau(box, datasources={"facts": "One", "assessments": "One"})
    made.publish("facts", fact_rows([fact()]))
    with pytest.raises(Fatal, match="columns of the source and of the target differ"):
        made.update("assessments", assessment_rows([assessment()]), "monday")


def test_two_projects_of_one_name_are_told_apart_by_their_path(box: RunningSandbox) -> None:
    assert tableau(box, project="default/Contracts").check().ok
    assert tableau(box, project="Finance").check().ok
    for wrong in ("Contracts", "Nowhere", "Finance/default"):
        assert not tableau(box, project=wrong).check().ok


def test_what_was_not_published_here_is_not_found(box: RunningSandbox) -> None:
    tableau(box, project="default/Contracts").publish("facts", fact_rows([fact()]))
    with pytest.raises(NotFound):
        tableau(box).update("facts", fact_rows([fact()]), "monday")


def test_a_session_that_another_sign_in_ended_is_renewed(box: RunningSandbox) -> None:
    one, other = tableau(box), tableau(box)
    assert one.check().ok
    assert other.check().ok
    assert one.check().ok


def test_a_wrong_token_says_so(box: RunningSandbox) -> None:
    made = tableau(box, auth={"token": "wrong-secret"})
    with pytest.raises(Unauthorised):
        made.publish("facts", [])
    assert not made.check().ok


def test_a_bad_day_of_the_server(box: RunningSandbox, tmp_path: Path) -> None:
    made = tableau(box)
    made.check()
    box.order_fault("429", vendor="tableau", path="/fileUploads", retry_after="0")
    box.order_fault("503", vendor="tableau", path="/jobs", retry_after="0")
    box.order_fault("cut", vendor="tableau", path="/datasources", method="POST")
    key = made.publish("facts", fact_rows([fact()])).source.record
    assert len(content(box, tmp_path, key)) == 1


def test_an_empty_table_can_be_published(box: RunningSandbox, tmp_path: Path) -> None:
    done = tableau(box).publish("obligations", [])
    assert done.rows == 0
    assert content(box, tmp_path, done.source.record) == []
    assert OBLIGATIONS.key == "obligation"
