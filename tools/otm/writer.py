"""Writing to OTM: remarks on shipments, and their flexible attributes."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from obligations.facts import Source
from obligations.model import Action
from tools.kit import reference as ref
from tools.kit.call import Call, segment
from tools.kit.errors import Fatal, Misconfigured, NotFound, WrongAnswer
from tools.kit.paging import Row
from tools.kit.payloads import Comment, Fields, Scalar, payload, refused
from tools.otm.fields import text

if TYPE_CHECKING:
    from tools.kit.http import Client
    from tools.otm.connector import OtmSettings

TAKEN = ("comment", "set_fields")
_LACKS = {
    "create_task": "it plans transport, not work of people",
    "update_task": "it plans transport, not work of people",
    "put_record": "it has no entities of our making",
    "send_message": "it sends messages by its own agents only",
    "create_invoice": "freight is billed by carriers, and matched there",
    "hold_invoice": "payment is held in the system that pays",
    "release_invoice": "payment is released in the system that pays",
    "schedule_payment": "payment is scheduled in the system that pays",
}
_TYPE = {"Content-Type": "application/vnd.oracle.resource+json;type=singular"}


class OtmWriter:
    """Writes to shipments; `target` is a shipment's identifier, as `DEMO.S100` or as a fact's record."""

    def __init__(self, settings: OtmSettings, http: Client, all_of: Callable[[str], list[Row]]) -> None:
        """`all_of` gives all rows of a collection."""
        self.settings = settings
        self.name = settings.name or settings.kind
        self._http = http
        self._all = all_of

    def find(self, reference: str, target: str = "") -> Source | None:
        """The remark with our reference on the shipment `target`."""
        wanted = ref.checked(self.name, reference)
        if not target:
            return None
        gid = self._gid(target)
        try:
            remarks = self._all(self._path(gid))
        except NotFound:
            return None
        return self._found(gid, remarks, wanted)

    def create(self, action: Action) -> Source:
        """Carry out a comment or set_fields; see `tools.kit.payloads` for what each carries."""
        if action.verb not in TAKEN:
            raise refused(self.name, action, TAKEN, _LACKS.get(action.verb, ""))
        wanted = ref.checked(self.name, action.reference)
        return self._set(action) if action.verb == "set_fields" else self._say(action, wanted)

    def _say(self, action: Action, wanted: str) -> Source:
        """A remark; one that is there is returned, not repeated."""
        comment = payload(self.name, action, Comment)
        if comment.public:
            what = "a remark is not addressed to the carrier"
            raise Fatal(self.name, what, place=f"action {action.id}", remedy="Propose it as internal.")
        if not self.settings.remark_qualifier:
            raise Misconfigured(
                self.name,
                "a remark needs its qualifier",
                place=f"connectors.{self.name}.remark_qualifier",
                remedy="Set it to a remark qualifier of the domain.",
            )
        gid = self._gid(action.target)
        remarks = self._all(self._path(gid))
        found = self._found(gid, remarks, wanted)
        if found is not None:
            return found
        number = max((_number(row) for row in remarks), default=0) + 1
        body = {
            "remarkSequence": number,
            "remarkQualGid": self.settings.remark_qualifier,
            "remarkText": ref.mark(comment.text, wanted),
        }
        made = self._send("POST", self._path(gid), body)
        if made is not None and not isinstance(made, dict):
            raise WrongAnswer(self.name, "no remark in the answer", place=f"POST {self._path(gid)}")
        if made and _number(made):
            return self._source(gid, _number(made))
        # An answer may hold links alone, and the vendor may have numbered it otherwise.
        return self._found(gid, self._all(self._path(gid)), wanted) or self._source(gid, number)

    def _set(self, action: Action) -> Source:
        """Flexible attributes of a shipment; the same values twice change nothing."""
        names = self.settings.shipment_fields
        body: dict[str, Any] = {}
        for field, value in payload(self.name, action, Fields).fields.items():
            if field not in names:
                raise Misconfigured(
                    self.name,
                    f"no attribute is configured for {field!r}",
                    place=f"connectors.{self.name}.shipment_fields",
                    remedy="Map it to a flexible attribute of the shipment there.",
                )
            body[names[field]] = _plain(value)
        gid = self._gid(action.target)
        self._send("PATCH", f"/shipments/{segment(gid)}", body, repeatable=True)
        return self._source(gid)

    def _send(self, method: str, path: str, body: dict[str, Any], repeatable: bool = False) -> Any:
        content = json.dumps(body).encode()
        return self._http.send(Call(method, path, content=content, headers=_TYPE, repeatable=repeatable)).data

    def _found(self, gid: str, remarks: list[Row], wanted: str) -> Source | None:
        held = [_number(row) for row in remarks if ref.is_marked(text(row, "remarkText"), wanted)]
        return self._source(gid, min(held)) if held else None

    def _gid(self, target: str) -> str:
        return self.settings.gid(target.removeprefix("shipment/").partition("/")[0])

    @staticmethod
    def _path(gid: str) -> str:
        return f"/shipments/{segment(gid)}/remarks"

    def _source(self, gid: str, remark: int = 0) -> Source:
        url = self.settings.web_url.format(id=gid) if self.settings.web_url else ""
        record = f"shipment/{gid}" + (f"/remarks/{remark}" if remark else "")
        label = f"remark on {gid}" if remark else gid
        return Source(system=self.name, record=record, url=url, label=label)


def _number(row: Row) -> int:
    held = text(row, "remarkSequence")
    return int(held) if held.isdigit() and len(held) < 18 else 0


def _plain(value: Scalar) -> Any:
    if isinstance(value, date):
        return {"value": f"{value.isoformat()}T00:00:00Z"}
    return str(value) if isinstance(value, Decimal) else value
