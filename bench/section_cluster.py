"""The service on PostgreSQL and RabbitMQ: many jobs at once, what the engine costs, what a second worker brings, faults at random."""

import contextlib
import os
import statistics
import sys
import tempfile
from pathlib import Path

from tools import Context, check, digest

ROOT = Path(__file__).resolve().parent.parent
JOBS, WORKERS = 10_000, 2
EPISODES = 4
FAULTS, SEED = 300, 1


def tests_of_the_cluster(context: Context) -> None:
    """Makes them importable."""
    os.environ["CHASQUI_BUILD"] = str(context.chasqui.parent)
    if str(ROOT / "tests/cluster") not in sys.path:
        sys.path[:0] = [str(ROOT / "tests/cluster")]


@contextlib.contextmanager
def scratch():
    with tempfile.TemporaryDirectory(prefix="chasqui-bench-") as name:
        Path(name).chmod(0o755)  # PostgreSQL runs as a user of its own
        yield Path(name)


def measure_speed(context: Context) -> dict:
    tests_of_the_cluster(context)
    import throughput

    def one_round(number: int) -> dict:
        with scratch() as folder:
            return throughput.one_round(folder, EPISODES, number)

    speed = throughput.summary(EPISODES, [context.cached(digest("cluster", context.machine, EPISODES, number), lambda number=number: one_round(number))
                                          for number in range(context.options.runs)])
    return speed | {"checks": of_speed(speed)}


def measure_load(context: Context) -> dict:
    tests_of_the_cluster(context)
    import queue_load

    with scratch() as folder:
        load = queue_load.measure(folder, JOBS, WORKERS)
    return load | {"checks": of_load(load)}


def measure_faults(context: Context) -> dict:
    tests_of_the_cluster(context)
    import fault_campaign
    from servers import servers_in_a_folder

    with servers_in_a_folder("bench") as (folder, servers):
        faults = fault_campaign.storm(folder, servers, FAULTS, SEED, WORKERS)
    return faults | {"checks": of_faults(faults)}


def of_load(load: dict) -> list[dict]:
    rate = load["accepted"] / load["accepted_s"]
    done = load["states"].get("done", 0)
    waits = load["waits"]
    return [check(f"{load['recordings']:,} short jobs at once: accepted", ">= 500 /s", f"{rate:.0f} /s", rate >= 500),
            check("all done, no message left", f"{load['recordings']:,}", f"{done:,}, {load['messages_left']} messages",
                  load["states"] == {"done": load["recordings"]} and load["messages_left"] == 0),
            check("longest wait of a job against the time to drain the queue", "<= 1.05 x",
                  f"{waits['longest_s'] / (load['accepted_s'] + load['drained_s']):.2f} x",
                  waits["longest_s"] <= 1.05 * (load["accepted_s"] + load["drained_s"]))]


def of_speed(speed: dict) -> list[dict]:
    cost, second = 1 - speed["ratios"]["cluster / embedded"], speed["ratios"]["two workers / one"]
    return [check("cluster engine, one worker, 10-minute episodes: throughput lost against the embedded engine", "<= 5 %", f"{cost:.1%}", cost <= 0.05),
            check("two workers against one", ">= 1.9 x", f"{second:.2f} x", second >= 1.9)]


def of_faults(faults: dict) -> list[dict]:
    late = max((max(spans) for spans in faults["recoveries_s"].values()), default=float("inf"))
    median = statistics.median([span for spans in faults["recoveries_s"].values() for span in spans] or [float("inf")])
    number = sum(faults["faults"].values())
    return [check(f"{number} random faults under submissions", "every accepted episode done once, with the bytes of a calm run; nothing stuck or left",
                  f"{faults['accepted']} accepted, " + (f"{len(faults['trouble'])} faults" if faults["trouble"] else "all of it holds"), not faults["trouble"]),
            check("broker or database back until the next episode is finished, longest", "<= 10 s", f"{late:.1f} s (median {median:.1f} s)", late <= 10)]
