"""A model that gives nothing does not pass for the planner and the templates that answer in its place."""

from dataclasses import replace

import pytest

from evals.scorers.used import used
from evals.tasks import questions
from tests.evals.make import answered, case


@pytest.mark.parametrize(
    ("engine", "asked_for", "values"),
    [
        ("embedded/v1", ("understand", "compose"), (0.0, 0.0)),
        ("m understand/v1", ("understand", "compose", "compose"), (1.0, 0.0)),
        ("m understand/v1 compose/v1", ("understand", "compose"), (1.0, 1.0)),
        ("m understand/v2", ("understand",), (1.0, None)),
        ("embedded/v1", (), (None, None)),
    ],
)
def test_what_the_model_was_asked_for_has_to_be_used(
    engine: str, asked_for: tuple[str, ...], values: tuple[float | None, float | None]
) -> None:
    output = answered()
    output = replace(output, answer=output.answer.model_copy(update={"engine": engine}), asked_for=asked_for)
    scores = used(case(), output)
    assert [score.name for score in scores] == ["understood", "worded"]
    assert tuple(score.value for score in scores) == values
    assert all(score.why for score in scores)


def test_without_a_model_there_is_nothing_to_use() -> None:
    names = {metric.name for metric in questions.task([case()]).metrics}
    assert not names & {"understood", "worded"}
