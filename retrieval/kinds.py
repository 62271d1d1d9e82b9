"""The clause kinds the tagger knows, and the words with which people ask for them.

The promise kinds have the names of the rules and of the clause library; the others are what else
contracts are asked about.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

ASKED: Mapping[str, str] = {
    "response_time": r"respon(?:d|se) (?:time|within)|first response|time to respond|reaction time"
    r"|acknowledge",
    "resolution_time": r"resol(?:ution|ve)|restor(?:e|ation)|time to (?:fix|repair)|repair time",
    "update_time": r"status updates?|progress updates?|keep .* informed",
    "availability": r"availab|uptime|downtime|outage",
    "service_credit": r"service credits?|\bcredits?\b|credit tiers?",
    "fee": r"\bfees?\b|\bcharges?\b|how much (?:do|does|must)|\bprices?\b(?!.*(?:change|increase"
    r"|restrict))",
    "payment_due": r"payment terms?|pay(?:ment)? (?:due|within)|when .* (?:pay|paid|due)|net \d+"
    r"|days to pay",
    "early_payment_discount": r"early payment|prompt payment|cash discount|skonto",
    "late_interest": r"late (?:payment|interest|fee)|interest|overdue",
    "milestone_payment": r"milestones?",
    "revenue_share": r"revenue|profit[- ]sharing|royalt|commission",
    "volume_discount": r"volume (?:discount|rebate|price)|rebate|quantity discount|price tiers?",
    "minimum_commitment": r"minimum (?:commitment|purchase|order|quantity|amount)|take[- ]or[- ]pay",
    "price_change": r"price (?:change|increase|adjust)|index(?:ation)?\b|change .* prices?",
    "delivery": r"deliver|lead time|ship(?:ment|ped)?\b",
    "reporting": r"\breports?\b|reporting|statements?\b|forecasts?",
    "insurance": r"insur|policy limit|certificate of insurance",
    "audit_right": r"\baudit|inspect|examine .* (?:books|records)",
    "warranty": r"warrant(?:y|ies)|guarantee",
    "liquidated_damages": r"liquidated damages|contractual penalt|agreed sum",
    "delivery_performance": r"on[- ]time (?:rate|deliver\w*|in full)|\botif\b|delivery performance"
    r"|share of (?:deliveries|orders)",
    "rate_card": r"rate cards?|price list|(?:day|daily|hourly) rates?|rates? per (?:day|hour)|unit prices?",
    "performance_obligation": r"performance obligation|transfer of control|control (?:pass|transfer)"
    r"|revenue recogni|risk .* pass",
    "termination_right": r"right to terminate|terminate\w* .*(?:for cause|for breach|missed|service level)",
    "holdback": r"hold[- ]?back|retainage|retention money|withh(?:e|o)ld",
    "spend_limit": r"spend(?:ing)? (?:limit|cap)|budget|not[- ]to[- ]exceed|maximum (?:spend|order value)"
    r"|order limit",
    "rebate": r"\brebates?\b|\bbonus\b|kick-?back",
    "certificate": r"certificat(?:e|ion)s?\b(?! of insurance)|certified|accredit"
    r"|licen[sc]ed to (?:work|operate)|\biso\b",
    "ticket_share": r"(?:share|percentage|per ?cent|how many) .*(?:tickets|incidents|calls)",
    "duty": r"\bdut(?:y|ies)\b|must .* (?:inform|tell|notify|return)|obliged to|personal data breach"
    r"|confidential",
    "term": r"expir|initial term|how long|when does .* end|end date|duration of(?!.*warrant)",
    "renewal": r"renew(?!.*notice)|extension",
    "renewal_notice": r"notice (?:period|required|needed)?.*(?:renew|non[- ]renew)|(?:renew).*notice"
    r"|non[- ]renewal",
    "termination_notice": r"terminat\w* .*(?:convenience|without cause|notice)|notice .* terminat",
    "cure_period": r"\bcure\b|remedy (?:a|the) breach|remedy period",
    "retention": r"retention|keep .* records|records? .* (?:kept|keep)",
    "document_name": r"name of (?:the|this) (?:contract|agreement)|title of",
    "parties": r"who are the parties|which parties|parties to",
    "agreement_date": r"(?<!expiration )(?<!expiry )(?<!effective )(?<!end )date of (?:the|this)"
    r" (?:contract|agreement)|when was .* signed|agreement date",
    "effective_date": r"effective date|take effect|commence|enter into force|start date",
    "governing_law": r"govern(?:s|ed|ing)\b|which law|law .* (?:applies|govern)|jurisdiction",
    "anti_assignment": r"assign(?:ed|ment|able|s)?\b(?!.*intellectual)|transfer (?:of )?(?:this"
    r"|the) (?:contract|agreement)",
    "change_of_control": r"change of control|change in control|merger|acquired",
    "cap_on_liability": r"\bcap\b.*liab|liab\w*.*\b(?:cap|limit)|limitation of liability|maximum liability",
    "uncapped_liability": r"uncapped|unlimited liab|liab\w* .*(?:not limited|uncapped|unlimited)",
    "post_termination": r"post[- ]termination|after (?:the )?(?:termination|expir)|survive"
    r"|transition services",
    "license_grant": r"licen[sc]e (?:grant|granted)|licen[sc]es? (?:(?:is|are) )?granted"
    r"(?!.*(?:transfer|irrevocabl|perpetual|affiliate|unlimited))|grants? .*licen[sc]e"
    r"|contain .*licen[sc]e grant",
    "non_transferable_license": r"non[- ]transferable|transfer\w* .*licen[sc]e"
    r"|ability .* transfer the licen[sc]e",
    "affiliate_license_licensee": r"licen[sc]ee.*affiliates|affiliates .*of .*licen[sc]ee",
    "affiliate_license_licensor": r"licen[sc]or.*affiliates|affiliates .*of .*licen[sc]or|ip of affiliates",
    "unlimited_license": r"all[- ]you[- ]can[- ]eat|unlimited (?:use|usage)|enterprise[- ]wide",
    "irrevocable_license": r"irrevocable|perpetual",
    "ip_assignment": r"(?:ip|intellectual property).*(?:assign|ownership|become)|ownership of .*(?:ip"
    r"|intellectual)",
    "joint_ip": r"joint(?:ly)? .*(?:ip|intellectual|own)|shared ownership",
    "source_code_escrow": r"escrow|source code",
    "exclusivity": r"exclusiv",
    "non_compete": r"non[- ]compet|compet(?:e|ition)\b(?!.*except)",
    "competition_exception": r"exception.*(?:compet|exclusiv|solicit)|carve[- ]?out",
    "no_solicit_employees": r"solicit\w*.*(?:employee|staff|personnel|contractor)|poach",
    "no_solicit_customers": r"solicit\w*.*(?:customer|client|partner)",
    "non_disparagement": r"disparag",
    "most_favored_nation": r"most[- ]favou?red|mfn\b|better terms",
    "first_refusal": r"first refusal|first offer|first negotiation|rofr|rofo|rofn",
    "price_restriction": r"restrict\w* .*pric|pric\w* .*restrict",
    "volume_restriction": r"volume restriction|(?:fee|charge|consent).*(?:exceed|above|threshold)"
    r"|usage limit|cap on use",
    "covenant_not_to_sue": r"covenant not to sue|contest\w* .*(?:validity|ownership)|not to sue",
    "third_party_beneficiary": r"third[- ]party benefici",
}
"""Kind -> pattern of the questions that ask for it (lower case). The keys are all kinds."""

KINDS: tuple[str, ...] = tuple(ASKED)

CUAD_KINDS: Mapping[str, str] = {
    "Document Name": "document_name",
    "Parties": "parties",
    "Agreement Date": "agreement_date",
    "Effective Date": "effective_date",
    "Expiration Date": "term",
    "Renewal Term": "renewal",
    "Notice Period To Terminate Renewal": "renewal_notice",
    "Governing Law": "governing_law",
    "Most Favored Nation": "most_favored_nation",
    "Non-Compete": "non_compete",
    "Exclusivity": "exclusivity",
    "No-Solicit Of Customers": "no_solicit_customers",
    "Competitive Restriction Exception": "competition_exception",
    "No-Solicit Of Employees": "no_solicit_employees",
    "Non-Disparagement": "non_disparagement",
    "Termination For Convenience": "termination_notice",
    "Rofr/Rofo/Rofn": "first_refusal",
    "Change Of Control": "change_of_control",
    "Anti-Assignment": "anti_assignment",
    "Revenue/Profit Sharing": "revenue_share",
    "Price Restrictions": "price_restriction",
    "Minimum Commitment": "minimum_commitment",
    "Volume Restriction": "volume_restriction",
    "Ip Ownership Assignment": "ip_assignment",
    "Joint Ip Ownership": "joint_ip",
    "License Grant": "license_grant",
    "Non-Transferable License": "non_transferable_license",
    "Affiliate License-Licensor": "affiliate_license_licensor",
    "Affiliate License-Licensee": "affiliate_license_licensee",
    "Unlimited/All-You-Can-Eat-License": "unlimited_license",
    "Irrevocable Or Perpetual License": "irrevocable_license",
    "Source Code Escrow": "source_code_escrow",
    "Post-Termination Services": "post_termination",
    "Audit Rights": "audit_right",
    "Uncapped Liability": "uncapped_liability",
    "Cap On Liability": "cap_on_liability",
    "Liquidated Damages": "liquidated_damages",
    "Warranty Duration": "warranty",
    "Insurance": "insurance",
    "Covenant Not To Sue": "covenant_not_to_sue",
    "Third Party Beneficiary": "third_party_beneficiary",
}
"""CUAD's labels by our names; used in training and in benchmarks."""

_COMPILED = {kind: re.compile(pattern) for kind, pattern in ASKED.items()}


@lru_cache(maxsize=256)
def asked(question: str) -> tuple[str, ...]:
    """The clause kinds a question asks for, most specific first (the longest words it used); maybe none."""
    text = " ".join(question.lower().split())
    found = [(len(match[0]), kind) for kind, pattern in _COMPILED.items() if (match := pattern.search(text))]
    return tuple(kind for _, kind in sorted(found, key=lambda pair: -pair[0]))
