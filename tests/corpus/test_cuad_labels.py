"""Hand labels of public contracts: offsets and values in the form of the labelling guide, and no text."""

import json
from pathlib import Path

import pytest

from evals.promises import CORE_TERMS
from obligations.quantities import Duration

LABELS = Path(__file__).parent.parent.parent / "corpus" / "annotations" / "cuad"
FILES = sorted(LABELS.glob("*/*.json"))
PERIODS = {"day", "week", "month", "quarter", "half_year", "year", "once", "event", "request"}


def test_both_halves_are_there_and_share_no_contract() -> None:
    halves = {
        half: {path.name for path in FILES if path.parent.name == half} for half in ("tuned", "set_aside")
    }
    assert all(len(names) >= 20 for names in halves.values())
    assert not halves["tuned"] & halves["set_aside"]


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}-{p.stem[:24]}")
def test_labels_are_offsets_and_values(path: Path) -> None:
    for entry in json.loads(path.read_text(encoding="utf-8")):
        assert set(entry) == {"kind", "start", "end", "terms"}
        assert 0 <= entry["start"] < entry["end"]
        assert set(entry["terms"]) <= {*CORE_TERMS[entry["kind"]], "clock"}
        for name, value in entry["terms"].items():
            if name in ("within", "notice"):
                assert Duration.model_validate(value).iso == value
            if name in ("per", "every"):
                assert value in PERIODS


def test_judged_readings_hold_no_text() -> None:
    for row in json.loads((LABELS / "judged.json").read_text(encoding="utf-8")):
        assert set(row) == {"contract", "kind", "features", "right"}
        assert row["kind"] in CORE_TERMS and isinstance(row["right"], bool)
