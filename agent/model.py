"""The only client of a language model: any provider of `init_chat_model`, any OpenAI-compatible address.

It asks for JSON, checks what comes back and repairs once. The key is read from the environment variable
that the settings name, is held as a secret and is never logged.
"""

import hashlib
import json
import logging
import math
import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from pydantic import Field, SecretStr, ValidationError

from agent.allowance import Allowance
from agent.conversation import Conversation, Said
from agent.errors import ModelReplyError, ModelSettingsError, ModelUnavailable
from agent.prompts import Prompt
from agent.usage import Meter, Usage
from obligations.quantities import Frozen

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage, BaseMessageChunk
    from langchain_core.runnables import Runnable

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
    if settings.url or name.startswith("openai:"):
        options["stream_usage"] = True
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
    return ChatModel(made, settings.model, settings.timeout_s)


class Replies(Protocol):
    """Replies kept by what was asked: by prompt version, model and input."""

    def get(self, key: str) -> str | None: ...

    def put(self, key: str, task: str, reply: str) -> None: ...


class ChatModel:
    """A chat model that is asked for JSON of a given form. `meter` counts what its calls took.

    A reply is read as it streams and cut off `timeout_s` after it was asked for, however slowly it trickles.
    """

    def __init__(self, chat: "BaseChatModel", name: str, timeout_s: float = 30) -> None:
        self._chat, self._timeout = chat, timeout_s
        self.name = name
        self.meter = Meter()
        self._allowance = Allowance()
        self._replies: Replies | None = None

    def __repr__(self) -> str:
        return f"ChatModel({self.name!r})"

    def under(self, allowance: Allowance, replies: Replies | None = None) -> "ChatModel":
        """The same model for one request: within its allowance, and with replies that are kept."""
        one = ChatModel(self._chat, self.name, self._timeout)
        one.meter, one._allowance, one._replies = self.meter, allowance, replies
        return one

    def ask(self, prompt: Prompt, inputs: Mapping[str, str], read: Callable[[Any], T]) -> T:
        """What `read` makes of the reply. A reply that is no JSON, or that `read` refuses with a
        ValueError, is sent back once with the reason. A reply that held is kept, and not asked for again.

        Raises ModelUnavailable when there is no reply, BudgetSpent when a call may go beyond the allowance,
        ModelReplyError when the second reply is no better.
        """
        from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

        system, user = prompt.render(inputs)
        key = self._key(prompt, system, user)
        kept = self._replies.get(key) if self._replies is not None else None
        if kept is not None:
            return read(parse(kept))
        messages: list[BaseMessage] = [SystemMessage(system), HumanMessage(user)]
        reply = self._reply(prompt, messages)
        try:
            return self._held(key, prompt, reply, read)
        except ValueError as error:
            fault = _fault(error)
        _log.info("model %s: reply to %s repaired: %s", self.name, prompt.name, fault)
        self.meter.add(Usage(repaired=1))
        messages += [
            AIMessage(reply),
            HumanMessage(f"That reply cannot be used: {fault}. Reply again with the JSON object only."),
        ]
        try:
            return self._held(key, prompt, self._reply(prompt, messages), read)
        except ValueError as error:
            raise ModelReplyError(
                f"{self.name} did not reply to {prompt.name} as asked: {_fault(error)}"
            ) from error

    def _held(self, key: str, prompt: Prompt, reply: str, read: Callable[[Any], T]) -> T:
        """What is read in a reply, which is kept once it has been read."""
        found = read(parse(reply))
        if self._replies is not None:
            self._replies.put(key, prompt.task, reply)
        return found

    def _key(self, prompt: Prompt, system: str, user: str) -> str:
        parts = (self.name, prompt.digest, system, user)
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()

    def step(
        self,
        prompt: Prompt,
        talk: Conversation,
        tools: Sequence[dict[str, Any]],
        until: float = math.inf,
    ) -> Said:
        """The model's next turn in a conversation in which it may call tools, given in the form of OpenAI's
        API. `until` is when it has to end at the latest, by `time.monotonic`.

        Raises ModelUnavailable when there is no reply or the model takes no tools, BudgetSpent when the call
        may go beyond the allowance.
        """
        try:
            chat = self._chat.bind_tools(tools)
        except NotImplementedError as error:
            raise ModelUnavailable(f"{self.name} takes no tools") from error
        sent = talk.characters + len(json.dumps(tools))
        return talk.said(self._spoken(prompt, chat, talk.messages, sent, until))

    def _reply(self, prompt: Prompt, messages: "list[BaseMessage]") -> str:
        sent = sum(len(str(message.content)) for message in messages)
        message = self._spoken(prompt, self._chat, messages, sent)
        return message.text if isinstance(message.text, str) else str(message.content)

    def _spoken(
        self,
        prompt: Prompt,
        chat: "Runnable[Any, Any]",
        messages: "list[BaseMessage]",
        sent: int,
        until: float = math.inf,
    ) -> "BaseMessage":
        """One call: within the allowance, in time, and counted. `sent` is how many characters it takes."""
        settings = dict(prompt.settings)
        self._allowance.ask_for(sent, int(settings.get("max_tokens", 0)))
        started = time.monotonic()
        try:
            message = self._streamed(chat, messages, settings, min(started + self._timeout, until))
        except _failures() as error:
            raise ModelUnavailable(f"{self.name} gave no reply: {type(error).__name__}") from error
        self._count(prompt, message, time.monotonic() - started)
        return message

    def _streamed(
        self,
        chat: "Runnable[Any, Any]",
        messages: "list[BaseMessage]",
        settings: dict[str, Any],
        until: float,
    ) -> "BaseMessageChunk":
        """The whole reply, put together from its parts. Raises TimeoutError when it takes too long."""
        whole: BaseMessageChunk | None = None
        try:
            for chunk in chat.stream(messages, **settings):
                whole = chunk if whole is None else whole + chunk
                if time.monotonic() > until:
                    raise TimeoutError("the reply took too long")
        except ValueError as error:
            # A page of HTML, say, in the place of a stream.
            raise ConnectionError(f"what came back is no reply: {error}") from error
        if whole is None:
            raise ConnectionError("the reply ended before it began")
        return whole

    def _count(self, prompt: Prompt, message: "BaseMessage", took: float) -> None:
        said = getattr(message, "usage_metadata", None) or {}
        spent = Usage(
            calls=1,
            input_tokens=said.get("input_tokens", 0),
            output_tokens=said.get("output_tokens", 0),
            seconds=took,
            unknown=int(not said),
        )
        self.meter.add(spent)
        self._allowance.spend(spent)
        _log.info(
            "model %s: %s in %.2f s, %d tokens in, %d out%s",
            self.name,
            prompt.name,
            took,
            spent.input_tokens,
            spent.output_tokens,
            " (not told)" if spent.unknown else "",
        )


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
    from httpx2 import TransportError
    from langchain_core.exceptions import LangChainException
    from openai import OpenAIError

    # The SDK passes on as it is what breaks off in the middle of a stream.
    return (OSError, TimeoutError, LangChainException, OpenAIError, TransportError, *more)


def _without(text: str, key: SecretStr | None) -> str:
    """A message without the key, should a client have put it there."""
    return text.replace(key.get_secret_value(), "…") if key is not None and key.get_secret_value() else text
