"""The part of docs/benchmarks.md about the service on several machines."""

import statistics

LAPS = {"embedded": "embedded engine, on one core", "one worker, all on one core": "PostgreSQL, RabbitMQ, server and one worker, all on that core",
        "one worker": "one worker on a core, the rest on both", "two workers": "two workers, one on each core, the rest on both",
        "one command": "`chasqui compress` on one core", "two commands": "two of them, on two cores"}


def speed(result: dict, table) -> str:
    rows = [[text, f"{result['medians'][lap]:.1f}", ", ".join(f"{run[lap]:.1f}" for run in result["runs"])] for lap, text in LAPS.items()]
    ratios = result["ratios"]
    return (table([f"{result['episodes']} episodes of {result['minutes']} minutes", "Episodes/h, median", "Each round"], rows) +
            f"\n\nMedians of the rounds' ratios: cluster to embedded **{ratios['cluster / embedded']:.3f} x**, two workers to one "
            f"**{ratios['two workers / one']:.2f} x**; two commands that share nothing reach {ratios['two commands / one']:.2f} x on this machine.")


def load(result: dict, table) -> str:
    waits, memory = result["waits"], result["memory_mib"]
    span = result["accepted_s"] + result["drained_s"]
    rows = [[f"{result['recordings']:,}", f"{result['accepted'] / result['accepted_s']:.0f} /s", f"{result['confirmed_s']:.1f} s",
             f"{result['states'].get('done', 0) / result['drained_s']:.1f} /s", f"{span:.0f} s", f"{waits['p50_s']:.0f} s", f"{waits['p99_s']:.0f} s",
             f"{waits['longest_s']:.0f} s", waits["overtaken_by"]]]
    sizes = [[name, f"{result['memory_at_first_mib'][name]:.0f}", f"{most:.0f}"] for name, most in memory.items()]
    return (table(["Recordings", "Accepted", "All confirmed by the broker after", "Done by two workers", "From the first to the end", "Wait, p50", "p99",
                   "Longest", "Most that one was overtaken by"], rows) + "\n\n" + table(["Memory (PSS), MiB", "At first", "Most"], sizes))


def faults(result: dict, table) -> str:
    kinds = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in sorted(result["faults"].items(), key=lambda one: -one[1]))
    rows = [[what, len(spans), f"{statistics.median(spans):.1f} s", f"{max(spans):.1f} s"] for what, spans in result["recoveries_s"].items()]
    return (f"{sum(result['faults'].values())} faults in {result['seconds']:.0f} s: {kinds}. {result['accepted']} recordings accepted, {result['jobs']} jobs, "
            f"{result['lost_workers']} times a worker was lost with its job; faults found: {'; '.join(result['trouble'][:5]) or 'none'}.\n\n" +
            table(["Killed, away for up to 2 s, back", "Times", "Next episode finished after, median", "Longest"], rows))

