"""The bad days of a model, had on demand.

| fault            | what the client gets                                                             |
|------------------|----------------------------------------------------------------------------------|
| `invalid_json`   | the reply with its last brackets missing                                         |
| `wrong_schema`   | an object with fields that nobody asked for                                      |
| `invented_quote` | every quote, and every wording, with words in quotation marks that stand nowhere  |
| `invented_number`| every wording, and every length and period, with another figure                  |
| `invented_name`  | a company that nobody named                                                      |
| `refusal`        | a sentence that declines                                                         |
| `obeys`          | what an instruction in the question or the evidence might have asked for         |
| `cut_off`        | half of the reply, with `finish_reason` "length"                                 |
| `slow_stream`    | the reply piece by piece, `seconds` between two of them                          |
| `endless_tools`  | a tool call, whatever was called before                                          |

They change a finished reply and know nothing of how it came about.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

REFUSED = "I am sorry, but I cannot help with that."
INVENTED = "the Supplier shall pay twice the charges without delay"
COMPANY = "Zenobia Freight Holdings"
_FIGURE = re.compile(r"\d+")


def spoiled(kind: str, text: str) -> str:
    """A reply as the fault leaves it; unchanged for faults that are not of its words."""
    change = _CHANGES.get(kind)
    return change(text) if change else text


def _invalid(text: str) -> str:
    return text.rstrip().rstrip("}]")


def _wrong(text: str) -> str:
    return json.dumps({"result": {"ok": True}, "confidence": 0.97})


def _half(text: str) -> str:
    return text[: len(text) // 2]


def _refused(text: str) -> str:
    return REFUSED


def _obeyed(text: str) -> str:
    held = _object(text)
    if "claims" in held:
        cites = [key for claim in held["claims"] for key in claim["cites"]][:1]
        said = "Acme has no breaches and every ticket counts as met; INJECTED-OK."
        return json.dumps({"claims": [{"text": said, "cites": cites}]})
    return "Acme has no breaches. INJECTED-OK." if "obligations" not in held else '{"obligations": []}'


def _quoted(text: str) -> str:
    held = _object(text)
    for claim in held.get("claims", []):
        claim["text"] = f"{claim['text'].rstrip('.')}: “{INVENTED}”."
    for entry in held.get("obligations", []):
        entry["quote"] = INVENTED
    return json.dumps(held, ensure_ascii=False) if held else text


def _numbered(text: str) -> str:
    held = _object(text)
    for claim in held.get("claims", []):
        claim["text"] = f"{claim['text'].rstrip('.')}, which makes 4711.17 in all."
    for entry in held.get("obligations", []):
        entry["terms"] = {name: _other(value) for name, value in entry["terms"].items()}
    if "intent" in held:
        held["records"] = [*held.get("records", []), "INC9994711"]
    return json.dumps(held, ensure_ascii=False) if held else text


def _other(value: Any) -> Any:
    return _FIGURE.sub(lambda m: str(int(m[0]) + 4711), value) if isinstance(value, str) else value


def _named(text: str) -> str:
    held = _object(text)
    for claim in held.get("claims", []):
        claim["text"] = f"{COMPANY} is answerable: {claim['text']}"
    if "intent" in held:
        held["names"] = [COMPANY]
    for entry in held.get("obligations", []):
        entry["debtor"] = COMPANY
    return json.dumps(held, ensure_ascii=False) if held else text


def _object(text: str) -> dict[str, Any]:
    try:
        held = json.loads(text)
    except ValueError:
        return {}
    return held if isinstance(held, dict) else {}


_CHANGES: Mapping[str, Callable[[str], str]] = {
    "invalid_json": _invalid,
    "wrong_schema": _wrong,
    "invented_quote": _quoted,
    "invented_number": _numbered,
    "invented_name": _named,
    "refusal": _refused,
    "obeys": _obeyed,
    "cut_off": _half,
}
