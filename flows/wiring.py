"""The composition root: one `Pacta` holds the settings, the store, the index, the connectors, the clock.

Each part is opened when it is first used, so that a command pays only for what it needs.
"""

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from flows.clock import Clock, fixed, system_clock
from flows.errors import UnknownSystem
from flows.settings import Settings, load_settings
from store import Store, open_store

if TYPE_CHECKING:
    from agent.brain import Brain
    from agent.model import ChatModel
    from extraction.examples import NearestExamples
    from extraction.library import Library
    from flows.world import Worlds
    from obligations.calendars import Additions
    from retrieval.index import Index
    from tools.kit.errors import Misconfigured
    from tools.kit.verbs import Connector, Writer

LIBRARY = Path(__file__).parent.parent / "corpus"
"""The clause library, the playbook and the local holidays that come with the product."""


class Pacta:
    """Everything a flow needs. Close it when done: it may hold the index's lock."""

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        clock: Clock | None = None,
        connectors: Mapping[str, "Connector"] | None = None,
        model: "ChatModel | None" = None,
    ) -> None:
        """`clock`, `connectors` and `model` stand in for those that the settings name."""
        self.settings = settings or load_settings()
        still = self.settings.as_of
        self.clock = clock or (fixed(still) if still is not None else system_clock)
        self.wall_clock = system_clock
        self._given = connectors
        self._connected: dict[str, Connector] = {}
        self._given_model = model
        self._opened: set[str] = set()

    @cached_property
    def store(self) -> Store:
        self.settings.home.mkdir(parents=True, exist_ok=True)
        self._opened.add("store")
        return open_store(self.settings.store_url)

    @cached_property
    def index(self) -> "Index":
        from retrieval.index import open_index

        self.settings.home.mkdir(parents=True, exist_ok=True)
        key = self.settings.qdrant_api_key
        self._opened.add("index")
        return open_index(
            self.settings.home / "index", self.settings.qdrant_url, key.get_secret_value() if key else None
        )

    @cached_property
    def connectors(self) -> Mapping[str, "Connector"]:
        """All of them, each opened once. Raises Misconfigured for the first whose settings cannot work."""
        if self._given is not None:
            return self._given
        return {name: self.connector(name) for name in self.settings.connectors}

    def each_connector(self) -> "dict[str, Connector | Misconfigured]":
        """Every configured connector, or why its settings cannot work: one wrong entry hides no other."""
        if self._given is not None:
            return dict(self._given)
        from tools.kit.errors import Misconfigured

        made: dict[str, Connector | Misconfigured] = {}
        for name in self.settings.connectors:
            try:
                made[name] = self.connector(name)
            except Misconfigured as error:
                made[name] = error
        return made

    def connector(self, system: str) -> "Connector":
        """One connector; the settings of the others need not be right for it."""
        given = self._given if self._given is not None else self.settings.connectors
        if system not in given:
            known = ", ".join(sorted(given)) or "none"
            raise UnknownSystem(
                f"no system {system!r} is configured (configured: {known})",
                remedy="add it under `connectors:` in pacta.yaml; docs/connectors.md has an example for each",
            )
        if self._given is not None:
            return self._given[system]
        if system not in self._connected:
            from tools.registry import connect

            self._connected |= connect({system: self.settings.connectors[system]})
        return self._connected[system]

    def writer(self, system: str) -> "Writer":
        """The part of a connector that writes."""
        writer = getattr(self.connector(system), "writer", None)
        if writer is None:
            raise UnknownSystem(f"{system} cannot be written to", remedy="choose a system that takes tasks")
        return writer()  # type: ignore[no-any-return]

    @cached_property
    def model(self) -> "ChatModel | None":
        """The configured language model; None: the embedded planner and reader do all the work."""
        return self._client({})

    @cached_property
    def reader(self) -> "ChatModel | None":
        """The model as it reads contracts, which takes longer than an answer; None: it reads none."""
        reading = self.settings.reading
        return self._client({"timeout_s": reading.timeout_s}) if reading.model else None

    @cached_property
    def second_model(self) -> "ChatModel | None":
        """The model in reserve; None where none is configured."""
        second = self.settings.second_model
        if second is None:
            return None
        return _client(second.model, second.model_url, second.model_key_env, {})

    def _client(self, options: dict[str, float]) -> "ChatModel | None":
        settings = self.settings
        if self._given_model is not None or settings.model is None:
            return self._given_model
        return _client(settings.model, settings.model_url, settings.model_key_env, options)

    @property
    def brain(self) -> "Brain | None":
        """The model as it understands questions, looks further and words answers, with the prompts in force
        now. Raises UnmeasuredPrompt for one that the gate has not passed."""
        if self.model is None:
            return None
        from agent.brain import Brain
        from flows.prompts import loaded

        tasks = ("understand", "compose", "research")
        understand, compose, research = (loaded(self, task, self.model.name) for task in tasks)
        return Brain(self.model, understand, compose, research)

    @cached_property
    def worlds(self) -> "Worlds":
        from flows.world import Worlds

        return Worlds(self)

    @cached_property
    def library(self) -> "Library":
        from extraction.library import load_library

        return load_library(self.settings.library or LIBRARY)

    @cached_property
    def examples(self) -> "NearestExamples":
        """The library's clauses as examples for a model that reads."""
        from extraction.examples import NearestExamples

        return NearestExamples(self.library, characters=self.settings.reading.examples)

    @cached_property
    def holidays(self) -> "Additions":
        """The holidays that the tables of public holidays lack, by country, region or site."""
        from flows.holidays import load_holidays

        return load_holidays(self.settings.holidays or LIBRARY / "holidays.yaml")

    def close(self) -> None:
        if "index" in self._opened:
            self.index.close()
        if "store" in self._opened:
            self.store.close()

    def __enter__(self) -> "Pacta":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _client(model: str, url: str | None, key_env: str, options: dict[str, float]) -> "ChatModel | None":
    from agent.model import ModelSettings, client

    key = os.environ.get(key_env)
    return client(ModelSettings(model=model, url=url, key=SecretStr(key) if key else None, **options))
