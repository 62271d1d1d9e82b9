"""What a certificate of insurance lacks against the terms: where it falls short, and what it does not say."""

import re
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

from obligations.duties.legal_names import same_company
from obligations.facts import Certificate
from obligations.matching import words
from obligations.periods import shift
from obligations.quantities import Money
from obligations.terms.assurance import RATINGS, HeldCertificate, Insurance

Lack = tuple[str, bool]
"""What is lacking, and whether it is certain (True: it falls short) or only not said (False)."""

_TYPES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("umbrella", ("umbrella", "excess liability")),
    ("professional", ("professional", "errors and omissions", "errors omissions", "technology e o")),
    ("cyber", ("cyber", "data breach", "network security")),
    ("workers", ("workers", "employer", "employers")),
    ("auto", ("auto", "automobile", "motor", "vehicle")),
    ("property", ("property", "stock", "fire", "contents")),
    ("environmental", ("environmental", "pollution")),
    ("recall", ("recall",)),
    ("general_liability", ("general liability", "public liability", "third party", "third party liability")),
)
_GENERAL = frozenset(
    words(
        "commercial general public product products third party liability and insurance per each every "
        "occurrence event aggregate"
    )
)
_UNTELLING = frozenset({"liability", "insurance", "policy", "s", "and", "of", "the"})

_PROOF = {
    "additional_insured": (("CG2010", "CG2037", "CG2026"), "additional insured"),
    "waiver_of_subrogation": (("CG2404", "WC000313"), "waiver of subrogation"),
    "primary": (("CG2001",), "primary"),
}
"""Forms that make a ticked box true, and the words that other endorsements use."""


def policy_types(text: str) -> frozenset[str]:
    """The types of policy that a text names: "professional and cyber" names two.

    "Liability" by itself is general liability; another word with it ("forwarder's liability") makes it a type
    of its own, which is not in the list.
    """
    named_words = words(text.replace("_", " "))
    said = f" {' '.join(named_words)} "
    found = {name for name, phrases in _TYPES if any(f" {phrase} " in said for phrase in phrases)}
    if "liability" in named_words and set(named_words) <= _GENERAL:
        found.add("general_liability")
    return frozenset(found - {"general_liability"} or found)


def of_type(wanted: str, shown: str) -> bool:
    """Whether a certificate is of the type asked for: by the list, or else by the words that name it."""
    types = policy_types(wanted)
    if types:
        return bool(types & policy_types(shown))
    asked, printed = (set(words(text.replace("_", " "))) - _UNTELLING for text in (wanted, shown))
    shared = asked & printed
    return not asked or (bool(shared) and 2 * len(shared) >= min(len(asked), len(printed)))


def lacking(
    terms: Insurance, certificate: Certificate, umbrellas: Sequence[Certificate], starts_on: date | None
) -> list[Lack]:
    """Everything that a certificate lacks, in the order in which a reader would check it."""
    open_figure = terms.each_event is None and terms.in_all is None
    found = [
        *([("the limit that the text asks for", False)] if open_figure else []),
        *(
            named_lack(certificate.insured, (terms.insured, *terms.aliases), "insured")
            if terms.insured
            else []
        ),
        *_limit("each occurrence", terms.each_event, certificate.each_occurrence, _extra(terms, umbrellas)),
        *_limit("aggregate", terms.in_all, certificate.aggregate, _extra(terms, umbrellas, aggregate=True)),
        *_applies(terms, certificate),
        *_basis(terms, certificate, starts_on),
        *_rating(terms, certificate),
    ]
    for box in _PROOF:
        found += _box(terms, certificate, box)
    attached = [_form(name) for name in certificate.endorsements]
    for form in terms.endorsements:
        if not any(name.startswith(_form(form)) for name in attached):
            found.append((f"the endorsement {form}", False))
    return found


def too_old(terms: Insurance | HeldCertificate, certificate: Certificate, today: date | None) -> list[Lack]:
    """What is said of a certificate's age on the day judged; nothing of a time that is over (None)."""
    if terms.not_older_than is None or today is None:
        return []
    if certificate.issued_on is None:
        return [("the day the certificate was issued", False)]
    if shift(certificate.issued_on, terms.not_older_than) < today:
        age = terms.not_older_than.words()
        return [(f"a certificate not older than {age} (issued {certificate.issued_on})", False)]
    return []


def named_lack(printed: str, expected: Sequence[str], role: str) -> list[Lack]:
    """What a printed name lacks against the legal names expected, the first of them the contract's."""
    if not printed:
        return [(f"the {role} named on it", False)]
    same = same_company(printed, expected)
    if same is None:
        return [(f"which legal person {printed!r} is", False)]
    return [] if same else [(f"it names {printed} as {role}, not {expected[0]}", True)]


def _extra(
    terms: Insurance, umbrellas: Sequence[Certificate], aggregate: bool = False
) -> Callable[[str], Decimal]:
    """What umbrella policies add to a limit, in a currency; nothing unless the text lets them."""

    def added(currency: str) -> Decimal:
        limits = [u.aggregate if aggregate else u.each_occurrence for u in umbrellas]
        own = [limit.amount for limit in limits if limit is not None and limit.currency == currency]
        return sum(own, Decimal(0)) if terms.umbrella else Decimal(0)

    return added


def _limit(
    name: str, wanted: Money | None, shown: Money | None, extra: Callable[[str], Decimal]
) -> list[Lack]:
    if wanted is None:
        return []
    if shown is None:
        return [(f"the {name} limit", False)]
    if shown.currency != wanted.currency:
        return [(f"the {name} limit in {wanted.currency} (it states {shown})", False)]
    reached = shown.amount + extra(wanted.currency)
    if reached >= wanted.amount:
        return []
    total = Money(amount=reached, currency=wanted.currency)
    stacked = " with umbrella" if reached != shown.amount else ""
    return [(f"its {name} limit{stacked} is {total}, not {wanted}", True)]


def _applies(terms: Insurance, certificate: Certificate) -> list[Lack]:
    wanted = terms.aggregate_per
    if wanted is None or certificate.aggregate_applies == wanted:
        return []
    if not certificate.aggregate_applies:
        return [(f"whether the aggregate applies per {wanted}", False)]
    return [(f"its aggregate applies per {certificate.aggregate_applies}, not per {wanted}", True)]


def _basis(terms: Insurance, certificate: Certificate, starts_on: date | None) -> list[Lack]:
    if terms.basis is not None and not certificate.basis:
        return [("whether it is on an occurrence or claims-made basis", False)]
    if terms.basis == "occurrence" and certificate.basis == "claims_made":
        return [("it is claims-made, not on an occurrence basis", True)]
    latest = terms.retroactive_by or starts_on
    if certificate.basis != "claims_made" or latest is None:
        return []
    if certificate.retroactive_on is None:
        return [("the retroactive date of the claims-made policy", False)]
    if certificate.retroactive_on > latest:
        return [(f"its retroactive date is {certificate.retroactive_on}, later than {latest}", True)]
    return []


def _rating(terms: Insurance, certificate: Certificate) -> list[Lack]:
    if terms.rating is None:
        return []
    if certificate.rating not in RATINGS:
        return [("the rating of the insurer", False)]
    if RATINGS.index(certificate.rating) <= RATINGS.index(terms.rating):
        return []
    return [(f"its insurer is rated {certificate.rating}, below {terms.rating}", True)]


def _box(terms: Insurance, certificate: Certificate, box: str) -> list[Lack]:
    """A box on the form claims an endorsement; only the endorsement itself gives the right."""
    if not getattr(terms, box):
        return []
    ticked: bool | None = getattr(certificate, box)
    forms, phrase = _PROOF[box]
    if ticked is False:
        return [(f"it has no {phrase} box ticked", True)]
    proved = any(
        _form(name).startswith(forms) or phrase in " ".join(words(name)) for name in certificate.endorsements
    )
    if proved:
        return []
    boxed = " (the box is ticked, the form is not attached)" if ticked else ""
    return [(f"the endorsement for {phrase}{boxed}", False)]


def _form(name: str) -> str:
    """A form's number without spaces and dashes: "CG 20 10 04 13" is "CG20100413"."""
    return re.sub(r"[^A-Z0-9]", "", name.upper())
