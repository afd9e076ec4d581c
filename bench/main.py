"""Command line of the benchmark: runs the asked sections, keeps each one's result as JSON, composes the document."""

import argparse
import os
import sys
from pathlib import Path

import corpus
import document
import section_container
import section_exact
import section_memory
import section_quality
import section_speed
from tools import Context, NotReady

SECTIONS = {
    "container": section_container.measure,
    "exact": section_exact.measure,
    "memory": section_memory.measure,
    "speed": section_speed.measure,
    "quality": section_quality.measure,
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench/run", description=__doc__)
    parser.add_argument("corpus", nargs="?", default="", help="folder of podcasts; without it, speech that Debian ships")
    parser.add_argument("--only", help="sections to run, comma-separated: " + ",".join(SECTIONS))
    parser.add_argument("--fresh", action="store_true", help="measure again what an earlier run with the same program left")
    parser.add_argument("--chasqui", type=Path, help="the program to measure (default: build/release/chasqui)")
    parser.add_argument("--excerpt", type=int, default=120, metavar="SECONDS",
                        help="quality: score this much of the middle of every podcast, 0 = whole (default: 120)")
    parser.add_argument("--rates", default="8,12,16", help="quality: bit rates in kb/s (default: 8,12,16)")
    parser.add_argument("--runs", type=int, default=3, help="speed: interleaved runs of which the median counts (default: 3)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="quality: processes at a time")
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
        failed = document.write(context)
    except NotReady as reason:
        print(f"bench/run: {reason}", file=sys.stderr)
        return 69
    print(f"bench: wrote docs/benchmarks.md; bounds missed: {failed}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
