"""Command line of the benchmark: runs the asked sections, keeps each one's result as JSON, composes the document
from all that are kept in docs/bench/results."""

import argparse
import os
import sys
from pathlib import Path

import corpus
import document
import section_cluster
import section_conformance
import section_container
import section_crowd
import section_exact
import section_kills
import section_memory
import section_quality
import section_ranges
import section_sanitizers
import section_rate_quality
import section_speed
from tools import Context, NotReady

SECTIONS = {
    "container": section_container.measure,
    "exact": section_exact.measure,
    "memory": section_memory.measure,
    "speed": section_speed.measure,
    "quality": section_quality.measure,
    "rate_quality": section_rate_quality.measure,
    "sanitizers": section_sanitizers.measure,
    "ranges": section_ranges.measure,
    "crowd": section_crowd.measure,
    "kills": section_kills.measure,
    "conformance": section_conformance.measure,
    "cluster_load": section_cluster.measure_load,
    "cluster_speed": section_cluster.measure_speed,
    "cluster_faults": section_cluster.measure_faults,
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench/run", description=__doc__)
    parser.add_argument("corpus", nargs="?", default="", help="folder of podcasts; without it, speech that Debian ships")
    parser.add_argument("--only", help="sections to run, comma-separated: " + ",".join(SECTIONS))
    parser.add_argument("--fresh", action="store_true", help="measure again what an earlier run with the same program left")
    parser.add_argument("--chasqui", type=Path, help="the program to measure (default: build/release/chasqui)")
    parser.add_argument("--excerpt", type=int, default=60, metavar="SECONDS",
                        help="quality, rate_quality: use this much of the middle of every podcast, 0 = whole (default: 60)")
    parser.add_argument("--rates", default="8,12,16", help="quality: bit rates in kb/s (default: 8,12,16)")
    parser.add_argument("--qualities", default="2.4,3.0,3.6", help="rate_quality: what to ask of --quality (default: 2.4,3.0,3.6)")
    parser.add_argument("--decoders", default="stock,enhanced", help="rate_quality: (default: stock,enhanced)")
    parser.add_argument("--piece", type=int, default=4, metavar="SECONDS", help="rate_quality: length of what is scored (default: 4)")
    parser.add_argument("--hop", type=int, default=2, metavar="SECONDS", help="rate_quality: and from one to the next (default: 2)")
    parser.add_argument("--quick", action="store_true", help="rate_quality: no means, ViSQOL, DNSMOS; against the two best peers only")
    parser.add_argument("--recordings", metavar="N,N,...", help="only these, by the numbers that the document gives them")
    parser.add_argument("--work", type=Path, metavar="FOLDER", help="scratch and results (default: build/bench)")
    parser.add_argument("--cache", type=Path, metavar="FOLDER", help="what was computed before; may be shared (default: cache in the work folder)")
    parser.add_argument("--no-document", action="store_true", help="measure only")
    parser.add_argument("--runs", type=int, default=3, help="speed, cluster_speed: interleaved runs of which the median counts (default: 3)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="quality, rate_quality: processes at a time")
    parser.add_argument("--document-only", action="store_true", help="compose the document from the results that are there")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    root = Path(__file__).resolve().parent.parent
    chosen = options.only.split(",") if options.only else list(SECTIONS)
    if unknown := set(chosen) - set(SECTIONS):
        print(f"bench/run: no section named {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}", file=sys.stderr)
        return 64
    try:
        context = Context.create(root, options)
        if not options.document_only:
            context.podcasts = corpus.find(context, options.corpus)
            for name in chosen:
                context.run_section(name, SECTIONS[name])
        if options.no_document:
            return 0
        failed = document.write(context)
    except NotReady as reason:
        print(f"bench/run: {reason}", file=sys.stderr)
        return 69
    print(f"bench: wrote docs/benchmarks.md; bounds missed: {failed}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
