"""What records show that no clause promises: money paid that was not owed, and spend outside its contract.

No obligation without a span: where no clause states such a duty there is none to assess. A finding is derived
from records and, where it departs from a price, a term or a scope, cites the clause it departs from. Pure and
total like the rules: it knows nothing after `as_of` nor recorded after `known_at`, and is the same for any
order of facts.
"""

from obligations.findings.finding import FindingKind, SpendFinding
from obligations.findings.off_contract import off_contract_spend
from obligations.findings.overpayment import overpayments

__all__ = ["FindingKind", "SpendFinding", "off_contract_spend", "overpayments"]
