"""What goes in and what comes out: the question, the claims an answer is made of, the answer.

A claim is one sentence or table row with the evidence it rests on. Only claims that `check` lets pass
are rendered into `Answer.answer`.
"""

from typing import Literal

from pydantic import AwareDatetime, Field

from obligations.document import Problem, Span
from obligations.facts import Source
from obligations.model import Assessment
from obligations.quantities import Frozen

QUESTION_LIMIT = 4_000
"""Longest question taken, in characters."""

AskOutcome = Literal["answered", "clarify", "cannot_answer", "refused"]
"""How a question ends."""

Verdict = Literal[
    "breached", "undetermined", "at_risk", "pending", "met", "waived", "not_applicable",
    "answered", "clarify", "cannot_answer", "refused",
]  # fmt: skip
"""What an answer comes to: the weightiest outcome of what was asked about, else how it ended."""


class AskInput(Frozen):
    """A question, the instant to judge (now when absent) and the thread it belongs to."""

    question: str
    as_of: AwareDatetime | None = None
    thread: str | None = None


class Claim(Frozen):
    """One sentence or one row, and what it rests on.

    `assessments` are ids, `spans` quoted clauses, `records` outside records, `contracts` contract ids
    whose own dates or titles it states. `quote` is the index of the span whose words the claim repeats.
    `note` marks scope and assumptions: they may state nothing but the question, the plan and counts.
    """

    text: str
    cells: tuple[str, ...] = ()
    assessments: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    records: tuple[Source, ...] = ()
    contracts: tuple[str, ...] = ()
    obligations: tuple[str, ...] = ()
    note: bool = False

    @property
    def words(self) -> str:
        """Everything the claim says, as the checker reads it."""
        return " | ".join(self.cells) if self.cells else self.text


class Block(Frozen):
    """Claims that stand together under a title. A table has a head and claims with cells."""

    title: str = ""
    layout: Literal["paragraph", "bullets", "table"] = "bullets"
    head: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()


class Draft(Frozen):
    """An answer before it is checked."""

    blocks: tuple[Block, ...]
    outcome: AskOutcome = "answered"
    engine: str = "embedded"

    @property
    def claims(self) -> tuple[Claim, ...]:
        return tuple(claim for block in self.blocks for claim in block.claims)


class Citation(Frozen):
    """A quoted clause. `marker` is how the answer's text refers to it: "[1]". `document` is the id of the
    text in which `start` and `end` count; `title` is the contract's, `file` the name it came under."""

    marker: str
    contract: str
    document: str
    start: int
    end: int
    quote: str
    section: str = ""
    page: int | None = None
    title: str = ""
    file: str = ""


class RecordReference(Frozen):
    """An outside record. `marker` is how the answer's text refers to it: "[R1]"."""

    marker: str
    system: str
    record: str
    url: str = ""
    label: str = ""


class Option(Frozen):
    """One of the things an ambiguous name may mean; `say` is what to answer to choose it."""

    id: str
    name: str
    say: str


class Clarify(Frozen):
    """What is asked back."""

    question: str
    options: tuple[Option, ...] = ()


class Answer(Frozen):
    """A checked answer with everything it rests on.

    `outcome` is the verdict: the weightiest outcome of the promises asked about ("breached" before
    "undetermined", "at_risk", "pending", "met"), `answered` where nothing was judged, or `clarify`
    (something is asked back), `cannot_answer` (the data hold no answer), `refused` (the question was not
    taken). `dropped` lists claims the checker removed, and why.
    """

    question: str
    as_of: AwareDatetime
    outcome: Verdict
    answer: str
    assessments: tuple[Assessment, ...] = ()
    citations: tuple[Citation, ...] = ()
    records: tuple[RecordReference, ...] = ()
    engine: str = "embedded"
    thread: str | None = None
    clarify: Clarify | None = None
    dropped: tuple[Problem, ...] = Field(default=())

    @property
    def ending(self) -> AskOutcome:
        """How it ended; every verdict is an answer."""
        aside: tuple[AskOutcome, ...] = ("clarify", "cannot_answer", "refused")
        return next((word for word in aside if word == self.outcome), "answered")
