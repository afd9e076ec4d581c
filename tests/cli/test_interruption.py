"""Stopped or killed at any moment: nothing left behind, no decoder process without a parent, a clear answer."""

import os
import signal
import threading

import numpy as np
import pytest

from support.media import RATE, decoded, ffmpeg, write_wav
from support.ogg import read_ogg_opus, write_ogg_opus
from support.program import DATA, INTERRUPTED, OK, patience, sanitizer, wait_until

LONG_SECONDS = 3600
MIB = 1 << 20


@pytest.fixture(scope="session")
def hour(material, speech_48k):
    """An hour at a low rate: no machine is through with it before it is disturbed."""
    short = write_wav(material / ".loop.wav", speech_48k)
    ffmpeg("-stream_loop", -1, "-t", LONG_SECONDS, "-i", short, "-ar", 8000, "-c:a", "pcm_mulaw", material / "hour.wav")
    return material / "hour.wav"


@pytest.fixture(scope="session")
def minutes(material, speech_48k):
    """Long enough to be met while encoding, short enough to get there soon."""
    return write_wav(material / "minutes.wav", np.tile(speech_48k, 10 if not sanitizer() else 3))


def has_started(run):
    run.wait_for_decoder()


def is_halfway_through_decoding(run):
    run.wait_for_decoder()
    wait_until(lambda: run.alive() and run.spooled_bytes() > 2 * MIB, "the run spooled no sound")


def at_once(run):
    run.alive()


MOMENTS = {"at once": at_once, "decoder started": has_started, "decoding": is_halfway_through_decoding}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda s: s.name)
@pytest.mark.parametrize("moment", ["decoder started", "decoding"])
@pytest.mark.parametrize("command", ["compress", "condition"])
def test_stop_on_request(chasqui, out, hour, number, moment, command):
    with chasqui.start(command, hour, "-o", out / "o.any") as run:
        MOMENTS[moment](run)
        run.send(number)
        outcome = run.end(within=patience(3))
    assert outcome.code == INTERRUPTED, f"expected exit 130\n{outcome}"
    assert "hour.wav" in outcome.error_line(), str(outcome)
    assert not list(out.iterdir())


def test_stop_while_reading_to_compare(chasqui, out, hour, short_wav):
    """Of either kind of input, the message names the one that was being read."""
    lesson = write_ogg_opus(out / "lesson.opus", [b"\x1b\x02"] * 110_000)
    for source, begun in ((hour, has_started), (lesson, lambda run: run.wait_for_work(0.5))):
        with chasqui.start("compare", source, short_wav) as run:
            begun(run)
            run.send(signal.SIGTERM)
            outcome = run.end(within=patience(1))
        assert outcome.code == INTERRUPTED, f"expected exit 130\n{outcome}"
        assert f"{source.name}: stopped" in outcome.error_line(), str(outcome)


@pytest.mark.release_only("reads an hour before there is something to stop")
@pytest.mark.parametrize("work_s", [0, 3])
def test_stop_while_comparing(chasqui, out, hour, work_s):
    """Wherever it is: aligning, or in any of the measures."""
    with chasqui.start("compare", hour, hour, "--plot", out / "p.png") as run:
        readers = [run.wait_for_decoder()]
        readers.append(wait_until(lambda: next((d for d in run.decoders() if d not in readers), None), "no second decoder", 60))
        wait_until(lambda: run.alive() and not run.decoders(), "the second decoder did not end", 60)
        run.wait_for_work(work_s)
        run.send(signal.SIGTERM)
        outcome = run.end(within=patience(1))
    assert outcome.code == INTERRUPTED, f"expected exit 130\n{outcome}"
    assert "hour.wav" in outcome.error_line() and not outcome.stdout, str(outcome)
    assert not list(out.iterdir())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda s: s.name)
def test_stop_while_encoding(chasqui, out, minutes, number):
    """The decoder has ended and the encoders are at work."""
    with chasqui.start("compress", minutes, "-o", out / "o.opus", "--threads", 1) as run:
        run.wait_for_decoder()
        wait_until(lambda: not run.alive() or not run.decoders(), "the decoder did not end", 60)
        run.send(number)
        outcome = run.end(within=patience(3))
    assert outcome.code == INTERRUPTED, f"expected exit 130\n{outcome}"
    outcome.error_line()
    assert not list(out.iterdir())


def test_stop_ends_a_batch(chasqui, out, hour, short_wav):
    with chasqui.start("compress", short_wav, hour, "-o", f"{out}/") as run:
        wait_until(lambda: run.alive() and (out / "short.opus").exists(), "the first file was not written")
        run.wait_for_decoder()
        run.send(signal.SIGTERM)
        outcome = run.end(within=patience(3))
    assert outcome.code == INTERRUPTED, f"expected exit 130\n{outcome}"
    assert [p.name for p in out.iterdir()] == ["short.opus"], "what was complete stays, the other is not there"
    assert read_ogg_opus(out / "short.opus").samples == 3 * RATE


@pytest.mark.parametrize("moment", MOMENTS)
def test_kill(chasqui, out, hour, moment):
    """SIGKILL cannot be handled; the decoder must end with its parent (the fixture no_orphans looks for it)."""
    with chasqui.start("compress", hour, "-o", out / "o.opus") as run:
        MOMENTS[moment](run)
        run.send(signal.SIGKILL)
        outcome = run.end(within=patience(3))
    assert outcome.code == -signal.SIGKILL
    assert not list(out.iterdir()), "a killed run left something behind"


# A sanitizer's runtime catches SIGSEGV and reports it as a fault of the decoder.
DEADLY = [signal.SIGKILL, signal.SIGABRT] + ([] if sanitizer() else [signal.SIGSEGV])


@pytest.mark.parametrize("number", DEADLY, ids=lambda s: s.name)
@pytest.mark.parametrize("moment", ["decoder started", "decoding"])
def test_decoder_dies(chasqui, out, hour, moment, number):
    with chasqui.start("compress", hour, "-o", out / "o.opus") as run:
        MOMENTS[moment](run)
        os.kill(run.wait_for_decoder(), number)
        outcome = run.end(within=patience(5))
    assert outcome.code == DATA, f"expected exit 65\n{outcome}"
    assert "hour.wav" in outcome.error_line() and "decoder" in outcome.error_line(), str(outcome)
    assert not list(out.iterdir())


def test_decoder_stalls(chasqui, out, hour):
    env = {"CHASQUI_DECODER_STALL_SECONDS": "5"}  # more than a busy machine keeps a program waiting
    with chasqui.start("compress", hour, "-o", out / "o.opus", env=env) as run:
        is_halfway_through_decoding(run)
        os.kill(run.wait_for_decoder(), signal.SIGSTOP)
        outcome = run.end(within=patience(20))
    assert outcome.code == DATA, f"expected exit 65\n{outcome}"
    assert "hour.wav" in outcome.error_line(), str(outcome)
    assert not list(out.iterdir())


def test_two_runs_to_one_output(chasqui, out, minutes, speech_wav):
    """Whoever ends last wins; a reader sees no file or a whole one, at any moment."""
    seen, target = [], out / "o.opus"
    with chasqui.start("compress", minutes, "-o", target) as slow, chasqui.start("compress", speech_wav, "-o", target) as quick:
        watching = threading.Event()

        def watch():
            while not watching.is_set():
                if target.exists():
                    seen.append(len(target.read_bytes()))
                watching.wait(0.002)

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            # TMPDIR is shared, so it can only be checked when both have ended
            codes = [run.process.wait(patience(60)) for run in (quick, slow)]
        finally:
            watching.set()
            watcher.join()
        assert codes == [OK, OK], [run.process.stderr.read() for run in (quick, slow)]
    chasqui.check_spool("two runs")
    assert [p.name for p in out.iterdir()] == ["o.opus"]
    assert len(decoded(target)) == read_ogg_opus(target).samples
    alone = [chasqui("compress", source, "-o", out / "alone.opus", "--json").ok().json()["output_bytes"] for source in (speech_wav, minutes)]
    assert set(seen) <= set(alone), f"sizes seen: {sorted(set(seen))}, sizes of whole files: {alone}"


def test_spooled_sound_has_no_name(chasqui, out, hour):
    """Even while a run goes on there is nothing to find, so nothing can be left when the power fails."""
    with chasqui.start("compress", hour, "-o", out / "o.opus") as run:
        is_halfway_through_decoding(run)
        assert not list(chasqui.spool.iterdir()) and not list(out.iterdir())
