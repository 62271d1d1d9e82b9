"""Question cases: what is asked, and what a right answer says, cites and rests on. Read from YAML.

The expectations are derived from the contracts and records by hand, never from what the product printed.
Facts are written in the forms of `evals/facts.py`; a list of facts in the place of one means any of them.
"""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BeforeValidator, Field, ValidationError, model_validator

from evals.errors import CaseError
from evals.listed import rows
from obligations.model import Outcome
from obligations.quantities import Frozen

QUESTIONS = Path(__file__).parent / "cases" / "questions.yaml"
SECOND = QUESTIONS.with_name("second.yaml")
"""Questions about the second invented company."""

Class = Literal[
    "verdict",
    "reason",
    "money",
    "date",
    "wording",
    "list",
    "compare",
    "follow_up",
    "ambiguous",
    "unanswerable",
    "injection",
    "out_of_scope",
    "phrasing",
    "as_of",
    "leak",
]
Ending = Literal["answered", "clarify", "cannot_answer", "refused"]

ABSTAINS: frozenset[str] = frozenset({"clarify", "cannot_answer", "refused"})
"""Endings of a question that gives no answer of its own."""


def _several(value: object) -> object:
    return [value] if isinstance(value, str) else value


Facts = Annotated[tuple[str, ...], BeforeValidator(_several), Field(min_length=1)]
"""One fact, or several of which any will do."""


class Cited(Frozen):
    """A clause the answer has to quote: in this contract, with these words in it."""

    contract: str
    contains: str


class Judged(Frozen):
    """An assessment the answer has to rest on: the outcome of an occurrence.

    `of` is the ticket, month, invoice or report period as the occurrence's key or a record's label has
    it; `contract` need only be given where kind and occurrence do not settle it.
    """

    kind: str
    result: Outcome
    of: str = ""
    contract: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.contract, self.kind, self.of, self.result.value) if part)


class Expect(Frozen):
    """What a right answer is like. What is left out is not judged.

    `outcome` lists the endings that are right. `says_yes` is the first word of a yes-or-no answer.
    `not_breached` are contracts whose counterparty must not come out as having breached.
    """

    outcome: Annotated[tuple[Ending, ...], BeforeValidator(_several)] = ("answered",)
    says_yes: bool | None = None
    verdicts: tuple[Judged, ...] = ()
    not_breached: tuple[str, ...] = ()
    must_say: tuple[Facts, ...] = ()
    must_not_say: tuple[str, ...] = ()
    cites: tuple[Cited, ...] = ()
    records: tuple[str, ...] = ()

    @property
    def abstains(self) -> bool:
        """No answer is the right answer."""
        return set(self.outcome) <= ABSTAINS

    @property
    def may_abstain(self) -> bool:
        return bool(set(self.outcome) & ABSTAINS)


class Limited(Frozen):
    """The view of whoever asks: contracts of these business units, and with these parties by name; what is
    left out limits nothing."""

    business_units: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _limits(self) -> "Limited":
        if not (self.business_units or self.parties):
            raise ValueError("a scope limits business units, parties or both")
        return self


class QuestionCase(Frozen):
    """One question, or the turns of a thread of which the last is judged. `because` says where the truth
    comes from, for whoever doubts it."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    group: Class = Field(alias="class")
    question: str = ""
    turns: tuple[str, ...] = ()
    as_of: AwareDatetime | None = None
    scope: Limited | None = None
    because: str = ""
    expect: Expect

    @model_validator(mode="after")
    def _asks_once(self) -> "QuestionCase":
        if bool(self.question) == bool(self.turns):
            raise ValueError("give either `question` or `turns`")
        if self.turns and len(self.turns) < 2:
            raise ValueError("a thread has at least two turns; use `question` for one")
        return self

    @property
    def asked(self) -> tuple[str, ...]:
        return self.turns or (self.question,)

    @property
    def title(self) -> str:
        return " → ".join(self.asked)

    @cached_property
    def expected(self) -> str:
        """The expectations in words, for a report."""
        wanted = self.expect
        parts = [" or ".join(wanted.outcome)]
        if wanted.says_yes is not None:
            parts.append("yes" if wanted.says_yes else "no")
        parts += [str(v) for v in wanted.verdicts]
        parts += [f"no breach under {c}" for c in wanted.not_breached]
        parts += [" / ".join(facts) for facts in wanted.must_say]
        parts += [f"not “{fact}”" for fact in wanted.must_not_say]
        parts += [f"cites {c.contract} “{c.contains}”" for c in wanted.cites]
        parts += [f"refers to {label}" for label in wanted.records]
        return "; ".join(parts)


def load_questions(path: Path = QUESTIONS) -> tuple[QuestionCase, ...]:
    """The question cases of a file. Raises CaseError naming the case and the field."""
    cases = tuple(_case(path, number, row) for number, row in enumerate(rows(path), start=1))
    seen: set[str] = set()
    for case in cases:
        if case.id in seen:
            raise CaseError(f"{path.name}: two cases are called {case.id}", remedy="rename one of them")
        seen.add(case.id)
    return cases


def _case(path: Path, number: int, row: Any) -> QuestionCase:
    name = row.get("id", f"case {number}") if isinstance(row, Mapping) else f"case {number}"
    try:
        return QuestionCase.model_validate(row)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the case"
        raise CaseError(
            f"{path.name}: {name}: {field}: {first['msg']}",
            remedy="correct the case; docs/evals.md lists the fields",
        ) from error
