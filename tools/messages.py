"""What messages have in common: a log of those that were sent, and text and links that do no harm.

Neither SMTP nor a webhook can be asked what was sent. A message is noted before it is handed over and again
when it was taken: one that was only begun may have gone out.
"""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Protocol
from urllib.parse import urlsplit

from tools.kit.errors import Fatal

CONTROL = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]")
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

State = Literal["begun", "sent"]


class SentLog(Protocol):
    """Which references were sent."""

    def sent(self, reference: str) -> bool:
        """Did the server take the message with this reference?"""

    def begun(self, reference: str) -> bool:
        """Was it handed over at least once, whatever came of it?"""

    def note(self, reference: str, message_id: str, state: State) -> None:
        """Keep that it was "begun" or "sent". Raises Fatal where that cannot be kept."""


class FileLog:
    """The log as a file of JSON lines, written through to the disk."""

    def __init__(self, vendor: str, path: Path) -> None:
        self._vendor = vendor
        self._path = path

    def sent(self, reference: str) -> bool:
        return "sent" in self._states(reference)

    def begun(self, reference: str) -> bool:
        return bool(self._states(reference))

    def _states(self, reference: str) -> set[str]:
        try:
            with self._path.open(encoding="utf-8") as lines:
                return {state for line in lines if (state := _state(line, reference))}
        except FileNotFoundError:
            return set()
        except OSError as error:
            raise self._unusable(error) from None

    def note(self, reference: str, message_id: str, state: State) -> None:
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


def _state(line: str, reference: str) -> str:
    """What a line says of the reference; nothing for one of another, or one cut off by a crash."""
    try:
        entry = json.loads(line)
    except ValueError:
        return ""
    known = isinstance(entry, dict) and entry.get("reference") == reference
    return str(entry.get("state", "")) if known else ""


def link(vendor: str, url: str) -> str:
    """A link for people; Fatal for one that is no web address."""
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname or CONTROL.search(url) or " " in url:
        raise Fatal(vendor, "the link is no web address", remedy="Use one that begins with https://.")
    return url


def visible(text: str) -> str:
    """Text with plain line ends and without characters that are not seen."""
    return _UNSEEN.sub("", "\n".join(text.splitlines()))


def one_line(text: str) -> str:
    return " ".join(visible(text).split())
