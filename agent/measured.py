"""What the gate found on a prompt with a model: a record, which follows a prompt's text, not its name.

A prompt may be loaded where a record says that it passed with the model in use. Records that come with the
product lie in `prompts/records/`; those made with a model of one's own are kept in the store.
"""

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import AwareDatetime, Field, ValidationError

from agent.errors import PromptError
from agent.prompts import FOLDER, Prompt
from obligations.quantities import Frozen


class GateRecord(Frozen):
    """One run of the gate. `digest` is the prompt's SHA-256; `against` what was in force ("extract/v1"),
    None where nothing was; `cases` and `code` are hashes; `report` is all that was found, as JSON."""

    task: str
    version: str
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    against: str | None
    model: str = Field(min_length=1)
    passed: bool
    stops: tuple[str, ...] = ()
    cases: str
    code: str
    at: AwareDatetime
    report: dict[str, Any] = Field(default_factory=dict)

    @property
    def id(self) -> str:
        """Follows from all that the record says."""
        return f"gr_{hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:24]}"

    @property
    def name(self) -> str:
        return f"{self.task}/{self.version}"

    def bears_out(self, prompt: Prompt, model: str) -> bool:
        """It says that this very text passed with this model."""
        return self.passed and self.digest == prompt.digest and self.model == model


@lru_cache(maxsize=4)
def shipped(folder: Path = FOLDER) -> tuple[GateRecord, ...]:
    """The records that come with the product, oldest first. Raises PromptError for a damaged one."""
    found = []
    for path in sorted((folder / "records").glob("*.json")):
        try:
            found.append(GateRecord.model_validate(json.loads(path.read_text(encoding="utf-8"))))
        except (ValidationError, ValueError) as error:
            raise PromptError(f"{path} is no record of the gate: {error}") from error
    return tuple(sorted(found, key=lambda record: record.at))


SHIPPED_PARTS = ("rows", "spent")
"""What a record that comes with the product keeps of its report: the figures and what they took."""


def keep_shipped(record: GateRecord, folder: Path = FOLDER) -> Path:
    """Write a record that comes with the product: for maintainers. A file for each prompt and model, with the
    figures of the report alone: single cases are measured again sooner than they are read."""
    figures = {part: record.report[part] for part in SHIPPED_PARTS if part in record.report}
    record = record.model_copy(update={"report": figures})
    model = "".join(c if c.isalnum() or c in "-." else "-" for c in record.model)
    path = folder / "records" / f"{record.task}-{record.version}.{model}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(record.model_dump_json(indent=1) + "\n", encoding="utf-8")
    shipped.cache_clear()
    return path
