"""The tools over the Model Context Protocol, driven by the protocol's own client."""

import asyncio
import os
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from tests.api.conftest import Office

READS = {
    "ask", "list_contracts", "search_clauses", "list_obligations", "read_obligation", "assess", "query_facts",
    "ticket_timeline", "period_statement", "scorecard", "falling_due", "renewals", "open_money",
}  # fmt: skip


@pytest.fixture
def address(office: Office) -> Iterator[str]:
    """The office served over real HTTP."""
    config = uvicorn.Config(office.client.app, host="127.0.0.1", port=0, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


def over_http(address: str, key: str, talk: Callable[[Any], Awaitable[Any]]) -> Any:
    """What `talk` gives, with a session of the protocol's client."""
    import httpx2
    from mcp.client import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    async def session() -> Any:
        headers = {"Authorization": f"Bearer {key}"}
        async with (
            httpx2.AsyncClient(headers=headers, trust_env=False) as web,
            streamable_http_client(f"{address}/mcp", http_client=web) as streams,
            ClientSession(streams[0], streams[1]) as client,
        ):
            await client.initialize()
            return await talk(client)

    return asyncio.run(session())


async def names(client: Any) -> set[str]:
    return {tool.name for tool in (await client.list_tools()).tools}


def test_a_reader_is_offered_what_reads_and_a_reviewer_may_propose(office: Office, address: str) -> None:
    assert over_http(address, office.keys["reader"], names) == READS
    assert over_http(address, office.keys["reviewer"], names) == READS | {"propose_actions"}


def test_every_tool_says_what_it_is_and_takes_named_arguments(office: Office, address: str) -> None:
    async def described(client: Any) -> list[Any]:
        return list((await client.list_tools()).tools)

    for tool in over_http(address, office.keys["reviewer"], described):
        assert tool.description.endswith(".")
        assert tool.input_schema["type"] == "object"
        assert tool.input_schema["additionalProperties"] is False
        assert tool.annotations.read_only_hint is (tool.name != "propose_actions")


def test_a_call_is_limited_to_the_scope_of_its_key(office: Office, address: str) -> None:
    async def contracts(client: Any) -> list[str]:
        given = (await client.call_tool("list_contracts", {})).structured_content
        return [row["id"] for row in given["rows"]]

    assert over_http(address, office.keys["admin"], contracts) == ["A", "B"]
    assert over_http(address, office.keys["it_only"], contracts) == ["A"]

    async def other(client: Any) -> Any:
        return await client.call_tool("list_obligations", {"contract": "B"})

    refused = over_http(address, office.keys["it_only"], other)
    assert refused.is_error
    assert "no one contract is called 'B'" in refused.structured_content["error"]


def test_a_wrong_call_says_what_is_wrong_and_what_would_be_right(office: Office, address: str) -> None:
    async def wrong(client: Any) -> Any:
        return await client.call_tool("assess", {"outcome": "sunny"})

    told = over_http(address, office.keys["reader"], wrong)
    assert told.is_error
    assert told.structured_content["error"].startswith("assess: outcome: ")
    assert "as_of" in told.structured_content["remedy"]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer pk_0_0"}, {"Authorization": "Basic eA=="}])
def test_nothing_without_a_key_in_force(office: Office, headers: dict[str, str]) -> None:
    refused = office.client.post("/mcp", json={}, headers=headers)
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")


def over_stdio(home: Path, key: str | None, talk: Callable[[Any], Awaitable[Any]]) -> Any:
    from mcp.client import ClientSession
    from mcp.client.stdio import StdioServerParameters, stdio_client

    environ = {**os.environ, **({"PACTA_KEY": key} if key else {})}
    command = ["-m", "cli.main", "--home", str(home), "mcp"]

    async def session() -> Any:
        process = StdioServerParameters(command=sys.executable, args=command, env=environ)
        async with stdio_client(process) as streams, ClientSession(*streams) as client:
            await client.initialize()
            return await talk(client)

    return asyncio.run(session())


def test_the_same_tools_on_standard_input_and_output(office: Office) -> None:
    home = office.pacta.settings.home
    assert over_stdio(home, None, names) == READS | {"propose_actions"}
    assert over_stdio(home, office.keys["reader"], names) == READS
