"""A random sample of the mutants: `python -m tests.mutation.draw 2500 [SEED]`.

For when there are no two hours. After mutmut has made the mutants; those not drawn are marked as left out,
so that `mutmut run` tries the others only. The report tells how far the sample's share may be from that of
all.
"""

import json
import random
import sys
from pathlib import Path

FOLDER = Path("mutants")
LEFT_OUT = 34
"""mutmut's exit code of a mutant that is skipped."""


def draw(folder: Path, count: int, seed: int) -> tuple[int, int]:
    """Mark all but `count` mutants as left out; how many were drawn, and from how many."""
    metas = {path: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.meta"))}
    names = [(path, name) for path, meta in metas.items() for name in sorted(meta["exit_code_by_key"])]
    drawn = set(random.Random(seed).sample(names, min(count, len(names))))
    for path, meta in metas.items():
        codes = meta["exit_code_by_key"]
        for name in codes:
            codes[name] = None if (path, name) in drawn else LEFT_OUT
        path.write_text(json.dumps(meta, indent=4), encoding="utf-8")
    return len(drawn), len(names)


if __name__ == "__main__":
    number, of = draw(FOLDER, int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    print(f"{number} of {of} mutants drawn")
