"""The profile of Hypothesis under which mutants are tried: fewer examples, always the same, no shrinking."""

from hypothesis import Phase, settings

settings.register_profile(
    "mutants", max_examples=30, derandomize=True, deadline=None, phases=(Phase.explicit, Phase.generate)
)
