"""One piece of work in a process of its own; prints its seconds, CPU seconds and peak memory as JSON."""

import importlib
import json
import resource
import sys
import time
from pathlib import Path

BYTES_A_UNIT = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss


def main(work: str, path: str, out: str, *words: str) -> None:
    """Run ``work`` (module.function); only the call is timed, what it needs is imported before."""
    module, function = work.split(".")
    run = getattr(importlib.import_module(module), function)
    before, start = time.process_time(), time.perf_counter()
    run(Path(path), Path(out), *words)
    seconds, cpu = time.perf_counter() - start, time.process_time() - before
    # A kernel is a child; of several processes the largest counts.
    used = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    peak = max(used) * BYTES_A_UNIT
    print(json.dumps({"seconds": seconds, "cpu_seconds": cpu, "peak_bytes": peak}))


if __name__ == "__main__":
    main(*sys.argv[1:])
