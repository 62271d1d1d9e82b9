"""What does the embedded reader say of contracts as such: dates, renewal, notice, law, parties?

    python -m benchmarks.values --data DIR --out FILE [--json]

DIR holds contracts as `contracts/*.txt`, for instance CUAD v1 (The Atticus Project, CC BY 4.0). FILE gets
{title: {field: value}}: `agreement_on`, `effective_on`, `expiration_on` as ISO dates or "perpetual",
`renewal_term` and `notice_period` as ISO 8601 durations, `governing_law` and `parties` by name. A field that
the contract does not settle is left out.
"""

import argparse
import json
import os
import re
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from extraction import Extraction
from extraction import read as read_text
from extraction.model import ContractFacts
from obligations.quantities import Duration
from retrieval.chunk import chunk
from retrieval.parse import parse
from retrieval.tag import tag

_BRACKETS = re.compile(r"\s*\([^()]*\)")
"""Words in brackets inside a name ("Alpha (Hong Kong) Ltd"); the public answers are compared without them."""


def values_of(extraction: Extraction) -> dict[str, Any]:
    """The fields as the public answers name them."""
    facts = extraction.facts
    said = {
        "agreement_on": _day(facts.agreed_on),
        "effective_on": "" if facts.effective_assumed else _day(facts.effective_on),
        "expiration_on": _end(facts),
        "renewal_term": _length(facts.renewal) or ("perpetual" if facts.renewal_perpetual else ""),
        "notice_period": _length(facts.renewal_notice),
        "governing_law": _law(facts.governing_law),
        "parties": [_BRACKETS.sub("", party.name) for party in facts.parties],
    }
    return {name: value for name, value in said.items() if value}


def _end(facts: ContractFacts) -> str:
    """The end as the public answers give it.

    They name the anniversary as the end of a term of so many years ("three years from 1 October 1999" ends
    on 1 October 2002); a term of three years has its last day on 30 September, which is what the reader
    gives. So a day that was counted is moved on by one; a printed end is the same in both.
    """
    if facts.expires_on is None:
        return "perpetual" if facts.perpetual else ""
    return _day(facts.expires_on + timedelta(days=1) if facts.expires_counted else facts.expires_on)


def _law(place: str) -> str:
    """The public answers name "England and Wales" now as one place, now as two: both are given."""
    return f"{place}; {place.replace(' and ', '; ')}" if " and " in place else place


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _length(length: Duration | None) -> str:
    return length.iso if length else ""


def read_contract(path: Path) -> tuple[str, dict[str, Any], float]:
    began = time.perf_counter()
    document = parse(path.read_bytes(), path.name)
    extraction = read_text(document, tag(chunk(document)))
    return path.stem, values_of(extraction), time.perf_counter() - began


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    paths = sorted((options.data / "contracts").glob("*.txt"))
    if not paths:
        raise SystemExit(
            f"no contracts in {options.data / 'contracts'}; give a folder that holds contracts/*.txt"
        )
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        read = list(pool.map(read_contract, paths, chunksize=4))
    options.out.write_text(
        json.dumps({title: values for title, values, _ in read}, indent=1), encoding="utf-8"
    )
    given = Counter(name for _, values, _ in read for name in values)
    body = {"contracts": len(read), "given": dict(given), "seconds": round(sum(s for _, _, s in read), 1)}
    if options.json:
        print(json.dumps(body, indent=1))
        return
    print(f"{len(read)} contracts read in {body['seconds']} s of computing; fields given:")
    for name, count in sorted(given.items()):
        print(f"  {name:16} {count:5}")


if __name__ == "__main__":
    main()
