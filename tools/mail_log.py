"""What was sent, in a file of ours, one line each: SMTP cannot be asked afterwards.

A message is noted before its text is handed over and again when the server took it. One that was only
begun may have gone out: it is sent again under the same Message-ID, by which receivers know it.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from tools.kit.errors import Fatal


class SentLog(Protocol):
    """Which references were sent."""

    def sent(self, reference: str) -> bool:
        """Did the server take the message with this reference?"""

    def note(self, reference: str, message_id: str, state: str) -> None:
        """Keep that it was "begun" or "sent". Raises Fatal where that cannot be kept."""


class FileLog:
    """The log as a file of JSON lines, written through to the disk."""

    def __init__(self, vendor: str, path: Path) -> None:
        self._vendor = vendor
        self._path = path

    def sent(self, reference: str) -> bool:
        try:
            with self._path.open(encoding="utf-8") as lines:
                return any(_is_sent(line, reference) for line in lines)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise self._unusable(error) from None

    def note(self, reference: str, message_id: str, state: str) -> None:
        entry = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "reference": reference,
            "message_id": message_id,
            "state": state,
        }
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # One write of one line: lines of several processes do not mix.
            with self._path.open("ab") as stream:
                stream.write((json.dumps(entry) + "\n").encode())
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise self._unusable(error) from None

    def _unusable(self, error: OSError) -> Fatal:
        what = f"the log of what was sent cannot be used: {error.strerror}"
        remedy = "Look after the file in `sent_log`; nothing is sent without it."
        return Fatal(self._vendor, what, place=str(self._path), remedy=remedy)


def _is_sent(line: str, reference: str) -> bool:
    try:
        entry = json.loads(line)
    except ValueError:  # a line cut off by a crash
        return False
    return isinstance(entry, dict) and (entry.get("reference"), entry.get("state")) == (reference, "sent")
