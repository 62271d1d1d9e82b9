"""The gate passes an equal candidate, stops a damaged one, and says what flipped; the runner behind it."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest

from agent.usage import Usage
from evals import baselines
from evals.bootstrap import intervals
from evals.candidates import Prices, candidate, needed
from evals.errors import CannotJudge, CaseError, EvalError, UnknownTask
from evals.gate import Bar, GateReport, Spent, bar, compare, overspent
from evals.provenance import digest, provenance
from evals.report import gate_json, gate_markdown, run_json, run_markdown
from evals.runner import run, run_task
from evals.score import Metric, Score, TaskResult
from evals.task import Task
from evals.tasks import named

AT = datetime(2026, 11, 10, tzinfo=UTC)


@dataclass(frozen=True)
class Sum:
    """A sample: what two and two is expected to come to."""

    id: str
    group: str
    title: str
    expected: str


SAMPLES = [Sum(f"sum-{n}", "even" if n % 2 == 0 else "odd", f"{n}+{n}|", str(2 * n)) for n in range(1, 5)]


def task(
    wrong: frozenset[int] = frozenset(), broken: frozenset[int] = frozenset(), engine: str = "live"
) -> Any:
    """An eval of doubling that is wrong about some numbers and cannot solve others."""

    def solve(pacta: object, sample: Sum) -> int:
        number = int(sample.id.split("-")[1])
        if number in broken:
            raise EvalError("no model")
        return 2 * number + (number in wrong)

    def right(sample: Sum, output: int) -> list[Score]:
        return [Score(name="right", value=float(str(output) == sample.expected), why=f"{output}")]

    def styled(sample: Sum, output: int) -> list[Score]:
        return [Score(name="style", value=None, why="no ruler")]

    return Task[Sum, int](
        name="sums",
        about="doubling",
        samples=lambda pacta: SAMPLES,
        solve=solve,
        scorers=(right, styled),
        metrics=(Metric("right"), Metric("style", gated=False), Metric("never", gated=False)),
        show=str,
        cases=(Path(__file__),),
        engine=engine,
    )


def measured(**options: Any) -> TaskResult:
    (result,) = run(cast(Any, None), [task(**options)])
    return result


def report(live: TaskResult, new: TaskResult, **options: Any) -> GateReport:
    return compare(live, new, Bar(**options), AT)


def test_a_run_gives_figures_groups_and_items() -> None:
    result = measured(wrong=frozenset({2}))
    assert {m.metric: m.value for m in result.measures} == {"right": 0.75, "style": None, "never": None}
    assert result.measure("style").note == "no ruler"  # type: ignore[union-attr]
    assert result.measure("style").unscored == 4  # type: ignore[union-attr]
    assert {g: m[0].value for g, m in result.by_group.items()} == {"even": 0.5, "odd": 1.0}
    assert [i.id for i in result.items if not i.passed] == ["sum-2"]
    assert "right: 5" in next(i.got for i in result.items if i.id == "sum-2")


def test_a_sample_that_cannot_be_solved_scores_zero_and_the_rest_goes_on() -> None:
    result = measured(broken=frozenset({1}))
    assert result.measures[0].value == 0.75
    assert result.results[0].error == "no model"
    assert "could not be solved: no model" in result.items[0].got


def test_progress_is_told() -> None:
    seen: list[tuple[str, int, int]] = []
    run(cast(Any, None), [task()], lambda *told: seen.append(told))
    assert seen == [("sums", n, 4) for n in (1, 2, 3, 4)]


def test_an_equal_candidate_passes() -> None:
    found = report(measured(wrong=frozenset({2})), measured(wrong=frozenset({2}), engine="new"))
    assert found.passed
    assert found.flips == ()
    assert {r.metric: r.verdict for r in found.rows} == {
        "right": "holds",
        "style": "informs",
        "never": "informs",
    }


def test_a_damaged_candidate_is_stopped_with_the_cases_that_flipped() -> None:
    found = report(measured(), measured(wrong=frozenset({3}), engine="new"))
    assert not found.passed
    assert found.stops == (
        "right drops from 1.000 to 0.750; at most 0.000 is allowed",
        "class odd: right falls from 1.000 to 0.500",
    )
    (flip,) = found.flips
    assert (flip.id, flip.better, flip.expected, flip.live) == ("sum-3", False, "6", "6")
    assert "7" in flip.candidate


def test_a_better_candidate_passes_and_its_flips_are_told() -> None:
    found = report(measured(wrong=frozenset({3})), measured(engine="new"))
    assert found.passed
    assert [flip.better for flip in found.flips] == [True]


def test_a_small_drop_may_be_allowed_but_not_below_the_floor() -> None:
    live, new = measured(), measured(wrong=frozenset({3}))
    assert report(live, new, allowed_drop=0.25, class_drop=0.5).passed
    stopped = report(live, new, allowed_drop=0.25, class_drop=0.5, floors={"right": 0.8})
    assert stopped.stops == ("right is 0.750, under its floor of 0.800",)


def test_no_class_may_fall_though_the_whole_stays_as_it_was() -> None:
    live, new = measured(wrong=frozenset({2})), measured(wrong=frozenset({3}))
    assert report(live, new).stops == ("class odd: right falls from 1.000 to 0.500",)
    blind = new.model_copy(
        update={"by_group": {"odd": (new.measures[0].model_copy(update={"value": None}),)}}
    )
    assert "class odd: right falls from 1.000 to unmeasured" in report(live, blind).stops


def intervalled(live: TaskResult, new: TaskResult, **options: Any) -> GateReport:
    return compare(live, new, Bar(**options), AT, task().metrics)


def test_equal_results_leave_no_doubt_and_uneven_ones_do() -> None:
    same = intervalled(measured(wrong=frozenset({2})), measured(wrong=frozenset({2})))
    assert (same.rows[0].low, same.rows[0].high) == (0.0, 0.0)
    uneven = intervalled(measured(wrong=frozenset({2})), measured(wrong=frozenset({3})), class_drop=1)
    row = uneven.rows[0]
    assert row.difference == 0
    assert row.low is not None
    assert row.low < -0.05 < 0.05 < (row.high or 0)
    assert row.verdict == "unsure"
    assert "right may drop by" in uneven.stops[0]
    assert intervalled(
        measured(wrong=frozenset({2})), measured(wrong=frozenset({3})), class_drop=1, margin=1
    ).passed


def test_the_interval_is_that_of_a_plain_resampling() -> None:
    live, new = measured(), measured(wrong=frozenset({1}))
    (low, high) = intervals(live.results, new.results, [Metric("right")])["right"]
    # Of four cases one is lost: a draw holds it k of 4 times with chance C(4,k) / 4^4 * 3^(4-k).
    chances = {k: math.comb(4, k) * 3 ** (4 - k) / 256 for k in range(5)}
    assert -high == 0.0, f"no case lost in {chances[0]:.0%} of the draws"
    assert -low == 0.75, f"three or more of four in {chances[3] + chances[4]:.1%}, four in {chances[4]:.1%}"


def test_the_first_version_is_held_to_the_floors_alone() -> None:
    found = compare(None, measured(wrong=frozenset({3})), Bar(floors={"right": 0.7}), AT)
    assert (found.passed, found.live, found.flips) == (True, "nothing in force", ())
    assert not compare(None, measured(wrong=frozenset({3})), Bar(floors={"right": 0.8}), AT).passed


def test_a_candidate_may_not_cost_or_take_too_much_more() -> None:
    def spent(tokens: int, seconds: float) -> Spent:
        return Spent(usage=Usage(calls=2, input_tokens=tokens), cases=2, median_s=seconds)

    live = spent(1000, 1.0)
    assert overspent(live, spent(1250, 2.0), Bar()) == []
    assert overspent(live, spent(1252, 1.0), Bar()) == [
        "a case takes 626 tokens instead of 500; at most 1.25 times as many are allowed"
    ]
    assert overspent(live, spent(1000, 2.1), Bar()) == [
        "a case takes 2.10 s instead of 1.00 s; at most 2 times as long is allowed"
    ]
    assert overspent(spent(0, 0.01), spent(0, 0.2), Bar()) == [], "an instant is no delay"


def test_a_case_may_be_asked_several_times() -> None:
    (one,) = [run_task(cast(Any, None), task(wrong=frozenset({2})), replicates=3)]
    assert len(one.results) == 12
    assert [r.sample for r in one.results][3:5] == ["sum-4", "sum-1#2"]
    assert [i.id for i in one.items if not i.passed] == ["sum-2", "sum-2#2", "sum-2#3"]


def test_tokens_have_a_price() -> None:
    prices = Prices(Decimal("0.40"), Decimal("1.60"), "USD")
    assert prices.of(Usage(calls=1, input_tokens=1_500_000, output_tokens=250_000)) == Decimal("1.00")


def test_what_was_not_measured_has_not_passed() -> None:
    live = measured()
    blind = live.model_copy(
        update={
            "measures": tuple(m.model_copy(update={"value": None, "note": "no judge"}) for m in live.measures)
        }
    )
    assert report(live, blind).stops == ("right was not measured: no judge",)
    assert report(blind, blind).stops == ("nothing was measured",)


def test_other_cases_are_no_comparison() -> None:
    live = measured()
    fewer = live.model_copy(update={"results": live.results[:2]})
    assert "the two were not measured on the same cases" in report(live, fewer).stops


def test_the_reports_say_the_same_in_markdown_and_json() -> None:
    found = report(measured(), measured(wrong=frozenset({3}), engine="new"))
    text = gate_markdown(found)
    assert "**Stopped.**" in text
    assert "| right | 1.000 | 0.750 | -0.250 |  | – | dropped |" in text
    assert "- worse: **3+3\\|** (odd)" in text
    assert "- expected: 6" in text.replace("  ", "")
    body = gate_json(found)
    assert (body["passed"], body["stops"], body["flips"][0]["id"]) == (False, list(found.stops), "sum-3")
    assert "Passed" in gate_markdown(report(measured(), measured()))


def test_a_runs_report_lists_what_is_wrong_beside_the_baseline(tmp_path: Path) -> None:
    result = measured(wrong=frozenset({2}))
    rests_on = provenance([Path(__file__)], [("extract/v1", "a" * 64)], "m")
    kept = baselines.baseline_of(measured(), rests_on, AT)
    assert baselines.save(kept, tmp_path) == tmp_path / "sums.json"
    assert baselines.load("sums", tmp_path) == kept
    assert kept.provenance.prompts == {"extract/v1": "a" * 16}
    beside = {"sums": baselines.against(result, kept)}
    text = run_markdown([result], beside, {"sums": rests_on})
    assert "| right | 1.000 | 0.750 | -0.250 | – | dropped |" in text
    assert "1 of 4 items not as expected" in text
    assert f"code `{rests_on.code}`" in text
    body = run_json([result], beside, {"sums": rests_on})
    assert body["tasks"][0]["baseline"][0]["verdict"] == "dropped"
    assert "| even | 0.500 |" in run_markdown([result], {}, {})


def test_a_damaged_baseline_is_named(tmp_path: Path) -> None:
    assert baselines.load("sums", tmp_path) is None
    (tmp_path / "sums.json").write_text("{}")
    with pytest.raises(CaseError, match=r"sums\.json"):
        baselines.load("sums", tmp_path)


def test_bars_come_from_a_file_and_are_strict_without() -> None:
    assert bar("questions").floors["quotes"] == 1.0
    assert bar("nothing of that name") == Bar(allowed_drop=0.0)


def test_a_bar_that_is_not_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / "floors.yaml"
    path.write_text("questions: {allowed_drop: 7}\n")
    with pytest.raises(CaseError, match=r"floors\.yaml"):
        bar("questions", path)


def test_a_hash_changes_with_a_files_bytes_and_name(tmp_path: Path) -> None:
    one = tmp_path / "one.yaml"
    one.write_text("a")
    first = digest([one])
    one.write_text("b")
    second = digest([one])
    moved = one.rename(tmp_path / "two.yaml")
    assert len({first, second, digest([moved])}) == 3
    assert digest([tmp_path]) == digest([moved])


def test_candidates_are_named_by_task_and_version(tmp_path: Path) -> None:
    assert candidate("extract/v2").name == "extract/v2"
    folder = tmp_path / "extract"
    folder.mkdir()
    file = folder / "v2.md"
    file.write_text(Path("agent/prompts/extract/v2.md").read_text().replace("Not promises", "Promises"))
    elsewhere = candidate(str(file))
    assert elsewhere.name == "extract/v2"
    assert elsewhere.digest != candidate("extract/v2").digest
    with pytest.raises(UnknownTask, match="sing/v1"):
        candidate("sing/v1")


def test_without_a_model_nothing_can_be_judged_and_it_says_what_to_do() -> None:
    with pytest.raises(CannotJudge) as caught:
        needed(candidate("extract/v2"), None)
    assert "PACTA_MODEL" in caught.value.remedy
    assert "--sandbox-model" in caught.value.remedy


def test_evals_are_known_by_name() -> None:
    assert [t.name for t in named()] == ["questions", "second", "trajectories", "extraction", "retrieval"]
    with pytest.raises(UnknownTask, match="poems"):
        named(["poems"])
