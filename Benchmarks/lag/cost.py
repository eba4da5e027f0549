"""What probing costs: forty mostly idle workers, each variant by itself, so that none finds caches warm from another."""
import statistics

import crew as crews

WORKERS, ACTIVE, SPIN_US, RATE = 40, 4, 100, 100
# In the first windows it looks for the loops.
SETTLING_WINDOWS = 3


def measure(crew, observers, variants, seconds, say):
    """us of CPU for each worker and second by variant: {variant: {"thread": ..., "process": ...}}."""
    found = {}
    directory = crew.fresh("cost")
    import subprocess
    process = crew.start([crew.path("sleepers"), WORKERS, ACTIVE, SPIN_US, RATE], stdout=subprocess.PIPE)
    pids = [int(each) for each in crews.read_line(process, 10, "sleepers").split()]
    try:
        for variant in variants:
            say(f"cost of {variant.name}")
            observers.start(pids, [variant], seconds + SETTLING_WINDOWS, directory)
            (_, estimates, problem), = observers.finish(seconds + SETTLING_WINDOWS)
            if problem or len(estimates) != WORKERS:
                found[variant.name] = {"problem": problem or f"{len(estimates)} of {WORKERS} workers"}
                continue
            each = [estimate.windows[SETTLING_WINDOWS:] for estimate in estimates.values()]
            one = next(iter(estimates.values()))
            found[variant.name] = {
                "thread": statistics.mean(
                    window["agent_cpu_seconds"] * 1e15 / (window["t1_ns"] - window["t0_ns"])
                    for windows in each for window in windows),
                "process": one.cpu_seconds * 1e6 / one.seconds / WORKERS}
    finally:
        crew.end(process)
    return found
