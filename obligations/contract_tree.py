"""The contract tree: which document hangs on which, whose records each governs, what prevails.

A *scope* is a set of documents that speak about the same records: a master agreement with its schedules and
amendments, or a statement of work (or order) with its own. A scope is named by its top document.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from obligations.errors import CascadeError
from obligations.model import Contract, Relation

PRECEDENCE: tuple[Relation, ...] = ("amendment", "master", "standalone", "schedule", "sow", "order")
"""What prevails where the documents of one scope do not say it themselves."""

OWN_SCOPE: frozenset[Relation] = frozenset({"sow", "order"})


@dataclass(frozen=True)
class ContractTree:
    """All contracts by id. Raises CascadeError where parents run in a circle."""

    contracts: tuple[Contract, ...]

    @cached_property
    def by_id(self) -> dict[str, Contract]:
        return {contract.id: contract for contract in self.contracts}

    def above(self, contract: str) -> tuple[Contract, ...]:
        """The documents above one, nearest first. A parent that is not among the contracts ends the walk."""
        path: list[Contract] = []
        held = self.by_id.get(contract)
        while held is not None and held.parent is not None:
            held = self.by_id.get(held.parent)
            if held is None:
                break
            if held.id == contract or held in path:
                chain = " -> ".join([contract, *(c.id for c in path), held.id])
                raise CascadeError(
                    f"contract {contract} is above itself: {chain}",
                    remedy="correct the parent of one of them in the contract system",
                )
            path.append(held)
        return tuple(path)

    def root(self, contract: str) -> str:
        """The top of the tree that a document belongs to."""
        above = self.above(contract)
        return above[-1].id if above else contract

    def scope(self, contract: str) -> str:
        """The scope of a document: the nearest statement of work or order from itself up, else the root."""
        return self._scopes[contract]

    @cached_property
    def _scopes(self) -> dict[str, str]:
        found = {}
        for contract in self.contracts:
            path = (contract, *self.above(contract.id))
            own = next((c.id for c in path if c.relation in OWN_SCOPE), path[-1].id)
            found[contract.id] = own
        return found

    @cached_property
    def members(self) -> dict[str, tuple[str, ...]]:
        """The documents of each scope."""
        held: dict[str, list[str]] = {}
        for contract, scope in self._scopes.items():
            held.setdefault(scope, []).append(contract)
        return {scope: tuple(contracts) for scope, contracts in held.items()}

    def wider(self, scope: str) -> tuple[str, ...]:
        """The scopes that contain one, nearest first."""
        found: list[str] = []
        for contract in self.above(scope):
            wider = self.scope(contract.id)
            if wider not in found:
                found.append(wider)
        return tuple(found)

    def narrower(self, scope: str) -> tuple[str, ...]:
        """The scopes within one."""
        return tuple(other for other in self.members if scope in self.wider(other))

    def precedence(self, contract: str) -> tuple[Relation, ...]:
        """What the tree of a document says prevails, strongest first; empty where it says nothing."""
        top = self.by_id[self.root(contract)]
        if top.precedence:
            return top.precedence
        tree = [c for c in self.contracts if self.root(c.id) == top.id and c.precedence]
        return tree[0].precedence if tree else ()

    def rank(self, contract: str) -> int:
        """The place of a document in its order of precedence, 0 is the strongest."""
        stated = self.precedence(contract)
        order = [*stated, *(relation for relation in PRECEDENCE if relation not in stated)]
        return order.index(self.by_id[contract].relation)


def tree_of(contracts: Sequence[Contract]) -> ContractTree:
    """The tree of some contracts; a circle of parents raises CascadeError here rather than later."""
    tree = ContractTree(tuple(contracts))
    for contract in contracts:
        tree.above(contract.id)
    return tree
