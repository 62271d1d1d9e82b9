"""The file of holidays that the tables of public holidays lack."""

from pathlib import Path

import yaml

from flows.errors import SettingsError
from obligations.calendars import Additions, additions_of
from obligations.errors import CalendarError


def load_holidays(path: Path) -> Additions:
    """The holidays of a file by country, region or site. Raises SettingsError where it cannot be used."""
    remedy = "docs/calendars.md says what such a file holds"
    try:
        # Texts only: as YAML's own types the key `on` would be a truth value.
        parsed = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506
        return additions_of(parsed or {})
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"{path} cannot be read: {error}", remedy=remedy) from error
    except CalendarError as error:
        raise SettingsError(f"{path}: {error}", remedy=remedy) from error
