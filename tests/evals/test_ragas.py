"""The judge-free metrics of ragas; without ragas they are unscored, never zero."""

import pytest

from evals.score import mean
from evals.scorers.ragas_metrics import MISSING, Library, Ragas, metrics
from tests.evals.make import answered, case

WANTED = case(
    outcome="answered", must_say=["INC0010427", "7 h"], cites=[{"contract": "IC-1", "contains": "6 hours"}]
)


def test_without_ragas_every_metric_is_unscored_with_the_reason() -> None:
    def missing() -> Library:
        raise ModuleNotFoundError("No module named 'ragas'", name="ragas")

    scores = Ragas(missing).answer(WANTED, answered())
    assert {s.name for s in scores} >= {"ragas_exact_match", "ragas_context_recall"}
    assert {s.value for s in scores} == {None}
    assert {s.why for s in scores} == {MISSING}
    (figure,) = (m.over(scores) for m in metrics("ragas_exact_match"))
    assert (figure.value, figure.unscored, figure.note) == (None, 1, MISSING)


def test_a_broken_installation_says_what_is_wrong() -> None:
    def broken() -> Library:
        raise ModuleNotFoundError(
            "No module named 'langchain_community.chat_models'", name="langchain_community"
        )

    assert "langchain_community" in Ragas(broken).answer(WANTED, answered())[0].why


class TestWithRagas:
    @pytest.fixture(autouse=True)
    def _installed(self) -> None:
        pytest.importorskip("ragas", reason="the dependency group `evals` is not installed")

    def test_chunks_cited_against_chunks_wanted(self) -> None:
        scores = {s.name: s.value for s in Ragas().context(["a", "b"], ["a"])}
        assert scores == {"ragas_context_recall": 1.0, "ragas_context_precision": 0.5}
        none = {s.name: s.value for s in Ragas().context([], ["a"])}
        assert none == {"ragas_context_recall": 0.0, "ragas_context_precision": None}
        assert {s.value for s in Ragas().context(["a"], [])} == {None}

    def test_an_answer(self) -> None:
        text = (
            "Yes. INC0010427 took 7 h: “tickets are resolved within 6 hours” and “never before seen words”."
        )
        scores = Ragas().answer(WANTED, answered(text, chunks=(("c1",), ("c1", "c2"))))
        assert {s.name: s.value for s in scores} == {
            "ragas_exact_match": 1.0,
            "ragas_string_presence": 1.0,
            "ragas_quoted_spans": 0.5,
            "ragas_context_recall": 0.5,
            "ragas_context_precision": 1.0,
        }
        assert mean([s for s in scores if s.name == "ragas_quoted_spans"]) == 0.5

    def test_apostrophes_are_no_quotation_marks(self) -> None:
        text = "The customer’s platform and the supplier’s data: “resolved within 6 hours”."
        (score,) = (s for s in Ragas().answer(case(), answered(text)) if s.name == "ragas_quoted_spans")
        assert score.value == 1.0
