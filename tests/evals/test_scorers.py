"""Scorers on hand-made answers: right, wrong outcome, wrong number, wrong quote, abstaining."""

from collections.abc import Sequence

from evals.case import QuestionCase
from evals.score import Score
from evals.scorers.abstention import abstention
from evals.scorers.citation import citation as cites
from evals.scorers.record import record
from evals.scorers.value import value
from evals.scorers.verdict import verdict
from tests.evals.make import abstaining, answered, assessment, case, citation

BREACH = {"kind": "resolution_time", "of": "INC0010427", "result": "breached"}


def one(scores: Sequence[Score]) -> Score:
    (score,) = scores
    return score


def asked() -> QuestionCase:
    return case(says_yes=True, verdicts=[BREACH], must_say=["7 h", "6 h"], records=["INC0010427"])


def test_a_right_answer_scores_one_everywhere() -> None:
    output = answered()
    for scorer in (verdict, value, record, abstention):
        assert one(scorer(asked(), output)).value == 1.0


def test_a_wrong_yes_or_no_is_told() -> None:
    score = one(verdict(asked(), answered("No. Acme took 7 h of 6 h.")))
    assert score.value == 0.0
    assert "does not begin with yes" in score.why


def test_no_is_also_said_as_not_or_nothing() -> None:
    wanted = case(says_yes=False)
    for text in ("No. Nothing is late.", "Not as far as can be told.", "Nothing is owed."):
        assert one(verdict(wanted, answered(text))).value == 1.0
    assert one(verdict(wanted, answered("Notably, yes."))).value == 0.0


def test_a_wrong_outcome_is_told() -> None:
    score = one(verdict(asked(), answered(assessments=(assessment("met"),))))
    assert score.value == 0.0
    assert "is met, not breached" in score.why


def test_an_outcome_about_something_else_does_not_count() -> None:
    other = answered(assessments=(assessment(of="INC0000001", kind="response_time"),))
    assert "nothing about resolution_time INC0010427" in one(verdict(asked(), other)).why


def test_an_occurrence_is_also_known_by_its_records_label() -> None:
    assert one(verdict(asked(), answered(assessments=(assessment(of="f00d"),)))).value == 1.0


def test_a_breach_that_must_not_be_is_told() -> None:
    score = one(verdict(case(not_breached=["IC-1"]), answered()))
    assert score.value == 0.0
    assert "IC-1" in score.why


def test_a_wrong_number_is_told() -> None:
    score = one(value(asked(), answered("Yes. Acme took 8 h of 6 h.")))
    assert (score.value, score.why) == (0.0, "does not say 7 h")


def test_what_must_not_be_said_is_told() -> None:
    score = one(value(case(must_not_say=["EUR 3,400.00"]), answered("You are owed €3,400.")))
    assert (score.value, score.why) == (0.0, "says EUR 3,400.00")


def test_any_of_several_facts_will_do() -> None:
    wanted = case(must_say=[["automatic", "automated"]])
    assert one(value(wanted, answered("It was automated."))).value == 1.0


def test_a_quote_that_is_not_where_it_is_cited_is_told() -> None:
    scores = {s.name: s for s in cites(asked(), answered(citations=(citation(shift=1),)))}
    assert scores["quotes"].value == 0.0
    assert "[1]" in scores["quotes"].why


def test_a_quote_of_a_document_that_is_not_there_is_no_quote() -> None:
    output = answered()
    lost = type(output)(output.answer, {})
    assert one(cites(asked(), lost)).value == 0.0


def test_the_clause_wanted_must_be_quoted_from_its_contract() -> None:
    wanted = case(cites=[{"contract": "IC-1", "contains": "within 6  Hours"}])
    assert {s.name: s.value for s in cites(wanted, answered())} == {"quotes": 1.0, "citation": 1.0}
    other = answered(citations=(citation(contract="IC-2"),))
    assert {s.name: s.value for s in cites(wanted, other)} == {"quotes": 1.0, "citation": 0.0}
    assert one(cites(wanted, answered(citations=()))).value == 0.0


def test_cell_marks_and_lost_spaces_do_not_hide_a_clause() -> None:
    wanted = case(cites=[{"contract": "IC-1", "contains": "P1 Critical 6 hours"}])
    quoted = citation().model_copy(update={"quote": "P1 | Critical | 6hours"})
    scores = {s.name: s.value for s in cites(wanted, answered(citations=(quoted,)))}
    assert scores["citation"] == 1.0


def test_a_missing_record_is_told() -> None:
    assert "INC0000009" in one(record(case(records=["INC0000009"]), answered())).why


def test_abstaining_is_right_only_where_there_is_no_answer() -> None:
    unanswerable = case(outcome="cannot_answer")
    assert one(abstention(unanswerable, abstaining())).value == 1.0
    assert one(abstention(unanswerable, answered())).value == 0.0
    assert one(abstention(asked(), abstaining())).value == 0.0
    assert list(abstention(case(outcome=["answered", "refused"]), abstaining())) == []


def test_an_abstaining_answer_to_an_answerable_case_fails_its_values_too() -> None:
    output = abstaining()
    assert one(verdict(asked(), output)).value == 0.0
    assert one(value(asked(), output)).value == 0.0


def test_where_abstaining_is_allowed_nothing_more_is_asked_of_it() -> None:
    wanted = case(
        outcome=["answered", "refused"],
        says_yes=True,
        must_say=["7 h"],
        cites=[{"contract": "IC-1", "contains": "x"}],
    )
    output = abstaining("refused")
    assert one(verdict(wanted, output)).value == 1.0
    assert one(value(wanted, output)).value == 1.0
    assert list(cites(wanted, output)) == []


def test_any_ending_that_answers_counts_as_answered() -> None:
    """An answer may name the outcome it found as its own ending."""
    output = answered()
    named = output.answer.model_construct(**{**dict(output.answer), "outcome": "breached"})
    held = type(output)(named, output.texts)
    assert one(verdict(asked(), held)).value == 1.0
    assert one(abstention(asked(), held)).value == 1.0
