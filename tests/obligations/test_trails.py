"""Every word of every golden case's trail is one that was approved; see `trails.py`."""

import pytest

from obligations.terms import KINDS
from tests.obligations.trails import approved, digest, texts


@pytest.mark.parametrize("kind", KINDS)
def test_the_trails_are_those_approved(kind: str) -> None:
    held, found = approved()[kind], texts(kind)
    changed = [f"## {name}\n{text}" for name, text in found.items() if held.get(name) != digest(text)]
    assert not changed, "read, then `python -m tests.obligations.trails --approve`:\n" + "\n\n".join(changed)
    assert set(held) == set(found)
