"""What a model read in a document, kept beside the index: the same clauses are never paid for twice.

A document is read again when one that it hangs on arrives; the model's part hangs on nothing but the
document, the prompt, the examples and the model.
"""

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

if TYPE_CHECKING:
    from agent.extract import Extracted

FOLDER = "model-readings"


class KeptReadings:
    """Readings by what they hang on, one file each. A file that cannot be read is as if it were not there."""

    def __init__(self, home: Path) -> None:
        self._folder = home / FOLDER

    def get(self, *hangs_on: str) -> "Extracted | None":
        from agent.extract import Extracted, RawDraft
        from obligations.document import Problem

        try:
            body = json.loads(self._file(hangs_on).read_text(encoding="utf-8"))
            return Extracted(
                tuple(RawDraft.model_validate(each) for each in body["drafts"]),
                tuple(Problem.model_validate(each) for each in body["problems"]),
                frozenset(body["asked"]),
            )
        except (OSError, ValueError, KeyError, TypeError, ValidationError):
            return None

    def put(self, read: "Extracted", *hangs_on: str) -> None:
        body = {
            "drafts": [draft.model_dump(mode="json", exclude_unset=True) for draft in read.drafts],
            "problems": [problem.model_dump(mode="json") for problem in read.problems],
            "asked": sorted(read.asked),
        }
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._file(hangs_on)
        partly = file.with_suffix(".part")
        partly.write_text(json.dumps(body, ensure_ascii=False), encoding="utf-8")
        partly.replace(file)

    def _file(self, hangs_on: tuple[str, ...]) -> Path:
        name = hashlib.blake2b(json.dumps(hangs_on).encode(), digest_size=16).hexdigest()
        return self._folder / f"{name}.json"
