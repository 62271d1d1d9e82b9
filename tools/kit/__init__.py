"""What all connectors share: the verbs, the errors, and one way each to talk, page, resume and redact."""

from tools.kit.errors import (
    ConnectorError,
    Fatal,
    Misconfigured,
    NotFound,
    PageLoop,
    Retryable,
    SignatureError,
    Skippable,
    Unauthorised,
    WrongAnswer,
)
from tools.kit.payloads import Comment, Task
from tools.kit.verbs import (
    Batch,
    Connector,
    Harvest,
    Health,
    RawRecord,
    Stream,
    Writer,
    harvest,
)

__all__ = [
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
    "SignatureError",
    "Skippable",
    "Stream",
    "Task",
    "Unauthorised",
    "Writer",
    "WrongAnswer",
    "harvest",
]
