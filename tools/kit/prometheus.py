"""What was counted, in the text format that Prometheus reads (version 0.0.4)."""

from itertools import accumulate

from tools.kit.metrics import BOUNDS, Kept

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_CALLS = "pacta_vendor_calls_total"
_TIME = "pacta_vendor_duration_seconds"


def text(kept: Kept) -> str:
    """A counter of exchanges and a histogram of how long they took, in seconds."""
    lines = [f"# HELP {_CALLS} Exchanges with outside systems.", f"# TYPE {_CALLS} counter"]
    for (vendor, operation, status), number in kept.calls():
        lines.append(f"{_CALLS}{_labels(vendor=vendor, operation=operation, status=status)} {number}")
    lines += [f"# HELP {_TIME} How long exchanges with outside systems took.", f"# TYPE {_TIME} histogram"]
    for (vendor, operation), held in kept.times():
        own = {"vendor": vendor, "operation": operation}
        so_far = list(accumulate(held.buckets))
        for bound, number in zip((*map(_number, BOUNDS), "+Inf"), so_far, strict=True):
            lines.append(f"{_TIME}_bucket{_labels(**own, le=bound)} {number}")
        lines.append(f"{_TIME}_sum{_labels(**own)} {_number(held.seconds)}")
        lines.append(f"{_TIME}_count{_labels(**own)} {so_far[-1]}")
    return "\n".join(lines) + "\n"


def _labels(**labels: str) -> str:
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return f"{value:.9g}"
