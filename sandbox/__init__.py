"""Stand-ins for the vendors' systems over real HTTP, written from the vendors' documentation alone.

A second witness: it shares no code with what it tests. `serve()` starts it; `sandbox.world` holds the
records of the invented company it plays.
"""

from sandbox.serve import RunningSandbox, serve

__all__ = ["RunningSandbox", "serve"]
