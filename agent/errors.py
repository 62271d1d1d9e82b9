"""Errors of asking.

PactaError
└── AgentError
    ├── QuestionError      a question that cannot be taken: empty or too long
    ├── PromptError        a prompt file that is missing, malformed or given the wrong inputs
    ├── ToolError          a tool that there is not, or arguments that it cannot take
    ├── UnmeasuredPrompt   a prompt without a passing record of the gate
    └── ModelError         the configured model gave nothing usable
        ├── ModelSettingsError   the model is configured wrongly (unknown provider, missing key)
        ├── ModelUnavailable     it could not be reached, refused, or took too long
        ├── BudgetSpent          its call would go beyond what the request or its caller may spend
        └── ModelReplyError      it replied, but not in the form that was asked for

A `ModelError` never reaches the person who asked: the embedded planner or the template takes over and
the answer's `engine` says so.
"""

from obligations.errors import PactaError


class AgentError(PactaError):
    """Root of the errors of this package."""


class QuestionError(AgentError, ValueError):
    """A question that cannot be taken; the message is written for the person who asked."""


class PromptError(AgentError, ValueError):
    """A prompt file that cannot be used; names the file and the field."""


class ToolError(AgentError, ValueError):
    """A tool that there is not, or arguments it cannot take; the message is written for who called it."""


class UnmeasuredPrompt(AgentError):
    """A prompt that the gate has not passed with the model in use: it may not be loaded."""


class ModelError(AgentError):
    """The configured model gave nothing usable."""


class ModelSettingsError(ModelError, ValueError):
    """Settings from which no client can be made."""


class ModelUnavailable(ModelError):
    """No reply: the address, the provider, a limit or a timeout."""


class BudgetSpent(ModelError):
    """A call that would go beyond the budget; it was not made."""


class ModelReplyError(ModelError):
    """A reply that does not fit the schema asked for."""
