"""What the reader gives back: facts of the contract, drafts of obligations, changes, problems.

A Draft is a promise as one document states it. It becomes an Obligation only after `cascade` has put
the contract tree together and a person or a policy has reviewed it.
"""

from datetime import date

from pydantic import Field

from obligations.calendars.spec import Calendar
from obligations.document import Problem, Span
from obligations.model import Reading, Relation
from obligations.quantities import DurationField, Frozen, Money
from obligations.terms import Terms


class PartyMention(Frozen):
    """A legal person as the preamble names it: `role` is what the text calls it ("Customer")."""

    name: str
    role: str = ""
    aliases: tuple[str, ...] = ()
    span: Span


class DefinedTerm(Frozen):
    """A defined term that stands for something measurable: a calendar, an amount or a day."""

    name: str
    calendar: Calendar | None = None
    amount: Money | None = None
    day: date | None = None
    span: Span


class ContractFacts(Frozen):
    """What a document says about itself. `spans` tells, by field name, where each fact stands.

    `effective_assumed`: the text only says that it is dated "as of" that day. `expires_on` is the last day of
    the first term; `expires_counted` says that it follows from a start and a length, so that nobody printed
    it. `perpetual`: by its words the contract runs until it is ended; `renewal_perpetual`: it does so after
    its first term. `renewal` is the length of each renewal, `renewal_notice` the notice that stops it.
    """

    title: str = ""
    type: str = ""
    parties: tuple[PartyMention, ...] = ()
    agreed_on: date | None = None
    effective_on: date | None = None
    effective_assumed: bool = False
    expires_on: date | None = None
    expires_counted: bool = False
    perpetual: bool = False
    renewal: DurationField | None = None
    renewal_perpetual: bool = False
    renewal_notice: DurationField | None = None
    governing_law: str = ""
    zone: str | None = None
    precedence: tuple[Relation, ...] = ()
    parent_title: str = ""
    relation: Relation = "standalone"
    definitions: tuple[DefinedTerm, ...] = ()
    spans: dict[str, Span] = Field(default_factory=dict)


class Draft(Frozen):
    """One promise with typed terms.

    `basis` are the clauses the terms hang on (calendar, pause rule, definition of the charge).
    `assumed` names terms that hold a default because the text states none. `confidence` is worked out
    from `features` in `extraction.confidence`; `notes` say which reading was chosen and what is doubtful.
    `reading` tells who read it, where that is not the embedded reader alone; `contested` sends it to a
    person, however sure it is.
    """

    kind: str
    key: str = ""
    terms: Terms
    span: Span
    basis: tuple[Span, ...] = ()
    debtor_role: str = ""
    creditor_role: str = ""
    confidence: float = Field(default=1.0, ge=0, le=1)
    features: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    reading: Reading | None = None
    contested: bool = False


class Unread(Frozen):
    """A promise that was recognised but cannot be typed, such as one whose figure is redacted.

    `known` are the terms that can be read all the same, by name.
    """

    kind: str
    span: Span
    why: str
    known: dict[str, str] = Field(default_factory=dict)


class Change(Frozen):
    """One change an amendment makes.

    `target` says what it changes: "kind/key" when that is known, otherwise the clause it names.
    `draft` is the promise as it reads after the change; `stated` names the terms that the amendment
    itself states, so that every other term keeps its earlier value. `old` and `new` are the words
    replaced and put in their place.
    """

    effective_on: date | None = None
    target: str
    draft: Draft | None = None
    stated: tuple[str, ...] = ()
    old: str = ""
    new: str = ""
    span: Span


class Extraction(Frozen):
    facts: ContractFacts
    drafts: tuple[Draft, ...] = ()
    changes: tuple[Change, ...] = ()
    unread: tuple[Unread, ...] = ()
    problems: tuple[Problem, ...] = ()


class ContractHints(Frozen):
    """What is known about a document before it is read.

    `us` are our own names, `counterparty` the other side's. `parents` are the extractions of the
    documents it hangs on, nearest first: their definitions and drafts help to read a schedule or an
    amendment.
    """

    contract_id: str = ""
    us: tuple[str, ...] = ()
    counterparty: str | None = None
    parents: tuple[Extraction, ...] = ()
