"""A scripted stand-in for a language model: it stands for one in tests and demos, and is none.

It speaks the chat-completions form of OpenAI-compatible servers at `/llm/v1` and answers the same prompt
the same way, always. Like a model it reads nothing but its messages, and it does worse the less they say:
every behaviour of `reading` (clauses to promises), `understanding` (a question to a plan) and `wording`
(findings to claims) hangs on an instruction of the prompt, read by `instructions`. `faults` are the bad days
of a model, had on demand.
"""

from sandbox.llm.instructions import Instructions, instructions
from sandbox.llm.replies import reply
from sandbox.llm.server import MODEL

__all__ = ["MODEL", "Instructions", "instructions", "reply"]
