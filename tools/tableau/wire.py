"""What goes over the wire to Tableau and comes back: JSON, with files as multipart/mixed."""

from __future__ import annotations

import secrets
from typing import Any

from tools.kit.errors import WrongAnswer


def multipart(parts: list[tuple[str, str, str, bytes]]) -> tuple[bytes, str]:
    """The parts as multipart/mixed, with its Content-Type."""
    boundary = secrets.token_hex(16)
    pieces: list[bytes] = []
    for name, file, kind, content in parts:
        disposition = f'name="{name}"' + (f'; filename="{file}"' if file else "")
        head = f"--{boundary}\r\nContent-Disposition: {disposition}\r\nContent-Type: {kind}\r\n\r\n"
        pieces += [head.encode(), content, b"\r\n"]
    pieces.append(f"--{boundary}--\r\n".encode())
    return b"".join(pieces), f"multipart/mixed; boundary={boundary}"


def page(vendor: str, path: str, data: Any, plural: str, single: str) -> tuple[list[dict[str, Any]], int]:
    """The rows of a page and how many there are on all of them."""
    held = data.get(plural) if isinstance(data, dict) else None
    rows = held.get(single, []) if isinstance(held, dict) else None
    try:
        total = int(data["pagination"]["totalAvailable"])
    except (KeyError, TypeError, ValueError):
        rows, total = None, 0
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise WrongAnswer(vendor, f"no list of {plural}", place=f"GET {path}")
    return rows, total


def identity(vendor: str, data: Any, kind: str, field: str = "id") -> str:
    held = data.get(kind) if isinstance(data, dict) else None
    value = held.get(field) if isinstance(held, dict) else None
    if not isinstance(value, str) or not value:
        raise WrongAnswer(vendor, f"no {kind} in the answer", place=field)
    return value


def path_of(row: dict[str, Any], names: dict[str, dict[str, Any]]) -> list[str]:
    """The names of a project and those that it lies in, outermost first."""
    parts: list[str] = []
    held: dict[str, Any] | None = row
    while held is not None and len(parts) < 20:
        parts.insert(0, str(held.get("name", "")))
        held = names.get(str(held.get("parentProjectId", "")))
    return parts


def filtered(name: str) -> str:
    """A name in a filter, where commas and colons have a meaning of their own."""
    return name.replace("\\", "\\\\").replace(",", "\\,").replace(":", "\\:")


def notes(job: dict[str, Any]) -> str:
    held = job.get("statusNotes")
    notes = held.get("statusNote", []) if isinstance(held, dict) else []
    texts = (
        [note.get("text", "") for note in notes if isinstance(note, dict)] if isinstance(notes, list) else []
    )
    return " ".join(text for text in texts if isinstance(text, str))
