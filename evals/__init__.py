"""Measuring answers, readings and retrieval, and the gate that a changed prompt has to pass.

An eval is one page in `tasks/`: samples, how each is solved, and the scorers of `scorers/` that judge
what came out. A score carries its explanation. Cases are YAML in `cases/`, baselines JSON in
`baselines/`. Words: an *eval* measures models, prompts and the planner; promises are *assessed*.
"""

from evals.runner import run

__all__ = ["run"]
