"""References counted by how they stand, and the cost as a multiple of chunking."""

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.links import Timed, main, report


def test_the_longest_are_told_apart() -> None:
    short = [Timed(100, 1.0, 0.5, 2, Counter(here=3)) for _ in range(9)]
    body = report([*short, Timed(1_000, 1.0, 4.0, 1, Counter(here=1, missing=2))])
    assert body["references"] == {"here": 28, "missing": 2}
    assert (body["times_chunking"], body["times_chunking_longest_tenth"]) == (0.85, 4.0)
    assert body["terms_used"] == 19


def test_contracts_of_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "one.txt").write_text(
        "1. Fees\nThe fees of Section 2 are due at once.\n\n2. Amounts\nTen euros a month.\n"
    )
    main(["--data", str(tmp_path)])
    said = capsys.readouterr().out
    assert "contracts                     1" in said
    assert "{'here': 1}" in said


def test_no_contracts(tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        main(["--data", str(tmp_path)])
