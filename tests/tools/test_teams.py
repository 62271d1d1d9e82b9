"""Messages to Teams: cards that hold text and nothing else, addresses that nobody hears of."""

import json
import logging
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
import yaml
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import CapturingLogger

from obligations.model import Action
from tests.tools import json_schema
from tests.tools.test_ironclad import action
from tools import connect
from tools.kit import Connector, Fatal, Misconfigured, Retryable, Unauthorised, Writer
from tools.kit.payloads import Message
from tools.teams.card import as_json, card, harmless
from tools.teams.connector import PROFILE, Teams

SCHEMA = (
    Path(__file__).resolve().parents[3] / "shared" / "vendors" / "teams" / "adaptive-card-1.5.0.schema.json"
)
EXAMPLES = Path(__file__).parents[2] / "tools" / "examples"
HOOK = "https://prod-11.westeurope.logic.azure.com/workflows/c41d/triggers/manual/paths/invoke"
SIG = "sig-Zk3-very-secret"
GRAPH = {"auth": {"type": "bearer", "token": "t"}, "team": "t", "channel": "c"}
ADDRESS = f"{HOOK}?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig={SIG}"


def send(reference: str = "pacta-0001", **changes: Any) -> Action:
    payload = {"title": "Credit due", "text": "EUR 2,400.00 is owed.", **changes}
    return action("send_message", payload, target="", reference=reference)


def teams(folder: Path, handle: Any, **changes: Any) -> Teams:
    http = {"attempts": 2, "wait_initial": 0, "wait_max": 0, "requests_per_second": None}
    given = {"webhook": ADDRESS, "sent_log": folder / "sent.jsonl", "http": http, **changes}
    made = PROFILE.settings.model_validate({key: value for key, value in given.items() if value is not None})
    return Teams(made, httpx.MockTransport(handle))  # type: ignore[arg-type]


class Flow:
    """A Workflows address that keeps what it was sent."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.requests: list[httpx.Request] = []
        self.answers = list(answers)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        given = self.answers.pop(0) if self.answers else httpx.Response(202)
        if isinstance(given, Exception):
            raise given
        return given

    def card(self, index: int = -1) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.requests[index].content)["attachments"][0]["content"]
        return content


def texts(made: dict[str, Any]) -> list[str]:
    return ["".join(run["text"] for run in block["inlines"]) for block in made["body"]]


class TestCard:
    def message(self, **changes: Any) -> Message:
        return Message.model_validate({"title": "Credit due", "text": "one\n\ntwo\nthree", **changes})

    def test_what_it_shows(self) -> None:
        message = self.message(facts=(("Contract", "IC-101"),), link="https://pacta.example/a")
        made = card("teams", message, "pacta-0001", 28_000)
        assert texts(made) == ["Credit due", "one", "two\nthree", "Contract: IC-101", "Reference: pacta-0001"]
        assert made["version"] == "1.5"
        assert made["actions"][0]["url"] == "https://pacta.example/a"

    def test_no_text_is_markup(self) -> None:
        text = "**bold** [x](https://evil.example) <at>Lena</at> </AT> {{DATE(2026-01-01)}} ${x} @{y()}"
        made = card("teams", self.message(text=text, title=text, facts=((text, text),)), "pacta-0001", 28_000)
        kinds = {block["type"] for block in made["body"]}
        assert kinds == {"RichTextBlock"}, "the one block whose text is no markdown"
        said = as_json(made).decode().casefold()
        assert all(act not in said for act in ("<at", "</at", "{{", "}}", "${", "@{"))
        assert "**bold** [x](https://evil.example)" in texts(made)[1]
        assert "entities" not in said

    @given(st.text(alphabet="<>/atAT{}$@ x", max_size=30))
    def test_whatever_the_text_nothing_acts(self, text: str) -> None:
        said = harmless(text).casefold()
        assert all(act not in said for act in ("{{", "}}", "${", "@{"))
        assert "<at>" not in said
        assert "</at>" not in said
        assert said.replace("\u200b", "") == text.casefold()

    @pytest.mark.parametrize(
        "text", ["x" * 100_000, "“ü”" * 30_000, "\n\n".join("ab" for _ in range(20_000)), '"' * 90_000]
    )
    def test_it_is_shortened_to_its_limit(self, text: str) -> None:
        made = card("teams", self.message(text=text), "pacta-0001", 28_000)
        assert 20_000 < len(as_json(made)) <= 28_000
        assert "(shortened)" in " ".join(texts(made))
        assert texts(made)[-1] == "Reference: pacta-0001"

    def test_what_cannot_be_shortened_is_refused(self) -> None:
        with pytest.raises(Fatal, match="bytes of"):
            card("teams", self.message(title="x" * 30_000), "pacta-0001", 28_000)
        with pytest.raises(Fatal, match="link"):
            card("teams", self.message(link="javascript:alert(1)"), "pacta-0001", 28_000)

    @pytest.mark.skipif(not SCHEMA.is_file(), reason="no copy of the card's schema beside the checkout")
    @pytest.mark.parametrize(
        "changes",
        [{}, {"link": "https://pacta.example"}, {"facts": (("a", "b"), ("", ""))}, {"text": "x" * 60_000}],
    )
    def test_it_fits_the_published_schema(self, changes: dict[str, Any]) -> None:
        schema = json.loads(SCHEMA.read_text(encoding="utf-8-sig"))
        made = card("teams", self.message(**changes), "pacta-0001", 28_000, again=True)
        assert list(json_schema.faults(made, schema, schema)) == []
        broken = {**made, "body": [{"type": "RichTextBlock", "inlines": [{"type": "TextRun"}]}]}
        assert list(json_schema.faults(broken, schema, schema))


class TestWebhook:
    def test_a_message_is_posted_once(self, tmp_path: Path) -> None:
        flow = Flow()
        made = teams(tmp_path, flow)
        assert isinstance(made, Connector)
        writer = made.writer()
        assert isinstance(writer, Writer)
        assert writer.find("pacta-0001") is None
        source = writer.create(send())
        assert writer.find("pacta-0001") == source == writer.create(send())
        (request,) = flow.requests
        assert str(request.url) == ADDRESS
        data = json.loads(request.content)
        assert data["type"] == "message"
        assert len(request.content) < 28_672
        assert made.check().ok

    def test_a_lost_answer_is_told_and_the_next_one_says_that_it_may_be_the_second(
        self, tmp_path: Path
    ) -> None:
        flow = Flow(httpx.ReadTimeout("lost"))
        writer = teams(tmp_path, flow).writer()
        with pytest.raises(Retryable) as caught:
            writer.create(send())
        assert caught.value.maybe_done
        assert writer.find("pacta-0001") is None
        writer.create(send())
        assert "Sent again" not in " ".join(texts(flow.card(0)))
        assert "Sent again: the first one may have arrived." in texts(flow.card(1))

    def test_a_throttled_message_is_sent_again_and_a_refused_one_is_not(self, tmp_path: Path) -> None:
        flow = Flow(httpx.Response(429, headers={"retry-after": "0"}))
        teams(tmp_path, flow).writer().create(send())
        assert len(flow.requests) == 2
        for status, error in ((401, Unauthorised), (400, Fatal), (413, Fatal)):
            flow = Flow(httpx.Response(status, json={"error": {"message": "no"}}))
            with pytest.raises(error):
                teams(tmp_path, flow).writer().create(send("pacta-0002"))
            assert len(flow.requests) == 1

    @pytest.mark.parametrize(("code", "error"), [("429", Retryable), ("413", Fatal)])
    def test_an_address_of_the_older_kind_says_200_whatever_happened(
        self, tmp_path: Path, code: str, error: type[Exception]
    ) -> None:
        said = f"Webhook message delivery failed with error: endpoint returned HTTP error {code}"
        writer = teams(tmp_path, Flow(httpx.Response(200, text=said))).writer()
        with pytest.raises(error):
            writer.create(send())
        assert writer.find("pacta-0001") is None
        teams(tmp_path, Flow(httpx.Response(200, text="1"))).writer().create(send())

    def test_the_address_leaves_by_no_error_log_or_representation(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        log = CapturingLogger()
        structlog.configure(logger_factory=lambda *_: log, cache_logger_on_first_use=False)
        said: list[str] = []
        try:
            echo = httpx.Response(400, json={"error": {"message": f"bad sig={SIG} in {ADDRESS}"}})
            for answer in (httpx.Response(404), httpx.ReadTimeout("x"), httpx.ConnectError(ADDRESS), echo):
                made = teams(tmp_path, Flow(answer, answer))
                with pytest.raises((Fatal, Retryable)) as caught:
                    made.writer().create(send())
                said += [str(caught.value), repr(caught.value), repr(made.settings), repr(vars(made))]
                said += [repr(vars(made.writer())), made.settings.model_dump_json(), repr(made.check())]
        finally:
            structlog.reset_defaults()
        said += [str(call) for call in log.calls] + [caplog.text]
        assert log.calls
        for text in said:
            assert SIG not in text
            assert "c41d" not in text

    def test_other_verbs_are_refused_and_nothing_is_read(self, tmp_path: Path) -> None:
        made = teams(tmp_path, Flow())
        with pytest.raises(Fatal, match="takes no comment"):
            made.writer().create(action("comment", {"text": "x"}))
        with pytest.raises(Fatal, match="only posted"):
            made.read("message", None)
        assert made.discover() == ()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"webhook": None}, "either webhook or graph"),
        (
            {"graph": {"auth": {"type": "bearer", "token": "t"}, "team": "t", "channel": "c"}},
            "either webhook",
        ),
        ({"sent_log": None}, "sent_log"),
        ({"limit": 50_000}, "limit"),
    ],
)
def test_wrong_settings_are_refused(tmp_path: Path, change: dict[str, Any], says: str) -> None:
    given = {"kind": "teams", "webhook": ADDRESS, "sent_log": str(tmp_path / "s"), **change}
    with pytest.raises(Misconfigured, match=says) as caught:
        connect({"teams": {key: value for key, value in given.items() if value is not None}})
    assert SIG not in str(caught.value)


def test_a_webhook_that_is_no_address_is_not_named(tmp_path: Path) -> None:
    made = teams(tmp_path, Flow(), webhook=f"prod-11/{SIG}")
    assert not made.check().ok
    with pytest.raises(Misconfigured, match="no address") as caught:
        made.writer().create(send())
    assert SIG not in str(caught.value)


def test_the_example_connects(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PACTA_TEAMS_WEBHOOK", "PACTA_TEAMS_SECRET", "PACTA_TEAMS_REFRESH"):
        monkeypatch.setenv(name, ADDRESS)
    given = yaml.safe_load((EXAMPLES / "teams.yaml").read_text())["connectors"]
    assert [connector.name for connector in connect(given).values()] == ["alerts", "contracts-channel"]
