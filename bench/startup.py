"""How long `--help` takes beside a bare start of the interpreter: python bench/startup.py."""

import statistics
import subprocess
import sys
import time

RUNS = 15


def median_seconds(*arguments: str) -> float:
    """Returns the median wall time of running Python with these arguments."""
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - started)
    return statistics.median(times)


if __name__ == "__main__":
    median_seconds("-m", "omneo_reconcile", "--help")  # fills the caches
    bare = median_seconds("-c", "pass")
    for command in ([], ["plan"], ["apply"]):
        seconds = median_seconds("-m", "omneo_reconcile", *command, "--help")
        over = f"a bare start + {1000 * (seconds - bare):3.0f} ms, {seconds / bare:.1f} x"
        print(f"{' '.join([*command, '--help']):14} {1000 * seconds:4.0f} ms, {over}")
