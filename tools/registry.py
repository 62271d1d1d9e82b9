"""From settings to connectors: one entry per system, validated before anything is reached."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from tools.kit.errors import Misconfigured
from tools.kit.redact import redact

if TYPE_CHECKING:
    from tools.kit.http import Client, Transport
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


def _one(name: str, given: Any, transport: Transport | None) -> Connector:
    if not isinstance(given, Mapping):
        raise Misconfigured(name, "its settings are no mapping", place=f"connectors.{name}", remedy=_SEE)
    kind = given.get("kind", name)
    make = _KINDS.get(kind)
    if make is None:
        raise Misconfigured(
            name,
            f"there is no kind of connector {kind!r}",
            place=f"connectors.{name}",
            remedy=f"Use {', '.join(sorted(_KINDS))}.",
        )
    return make(name, {**given, "kind": kind, "name": name}, transport)


def _ironclad(name: str, given: dict[str, Any], transport: Transport | None) -> Connector:
    from tools.ironclad import Ironclad, IroncladSettings

    settings = _valid(IroncladSettings, name, given)
    return Ironclad(settings, _client(settings, settings.headers(), transport))


def _servicenow(name: str, given: dict[str, Any], transport: Transport | None) -> Connector:
    from tools.servicenow import ServiceNow, ServiceNowSettings

    settings = _valid(ServiceNowSettings, name, given)
    return ServiceNow(settings, _client(settings, {}, transport))


def _sap_s4hana(name: str, given: dict[str, Any], transport: Transport | None) -> Connector:
    from tools.sap_s4hana import SapS4Hana, SapSettings

    settings = _valid(SapSettings, name, given)
    return SapS4Hana(settings, _client(settings, settings.headers(), transport))


def _files(name: str, given: dict[str, Any], transport: Transport | None) -> Connector:
    from tools.files import FilesDrop, FilesSettings

    settings = _valid(FilesSettings, name, given)
    return FilesDrop(settings.folder, settings.map, name)


_KINDS: dict[str, Callable[[str, dict[str, Any], Transport | None], Connector]] = {
    "ironclad": _ironclad,
    "servicenow": _servicenow,
    "sap_s4hana": _sap_s4hana,
    "files": _files,
}
KINDS = tuple(_KINDS)
_SEE = "See docs/connectors.md for an example of each."


def _client(settings: VendorSettings, headers: Mapping[str, str], transport: Transport | None) -> Client:
    from tools.kit.http import Client

    return Client(settings.name, settings.base_url, settings.auth, settings.http, transport, headers)


def _valid(model: type[Config], name: str, given: Mapping[str, Any]) -> Config:
    """Settings as their model. The error says which field and why, and never what was given."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        place = f"connectors.{name}.{field}" if field else f"connectors.{name}"
        raise Misconfigured(name, redact(first["msg"]), place=place, remedy=_SEE) from None
