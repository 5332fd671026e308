"""Journey types on real event logs: all ways compared, by stability, with time and memory.

``python -m eval.mining_types`` writes a table for docs/results-mining.md to standard output: the
stability of each way and number of types, then the types of the way that the product chooses.
Event logs hold neither contacts nor effort: types are told apart by their paths alone.
"""

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from eval.mining import LOGS, read, write
from journey.mining.page import percent
from journey.mining.prefixes import Case
from journey.types.choose import KINDS, Trial, choose
from journey.types.methods import METHODS
from journey.types.sample import SIGNALS, Sample
from journey.types.tell import tell


def sample(found: Sequence[Case]) -> Sample:
    """Give the cases as journeys, in order of their start."""
    return Sample(
        ids=tuple(case.case_id for case in found),
        paths=tuple(tuple(event.activity for event in case.events) for case in found),
        signals=np.zeros((len(found), len(SIGNALS))),
        opened_s=np.array([case.seconds[0] for case in found]),
    )


def _peak_mb() -> float:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def _trials(trials: Sequence[Trial]) -> list[str]:
    by = {(one.method, one.kinds): one for one in trials}
    lines = [f"| way | {' | '.join(f'{kinds} types' for kinds in KINDS)} |"]
    lines.append("|" + " --- |" * (len(KINDS) + 1))
    for method in METHODS:
        cells = [
            f"{by[method, kinds].agreement:.2f} ± {by[method, kinds].error:.2f}" for kinds in KINDS
        ]
        lines.append(f"| {method} | {' | '.join(cells)} |")
    return lines


def main() -> None:
    """Compare the ways on each log."""
    for log in LOGS:
        held = sample(read(log))
        before = _peak_mb()
        begin = time.perf_counter(), time.process_time()
        fitted, trials = choose(held)
        told = tell(fitted, held, trials)
        wall, cpu = time.perf_counter() - begin[0], time.process_time() - begin[1]
        write(
            [
                "",
                f"{log.title}: {len(held.ids):,} cases, {len(set(held.paths)):,} paths; "
                f"{cpu:.0f} s of CPU ({wall:.0f} s), {_peak_mb() - before:.0f} MB over the log; "
                f"chosen: {told.method}, agreement {told.agreement:.2f}, "
                f"{'stable' if told.stable else 'not stable'}",
                "",
                *_trials(trials),
                "",
            ]
        )
        write(
            [
                f"- {percent(kind.share)} ({kind.journeys:,}): {kind.name}. "
                f"Most often: {' > '.join(kind.path)}"
                for kind in told.kinds
            ]
        )


if __name__ == "__main__":
    main()
