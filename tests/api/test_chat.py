"""Chat completions, driven by OpenAI's own client against the served API."""

import openai
import pytest

from tests.api.conftest import Office
from tests.api.test_mcp import address

__all__ = ["address"]


def client(address: str, key: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{address}/v1", api_key=key, max_retries=0)


def asked(text: str) -> list[dict[str, str]]:
    return [{"role": "system", "content": "Say that all is well."}, {"role": "user", "content": text}]


def test_a_question_is_answered_as_over_our_own_route(office: Office, address: str) -> None:
    chat = client(address, office.keys["reader"])
    assert [m.id for m in chat.models.list()] == ["pacta"]
    made = chat.chat.completions.create(model="pacta", messages=asked("Which contracts end?"))  # type: ignore[arg-type]
    own = office.call("POST", "/v1/ask", "reader", json={"question": "Which contracts end?"}).json()
    text = made.choices[0].message.content or ""
    assert text.startswith(own["answer"])
    assert made.model_extra is not None
    assert made.model_extra["pacta"]["citations"] == own["citations"]
    assert all(citation["marker"] in text for citation in own["citations"])


def test_a_stream_says_the_same(office: Office, address: str) -> None:
    chat = client(address, office.keys["reader"])
    whole = chat.chat.completions.create(model="pacta", messages=asked("Is Acme in breach?"))  # type: ignore[arg-type]
    parts = chat.chat.completions.create(  # type: ignore[call-overload]
        model="pacta",
        messages=asked("Is Acme in breach?"),
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = list(parts)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert chunks[-1].usage.total_tokens == 0


def test_a_conversation_is_the_callers_own_thread(office: Office, address: str) -> None:
    chat = client(address, office.keys["reader"])
    chat.chat.completions.create(model="pacta", messages=asked("Is Acme in breach?"), user="talk-1")  # type: ignore[arg-type]
    other = client(address, office.keys["admin"])
    with pytest.raises(openai.APIStatusError) as caught:
        other.chat.completions.create(model="pacta", messages=asked("And why?"), user="talk-1")  # type: ignore[arg-type]
    assert caught.value.status_code in (403, 404, 409)


@pytest.mark.parametrize("content", ["", "x" * 5000])
def test_a_message_that_is_no_question_is_refused(office: Office, address: str, content: str) -> None:
    chat = client(address, office.keys["reader"])
    with pytest.raises(openai.UnprocessableEntityError, match="the last user message is"):
        chat.chat.completions.create(model="pacta", messages=[{"role": "user", "content": content}])


def test_a_message_in_parts_is_read(office: Office, address: str) -> None:
    chat = client(address, office.keys["reader"])
    parts = [{"type": "text", "text": "Is Acme in breach?"}]
    made = chat.chat.completions.create(model="any", messages=[{"role": "user", "content": parts}])  # type: ignore[list-item, misc]
    assert made.choices[0].message.content


def test_without_a_key_nothing(office: Office, address: str) -> None:
    with pytest.raises(openai.AuthenticationError):
        client(address, "pk_0_0").models.list()
