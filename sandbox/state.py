"""What the whole sandbox shares: the world, the clock, the faults ordered and the log of requests."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sandbox.faults import Fault, Storm
from sandbox.volume import Volume
from sandbox.world import AS_OF, CORPUS, World, load

LOG_LENGTH = 2000


@dataclass(frozen=True)
class Seen:
    """One request as the sandbox saw it. Of an Authorization header only the scheme is kept."""

    number: int
    clock: str
    vendor: str
    method: str
    path: str
    query: str
    auth: str
    body: str
    status: int
    fault: str


class Sandbox:
    """Shared state. Vendors hang their own `reset` on `on_reset`."""

    def __init__(
        self,
        clock: datetime | None = None,
        corpus: Path | None = None,
        withhold: Sequence[str] = (),
        webhook_wait: float = 0.05,
        volume: Volume | None = None,
    ) -> None:
        """`withhold` names contract records that appear only when their signing is emitted; `webhook_wait`
        is the pause before a webhook's first retry, in seconds; `volume` is everyday business besides the
        story's."""
        self.world: World = load()
        self.volume = volume or Volume()
        self.corpus = corpus or CORPUS
        self.start = _aware(clock) if clock is not None else AS_OF
        self.now = self.start
        self.faults: list[Fault] = []
        self.storm: Storm | None = None
        asked = (self.volume.tickets + self.volume.invoices) // 10
        self.log: deque[Seen] = deque(maxlen=LOG_LENGTH + asked)
        self.withhold = frozenset(withhold)
        self.webhook_wait = webhook_wait
        self.on_reset: list[Callable[[], None]] = []
        self._requests = 0

    def reset(self) -> None:
        """Back to the first minute: clock, faults, log and everything clients wrote."""
        self.now = self.start
        self.faults.clear()
        self.storm = None
        self.log.clear()
        for reset in self.on_reset:
            reset()

    def set_clock(self, moment: datetime) -> None:
        self.now = _aware(moment)

    def due_fault(self, vendor: str, method: str, path: str) -> Fault | None:
        """The first ordered fault that this request meets, counted down; else what a storm brings."""
        for fault in list(self.faults):
            if fault.meets(vendor, method, path):
                fault.seen += 1
                if fault.seen <= fault.skip:
                    continue
                if fault.seen >= fault.skip + fault.times:
                    self.faults.remove(fault)
                return fault
        return self.storm.strike() if self.storm else None

    def record(self, **request: Any) -> None:
        self._requests += 1
        self.log.append(Seen(number=self._requests, clock=self.now.isoformat(), **request))

    def requests(self) -> list[dict[str, Any]]:
        return [asdict(seen) for seen in self.log]


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"the sandbox clock needs a zone-aware instant, not {moment.isoformat()}")
    return moment
