"""Settings: the environment (PACTA_*) over `pacta.yaml` in PACTA_HOME over defaults. Validated once.

| variable | default | meaning |
|---|---|---|
| PACTA_HOME | .pacta | folder of the state: database, index, configuration |
| PACTA_DATABASE_URL | SQLite in PACTA_HOME | SQLAlchemy URL; postgresql://… scales out |
| PACTA_QDRANT_URL | none: Qdrant Edge in PACTA_HOME | address of a Qdrant server |
| PACTA_QDRANT_API_KEY | none | key of that server |
| PACTA_MODEL | none: embedded planner and reader | a model for init_chat_model, such as openai:gpt-4.1-mini |
| PACTA_MODEL_URL | the provider's own | an OpenAI-compatible address |
| PACTA_MODEL_KEY_ENV | OPENAI_API_KEY | name of the variable that holds the model's key |
| PACTA_AS_OF | none: now | an instant at which the clock stands still: for demos and rehearsals |
| PACTA_ENV | production | `development` also loads prompts that the gate has not passed |
"""

import os
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from flows.errors import SettingsError
from obligations.derived import DerivedWeights

EXAMPLE = Path(__file__).parent / "pacta.example.yaml"

VARIABLES = {
    "PACTA_HOME": "home",
    "PACTA_DATABASE_URL": "database_url",
    "PACTA_QDRANT_URL": "qdrant_url",
    "PACTA_QDRANT_API_KEY": "qdrant_api_key",
    "PACTA_MODEL": "model",
    "PACTA_MODEL_URL": "model_url",
    "PACTA_MODEL_KEY_ENV": "model_key_env",
    "PACTA_AS_OF": "as_of",
    "PACTA_ENV": "env",
}


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Company(_Settings):
    """Whom we act for."""

    name: str = ""
    aliases: tuple[str, ...] = ()
    zone: str = "UTC"

    @field_validator("zone")
    @classmethod
    def _known(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"unknown time zone {zone!r}; use an IANA name such as Europe/Berlin") from error
        return zone


class Policy(_Settings):
    """What happens without a person."""

    approve_from: float = Field(
        default=0.8, ge=0, le=1, description="extraction confidence from which an obligation is approved"
    )
    propose_on: tuple[str, ...] = Field(default=("breached",), description="outcomes that propose actions")
    propose_since_days: int = Field(default=62, ge=0, description="how far back a breach still proposes")


class ReadingSettings(_Settings):
    """How a language model, where one is configured, reads contracts beside the embedded reader."""

    model: bool = Field(default=True, description="whether the configured model reads contracts at all")
    characters: int = Field(
        default=150_000, ge=0, description="most characters of clauses sent for one document"
    )
    examples: int = Field(
        default=6_000, ge=0, description="most characters of library clauses sent with each call"
    )
    timeout_s: float = Field(default=120, gt=0, description="how long one reply may take")
    prompt: str | None = Field(
        default=None,
        pattern=r"^extract/v\d+$",
        description="a candidate in the place of the prompt in force; only where `env` is development",
    )


class ModelPrices(_Settings):
    """What a million tokens of the model cost."""

    input: Decimal = Field(ge=0, description="a million tokens that it is sent")
    output: Decimal = Field(ge=0, description="a million tokens that it replies")
    currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$")


class SecondModel(_Settings):
    """A model in reserve: asked where the first is not there, too slow, or beyond its budget."""

    model: str = Field(min_length=1)
    model_url: str | None = None
    model_key_env: str = "OPENAI_API_KEY"


class Budget(_Settings):
    """What a model may be used for questions: by one of them, and by one caller in a day."""

    question_tokens: int | None = Field(default=60_000, ge=0, description="most tokens of one question")
    daily_tokens: int | None = Field(default=None, ge=0, description="most tokens of one caller in a day")
    daily_cost: Decimal | None = Field(
        default=None, ge=0, description="most money of one caller in a day; needs `prices`"
    )
    keep_replies_days: int = Field(
        default=7, ge=0, description="how long a reply is kept to be used again for the same; 0: not at all"
    )


class Settings(_Settings):
    home: Path = Path(".pacta")
    database_url: SecretStr | None = None
    qdrant_url: str | None = None
    qdrant_api_key: SecretStr | None = None
    model: str | None = None
    model_url: str | None = None
    model_key_env: str = "OPENAI_API_KEY"
    second_model: SecondModel | None = Field(default=None, description="a model in reserve")
    budget: Budget = Budget()
    prices: ModelPrices | None = Field(
        default=None, validate_default=True, description="of the model, to tell what its calls cost"
    )
    as_of: AwareDatetime | None = None
    env: Literal["production", "development"] = "production"
    company: Company = Company()
    policy: Policy = Policy()
    reading: ReadingSettings = ReadingSettings()
    derived: DerivedWeights = Field(
        default=DerivedWeights(), description="weights of scorecards and renewals"
    )
    observed_from: date | None = Field(default=None, description="day from which all sources are complete")
    watch: str | None = Field(
        default=None, description='cron of the scheduled round of sync and assess, such as "*/15 * * * *"'
    )
    watch_answers: str | None = Field(
        default=None, description="cron by which a sample of the answers given is asked again"
    )
    connectors: dict[str, dict[str, Any]] = {}
    library: Path | None = Field(default=None, description="folder of a clause library of one's own")
    holidays: Path | None = Field(
        default=None, description="file of holidays of one's own that the tables of public holidays lack"
    )

    @field_validator("reading")
    @classmethod
    def _only_measured_prompts(cls, reading: ReadingSettings, info: ValidationInfo) -> ReadingSettings:
        if reading.prompt is not None and info.data.get("env") != "development":
            raise ValueError("its prompt is a candidate, which needs PACTA_ENV=development")
        return reading

    @field_validator("prices")
    @classmethod
    def _priced(cls, prices: ModelPrices | None, info: ValidationInfo) -> ModelPrices | None:
        budget = info.data.get("budget")
        if prices is None and budget is not None and budget.daily_cost is not None:
            raise ValueError("a daily cost needs prices: `input` and `output` for a million tokens")
        return prices

    @property
    def store_url(self) -> str:
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{(self.home / 'pacta.db').resolve()}"

    @property
    def workflow_url(self) -> str:
        """Where durable work is kept: beside the store."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{(self.home / 'work.db').resolve()}"


def load_settings(environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Settings from the environment and `PACTA_HOME/pacta.yaml`; raises SettingsError naming the key."""
    environ = os.environ if environ is None else environ
    given: dict[str, Any] = {field: environ[name] for name, field in VARIABLES.items() if environ.get(name)}
    given |= {key: value for key, value in overrides.items() if value is not None}
    file = Path(given.get("home", Settings.model_fields["home"].default)) / "pacta.yaml"
    merged = {**_read(file), **given}
    try:
        return Settings.model_validate(merged)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise SettingsError(
            f"setting {key!r} cannot be used: {first['msg']}",
            remedy=f"correct it in {file} or the environment",
        ) from error


def _read(file: Path) -> dict[str, Any]:
    if not file.exists():
        return {}
    try:
        body = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} is not readable YAML: {error}", remedy="correct the file") from error
    if body is None:
        return {}
    if not isinstance(body, dict):
        raise SettingsError(f"{file} must hold a mapping of settings", remedy="see docs/settings.md")
    return body


def example() -> str:
    """A commented pacta.yaml to start from."""
    return EXAMPLE.read_text(encoding="utf-8")
