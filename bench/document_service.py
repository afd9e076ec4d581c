"""The parts of docs/benchmarks.md about the service."""

from document_cluster import faults, load, speed


def ranges(result: dict, table) -> str:
    rows = [[name, f"{side['per_second']:.0f}", f"{side['processor_us']:.1f}"] for name, side in (("chasqui", result["sides"]["ours"]), ("nginx", result["sides"]["nginx"]))]
    pairs = sorted(run["ours"]["per_second"] / run["nginx"]["per_second"] for run in result["runs"])
    return (table(["Server", "Requests/s", "Processor time per request, us"], rows) +
            f"\n\nRatio of the two in each pair of runs: **{result['ratio']:.2f} x** in the median, {pairs[0]:.2f} to {pairs[-1]:.2f} over {len(pairs)} pairs. "
            f"Other processes used {result['disturbed_cores']:.2f} cores before the first.")


def crowd(result: dict, table) -> str:
    return table(["Downloads", "At once", "Failed", "Memory, MB", "GET an episode, p50 ms", "p99 ms", "Asked"],
                 [[result["downloads"], result["most_connections"], result["failed"], f"{result['memory_mb']:.0f}", f"{result['p50_ms']:.1f}", f"{result['p99_ms']:.1f}",
                   result["asked"]]])


def kills(result: dict, table) -> str:
    return table(["Kills", "Recordings accepted", "Faults"], [[result["kills"], result["accepted"], "; ".join(result["trouble"][:5]) or "none"]])


def conformance(result: dict, table) -> str:
    return table(["Operations", "Requests", "Result"], [[result["operations"], result["requests"], result["checks"][0]["got"]]])


WRITERS = {"ranges": ranges, "crowd": crowd, "kills": kills, "conformance": conformance, "cluster_load": load, "cluster_speed": speed, "cluster_faults": faults}
