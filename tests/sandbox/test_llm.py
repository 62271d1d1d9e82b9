"""The stand-in for a language model speaks as OpenAI-compatible servers do, and has bad days on demand."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import openai
import pytest

from sandbox.llm import MODEL
from sandbox.llm.faults import REFUSED, spoiled
from sandbox.serve import RunningSandbox, serve

TOOLS: list[Any] = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": about,
            "parameters": {"type": "object", "properties": {field: {"type": "string"}}, "required": [field]},
        },
    }
    for name, about, field in (
        ("find_contracts", "Contracts with a party", "party"),
        ("judge_ticket", "Whether a ticket was resolved and answered in time", "record"),
    )
]
ASKED: list[Any] = [{"role": "user", "content": "Was the ticket INC0010427 resolved in time?"}]
MESSAGES: list[Any] = [{"role": "user", "content": "Write a poem."}]


@pytest.fixture(scope="module")
def box() -> Iterator[RunningSandbox]:
    with serve() as running:
        yield running


@pytest.fixture
def vendor(box: RunningSandbox) -> Iterator[openai.OpenAI]:
    """The vendor's own client."""
    held = httpx2.Client(trust_env=False)
    with openai.OpenAI(base_url=box.model_url, api_key="any", max_retries=0, http_client=held) as client:
        yield client


def test_models_are_listed(vendor: openai.OpenAI) -> None:
    assert [model.id for model in vendor.models.list()] == [MODEL]


def test_a_reply_in_one_piece_tells_its_tokens(vendor: openai.OpenAI) -> None:
    made = vendor.chat.completions.create(model=MODEL, messages=MESSAGES)
    assert made.choices[0].message.content == "I can only read clauses."
    assert made.choices[0].finish_reason == "stop"
    assert made.usage is not None
    assert (made.usage.prompt_tokens, made.usage.completion_tokens) == (3, 6)


@pytest.mark.parametrize("counts", [True, False])
def test_a_stream_tells_its_tokens_only_where_asked(vendor: openai.OpenAI, counts: bool) -> None:
    parts = list(
        vendor.chat.completions.create(
            model=MODEL, messages=MESSAGES, stream=True, stream_options={"include_usage": counts}
        )
    )
    text = "".join(c.delta.content or "" for part in parts for c in part.choices)
    assert text == "I can only read clauses."
    assert [c.finish_reason for part in parts for c in part.choices][-1] == "stop"
    assert bool(parts[-1].usage) is counts


def test_a_limit_cuts_the_reply_off(vendor: openai.OpenAI) -> None:
    made = vendor.chat.completions.create(model=MODEL, messages=MESSAGES, max_tokens=2)
    assert (made.choices[0].message.content, made.choices[0].finish_reason) == ("I can on", "length")


def test_it_calls_the_tool_that_fits_and_answers_with_what_came_back(vendor: openai.OpenAI) -> None:
    made = vendor.chat.completions.create(model=MODEL, messages=ASKED, tools=TOOLS)
    (choice,) = made.choices
    assert choice.finish_reason == "tool_calls"
    (call,) = choice.message.tool_calls or []
    assert call.type == "function"
    assert call.function.name == "judge_ticket"
    assert json.loads(call.function.arguments) == {"record": "INC0010427"}
    result: Any = {"role": "tool", "tool_call_id": call.id, "content": "7 h of 6 h"}
    turn: Any = choice.message.model_dump(exclude_none=True)
    after = vendor.chat.completions.create(model=MODEL, messages=[*ASKED, turn, result], tools=TOOLS)
    assert after.choices[0].message.content == "The records say: 7 h of 6 h"
    parts = list(vendor.chat.completions.create(model=MODEL, messages=ASKED, tools=TOOLS, stream=True))
    calls = [c for p in parts for ch in p.choices for c in ch.delta.tool_calls or []]
    assert [c.function.name for c in calls if c.function] == ["judge_ticket"]


def test_endless_calls_go_on_whatever_was_called(vendor: openai.OpenAI) -> None:
    result: Any = {"role": "tool", "tool_call_id": "call_sandbox", "content": "7 h of 6 h"}
    made = vendor.chat.completions.create(
        model=MODEL,
        messages=[*ASKED, result],
        tools=TOOLS,
        extra_headers={"X-Sandbox-Fault": "endless_tools"},
    )
    assert made.choices[0].finish_reason == "tool_calls"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("401", openai.AuthenticationError),
        ("429", openai.RateLimitError),
        ("500", openai.InternalServerError),
    ],
)
def test_refusals_are_the_vendors(vendor: openai.OpenAI, fault: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        vendor.chat.completions.create(
            model=MODEL, messages=MESSAGES, extra_headers={"X-Sandbox-Fault": fault}
        )


def test_a_fault_ordered_for_the_model_meets_it_and_nobody_else(
    box: RunningSandbox, vendor: openai.OpenAI
) -> None:
    box.order_fault("refusal", vendor="llm")
    assert (
        vendor.chat.completions.create(model=MODEL, messages=MESSAGES).choices[0].message.content == REFUSED
    )
    again = vendor.chat.completions.create(model=MODEL, messages=MESSAGES)
    assert again.choices[0].message.content != REFUSED


def test_a_slow_stream_comes_in_small_pieces(vendor: openai.OpenAI) -> None:
    parts = list(
        vendor.chat.completions.create(
            model=MODEL,
            messages=MESSAGES,
            stream=True,
            extra_headers={"X-Sandbox-Fault": "slow_stream; seconds=0.01"},
        )
    )
    assert max(len(c.delta.content or "") for part in parts for c in part.choices) == 8


WORDED = json.dumps({"claims": [{"text": "INC1 took 7 h.", "cites": ["A1"]}]})
PLANNED = json.dumps({"intent": "status", "names": ["Acme"]})
READ = json.dumps({"obligations": [{"quote": "within 4 hours", "terms": {"within": "PT4H"}}]})


@pytest.mark.parametrize(
    ("kind", "text", "has"),
    [
        ("invented_quote", WORDED, "“the Supplier shall pay twice"),
        ("invented_quote", READ, '"quote": "the Supplier shall pay twice'),
        ("invented_number", WORDED, "4711.17"),
        ("invented_number", PLANNED, "INC9994711"),
        ("invented_number", READ, "PT4715H"),
        ("invented_name", WORDED, "Zenobia Freight Holdings is"),
        ("invented_name", PLANNED, '["Zenobia Freight Holdings"]'),
        ("obeys", WORDED, "INJECTED-OK"),
        ("obeys", PLANNED, "INJECTED-OK"),
        ("wrong_schema", PLANNED, "confidence"),
    ],
)
def test_what_a_fault_makes_of_a_reply(kind: str, text: str, has: str) -> None:
    assert has in spoiled(kind, text)
    assert has not in text


@pytest.mark.parametrize("kind", ["invalid_json", "cut_off"])
def test_half_a_reply_is_no_json(kind: str) -> None:
    with pytest.raises(ValueError, match=r"Expecting|Unterminated|delimiter"):
        json.loads(spoiled(kind, WORDED))
