"""Latency of `POST /v1/ask` over 200 mixed questions on the demo world: one process, embedded planner.

    python -m benchmarks.ask [--json] [--questions 200] [--home DIR]

Builds the demo world in a temporary folder (or uses --home, a folder that `pacta demo` filled), serves
the API with uvicorn in a process of its own, and sends the questions one after the other over one
kept-alive connection, as one client would. A warm-up of one question for each kind is not counted.
Goals: p50 50 ms and p95 150 ms at most; the ambition is 20 and 80.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

QUESTIONS = (
    "Is {party} in SLA breach?",
    "Why is INC0010427 a breach?",
    "How much service credit are we owed for {month}?",
    "How much does {party} owe us?",
    "By when must we give notice to {party}?",
    "When does the contract with {party} end?",
    "What does the contract with {party} say about payment?",
    "Which vendors breached in {month}?",
    "Did {party} meet its availability in {month}?",
    "Are we late paying {party}?",
    "How many tickets of {party} missed their response time in {month}?",
    "Which reports are late?",
    "What is the availability target of {party}?",
    "What falls due in the next 30 days?",
    "Who is the chief executive of {party}?",
    "Compare {party} in September and October",
)
PARTIES = (
    "Acme",
    "Cirrus Ledger",
    "Nordwind Hosting",
    "Stonegate",
    "Kestrel",
    "Pellworm",
    "Baltica",
    "Nordwind",
)
MONTHS = ("September", "October", "November")


def questions(count: int) -> list[str]:
    """A fixed mix: every form, with parties and months in turn."""
    return [
        QUESTIONS[i % len(QUESTIONS)].format(
            party=PARTIES[(i * 3) % len(PARTIES)], month=MONTHS[i % len(MONTHS)]
        )
        for i in range(count)
    ]


def measure(url: str, key: str, count: int) -> dict[str, Any]:
    """Milliseconds of each call, and what the answers were."""
    import httpx

    outcomes: dict[str, int] = {}
    times: list[float] = []
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=60) as client:
        for text in questions(len(QUESTIONS)):
            client.post("/v1/ask", json={"question": text}).raise_for_status()
        for text in questions(count):
            began = time.perf_counter()
            answer = client.post("/v1/ask", json={"question": text})
            times.append((time.perf_counter() - began) * 1000)
            answer.raise_for_status()
            outcome = answer.json()["outcome"]
            outcomes[outcome] = outcomes.get(outcome, 0) + 1
    cuts = statistics.quantiles(times, n=100)
    return {
        "questions": count,
        "p50_ms": round(cuts[49], 1),
        "p95_ms": round(cuts[94], 1),
        "p99_ms": round(cuts[98], 1),
        "max_ms": round(max(times), 1),
        "outcomes": outcomes,
        "goal": {"p50_ms": 50, "p95_ms": 150},
        "reached": cuts[49] <= 50 and cuts[94] <= 150,
    }


def prepare(home: Path) -> str:
    """The demo world in `home`, and a key to it."""
    pacta = [sys.executable, "-m", "cli.main", "--home", str(home)]
    if not (home / "pacta.db").exists():
        subprocess.run([*pacta, "demo", "--no-questions"], check=True, stdout=subprocess.DEVNULL)
    made = subprocess.run(
        [*pacta, "keys", "create", "benchmark", "--json"], check=True, capture_output=True, text=True
    )
    return str(json.loads(made.stdout)["key"])


def run(home: Path, count: int) -> dict[str, Any]:
    import socket

    key = prepare(home)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    serve = [sys.executable, "-m", "cli.main", "--home", str(home), "serve", "--port", str(port), "--no-work"]
    server = subprocess.Popen(serve, stdout=subprocess.DEVNULL)
    try:
        wait(f"http://127.0.0.1:{port}/ready")
        return measure(f"http://127.0.0.1:{port}", key, count)
    finally:
        server.terminate()
        server.wait(timeout=10)


def wait(url: str, seconds: float = 60) -> None:
    import httpx

    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise SystemExit(f"the server did not get ready within {seconds:.0f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--home", type=Path, default=None)
    given = parser.parse_args()
    if given.home is not None:
        result = run(given.home, given.questions)
    else:
        with tempfile.TemporaryDirectory() as folder:
            result = run(Path(folder) / "home", given.questions)
    if given.json:
        print(json.dumps(result, indent=2))
        return
    print(f"POST /v1/ask, {result['questions']} mixed questions, one process, embedded planner")
    for name in ("p50_ms", "p95_ms", "p99_ms", "max_ms"):
        print(f"  {name:8} {result[name]:8.1f}")
    print(f"  outcomes {result['outcomes']}")
    print(f"  goal p50 50 ms, p95 150 ms: {'reached' if result['reached'] else 'MISSED'}")


if __name__ == "__main__":
    main()
