"""The stand-in for Teams: what it takes, what it refuses and in which words."""

from typing import Any

import httpx
import pytest

from sandbox import RunningSandbox
from sandbox.teams import (
    CARD,
    CHANNEL,
    CLIENT_ID,
    CLIENT_SECRET,
    LEGACY,
    REFRESH_TOKEN,
    SIGNATURE,
    TEAM,
    TENANT,
    WORKFLOW,
)

GOOD: dict[str, Any] = {
    "type": "message",
    "attachments": [
        {
            "contentType": CARD,
            "contentUrl": None,
            "content": {
                "type": "AdaptiveCard",
                "version": "1.5",
                "body": [{"type": "TextBlock", "text": "x"}],
            },
        }
    ],
}


def flow(box: RunningSandbox, **changes: str) -> str:
    given = {
        "api-version": "2016-06-01",
        "sp": "/triggers/manual/run",
        "sv": "1.0",
        "sig": SIGNATURE,
        **changes,
    }
    query = httpx.QueryParams(given)
    return f"{box.base_url}/teams/workflows/{WORKFLOW}/triggers/manual/paths/invoke?{query}"


def token(box: RunningSandbox, web: httpx.Client, **changes: str) -> httpx.Response:
    form = {
        "grant_type": "refresh_token",
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "refresh_token": REFRESH_TOKEN,
        **changes,
    }
    return web.post(f"{box.base_url}/teams/{TENANT}/oauth2/v2.0/token", data=form)


def test_a_flow_takes_a_card_and_answers_without_a_body(box: RunningSandbox, web: httpx.Client) -> None:
    answer = web.post(flow(box), json=GOOD)
    assert (answer.status_code, answer.content) == (202, b"")
    assert len(web.get(f"{box.base_url}/teams/shown").json()) == 1
    box.reset()
    assert web.get(f"{box.base_url}/teams/shown").json() == []


@pytest.mark.parametrize(
    ("change", "status"), [({"sig": "x"}, 401), ({"api-version": "2015"}, 400), ({"sv": "2.0"}, 400)]
)
def test_an_address_that_is_not_whole_is_refused(
    box: RunningSandbox, web: httpx.Client, change: dict[str, str], status: int
) -> None:
    assert web.post(flow(box, **change), json=GOOD).status_code == status


@pytest.mark.parametrize(
    "message",
    [
        {},
        [],
        {"type": "message", "attachments": []},
        {"type": "message", "attachments": [{"contentType": "text/plain", "content": {}}]},
        {
            "type": "message",
            "attachments": [{"contentType": CARD, "content": {"type": "AdaptiveCard", "version": "1.6"}}],
        },
        {"@type": "MessageCard", "text": "of the old sort"},
    ],
)
def test_what_is_no_card_is_refused(box: RunningSandbox, web: httpx.Client, message: Any) -> None:
    assert web.post(flow(box), json=message).status_code == 400
    legacy = web.post(f"{box.base_url}/teams/webhookb2/{LEGACY}", json=message)
    assert legacy.status_code == 200
    assert "delivery failed" in legacy.text


def test_the_largest_and_the_fifth_in_a_second(box: RunningSandbox, web: httpx.Client) -> None:
    assert web.post(flow(box), json={**GOOD, "x": "y" * 28_700}).status_code == 413
    answers = [web.post(flow(box), json=GOOD) for _ in range(5)]
    assert 429 in [answer.status_code for answer in answers]
    assert "retry-after" in answers[-1].headers


def test_graph_lists_the_newest_first_in_pages(box: RunningSandbox, web: httpx.Client) -> None:
    given = {"Authorization": f"Bearer {token(box, web).json()['access_token']}"}
    for _ in range(3):
        web.post(f"{box.base_url}/teams/webhookb2/{LEGACY}", json=GOOD)
    url = f"{box.base_url}/teams/v1.0/teams/{TEAM}/channels/{CHANNEL}/messages"
    first = web.get(url, params={"$top": 2}, headers=given).json()
    second = web.get(first["@odata.nextLink"], headers=given).json()
    ids = [row["id"] for row in first["value"] + second["value"]]
    assert ids == sorted(ids, reverse=True)
    assert len(ids) == 3
    assert "@odata.nextLink" not in second
    assert web.get(url, params={"$top": 51}, headers=given).status_code == 400
    assert web.get(url).status_code == 401


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"client_secret": "x"}, "invalid_client"),
        ({"refresh_token": "x"}, "invalid_grant"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials", "scope": "Mail.Send"}, "invalid_scope"),
    ],
)
def test_tokens_are_not_for_everybody(
    box: RunningSandbox, web: httpx.Client, change: dict[str, str], error: str
) -> None:
    answer = token(box, web, **change)
    assert answer.status_code in (400, 401)
    assert answer.json()["error"] == error
