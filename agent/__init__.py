"""Questions answered over assessments, with a clause or a record behind every statement.

`agent.ask.ask` and `agent.ask.stream` are the way in; `agent.deps.AskDeps` is what they need.
"""
