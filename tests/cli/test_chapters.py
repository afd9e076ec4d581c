"""Chapters arrive in every format that has a place for them; where they cannot, the user is told."""

import pytest

from support.media import chapters_of, decoded, escaped, probe, with_metadata

CHAPTERS = [(0, 4, "Saludo"), (4, 8.5, "Raíces y hojas"), (8.5, 12, "Tarea")]


@pytest.fixture
def with_chapters(tmp_path, speech_wav):
    """Matroska takes any times and titles."""
    return lambda chapters: with_metadata(speech_wav, tmp_path / "x.mka", chapters=chapters, options=("-c:a", "flac"))


@pytest.mark.parametrize("container", ["webm", "mp3"])
def test_chapters_arrive(chasqui, out, with_chapters, container):
    source = with_chapters([*CHAPTERS[:2], (8.5, 99, "Tarea")])
    for name in ("one", "two"):
        chasqui("compress", source, "-o", out / f"{name}.{container}", "-f", container).ok()
    found = chapters_of(out / f"one.{container}")
    assert [c[2] for c in found] == [c[2] for c in CHAPTERS]
    for which in (0, 1):  # the last one ends where the sound does
        assert [c[which] for c in found] == pytest.approx([c[which] for c in CHAPTERS], abs=0.002)
    assert (out / f"one.{container}").read_bytes() == (out / f"two.{container}").read_bytes(), "the same input gives the same bytes"
    rate = int(probe(out / f"one.{container}")["streams"][0]["sample_rate"])
    assert len(decoded(out / f"one.{container}", rate)) == 12 * rate


@pytest.mark.parametrize("container", ["webm", "mp3"])
def test_chapters_move_with_trimmed_pauses(chasqui, out, tmp_path, paused, container):
    wav, second = paused
    source = with_metadata(wav, tmp_path / "x.m4a", chapters=[(0, second, "Uno"), (second, second * 2 - 8, "Dos")], options=("-c:a", "alac"))
    for format in ("opus", container):
        chasqui("compress", source, "-o", out / f"o.{format}", "-f", format, "--trim-pauses").ok()
    wanted = [begin for begin, _, _ in chapters_of(out / "o.opus")]
    assert [c[0] for c in chapters_of(out / f"o.{container}")] == pytest.approx(wanted, abs=0.002)
    assert wanted[1] < second - 5


HOSTILE_TITLES = ["uno\ndos", "\x1b[31mrojo", "a = b; \\ # c", "x" * 900, "🌱" * 200, "", "  ", "\u202egnp.exe", "%s%n", "fin"]


@pytest.mark.parametrize("container", ["webm", "mp3"])
def test_hostile_titles_of_chapters_do_no_harm(chasqui, out, with_chapters, container):
    chapters = [(i, i + 1, escaped(title)) for i, title in enumerate(HOSTILE_TITLES)]
    source = with_chapters(chapters)
    for format in ("opus", container):
        chasqui("compress", source, "-o", out / f"o.{format}", "-f", format).ok()
    wanted = [title for _, _, title in chapters_of(out / "o.opus")]
    titles = [title for _, _, title in chapters_of(out / f"o.{container}")]
    # Where ID3 has no title, ffprobe shows the chapter's identifier.
    assert ["" if title == f"ch{i}" else title for i, title in enumerate(titles)] == wanted
    assert wanted[0] == "uno dos" and wanted[3] == "x" * 512 and wanted[4] == "🌱" * 128 and wanted[-1] == "fin"


def test_more_chapters_than_mp3_takes(chasqui, out, with_chapters):
    """The table of contents counts them in one byte."""
    source = with_chapters([(i / 50, (i + 1) / 50, f"{i}") for i in range(300)])
    outcome = chasqui("compress", source, "-o", out / "o.mp3", "-f", "mp3").ok(warnings=True)
    assert "x.mka" in outcome.error_line() and "45 of 300 chapters are not kept" in outcome.error_line()
    assert [title for _, _, title in chapters_of(out / "o.mp3")] == [f"{i}" for i in range(255)]


def test_chapters_lost_in_caf_are_told(chasqui, out, with_chapters):
    source = with_chapters(CHAPTERS)
    warned = chasqui("compress", source, "-o", out / "o.caf", "-f", "caf").ok(warnings=True).error_line()
    assert "warning" in warned and "x.mka" in warned and "chapters are not kept in caf" in warned
    chasqui("compress", with_chapters([]), "-o", out / "o.caf", "-f", "caf").ok()
