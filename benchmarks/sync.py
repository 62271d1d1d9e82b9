"""How fast do records come in, how much memory does that take, and do faults on the way change what is held?

    python -m benchmarks.sync [--tickets N] [--invoices N] [--json]

A process of its own plays ServiceNow and SAP S/4HANA over HTTP, with so many everyday tickets and supplier
invoices (with their orders, items and payments) besides its story. Our connectors bring them into a store, an
SQLite file: everything (`cold`), once more with some hundred changes (`changed`: the sandbox's clock is
moved), and once more with nothing new (`unchanged`). Each part is a process of its own, whose memory is told
as it grows. `ceiling` is the sandbox's own: the same requests, as many at once, by a client that throws every
answer away. Then 5,000 of each are brought in three times: without faults, with a tenth of the requests
faulty (429, 500, 503, cut off, slow, HTML in the place of JSON), and by a process that is killed half way and
started again. Each time the store must hold the same facts. A read that a fault ends is taken up again, as
`pacta watch` does; `rounds` says how often.
"""

import argparse
import gc
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import sync_sandbox as box

if TYPE_CHECKING:
    from flows.wiring import Pacta
    from obligations.facts import Fact
    from tools.kit.verbs import Batch, Connector, Health, RawRecord, Stream

GOAL = 2_500
FAULTY = 5_000
SHARE, SEED = 0.1, 7
CHANGES = 300
EACH_TICKET = 5
"""Changes of a ticket, about: from them follows how far the clock is moved for `CHANGES` of them."""
MOST_ROUNDS = 40
NOW = datetime.fromisoformat("2026-12-31T00:00:00+00:00")
"""When our process believes to read: the same in all runs, so that the stores can be compared."""


class Counted:
    """A connector that counts the records it reads, and the memory held meanwhile."""

    def __init__(self, connector: "Connector", gauge: "Gauge") -> None:
        self._connector = connector
        self._gauge = gauge
        self.name = connector.name

    def check(self) -> "Health":
        return self._connector.check()

    def discover(self) -> "tuple[Stream, ...]":
        return self._connector.discover()

    def read(self, kind: str, cursor: str | None) -> "Iterator[Batch]":
        for batch in self._connector.read(kind, cursor):
            yield batch
            self._gauge.count(f"{self.name} {kind}", len(batch.records))

    def to_facts(self, raw: "RawRecord") -> "tuple[Fact, ...]":
        return self._connector.to_facts(raw)


class Gauge:
    """Records by stream, and the megabytes held after so many of them."""

    STEPS = 10

    def __init__(self, expected: int) -> None:
        self.records: dict[str, int] = {}
        self.memory: list[tuple[int, int]] = []
        self.most = 0
        self._step = expected // self.STEPS

    def count(self, stream: str, records: int) -> None:
        self.records[stream] = self.records.get(stream, 0) + records
        held, total = _megabytes(), sum(self.records.values())
        self.most = max(self.most, held)
        if self._step and total >= self._step * (len(self.memory) + 1):
            self.memory.append((total, held))


def _megabytes() -> int:
    """What this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


@contextmanager
def opened(home: Path, url: str, gauge: Gauge, page: int = box.PAGE) -> Iterator["Pacta"]:
    """The product with both connectors, over a home of its own."""
    from flows.clock import fixed
    from flows.settings import load_settings
    from flows.wiring import Pacta
    from tools import connect

    made = connect(box.connectors(url, page))
    counted = {name: Counted(connector, gauge) for name, connector in made.items()}
    with Pacta(load_settings({}, home=str(home)), clock=fixed(NOW), connectors=counted) as pacta:
        yield pacta


def bring(
    home: Path, url: str, expected: int = 0, die_after: int = 0, page: int = box.PAGE
) -> dict[str, Any]:
    """Sync until no read is ended by a fault. After `die_after` records this process kills itself."""
    from flows.sync import sync

    def progress(system: str, stream: str, seen: int) -> None:
        if 0 < die_after < sum(gauge.records.values()):
            os.kill(os.getpid(), signal.SIGKILL)

    gauge, rounds, errors, new = Gauge(expected), 0, [""], 0
    seconds: dict[str, float] = {}
    busy = time.process_time()
    with opened(home, url, gauge, page) as pacta:
        _know_parties(pacta)
        while errors and rounds < MOST_ROUNDS:
            errors = []
            rounds += 1
            for name in sorted(pacta.connectors):
                began = time.perf_counter()
                results = sync(pacta, [name], progress)
                seconds[name] = seconds.get(name, 0) + time.perf_counter() - began
                errors += [one.error for one in results if one.error]
                new += sum(one.new for one in results)
    busy = time.process_time() - busy
    records = sum(gauge.records.values())
    return {
        "records": records,
        "facts": new,
        "seconds": round(sum(seconds.values()), 2),
        "per_second": round(records / max(sum(seconds.values()), 1e-9)),
        "cpu_seconds": round(busy, 2),
        "seconds_by_system": {name: round(spent, 2) for name, spent in seconds.items()},
        "records_by_stream": gauge.records,
        "rounds": rounds,
        "errors": errors,
        "megabytes": gauge.most,
        "megabytes_by_records": gauge.memory,
    }


def _know_parties(pacta: "Pacta") -> None:
    """The suppliers of the world, so that facts find whom they belong to."""
    from obligations.model import Party

    for given in box.parties():
        pacta.store.put_party(Party(**given), by="benchmark", at=NOW)


def digest(home: Path) -> dict[str, Any]:
    """What a store holds, in one line: every fact with all it says."""
    from flows.settings import load_settings
    from flows.wiring import Pacta
    from store import Scope

    seen, count = hashlib.sha256(), 0
    with Pacta(load_settings({}, home=str(home))) as pacta:
        for fact in pacta.store.facts(Scope.all()):
            seen.update(fact.model_dump_json().encode())
            count += 1
    return {"facts": count, "digest": seen.hexdigest()}


def part(home: Path, url: str = "", **options: int) -> dict[str, Any]:
    """`bring` (or, without an address, `digest`) in a process of its own; {} where it was killed."""
    command = [sys.executable, "-m", "benchmarks.sync", "--part", str(home), "--at", url]
    for name, value in options.items():
        command += [f"--{name.replace('_', '-')}", str(value)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == -signal.SIGKILL:
        return {}
    if done.returncode:
        raise SystemExit(done.stderr)
    body: dict[str, Any] = json.loads(done.stdout)
    return body


def speed(work: Path, tickets: int, invoices: int) -> dict[str, Any]:
    """Cold, changed and unchanged, each beside the ceiling of the same requests."""
    done: dict[str, Any] = {}
    with box.process(tickets, invoices) as url:
        for name in ("cold", "changed", "unchanged"):
            if name == "changed":
                box.move_clock(url, _move(tickets))
            if name != "unchanged":
                box.warm(url)
            box.forget(url)
            done[name] = part(work / "home", url, expected=2 * (tickets + invoices) if name == "cold" else 0)
            done[name]["ceiling"] = ceiling = box.ceiling(url, box.asked(url))
            ceiling["per_second"] = round(done[name]["records"] / max(ceiling["seconds"], 1e-9))
    return done


def _move(tickets: int) -> timedelta:
    """How long it takes until there are some hundred changes, a month at most."""
    from sandbox.volume import AHEAD, SPREAD

    return min(AHEAD, SPREAD * CHANGES / max(1, tickets * EACH_TICKET))


def sameness(work: Path, tickets: int, invoices: int) -> dict[str, Any]:
    """A clean run, a faulty one, and one killed half way: what each store holds."""
    done: dict[str, Any] = {}
    with box.process(tickets, invoices) as url:
        done["clean"] = part(work / "clean", url)
        box.storm(url, SHARE, SEED)
        box.forget(url)
        done["faulty"] = part(work / "faulty", url)
        done["faulty"]["faults"] = box.faults(url)
        box.clear(url)
        half = done["clean"]["records"] // 2
        killed = part(work / "killed", url, die_after=half)
        at_kill = part(work / "killed")["facts"]
        done["resumed"] = {**part(work / "killed", url), "killed": not killed, "facts_at_kill": at_kill}
    for name, home in (("clean", "clean"), ("faulty", "faulty"), ("resumed", "killed")):
        done[name] |= {"holds": part(work / home)}
        done[name]["same"] = done[name]["holds"] == done["clean"]["holds"]
    return done


def measure(tickets: int, invoices: int, faulty: int = FAULTY) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        body = {"tickets": tickets, "invoices": invoices, "goal": GOAL, **speed(work, tickets, invoices)}
        return {**body, "sameness": sameness(work, min(tickets, faulty), min(invoices, faulty))}


def show(body: Mapping[str, Any]) -> None:
    print(f"{'part':10} {'records':>8} {'facts':>8} {'seconds':>8} {'per s':>6} {'ceiling':>8} {'MB':>5}")
    for name in ("cold", "changed", "unchanged"):
        row = body[name]
        print(
            f"{name:10} {row['records']:8} {row['facts']:8} {row['seconds']:8.1f} {row['per_second']:6} "
            f"{row['ceiling']['per_second']:8} {row['megabytes']:5}"
        )
    held = ", ".join(
        f"{megabytes} MB at {records:,}" for records, megabytes in body["cold"]["megabytes_by_records"]
    )
    print(f"memory while cold: {held}")
    for name, row in body["sameness"].items():
        same = "the same facts" if row["same"] else "OTHER FACTS"
        met = sum(count for fault, count in row.get("faults", {}).items() if fault)
        struck = f" {met} of {sum(row['faults'].values())} requests faulty," if met else ""
        print(f"{name:10} {row['holds']['facts']:8} facts,{struck} {row['rounds']} rounds: {same}")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--invoices", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--part", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--at", default="", help=argparse.SUPPRESS)
    parser.add_argument("--expected", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--die-after", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--page", type=int, default=box.PAGE, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.part:
        from cli.main import quiet_logs

        quiet_logs()
        gc.set_threshold(100_000, 50, 50)  # as the command does
        options = (given.expected, given.die_after, given.page)
        print(json.dumps(bring(given.part, given.at, *options) if given.at else digest(given.part)))
        return
    body = measure(given.tickets, given.invoices)
    print(json.dumps(body, indent=1)) if given.json else show(body)


if __name__ == "__main__":
    main()
