"""What all connectors share: the verbs, the errors, and one way each to talk, page, resume and redact."""

from tools.kit.errors import (
    BadSignature,
    ConnectorError,
    Fatal,
    Misconfigured,
    NotFound,
    PageLoop,
    Retryable,
    Skippable,
    Unauthorised,
    WrongAnswer,
)
from tools.kit.verbs import (
    Batch,
    Comment,
    Connector,
    Harvest,
    Health,
    RawRecord,
    Stream,
    Task,
    Writer,
    harvest,
)

__all__ = [
    "BadSignature",
    "Batch",
    "Comment",
    "Connector",
    "ConnectorError",
    "Fatal",
    "Harvest",
    "Health",
    "Misconfigured",
    "NotFound",
    "PageLoop",
    "RawRecord",
    "Retryable",
    "Skippable",
    "Stream",
    "Task",
    "Unauthorised",
    "Writer",
    "WrongAnswer",
    "harvest",
]
