"""What the contracts say: contracts, clauses, promises."""

from typing import Any

from pydantic import Field

from agent.tool import Arguments, Tool
from flows.toolbox.caller import Caller, quote, rows
from obligations.model import Contract, Obligation
from store import NotFound


class OfParty(Arguments):
    party: str | None = Field(default=None, description="a counterparty's name or id; leave out for all")


class Search(Arguments):
    query: str = Field(min_length=1, max_length=500, description="what to look for, in words of the contract")
    party: str | None = Field(default=None, description="only contracts with this counterparty")
    contract: str | None = Field(default=None, description="only this contract, by id or title")
    limit: int = Field(default=8, ge=1, le=20)


class Promises(Arguments):
    party: str | None = Field(default=None, description="only contracts with this counterparty")
    contract: str | None = Field(default=None, description="only this contract, by id or title")
    kind: str | None = Field(default=None, description="such as resolution_time, payment_due, renewal_notice")


class OnePromise(Arguments):
    obligation: str = Field(description="an id that list_obligations or assess gave")


def tools(caller: Caller) -> tuple[Tool, ...]:
    def list_contracts(asked: OfParty) -> dict[str, Any]:
        found = caller.contracts(party=asked.party)
        return rows(found, (_contract(caller, c) for c in found))

    def search_clauses(asked: Search) -> dict[str, Any]:
        limited = asked.party is not None or asked.contract is not None
        among = [c.id for c in caller.contracts(party=asked.party, contract=asked.contract)]
        hits = caller.view.search(asked.query, contracts=among if limited else None, limit=asked.limit)
        return rows(hits, ({"contract": h.contract_id, **_passage(h)} for h in hits))

    def list_obligations(asked: Promises) -> dict[str, Any]:
        among = {c.id for c in caller.contracts(party=asked.party, contract=asked.contract)}
        found = [o for o in caller.view.obligations(among) if asked.kind in (None, o.kind)]
        return rows(found, (_promise(caller, o) for o in found))

    def read_obligation(asked: OnePromise) -> dict[str, Any]:
        held = caller.world.obligations.get(asked.obligation)
        if held is None:
            raise NotFound("obligation", asked.obligation)
        dated = [
            {"from_on": d.from_on, "deleted": d.deleted, "terms": _terms(d.terms), "clause": quote(d.span)}
            for d in held.terms
        ]
        return {**_promise(caller, held), "terms_over_time": dated, "notes": list(held.notes)}

    return (
        Tool("list_contracts", "The contracts in view: title, parties, dates.", OfParty, list_contracts),
        Tool(
            "search_clauses",
            "Passages of contracts about something, best first, with their place for citing. For what a "
            "contract says that is no promise, or to find the wording.",
            Search,
            search_clauses,
        ),
        Tool(
            "list_obligations",
            "The promises in force under contracts, amendments and schedules applied: who owes whom what.",
            Promises,
            list_obligations,
        ),
        Tool(
            "read_obligation",
            "One promise with all its terms, how amendments changed them, and the clauses that state it.",
            OnePromise,
            read_obligation,
        ),
    )


def _contract(caller: Caller, contract: Contract) -> dict[str, Any]:
    wanted = {"id", "title", "type", "parent", "effective_on", "expires_on", "document_name"}
    held = contract.model_dump(mode="json", include=wanted, exclude_none=True)
    return {**held, "counterparty": _name(caller, contract.counterparty)}


def _passage(hit: Any) -> dict[str, Any]:
    chunk = hit.chunk
    start, end = getattr(hit, "start", chunk.start), getattr(hit, "end", chunk.end)
    text = chunk.text[start - chunk.start : end - chunk.start]
    place = {"document_id": chunk.document_id, "start": start, "end": end, "section": chunk.section}
    return {**place, "quote": text, "clause": chunk.text}


def _promise(caller: Caller, held: Obligation) -> dict[str, Any]:
    on = caller.at(None).date()
    now = held.in_force(on) or held.terms[-1]
    return {
        "id": held.id,
        "contract": held.contract,
        "kind": held.kind,
        "key": held.key,
        "owed_by": _name(caller, held.debtor),
        "owed_to": _name(caller, held.creditor),
        "terms": _terms(now.terms),
        "clause": quote(now.span),
    }


def _terms(terms: Any) -> dict[str, Any]:
    held: dict[str, Any] = terms.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    return {key: value for key, value in held.items() if key != "kind"}


def _name(caller: Caller, party: str | None) -> str | None:
    known = caller.world.parties.get(party or "")
    return known.name if known else party
