"""Our own key inside an outside record, so that what we wrote can be found again."""

import re

from tools.kit.errors import Fatal

# The characters pass unchanged through ServiceNow's encoded queries, Ironclad's formulas and OData.
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{3,99}")


def checked(vendor: str, reference: str) -> str:
    """`reference`, if it can stand in a query of any vendor; Fatal otherwise."""
    if not _REFERENCE.fullmatch(reference):
        raise Fatal(
            vendor,
            f"the reference {reference[:60]!r} cannot be searched for",
            remedy="Use 4 to 100 letters, digits and . _ : / -.",
        )
    return reference


def mark(text: str, reference: str) -> str:
    """`text` with a last line that carries the reference."""
    return f"{text.rstrip()}\n\nReference: {reference}"


def is_marked(text: str, reference: str) -> bool:
    """Does `text` carry exactly this reference, not a longer one that begins alike?"""
    return re.search(rf"Reference: {re.escape(reference)}(?![A-Za-z0-9._:/-])", text) is not None


def marked(text: str) -> str:
    """The reference that `text` carries; empty for a text that is not ours."""
    found = re.search(rf"Reference: ({_REFERENCE.pattern})", text)
    return found[1] if found else ""
