"""Metrics as Prometheus reads them: every line of its form, sums that hold, no end of series."""

import re
import threading

import httpx
import pytest

from tests.tools.conformance import read_all
from tests.tools.vendors import SECRET, TOKEN, IroncladVendor
from tools import connect
from tools.kit.metrics import KEPT, OTHERS, Kept
from tools.kit.prometheus import text

LINE = re.compile(
    r'(?P<name>[a-z_]+)\{(?P<labels>[a-z_]+="(?:[^"\\\n]|\\["\\n])*"(?:,[a-z_]+="(?:[^"\\\n]|\\["\\n])*")*)\}'
    r" (?P<value>[0-9.e+-]+)"
)


def samples(written: str) -> dict[str, dict[str, float]]:
    """Values by name and labels; every line has to be a comment or a sample."""
    found: dict[str, dict[str, float]] = {}
    assert written.endswith("\n")
    for line in written.splitlines():
        if not line.startswith("# "):
            match = LINE.fullmatch(line)
            assert match, line
            found.setdefault(match["name"], {})[match["labels"]] = float(match["value"])
    return found


def test_calls_and_how_long_they_took() -> None:
    kept = Kept()
    for seconds in (0.01, 0.05, 0.3, 99.0):
        kept.add("desk", "GET /table/{}", "200", seconds)
    kept.add("desk", "GET /table/{}", "429", 0.2)
    found = samples(text(kept))
    own = 'vendor="desk",operation="GET /table/{}"'
    assert found["pacta_vendor_calls_total"] == {f'{own},status="200"': 4, f'{own},status="429"': 1}
    buckets = found["pacta_vendor_duration_seconds_bucket"]
    assert (buckets[f'{own},le="0.05"'], buckets[f'{own},le="0.25"']) == (2, 3)
    assert (buckets[f'{own},le="60"'], buckets[f'{own},le="+Inf"']) == (4, 5)
    assert list(buckets.values()) == sorted(buckets.values())
    assert found["pacta_vendor_duration_seconds_count"][own] == 5
    assert found["pacta_vendor_duration_seconds_sum"][own] == pytest.approx(99.56)


def test_types_are_told_once_each_before_their_samples() -> None:
    kept = Kept()
    kept.add("a", "GET /", "200", 1)
    kept.add("b", "GET /", "lost", 1)
    lines = text(kept).splitlines()
    assert [line for line in lines if line.startswith("# TYPE")] == [
        "# TYPE pacta_vendor_calls_total counter",
        "# TYPE pacta_vendor_duration_seconds histogram",
    ]
    assert lines.index("# TYPE pacta_vendor_duration_seconds histogram") > 3
    assert samples(text(Kept())) == {}


def test_odd_names_cannot_break_out_of_their_label() -> None:
    kept = Kept()
    kept.add('a"} 1\nevil{x="', "GET /\\", "200", 1)
    found = samples(text(kept))
    assert len(found["pacta_vendor_calls_total"]) == 1


def test_there_is_an_end_of_series() -> None:
    kept = Kept(most=3)
    for number in range(10):
        kept.add("a", f"GET /{number}", "200", 1)
    kept.add("a", "GET /1", "200", 1)
    counted = {operation: number for (_, operation, _), number in kept.calls()}
    assert counted == {"GET /0": 1, "GET /1": 2, "GET /2": 1, OTHERS: 7}


def test_what_many_threads_count_is_all_there() -> None:
    kept = Kept()

    def work() -> None:
        for _ in range(500):
            kept.add("a", "GET /", "200", 0.1)
            text(kept)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept.calls() == [(("a", "GET /", "200"), 2000)]


def test_what_connectors_do_is_counted_without_identifiers_or_secrets() -> None:
    KEPT.clear()
    vendor = IroncladVendor(count=3)
    given = {**vendor.settings(), "name": "clm"}
    made = connect({"ironclad": given}, httpx.MockTransport(vendor.handle))["ironclad"]
    read_all(made, "contract")
    with pytest.raises(Exception, match="404"):
        made.contract("IC-77")  # type: ignore[attr-defined]
    written = text(KEPT)
    names = [labels for labels in samples(written)["pacta_vendor_calls_total"] if "/records" in labels]
    assert any('operation="GET /records",status="200"' in labels for labels in names)
    assert any('operation="GET /records/{}",status="404"' in labels for labels in names)
    for private in (SECRET, TOKEN, "IC-77"):
        assert private not in written
