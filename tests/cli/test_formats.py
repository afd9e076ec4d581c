"""Every input format works, every output format plays, and lengths are right to the sample."""

import os
import subprocess

import pytest

from support import speech
from support.media import RATE, convert, decoded, ffmpeg, probe, run_tool, wav_length, wav_samples, write_wav
from support.ogg import read_ogg_opus
from support.program import sanitizer

VIDEO = ("-f", "lavfi", "-i", "testsrc2=size=160x120:rate=10", "-shortest", "-map", "0:a", "-map", "1:v")

# id, extension, ffmpeg output options, samples at 48 kHz by which the decoded length may differ from the material's
INPUTS = [
    ("mp3", "mp3", ("-c:a", "libmp3lame", "-b:a", "64k"), 0),
    ("mp3-22k", "mp3", ("-c:a", "libmp3lame", "-b:a", "32k", "-ar", 22050), 3),
    ("m4a-aac", "m4a", ("-c:a", "aac", "-b:a", "64k"), 1024),
    ("aac-adts", "aac", ("-c:a", "aac", "-b:a", "64k"), 3072),
    ("wav-16-bit", "wav", ("-c:a", "pcm_s16le"), 0),
    ("wav-24-bit-44k", "wav", ("-c:a", "pcm_s24le", "-ar", 44100), 3),
    ("wav-float-8k", "wav", ("-c:a", "pcm_f32le", "-ar", 8000), 6),
    ("wav-alaw", "wav", ("-c:a", "pcm_alaw", "-ar", 8000), 6),
    ("aiff", "aiff", (), 0),
    ("flac", "flac", (), 0),
    ("alac", "m4a", ("-c:a", "alac"), 0),
    ("ogg-vorbis", "ogg", ("-c:a", "libvorbis",), 64),
    ("opus", "opus", ("-c:a", "libopus", "-b:a", "24k"), 0),
    ("wma", "wma", ("-c:a", "wmav2",), 4096),
    ("webm-opus", "webm", ("-c:a", "libopus", "-b:a", "32k"), 960),
    ("3gp-aac", "3gp", ("-c:a", "aac", "-ar", 16000), 3072),
    ("mkv-flac", "mka", ("-c:a", "flac"), 48),
]


@pytest.fixture(scope="session")
def six_seconds(material, speech_48k):
    return write_wav(material / "six.wav", speech_48k[:6 * RATE])


def check_compressed(chasqui, out, source, expected_samples, tolerance):
    conditioned, opus, played = out / "c.wav", out / "o.opus", out / "d.wav"
    chasqui("condition", source, "-o", conditioned).ok()
    row = chasqui("compress", source, "-o", opus, "--json").ok().json()
    chasqui("decode", opus, "-o", played).ok()
    length = wav_length(conditioned)
    assert abs(length - expected_samples) <= tolerance, f"{source.name}: {length} samples, expected {expected_samples}±{tolerance}"
    assert row["seconds"] == pytest.approx(length / RATE, abs=1e-4)
    assert row["input_bytes"] == source.stat().st_size and row["output_bytes"] == opus.stat().st_size
    assert row["bitrate_kbps"] == pytest.approx(opus.stat().st_size * 8 / 1000 / (length / RATE), rel=1e-3)
    assert len(decoded(opus)) == length, "length by ffmpeg differs from what was encoded"
    assert wav_length(played) == length, "length by `chasqui decode` differs from what was encoded"
    assert read_ogg_opus(opus).samples == length


@pytest.mark.parametrize(("extension", "options", "tolerance"), [row[1:] for row in INPUTS], ids=[row[0] for row in INPUTS])
def test_input_format(chasqui, out, tmp_path, six_seconds, extension, options, tolerance):
    source = convert(six_seconds, tmp_path / f"lección 1.{extension}", *options)
    check_compressed(chasqui, out, source, 6 * RATE, tolerance)


@pytest.mark.parametrize("extension", ["amr", "3gp"])
def test_phone_recording(chasqui, out, tmp_path, speech_48k, extension):
    source = speech.write_amr(tmp_path / "call.amr", speech_48k[:6 * RATE])
    if extension == "3gp":
        source = convert(source, tmp_path / "call.3gp", "-c", "copy")
    check_compressed(chasqui, out, source, 6 * RATE, 1000)


@pytest.mark.parametrize(("extension", "codecs"), [
    ("mp4", ("-c:a", "aac", "-c:v", "libx264", "-preset", "ultrafast")), ("mkv", ("-c:a", "libvorbis", "-c:v", "mpeg4")),
    ("webm", ("-c:a", "libopus", "-c:v", "libvpx", "-cpu-used", 8)), ("avi", ("-c:a", "libmp3lame", "-c:v", "mpeg4"))])
def test_video_gives_its_sound(chasqui, out, tmp_path, six_seconds, extension, codecs):
    source = tmp_path / f"class.{extension}"
    ffmpeg("-i", six_seconds, *VIDEO, *codecs, source)
    check_compressed(chasqui, out, source, 6 * RATE, 4096)


def test_second_sound_stream_does_not_disturb(chasqui, out, tmp_path, six_seconds, music_wav):
    source = tmp_path / "two.mka"
    ffmpeg("-i", six_seconds, "-i", music_wav, "-map", "0:a", "-map", "1:a", "-c:a", "flac", source)
    check_compressed(chasqui, out, source, 6 * RATE, 48)


def test_lossless_input_arrives_unchanged(chasqui, out, six_seconds):
    """With conditioning off, 48 kHz mono 16 bits in is 48 kHz mono 16 bits out, bit by bit."""
    chasqui("condition", six_seconds, "-o", out / "c.wav", "--no-condition").ok()
    assert (wav_samples(out / "c.wav") == decoded(six_seconds)).all()


@pytest.mark.release_only("a measurement; the code it runs is run by other tests there")
@pytest.mark.parametrize("bitrate", [5, 6, 8, 12, 16, 24, 48, 64])
def test_bitrate_is_kept(chasqui, out, speech_wav, bitrate):
    row = chasqui("compress", speech_wav, "-o", out / "o.opus", "-b", bitrate, "--json").ok().json()
    assert bitrate * 0.6 <= row["bitrate_kbps"] <= bitrate * 1.2 + 0.5, f"asked for {bitrate} kb/s: {row}"
    assert len(decoded(out / "o.opus")) == 12 * RATE


PRE_SKIP, PACKET = 312, 5760

# Lengths that do not fit frames: one sample, primes, around frames of 60 and packets of 120 ms, with and without pre-skip.
LENGTHS = [1, 2, 7, 47, 311, 312, 313, 480, 961, 2567, 2568, 2569, 2880, 2881, 4999, 5447, 5448, 5449, 5759, 5760, 5761, 7919,
           8328, 8640, 11207, 11208, 11209, 11520, 11521, 17280, 19997, 20000]


@pytest.fixture(scope="session")
def odd_lengths(material, speech_48k):
    lengths = LENGTHS if not sanitizer() else LENGTHS[::5] + [1]
    return {n: write_wav(material / f"{n}.wav", speech_48k[RATE:RATE + n]) for n in lengths}


@pytest.mark.release_only("a measurement; the code it runs is run by other tests there")
def test_length_by_ffmpegs_own_decoder(chasqui, out, six_seconds):
    for container in ("opus", "webm"):
        chasqui("compress", six_seconds, "-o", out / f"o.{container}", "-f", container).ok()
        raw = ffmpeg("-c:a", "opus", "-i", out / f"o.{container}", "-f", "s16le", "-").stdout
        assert len(raw) // 2 == 6 * RATE


@pytest.mark.parametrize("container", ["opus", "webm"])
def test_odd_lengths_by_ffmpeg(chasqui, out, odd_lengths, container):
    """ffmpeg 5.1 forgets CodecDelay where a single WebM block also has DiscardPadding; such files are left to the unit tests."""
    if container == "webm":
        odd_lengths = {n: source for n, source in odd_lengths.items() if n + PRE_SKIP > PACKET}
    chasqui("compress", *odd_lengths.values(), "-o", f"{out}/", "-f", container).ok()
    lengths = {n: len(decoded(out / f"{n}.{container}")) for n in odd_lengths}
    wrong = {n: got for n, got in lengths.items() if got != n}
    assert not wrong, f"samples wanted: samples that ffmpeg decodes from the {container}: {wrong}"


def test_odd_lengths_by_decode_and_condition(chasqui, out, odd_lengths):
    chasqui("compress", *odd_lengths.values(), "-o", f"{out}/").ok()
    for number, (samples, source) in enumerate(odd_lengths.items()):
        read = read_ogg_opus(out / f"{samples}.opus")
        assert read.samples == samples
        chasqui("decode", out / f"{samples}.opus", "-o", out / "d.wav").ok()
        assert wav_length(out / "d.wav") == samples
        if number % 4:
            continue  # the conditioner knows nothing of packets
        chasqui("condition", source, "-o", out / "c.wav").ok()
        assert wav_length(out / "c.wav") == samples


def caf_packet_table(path):
    """(packets, valid frames, priming, remainder) of the 'pakt' chunk, after Apple's Core Audio Format specification."""
    data, at = path.read_bytes(), 8
    assert data[:4] == b"caff"
    while at < len(data):
        kind, size = data[at:at + 4], int.from_bytes(data[at + 4:at + 12], "big", signed=True)
        if kind == b"pakt":
            head = data[at + 12:at + 36]
            numbers = [int.from_bytes(head[i:j], "big", signed=True) for i, j in ((0, 8), (8, 16), (16, 20), (20, 24))]
            return tuple(numbers)
        at += 12 + size
    raise AssertionError(f"{path.name} has no packet table")


def test_odd_lengths_in_caf(chasqui, out, odd_lengths):
    """ffmpeg 5.1 does not trim CAF, so it gives all frames; the packet table says which of them are the sound."""
    chasqui("compress", *odd_lengths.values(), "-o", f"{out}/", "-f", "caf").ok()
    for samples in odd_lengths:
        path = out / f"{samples}.caf"
        packets, valid, priming, remainder = caf_packet_table(path)
        stream = probe(path)["streams"][0]
        assert (stream["codec_name"], stream["sample_rate"]) == ("opus", "48000")
        assert valid == samples
        assert (priming + valid + remainder) == packets * 2880
        assert int(stream["nb_read_packets"]) == packets


def test_caf_is_constant_bitrate_and_sounds_the_same(chasqui, out, six_seconds):
    chasqui("compress", six_seconds, "-o", out / "o.caf", "-f", "caf").ok()
    listing = run_tool("ffprobe", "-v", "error", "-show_entries", "packet=size", "-of", "csv=p=0", out / "o.caf").stdout
    sizes = {int(line.strip(b",")) for line in listing.split()}
    assert len(sizes) == 1, f"iOS 11-17 want one packet size; there are {sorted(sizes)}"


def test_odd_lengths_in_mp3(chasqui, out, odd_lengths):
    """The LAME header trims to the sample at the file's own rate; back at 48 kHz that is rounded to whole such samples.
    Below 2 ms of sound libmp3lame ends before its own delay is over; nobody can hear that, and it stays longer."""
    odd_lengths = {n: source for n, source in odd_lengths.items() if n >= 96}
    chasqui("compress", *odd_lengths.values(), "-o", f"{out}/", "-f", "mp3").ok()
    for samples in odd_lengths:
        path = out / f"{samples}.mp3"
        rate = int(probe(path)["streams"][0]["sample_rate"])
        got = len(decoded(path, rate))
        assert abs(got - samples * rate / RATE) < 1, f"{samples} samples at 48 kHz became {got} at {rate}"


@pytest.mark.parametrize(("container", "codec"), [("opus", "opus"), ("webm", "opus"), ("caf", "opus"), ("mp3", "mp3")])
def test_output_formats_are_what_they_say(chasqui, out, six_seconds, container, codec):
    row = chasqui("compress", six_seconds, "-o", out / f"o.{container}", "-f", container, "--json").ok().json()
    stream, = probe(out / f"o.{container}")["streams"]
    assert (stream["codec_name"], stream["channels"]) == (codec, 1)
    assert row["output_bytes"] == (out / f"o.{container}").stat().st_size


@pytest.mark.parametrize("bitrate", [16, 24, 32])
def test_mp3_bitrates(chasqui, out, six_seconds, bitrate):
    chasqui("compress", six_seconds, "-o", out / "o.mp3", "-f", "mp3", "-b", bitrate).ok()
    assert int(probe(out / "o.mp3")["streams"][0]["bit_rate"]) == bitrate * 1000


def test_webm_and_opus_carry_the_same_packets(chasqui, out, six_seconds):
    def checksums(container):
        path = out / f"o.{container}"
        chasqui("compress", six_seconds, "-o", path, "-f", container).ok()
        return ffmpeg("-i", path, "-map", "0:a", "-c", "copy", "-f", "framehash", "-hash", "crc32", "-").stdout.decode()

    hashes = [[line.split(",")[5].strip() for line in checksums(c).splitlines() if not line.startswith("#")]
              for c in ("opus", "webm")]
    assert hashes[0] == hashes[1] and hashes[0]


def test_opus_file_is_clean_for_opusinfo(chasqui, out, six_seconds):
    chasqui("compress", six_seconds, "-o", out / "o.opus").ok()
    said = subprocess.run(["opusinfo", out / "o.opus"], capture_output=True, text=True, timeout=60, check=False)
    warnings = [line.strip() for line in (said.stdout + said.stderr).splitlines() if "WARNING" in line.upper()]
    # Pages of more than a second are meant: that is what saves the container's bytes.
    assert [w for w in warnings if "high muxing delay" not in w] == [] and "logical stream 1 ended" in said.stdout.lower(), said


def test_default_output_stands_beside_the_input(chasqui, tmp_path, short_wav):
    source = tmp_path / "lesson.v2.wav"
    source.write_bytes(short_wav.read_bytes())
    chasqui("compress", source).ok()
    assert {p.name for p in tmp_path.iterdir()} == {"lesson.v2.wav", "lesson.v2.opus", "spool"}


def test_output_is_readable_by_others(chasqui, out, short_wav):
    chasqui("compress", short_wav, "-o", out / "o.opus", preexec=lambda: os.umask(0o022)).ok()
    assert (out / "o.opus").stat().st_mode & 0o777 == 0o644
