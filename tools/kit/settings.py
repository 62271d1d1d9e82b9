"""What every vendor's settings hold: where, who we are, how much and how long."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field

from obligations.quantities import Frozen
from tools.kit.auth import AuthSettings
from tools.kit.budget import RateHeaders


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"{name!r} is no time zone; write one like Europe/Berlin") from error
    return name


Zone = Annotated[str, AfterValidator(_zone)]
"""The name of an IANA time zone."""


class HttpSettings(Frozen):
    """Limits towards one vendor. Times are seconds, sizes bytes.

    A `Retry-After` above `longest_wait` is not slept through: the caller gets Retryable with the time.
    """

    connect_timeout: float = Field(default=5, gt=0)
    read_timeout: float = Field(default=30, gt=0)
    total_timeout: float = Field(default=120, gt=0, description="one exchange, body included")
    attempts: int = Field(default=5, ge=1, le=20)
    wait_initial: float = Field(default=0.5, ge=0)
    wait_max: float = Field(default=20, ge=0)
    longest_wait: float = Field(default=60, ge=0)
    max_body: int = Field(default=20_000_000, gt=0)
    requests_per_second: float | None = Field(default=10, gt=0)
    concurrency: int = Field(default=4, ge=1)
    rate_headers: tuple[RateHeaders, ...] = ()
    breaker_failures: int | None = Field(default=10, ge=1, description="failures in a row; None: no breaker")
    breaker_rest: float = Field(default=30, gt=0)
    ca_file: Path | None = Field(default=None, description="certificate authority of a private system")
    plain_http: bool = Field(default=False, description="allow http:// to another machine, in clear")


class VendorSettings(Frozen):
    """Common to all vendors. `name` is the connector's name, `Source.system` of everything it reads.

    `overlap` is how far each read goes back behind the last one (ISO 8601, "PT5M").
    """

    name: str = Field(default="", pattern=r"^[a-z0-9_-]*$")
    base_url: str
    auth: AuthSettings
    http: HttpSettings = HttpSettings()
    overlap: timedelta = Field(default=timedelta(minutes=5), ge=timedelta())

    def headers(self) -> dict[str, str]:
        """Headers of every request besides the Authorization."""
        return {}
