"""From settings to connectors: one entry per system, validated before anything is reached."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from tools.kit.errors import Misconfigured
from tools.kit.redact import redact

if TYPE_CHECKING:
    from tools.kit.http import Client, Transport
    from tools.kit.profile import Profile
    from tools.kit.settings import VendorSettings
    from tools.kit.verbs import Connector

Config = TypeVar("Config", bound=BaseModel)


def connect(settings: Mapping[str, Any], transport: Transport | None = None) -> dict[str, Connector]:
    """The connectors named in the settings: `{name: {kind: ..., ...}}`.

    The name becomes `Source.system` of the facts; `kind` may be left out where it equals the name.
    `transport` replaces the network in tests. Raises Misconfigured naming the connector and the field.
    Nothing is reached yet: see `Connector.check`.
    """
    return {name: _one(name, given, transport) for name, given in settings.items()}


def profiles() -> tuple[Profile, ...]:
    """Every kind of connector there is, by name."""
    return tuple(profile(kind) for kind in KINDS)


def _one(name: str, given: Any, transport: Transport | None) -> Connector:
    if not isinstance(given, Mapping):
        raise Misconfigured(name, "its settings are no mapping", place=f"connectors.{name}", remedy=_SEE)
    kind = given.get("kind", name)
    if kind not in _MODULES:
        raise Misconfigured(
            name,
            f"there is no kind of connector {kind!r}",
            place=f"connectors.{name}",
            remedy=f"Use {', '.join(KINDS)}.",
        )
    known = profile(kind)
    settings: Any = _valid(known.settings, name, {**given, "kind": kind, "name": name})
    return known.make(settings, _client(settings, transport) if known.http else transport)


def profile(kind: str) -> Profile:
    """What is known of a kind of connector. Raises KeyError for one there is not."""
    found: Profile = import_module(_MODULES[kind]).PROFILE
    return found


_MODULES = {
    "agiloft": "tools.agiloft.connector",
    "coupa": "tools.coupa.connector",
    "docusign": "tools.docusign.connector",
    "asana": "tools.asana.connector",
    "files": "tools.files.drop",
    "icertis": "tools.icertis.connector",
    "ironclad": "tools.ironclad.connector",
    "otm": "tools.otm.connector",
    "ariba": "tools.ariba.connector",
    "jira_service_management": "tools.jira_service_management.connector",
    "mail": "tools.mail.connector",
    "netsuite": "tools.netsuite.connector",
    "oracle_fusion": "tools.oracle_fusion.connector",
    "onetrust": "tools.onetrust.connector",
    "project44": "tools.project44.connector",
    "request_tracker": "tools.request_tracker.connector",
    "salesforce": "tools.salesforce.connector",
    "sap_revenue": "tools.sap_revenue.connector",
    "sap_s4hana": "tools.sap_s4hana.connector",
    "servicenow": "tools.servicenow.connector",
    "tryton": "tools.tryton.connector",
    "smartsheet": "tools.smartsheet.connector",
    "sftp": "tools.files.sftp",
    "tableau": "tools.tableau.connector",
    "teams": "tools.teams.connector",
}
"""Which module holds the `PROFILE` of a kind; it is imported when the kind is first used."""

KINDS = tuple(sorted(_MODULES))
_SEE = "See docs/connectors.md, and the file of its kind in tools/examples."


def _client(settings: VendorSettings, transport: Transport | None) -> Client:
    from tools.kit.http import Client

    auth, http = settings.auth, settings.http
    return Client(settings.name, settings.base_url, auth, http, transport, settings.headers())


def _valid(model: type[Config], name: str, given: Mapping[str, Any]) -> Config:
    """Settings as their model. The error says which field and why, and never what was given."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        place = f"connectors.{name}.{field}" if field else f"connectors.{name}"
        what = redact(first["msg"].removeprefix("Value error, "))
        raise Misconfigured(name, what, place=place, remedy=_SEE) from None
