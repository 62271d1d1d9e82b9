"""The report on mutation testing: what the type checker refuses, what is drawn, what counts."""

import json
from collections import Counter
from pathlib import Path

from tests.mutation.__main__ import Mutant, Reason, margin, report, share
from tests.mutation.draw import LEFT_OUT, draw
from tests.mutation.types import REFUSED, mark, refused

SOURCE = """
def x_add__mutmut_orig(a: int) -> int:
    return a + 1


def x_add__mutmut_1(a: int) -> int:
    return a + None


def x_add__mutmut_2(a: int) -> int:
    return a + 2
"""


def _error(line: int, message: str) -> dict[str, object]:
    return {"file": "core/sums.py", "line": line, "message": message, "severity": "error"}


def test_a_mutant_is_refused_for_an_error_that_its_original_does_not_have(tmp_path: Path) -> None:
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "sums.py").write_text(SOURCE)
    found = [_error(3, "old"), _error(7, "old"), _error(7, "Unsupported operand"), _error(11, "old")]
    assert refused(found, tmp_path) == ["core.sums.x_add__mutmut_1"]


def test_what_is_refused_needs_no_test_and_what_was_tried_stays(tmp_path: Path) -> None:
    meta = tmp_path / "sums.py.meta"
    meta.write_text(json.dumps({"exit_code_by_key": {"a": None, "b": None, "c": 0, "d": LEFT_OUT}}))
    assert mark(["a", "c", "d"], tmp_path) == 1
    assert json.loads(meta.read_text())["exit_code_by_key"] == {
        "a": REFUSED,
        "b": None,
        "c": 0,
        "d": LEFT_OUT,
    }


def test_a_draw_is_random_repeatable_and_leaves_the_others_out(tmp_path: Path) -> None:
    codes = {f"core.x_f__mutmut_{number}": 1 for number in range(100)}
    for name in ("a", "b"):
        (tmp_path / f"{name}.py.meta").write_text(json.dumps({"exit_code_by_key": codes}))

    def drawn(seed: int) -> list[str]:
        assert draw(tmp_path, 20, seed) == (20, 200)
        metas = [json.loads(p.read_text())["exit_code_by_key"] for p in sorted(tmp_path.glob("*.meta"))]
        assert Counter(code for meta in metas for code in meta.values()) == {None: 20, LEFT_OUT: 180}
        return [f"{i}{name}" for i, meta in enumerate(metas) for name, code in meta.items() if code is None]

    assert drawn(1) == drawn(1) != drawn(2)


def test_the_share_counts_the_untested_as_survived_and_a_sample_has_a_margin() -> None:
    counts = Counter({"killed": 88, "refused": 2, "survived": 8, "untested": 2, "left out": 0})
    assert share(counts) == 90 and round(share(counts, with_types=False), 2) == 89.8
    assert margin(counts) == 0
    counts["left out"] = 900
    assert round(margin(counts), 2) == 5.88


def test_a_survivor_without_a_reason_is_counted() -> None:
    mutants = [
        Mutant("core.sums.x_add__mutmut_2", "core.sums.add", "survived", "return a + 1", "return a + 2"),
        Mutant("core.sums.x_add__mutmut_3", "core.sums.add", "survived", "return a + 1", "return 1 + a"),
        Mutant("core.sums.x_add__mutmut_4", "core.sums.add", "killed"),
    ]
    body = report(mutants, [Reason("core.sums.*", "the order of a sum does not matter", r"return 1 \+ a")])
    assert body["unexplained"] == 1 and body["tried"] == 3
    assert [s["reason"] for s in body["survivors"]] == ["", "the order of a sum does not matter"]
