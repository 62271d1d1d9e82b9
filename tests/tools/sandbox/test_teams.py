"""The Teams connector against its stand-in: a webhook's card, a channel's message found again."""

import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from sandbox import RunningSandbox
from sandbox import teams as there
from tests.tools.sandbox.reading import opened
from tests.tools.test_teams import send, texts
from tools.kit import Fatal, NotFound, Retryable, Unauthorised


def webhook(box: RunningSandbox, folder: Path, **changes: Any) -> Any:
    base = f"{box.base_url}/teams/workflows/{there.WORKFLOW}/triggers/manual/paths/invoke"
    address = f"{base}?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig={there.SIGNATURE}"
    return opened("teams", {"webhook": address, "sent_log": str(folder / "sent.jsonl")}, **changes)


def graph(box: RunningSandbox, **changes: Any) -> Any:
    auth = {
        "type": "oauth2_refresh",
        "token_url": f"{box.base_url}/teams/{there.TENANT}/oauth2/v2.0/token",
        "client_id": there.CLIENT_ID,
        "client_secret": there.CLIENT_SECRET,
        "refresh_token": there.REFRESH_TOKEN,
    }
    given = {
        "base_url": f"{box.base_url}/teams/v1.0",
        "auth": auth,
        "team": there.TEAM,
        "channel": there.CHANNEL,
    }
    return opened("teams", {"graph": {**given, **changes}})


def shown(box: RunningSandbox) -> list[dict[str, Any]]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{box.base_url}/teams/shown") as answer:
        found: list[dict[str, Any]] = json.loads(answer.read())
    return found


def test_a_card_by_webhook(box: RunningSandbox, tmp_path: Path) -> None:
    writer = webhook(box, tmp_path).writer()
    writer.create(send(facts=[["Contract", "IC-101"]], link="https://pacta.example/a"))
    writer.create(send())
    (message,) = shown(box)
    assert texts(message["card"])[0] == "Credit due"


def test_the_largest_card_passes(box: RunningSandbox, tmp_path: Path) -> None:
    webhook(box, tmp_path).writer().create(send(text="ü" * 60_000))
    assert len(shown(box)) == 1


def test_a_busy_webhook_is_asked_again(box: RunningSandbox, tmp_path: Path) -> None:
    box.order_fault("429", vendor="teams", retry_after="0")
    webhook(box, tmp_path).writer().create(send())
    assert len(shown(box)) == 1


def test_an_answer_cut_off_may_have_been_posted(box: RunningSandbox, tmp_path: Path) -> None:
    box.order_fault("503", vendor="teams")
    with pytest.raises(Retryable) as caught:
        webhook(box, tmp_path).writer().create(send())
    assert caught.value.maybe_done


def test_another_signature_is_refused(box: RunningSandbox, tmp_path: Path) -> None:
    wrong = f"{box.base_url}/teams/workflows/{there.WORKFLOW}/triggers/manual/paths/invoke?sig=x"
    with pytest.raises((Unauthorised, Fatal)):
        webhook(box, tmp_path, webhook=wrong).writer().create(send())


def test_an_address_of_the_older_kind(box: RunningSandbox, tmp_path: Path) -> None:
    legacy = f"{box.base_url}/teams/webhookb2/{there.LEGACY}"
    webhook(box, tmp_path, webhook=legacy).writer().create(send())
    assert len(shown(box)) == 1


def test_a_message_by_graph_is_found_again(box: RunningSandbox) -> None:
    teams = graph(box)
    assert teams.check().ok
    writer = teams.writer()
    for number in range(60):
        writer.create(send(f"pacta-{number:04}"))
    assert writer.find("pacta-0000").record
    assert writer.find("pacta-000") is None
    made = writer.create(send("pacta-0000"))
    assert made == graph(box).writer().find("pacta-0000")
    assert made.url.endswith(made.record)
    assert len(shown(box)) == 60
    assert graph(box, look_back=10).writer().find("pacta-0000") is None


def test_a_message_whose_answer_was_lost_is_found_by_the_next_attempt(box: RunningSandbox) -> None:
    writer = graph(box).writer()
    writer.look()
    box.order_fault("cut", vendor="teams", method="POST", path="/messages")
    with pytest.raises(Retryable) as caught:
        writer.create(send())
    assert caught.value.maybe_done
    assert writer.create(send()).record
    assert len(shown(box)) == 1


def test_a_channel_that_is_not_there_says_so(box: RunningSandbox) -> None:
    health = graph(box, channel="19:other@thread.tacv2").check()
    assert not health.ok
    with pytest.raises(NotFound):
        graph(box, channel="19:other@thread.tacv2").writer().create(send())


def test_app_only_access_may_not_post(box: RunningSandbox) -> None:
    auth = {
        "type": "oauth2",
        "token_url": f"{box.base_url}/teams/{there.TENANT}/oauth2/v2.0/token",
        "client_id": there.CLIENT_ID,
        "client_secret": there.CLIENT_SECRET,
        "client_auth": "form",
        "scopes": ["https://graph.microsoft.com/.default"],
    }
    with pytest.raises(Unauthorised, match="import"):
        graph(box, auth=auth).writer().create(send())
    assert shown(box) == []
