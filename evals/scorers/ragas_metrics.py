"""The metrics of ragas that need no judge. The only file that imports ragas, and only when it scores.

ragas stands in the dependency group `evals`. Without it each metric is unscored with the reason, which is
not the same as zero. These metrics inform and gate nothing: our own scorers know about dates, money and
offsets, ragas compares identifiers and strings.
"""

import os
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from evals.answered import Answered
from evals.case import QuestionCase
from evals.score import Metric, Score
from evals.trajectory import TrajectoryCase, Walked

RAGAS_ANSWER = ("ragas_exact_match", "ragas_string_presence", "ragas_quoted_spans")
RAGAS_CONTEXT = ("ragas_context_precision", "ragas_context_recall")
RAGAS_TOOLS = ("ragas_tool_accuracy", "ragas_tool_f1")
MISSING = "ragas is not installed: add the dependency group `evals`"
_NAME = re.compile(r"[A-Za-z][\w .-]*")
_AMOUNT = re.compile(r"[A-Z]{3} \d.*")
_APOSTROPHE = re.compile(r"(?<=\w)['’](?=\w)")


def metrics(*names: str) -> tuple[Metric, ...]:
    """The named metrics, for a task: none of them gates."""
    return tuple(Metric(name, gated=False) for name in names)


@dataclass(frozen=True)
class Library:
    """What is used of ragas."""

    exact_match: Any
    string_presence: Any
    quoted_spans: Any
    precision: Any
    recall: Any
    sample: Any
    tool_accuracy: Any
    tool_f1: Any
    message: Any
    tool_call: Any


@lru_cache(maxsize=1)
def load() -> Library:
    """ragas, imported once. Raises ImportError where it, or what it needs, is not installed."""
    os.environ["RAGAS_DO_NOT_TRACK"] = "true"  # it would report its use over the network otherwise
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from ragas.dataset_schema import SingleTurnSample
        from ragas.messages import AIMessage, ToolCall
        from ragas.metrics import IDBasedContextPrecision, IDBasedContextRecall
        from ragas.metrics.collections import (
            ExactMatch,
            QuotedSpansAlignment,
            StringPresence,
            ToolCallAccuracy,
            ToolCallF1,
        )
    return Library(
        exact_match=ExactMatch(),
        string_presence=StringPresence(),
        quoted_spans=QuotedSpansAlignment(),
        precision=IDBasedContextPrecision(),
        recall=IDBasedContextRecall(),
        sample=SingleTurnSample,
        tool_accuracy=ToolCallAccuracy(strict_order=False),
        tool_f1=ToolCallF1(),
        message=AIMessage,
        tool_call=ToolCall,
    )


@dataclass(frozen=True)
class Ragas:
    """Scorers over ragas; `library` loads it, so that a test can be without."""

    library: Callable[[], Library] = field(default=load)

    def answer(self, case: QuestionCase, output: Answered) -> Sequence[Score]:
        """How the answer ended, names said word for word, quotes that stand in the clauses cited, and
        the chunks cited against those that should be."""
        held = self._library()
        if isinstance(held, str):
            return _unscored(held, *RAGAS_ANSWER, *RAGAS_CONTEXT)
        scores = [*_ending(held, case, output), *_names(held, case, output), *_quotes(held, output)]
        if case.expect.cites:
            scores += self.context(output.cited_chunks, output.wanted_chunks)
        return scores

    def context(self, found: Sequence[str], wanted: Sequence[str]) -> list[Score]:
        """Precision and recall of chunk ids. Nothing found has a recall of 0 and no precision."""
        held = self._library()
        if isinstance(held, str):
            return _unscored(held, *RAGAS_CONTEXT)
        if not wanted:
            return _unscored("the clause wanted was not found in the document", *RAGAS_CONTEXT)
        sample = held.sample(retrieved_context_ids=list(found), reference_context_ids=list(wanted))
        recall = float(held.recall.single_turn_score(sample))
        why = f"{len(set(found) & set(wanted))} of {len(set(wanted))} chunks wanted, {len(set(found))} found"
        scores = [Score(name="ragas_context_recall", value=recall, why=why)]
        if not found:
            return scores + _unscored("nothing was cited or found", "ragas_context_precision")
        precision = float(held.precision.single_turn_score(sample))
        return [*scores, Score(name="ragas_context_precision", value=precision, why=why)]

    def tools(self, case: TrajectoryCase, output: Walked) -> list[Score]:
        """The calls made against those the question needs: in whatever order, by names and arguments.
        Where nobody plans calls they are unscored, which is not zero."""
        if output.why_not:
            return _unscored(output.why_not, *RAGAS_TOOLS)
        held = self._library()
        if isinstance(held, str):
            return _unscored(held, *RAGAS_TOOLS)
        made, wanted = (
            [held.tool_call(name=call.tool, args=call.arguments) for call in calls]
            for calls in (output.calls, case.calls)
        )
        said = [held.message(content="", tool_calls=made)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of each call too many or too few
            values = [
                float(metric.score(user_input=said, reference_tool_calls=wanted).value)
                for metric in (held.tool_accuracy, held.tool_f1)
            ]
        return [
            Score(name=name, value=value, why=output.short)
            for name, value in zip(RAGAS_TOOLS, values, strict=True)
        ]

    def _library(self) -> Library | str:
        try:
            return self.library()
        except ImportError as error:
            missing = error.name in (None, "ragas")
            return MISSING if missing else f"ragas cannot be imported: {error}"


def _unscored(why: str, *names: str) -> list[Score]:
    return [Score(name=name, value=None, why=why) for name in names]


def _ending(held: Library, case: QuestionCase, output: Answered) -> list[Score]:
    if len(case.expect.outcome) != 1:
        return []
    wanted, got = case.expect.outcome[0], output.ending
    value = float(held.exact_match.score(reference=wanted, response=got).value)
    return [Score(name="ragas_exact_match", value=value, why=f"{got}, expected {wanted}")]


def _names(held: Library, case: QuestionCase, output: Answered) -> list[Score]:
    """Names and record numbers only: ragas looks for the very string."""
    single = [facts[0] for facts in case.expect.must_say if len(facts) == 1]
    wanted = [f for f in single if _NAME.fullmatch(f) and not _AMOUNT.fullmatch(f)]
    if not wanted:
        return []
    answer = output.answer.answer
    found = [f for f in wanted if held.string_presence.score(reference=f, response=answer).value]
    why = f"{len(found)} of {len(wanted)} names"
    return [Score(name="ragas_string_presence", value=len(found) / len(wanted), why=why)]


def _quotes(held: Library, output: Answered) -> list[Score]:
    """Words the answer puts in quotation marks must stand in a clause it cites. Apostrophes are taken
    out first: ragas reads them as quotation marks."""
    answer = _APOSTROPHE.sub("", output.answer.answer)
    if "“" not in answer and '"' not in answer:
        return []
    sources = [_APOSTROPHE.sub("", c.quote) for c in output.answer.citations]
    result = held.quoted_spans.score(response=answer, retrieved_contexts=sources)
    return [Score(name="ragas_quoted_spans", value=float(result.value), why=str(result.reason))]
