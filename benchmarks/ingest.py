"""How long does it take to bring many contracts in: cold, unchanged, and with one of them changed?

    python -m benchmarks.ingest --data DIR [--contracts N] [--json]

DIR holds contracts as `contracts/*.txt`, for instance CUAD v1 (The Atticus Project, CC BY 4.0). Everything
that `pacta ingest` does is counted: parse, chunk, tag, extract, ground, store, index. Each part runs in a
process of its own, over a home of its own, so that memory is that of the part: the largest process and
all processes at once. The start of Python and its libraries is in each, but for `one changed running`: a
change brought in by a process that has read a contract before, as the service does. `size` repeats the cold
part on an eighth, a quarter and half of the contracts; the time for each million characters should not grow.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

SHARES = (8, 4, 2)
"""Parts of the contracts on which the cold part is repeated."""


def ingest(home: Path, files: Sequence[Path]) -> dict[str, Any]:
    """One `pacta ingest` over the files, in this process and its workers."""
    from flows.ingest import ingest_paths
    from flows.settings import load_settings
    from flows.wiring import Pacta

    memory = _Memory()
    began = time.perf_counter()
    with Pacta(load_settings({}, home=str(home))) as pacta:
        done = list(ingest_paths(pacta, files))
    seconds = time.perf_counter() - began
    return {
        "contracts": len(done),
        "characters": sum(file.stat().st_size for file in files),
        "obligations": sum(len(each.obligations) for each in done),
        "unchanged": sum(each.unchanged for each in done),
        "failed": sum(bool(each.error) for each in done),
        "seconds": round(seconds, 2),
        "megabytes": memory.stop(),
        "megabytes_largest_process": _largest(),
    }


def _largest() -> int:
    sides = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(side).ru_maxrss for side in sides) // 1024


class _Memory:
    """The most that this process and its descendants held at once, in megabytes, looked at every 0.1 s.

    Counted by proportional share, so that what processes share counts once.
    """

    def __init__(self) -> None:
        self.most, self._done = 0, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._done.wait(0.1):
            self.most = max(self.most, sum(map(_share, _family())))

    def stop(self) -> int:
        self._done.set()
        self._thread.join()
        return self.most // 1024


def _family() -> list[int]:
    """This process and all below it."""
    above: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            above[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = [int(Path("/proc/self").resolve().name)]
    for process in found:
        found += [child for child, parent in above.items() if parent == process]
    return found


def _share(process: int) -> int:
    """Kilobytes a process holds, what it shares with others divided among them."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def part(home: Path, files: Sequence[Path], *, running: bool = False) -> dict[str, Any]:
    """`ingest` in a process of its own; `running` reads them amended, and tells of a second time."""
    names = "\n".join(map(str, files))
    command = [sys.executable, "-m", "benchmarks.ingest", "--part", str(home)]
    command += ["--running"] if running else []
    done = subprocess.run(command, input=names, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    body: dict[str, Any] = json.loads(done.stdout)
    return body


def amend(file: Path) -> None:
    """Add a line, so that the file is a new version of its contract."""
    file.write_text(file.read_text(encoding="utf-8", errors="replace") + "\n\nAmended.\n", "utf-8")


def measure(files: Sequence[Path]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        copies = [Path(shutil.copy(file, work / file.name)) for file in files]
        cold = part(work / "home", copies)
        again = part(work / "home", copies)
        middle = copies[len(copies) // 2]
        amend(middle)
        changed = part(work / "home", copies)
        one = part(work / "home", [middle])
        amend(middle)
        alone = part(work / "home", [middle])
        running = part(work / "home", [middle], running=True)
        size = [part(work / f"home-{share}", copies[::share]) for share in SHARES]
    changes = {
        "one_changed_of_all": changed,
        "one_unchanged": one,
        "one_changed_alone": alone,
        "one_changed_running": running,
    }
    return {"cold": cold, "unchanged": again, **changes, "size": [*size, cold]}


def show(body: dict[str, Any]) -> None:
    """`s per million` are seconds for each million characters."""
    print(f"{'part':22} {'contracts':>9} {'obligations':>11} {'seconds':>8} {'MB':>6} {'s per million':>14}")
    rows = [(name, row) for name, row in body.items() if name != "size"]
    rows += [(f"cold, {row['contracts']}", row) for row in body["size"]]
    for name, row in rows:
        rate = row["seconds"] / max(1, row["characters"]) * 1e6
        print(
            f"{name.replace('_', ' '):22} {row['contracts']:9} {row['obligations']:11} {row['seconds']:8.1f} "
            f"{row['megabytes']:6} {rate:14.2f}"
        )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--contracts", type=int, help="only so many, spread over all")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--part", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--running", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.part:
        given = [Path(line) for line in sys.stdin.read().splitlines()]
        if options.running:
            for file in given:
                amend(file)
            ingest(options.part, given)
            for file in given:
                amend(file)
        print(json.dumps(ingest(options.part, given)))
        return
    files = sorted((options.data / "contracts").glob("*.txt")) if options.data else []
    if not files:
        parser.error("give --data a folder that holds contracts/*.txt")
    if options.contracts:
        files = files[:: max(1, len(files) // options.contracts)][: options.contracts]
    body = measure(files)
    print(json.dumps(body, indent=1)) if options.json else show(body)


if __name__ == "__main__":
    main()
