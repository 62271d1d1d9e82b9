"""The other side of `benchmarks.sync`: the sandbox as a process, and a client that throws answers away."""

import http.client
import json
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from sandbox.sap_s4hana import service as sap_s4hana
from sandbox.servicenow import service as servicenow
from sandbox.world import load
from tools.sap_s4hana import documents

AT_ONCE = 4
"""Requests at a time, of ours and of the bare client alike: what the connectors do unless told."""
PAGE = 500
ZONE = "Europe/Berlin"
STARTS_WITHIN = 120.0
_IN_ORDER = "ORDERBYsys_updated_on^ORDERBYsys_id"


@contextmanager
def process(tickets: int, invoices: int) -> Iterator[str]:
    """The sandbox with so many records, as a process; its address."""
    volume = ["--tickets", str(tickets), "--invoices", str(invoices), "--page", str(PAGE)]
    command = [sys.executable, "-m", "sandbox", "--port", "0", *volume]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        try:
            line = running.stdout.readline() if running.stdout else ""
            if "http" not in line:
                raise SystemExit("the sandbox did not start")
            yield next(word for word in line.split() if word.startswith("http"))
        finally:
            running.terminate()


def connectors(url: str, page: int = PAGE) -> dict[str, dict[str, Any]]:
    """Settings of both connectors; no rate is kept, for this vendor has none."""
    limits = {"requests_per_second": None, "concurrency": AT_ONCE, "wait_initial": 0.01, "wait_max": 0.1}

    def common(path: str, user: str, password: str) -> dict[str, Any]:
        auth = {"type": "basic", "user": user, "password": password}
        return {"base_url": url + path, "auth": auth, "http": limits, "page_size": page}

    snow = common("/servicenow/api/now", servicenow.USER, servicenow.PASSWORD)
    sap = common("/sap/opu/odata/sap", sap_s4hana.USER, sap_s4hana.PASSWORD)
    own = {"vendor_fields": ["company"], "authors": {"our_companies": [load().us.name]}}
    return {"servicenow": {**snow, **own}, "sap_s4hana": {**sap, "zone": ZONE}}


def parties() -> Iterator[dict[str, Any]]:
    """The world's suppliers as our store knows parties."""
    for party in load().parties.values():
        keys = {"sap_s4hana": party.supplier} if party.supplier else {}
        yield {"id": party.key, "name": party.name, "aliases": party.aliases, "keys": keys}


def call(url: str, method: str, path: str, body: Any = None) -> Any:
    """One request to the sandbox's own routes."""
    link = http.client.HTTPConnection(urlsplit(url).netloc, timeout=STARTS_WITHIN)
    link.request(method, f"/_sandbox{path}", None if body is None else json.dumps(body))
    text = link.getresponse().read()
    link.close()
    return json.loads(text) if text else None


def move_clock(url: str, by: timedelta) -> None:
    now = datetime.fromisoformat(call(url, "GET", "/clock")["now"])
    call(url, "PUT", "/clock", {"now": (now + by).isoformat()})


def storm(url: str, share: float, seed: int) -> None:
    call(url, "POST", "/storm", {"share": share, "seed": seed})


def clear(url: str) -> None:
    call(url, "DELETE", "/faults")


def forget(url: str) -> None:
    call(url, "DELETE", "/log")


def faults(url: str) -> dict[str, int]:
    """How many requests met which fault since the log was cleared; "" counts those that met none."""
    met: dict[str, int] = {}
    for one in call(url, "GET", "/log")["requests"]:
        met[one["fault"]] = met.get(one["fault"], 0) + 1
    return met


def asked(url: str) -> list[str]:
    """What was asked for since the log was cleared."""
    return [f"{one['path']}?{one['query']}" for one in call(url, "GET", "/log")["requests"]]


def warm(url: str) -> None:
    """One row of each list: the sandbox puts its records in order once after its clock was moved."""
    paths = [f"/servicenow/api/now/table/incident?sysparm_limit=1&sysparm_query={quote(_IN_ORDER)}"]
    for entity, keys in documents.KEYS.items():
        path = "/".join(documents.SETS[entity])
        paths.append(f"{sap_s4hana.ROOT}/{path}?$format=json&$top=1&$orderby={','.join(keys)}")
    ceiling(url, paths)


def ceiling(url: str, paths: Sequence[str]) -> dict[str, Any]:
    """Seconds and bytes of the same requests, as many at once, every answer thrown away."""
    began = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        sizes = pool.map(lambda number: sum(_fetched(url, paths[number::AT_ONCE])), range(AT_ONCE))
        size = sum(sizes)
    seconds = time.perf_counter() - began
    return {"requests": len(paths), "megabytes": round(size / 1e6, 1), "seconds": round(seconds, 2)}


def _fetched(url: str, paths: Sequence[str]) -> Iterator[int]:
    link = http.client.HTTPConnection(urlsplit(url).netloc, timeout=STARTS_WITHIN)
    for path in paths:
        link.request("GET", path, headers={"Accept": "application/json", "Authorization": _who(path)})
        answer = link.getresponse()
        yield len(answer.read())
        if answer.status != 200:
            raise SystemExit(f"the sandbox answered {answer.status} to {path[:200]}")
    link.close()


def _who(path: str) -> str:
    of = sap_s4hana if path.startswith("/sap") else servicenow
    return "Basic " + b64encode(f"{of.USER}:{of.PASSWORD}".encode()).decode()
