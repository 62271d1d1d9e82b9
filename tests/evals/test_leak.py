"""What a caller may not see is found wherever an answer holds it."""

from dataclasses import replace
from typing import Any

import pytest

from evals.answered import Answered
from evals.case import QuestionCase
from evals.scorers.leak import leak
from tests.evals.make import abstaining, answered, assessment

LIMITED = {"business_units": ["operations"]}


def case(question: str = "Is it kept?", **expect: Any) -> QuestionCase:
    body = {"id": "one", "class": "leak", "question": question, "scope": LIMITED, "expect": expect}
    return QuestionCase.model_validate(body)


def seen(output: Answered, contracts: tuple[str, ...] = (), names: tuple[str, ...] = ()) -> Answered:
    return replace(output, hidden_contracts=contracts, hidden_names=names)


def test_a_question_without_a_scope_is_not_judged() -> None:
    free = case().model_copy(update={"scope": None})
    assert leak(free, seen(answered(), ("IC-1",), ("Acme",))) == []


def test_a_hidden_promise_a_hidden_name_and_a_hidden_fact_are_each_found() -> None:
    (rests,) = leak(case(), seen(answered("It was kept."), ("IC-1",)))
    assert (rests.value, rests.why) == (0.0, "it rests on IC-1")
    (named,) = leak(case(), seen(answered(assessments=()), names=("Acme",)))
    assert (named.value, named.why) == (0.0, "it names Acme")
    (told,) = leak(case(must_not_say=["7 h"]), seen(answered()))
    assert told.value == 0.0
    assert "7 h" in told.why


def test_it_looks_into_every_field_and_not_only_at_the_text() -> None:
    output = answered(
        "It was kept.", assessments=(assessment().model_copy(update={"summary": "Acme was late"}),)
    )
    (score,) = leak(case(), seen(output, names=("Acme",)))
    assert score.value == 0.0


def test_what_the_question_says_itself_is_no_secret() -> None:
    output = seen(abstaining(text="No party called “Acme” is known here."), ("IC-1",), ("Acme", "Borealis"))
    assert [s.value for s in leak(case("Is Acme late?"), output)] == [1.0]


def test_a_scope_that_limits_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="limits business units"):
        QuestionCase.model_validate(
            {"id": "x", "class": "leak", "question": "Who?", "scope": {}, "expect": {}}
        )
