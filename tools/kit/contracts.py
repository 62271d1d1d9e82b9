"""A contract as a contract system knows it, before its text is read."""

from datetime import date

from pydantic import AwareDatetime, Field

from obligations.document import Problem
from obligations.facts import Source
from obligations.model import Relation
from obligations.quantities import Frozen


class RawContract(Frozen):
    """A contract record. `id` and `parent` are what people call the records ("IC-101"), `record_id` the
    system's own id.

    `relation` is None where the record does not say it. `party_keys` are the counterparty's identifiers
    by system, `aliases` its other names. `document_name` is the file name of the executed document, None
    where there is none. What could not be read is listed in `problems`.
    """

    id: str
    record_id: str
    title: str
    type: str
    relation: Relation | None = None
    parent: str | None = None
    business_unit: str = ""
    counterparty: str = ""
    aliases: tuple[str, ...] = ()
    party_keys: dict[str, str] = Field(default={})
    us: str = ""
    agreed_on: date | None = None
    effective_on: date | None = None
    expires_on: date | None = None
    governing_law: str = ""
    status: str = ""
    document_name: str | None = None
    updated_at: AwareDatetime
    source: Source
    problems: tuple[Problem, ...] = ()
