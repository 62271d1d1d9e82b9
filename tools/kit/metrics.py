"""Metrics of every call: how many and how long, by vendor, operation and status.

Nothing is exported unless the program that runs us sets up an OpenTelemetry exporter. An operation is
the method with the path, whose identifiers are left out: they would make a series for every record.
"""

import re

from opentelemetry import metrics

from tools.kit.call import Call

_METER = metrics.get_meter("pacta.tools")
_CALLS = _METER.create_counter("pacta.vendor.calls", description="exchanges with outside systems")
_TIME = _METER.create_histogram(
    "pacta.vendor.duration", unit="s", description="how long exchanges with outside systems took"
)

_WORD = re.compile(r"[A-Za-z_][A-Za-z_.$!-]{0,39}|v\d{1,2}(\.\d{1,2})?|[A-Za-z_]{3,20}\d")


def operation(call: Call) -> str:
    """What a call does, without record identifiers, query, host or secret: `GET /table/{}`."""
    path = call.path.partition("?")[0]
    return f"{call.method} {'/'.join(_plain(part) for part in path.split('/'))}"


def count(vendor: str, call: Call, status: str, seconds: float) -> None:
    """One exchange; `status` is the HTTP status, or `lost` where no whole answer came."""
    told = {"vendor": vendor, "operation": operation(call), "status": status}
    _CALLS.add(1, told)
    _TIME.record(seconds, told)


def _plain(part: str) -> str:
    name, bracket, _ = part.partition("(")  # OData names a record in brackets
    kept = name if not name or _WORD.fullmatch(name) else "{}"
    return kept + ("()" if bracket else "")
