"""File names that come from outside, for documents we fetch."""

import re
from pathlib import PurePosixPath
from urllib.parse import unquote

from tools.kit.call import Answer

_NAMED = re.compile(r"filename(\*?)=\s*(?:UTF-8'[^']*')?\"?([^\";]+)", re.IGNORECASE)


def safe_name(name: str) -> str:
    """A file name without folders or control characters: it may go to a disk. Never empty."""
    plain = PurePosixPath(name.replace("\\", "/")).name
    return re.sub(r"[\x00-\x1f\x7f]", "", plain).strip(". ") or "document"


def file_name(answer: Answer, otherwise: str) -> str:
    """The name that a download's headers state, the extended form before the plain one; else `otherwise`."""
    found = _NAMED.findall(answer.headers.get("content-disposition", ""))
    stated = sorted(found, key=lambda each: each[0] == "")
    return safe_name(unquote(stated[0][1]) if stated else otherwise)
