"""Where a fact comes from."""

from pydantic import Field

from obligations.quantities import Frozen


class Source(Frozen):
    """Where a fact comes from: `system` is the connector's name, `record` its own identifier."""

    system: str
    record: str
    url: str = ""
    label: str = Field(default="", description="what people call the record: INC0010427, ACM-2026-09")
