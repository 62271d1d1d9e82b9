"""The only client of a language model: any provider of `init_chat_model`, any OpenAI-compatible address.

It asks for JSON, checks what comes back and repairs once. The key is read from the environment variable
that the settings name, is held as a secret and is never logged.
"""

import json
import logging
import os
import re
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import Field, SecretStr, ValidationError

from agent.errors import ModelReplyError, ModelSettingsError, ModelUnavailable
from agent.prompts import Prompt
from agent.usage import Meter, Usage
from obligations.quantities import Frozen

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

T = TypeVar("T")
_log = logging.getLogger(__name__)
_FENCE = re.compile(r"\A\s*```(?:json)?\s*\n(.*?)\n?```\s*\Z", re.S)
LOCAL_KEY = "not-needed"
"""What a server on one's own address is sent when no key is set; some clients refuse to send none."""


class ModelSettings(Frozen):
    """Which model, where, and how long to wait.

    `model` is a name for `init_chat_model`, "openai:gpt-4.1-mini" or, with `url`, just the served name.
    """

    model: str = Field(min_length=1)
    url: str | None = None
    key: SecretStr | None = None
    timeout_s: float = Field(default=30, gt=0)
    retries: int = Field(default=1, ge=0)


def settings_from(environ: Mapping[str, str] | None = None) -> ModelSettings | None:
    """Settings from PACTA_MODEL, PACTA_MODEL_URL and the key's variable; None when no model is set."""
    held = os.environ if environ is None else environ
    model = held.get("PACTA_MODEL")
    if not model:
        return None
    key = held.get(held.get("PACTA_MODEL_KEY_ENV") or "OPENAI_API_KEY")
    return ModelSettings(
        model=model, url=held.get("PACTA_MODEL_URL") or None, key=SecretStr(key) if key else None
    )


def client(settings: ModelSettings | None) -> "ChatModel | None":
    """The client of a model; None without settings. Raises ModelSettingsError for unusable ones."""
    if settings is None:
        return None
    from langchain.chat_models import init_chat_model

    options: dict[str, Any] = {"timeout": settings.timeout_s, "max_retries": settings.retries}
    name = settings.model
    if settings.url:
        # One's own address speaks the OpenAI protocol; the served name may itself hold a colon.
        name = name.removeprefix("openai:")
        options |= {"base_url": settings.url, "model_provider": "openai"}
    if settings.key is not None:
        options["api_key"] = settings.key.get_secret_value()
    elif settings.url:
        options["api_key"] = LOCAL_KEY
    try:
        made = init_chat_model(name, **options)
    except _failures(ValueError, ImportError, TypeError) as error:
        raise ModelSettingsError(
            f"no client can be made for the model {settings.model!r}: {_without(str(error), settings.key)}",
            remedy="check PACTA_MODEL, PACTA_MODEL_URL and the variable PACTA_MODEL_KEY_ENV names",
        ) from None
    return ChatModel(made, settings.model)


class ChatModel:
    """A chat model that is asked for JSON of a given form. `meter` counts what its calls took."""

    def __init__(self, chat: "BaseChatModel", name: str) -> None:
        self._chat = chat
        self.name = name
        self.meter = Meter()

    def __repr__(self) -> str:
        return f"ChatModel({self.name!r})"

    def ask(self, prompt: Prompt, inputs: Mapping[str, str], read: Callable[[Any], T]) -> T:
        """What `read` makes of the reply. A reply that is no JSON, or that `read` refuses with a
        ValueError, is sent back once with the reason.

        Raises ModelUnavailable when there is no reply, ModelReplyError when the second is no better.
        """
        from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

        system, user = prompt.render(inputs)
        messages: list[BaseMessage] = [SystemMessage(system), HumanMessage(user)]
        reply = self._reply(prompt, messages)
        try:
            return read(parse(reply))
        except ValueError as error:
            fault = _fault(error)
        _log.info("model %s: reply to %s repaired: %s", self.name, prompt.name, fault)
        self.meter.add(Usage(repaired=1))
        messages += [
            AIMessage(reply),
            HumanMessage(f"That reply cannot be used: {fault}. Reply again with the JSON object only."),
        ]
        try:
            return read(parse(self._reply(prompt, messages)))
        except ValueError as error:
            raise ModelReplyError(
                f"{self.name} did not reply to {prompt.name} as asked: {_fault(error)}"
            ) from error

    def _reply(self, prompt: Prompt, messages: "list[BaseMessage]") -> str:
        started = time.monotonic()
        try:
            message = self._chat.invoke(messages, **dict(prompt.settings))
        except _failures() as error:
            raise ModelUnavailable(f"{self.name} gave no reply: {type(error).__name__}") from error
        took = time.monotonic() - started
        said = getattr(message, "usage_metadata", None) or {}
        spent = Usage(
            calls=1,
            input_tokens=said.get("input_tokens", 0),
            output_tokens=said.get("output_tokens", 0),
            seconds=took,
            unknown=int(not said),
        )
        self.meter.add(spent)
        _log.info(
            "model %s: %s in %.2f s, %d tokens in, %d out%s",
            self.name,
            prompt.name,
            took,
            spent.input_tokens,
            spent.output_tokens,
            " (not told)" if spent.unknown else "",
        )
        return message.text if isinstance(message.text, str) else str(message.content)


def parse(reply: str) -> Any:
    """The JSON value of a reply, with or without a code fence around it; raises ValueError."""
    fenced = _FENCE.match(reply)
    try:
        return json.loads(fenced[1] if fenced else reply)
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON ({error.msg} at character {error.pos})") from error


def _fault(error: ValueError) -> str:
    """What is wrong with a reply, short enough to send back."""
    if isinstance(error, ValidationError):
        parts = [f"{'.'.join(str(p) for p in e['loc'])}: {e['msg']}" for e in error.errors()[:5]]
        return "; ".join(parts)
    return str(error)[:500]


def _failures(*more: type[Exception]) -> tuple[type[Exception], ...]:
    """What a call to a provider raises when it fails: the network, the provider, its client; and more."""
    from langchain_core.exceptions import LangChainException
    from openai import OpenAIError

    return (OSError, TimeoutError, LangChainException, OpenAIError, *more)


def _without(text: str, key: SecretStr | None) -> str:
    """A message without the key, should a client have put it there."""
    return text.replace(key.get_secret_value(), "…") if key is not None and key.get_secret_value() else text
