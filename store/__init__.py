"""The only SQL of the product. `open_store(url)` gives the store; every read takes a `Scope`."""

from store.access import LOCAL, Principal, Role, Scope
from store.contracts import ReadContract, ReadingChange
from store.errors import AuditBroken, Conflict, NotFound, StoreError
from store.open import Store, migrate, open_store
from store.parties import LooseName, PartyLink
from store.prompts import PromptRelease

__all__ = [
    "LOCAL",
    "AuditBroken",
    "Conflict",
    "LooseName",
    "NotFound",
    "PartyLink",
    "Principal",
    "PromptRelease",
    "ReadContract",
    "ReadingChange",
    "Role",
    "Scope",
    "Store",
    "StoreError",
    "migrate",
    "open_store",
]
