"""The proof sheet as a page: well-formed, loads nothing, harmless whatever files say, and its sounds are the real ones."""

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from support import speech
from support.html import Element, Page
from support.media import RATE, convert, decoded, write_wav
from support.program import CANNOT_CREATE

EXCERPT_RATE = 24_000


def content(audio: Element) -> tuple[str, bytes]:
    kind, data = audio.attributes["src"].removeprefix("data:").split(";base64,")
    return kind, base64.b64decode(data, validate=True)


def wav_of(audio: Element, folder: Path) -> np.ndarray:
    kind, data = content(audio)
    assert kind == "audio/wav"
    (folder / "excerpt.wav").write_bytes(data)
    return decoded(folder / "excerpt.wav", EXCERPT_RATE)


def seconds(clock: str) -> float:
    total = 0.0
    for part in clock.split(":"):
        total = total * 60 + float(part)
    return total


def alike(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.dot(one, other) / np.sqrt(np.dot(one, one) * np.dot(other, other) + 1e-20))


@dataclass
class Sheet:
    page: Page
    json: dict
    output: Path
    conditioned: Path


CASES = {"quality": ("-q", "clear"), "bitrate": ("-b", 8), "webm": ("-f", "webm", "-q", "essential"), "mp3": ("-f", "mp3"),
         "caf": ("-f", "caf")}


@pytest.fixture(scope="session")
def long_wav(material) -> Path:
    """25 s, room for three excerpts, the first 20 of them real speech."""
    return write_wav(material / "long.wav", np.concatenate([speech.prompt("demo-congrats", 20), np.zeros(5 * RATE)]))


@pytest.fixture(scope="session", params=CASES.values(), ids=CASES.keys())
def sheet(request, session_chasqui, tmp_path_factory, long_wav) -> Sheet:
    folder = tmp_path_factory.mktemp("sheet")
    extension = request.param[request.param.index("-f") + 1] if "-f" in request.param else "opus"
    output = folder / f"o.{extension}"
    for report in ("r.html", "r.json"):
        session_chasqui("compress", long_wav, "-o", output, "--report", folder / report, *request.param).ok()
    session_chasqui("condition", long_wav, "-o", folder / "c.wav").ok()
    return Sheet(Page((folder / "r.html").read_text()), json.loads((folder / "r.json").read_text()), output, folder / "c.wav")


def check_loads_nothing(page: Page) -> None:
    for element in page.elements:
        for name, value in element.attributes.items():
            assert not name.startswith("on") and name != "style", f"{element.tag} has {name}"
            if name in ("src", "href", "xlink:href", "srcset", "poster", "data", "action", "background"):
                assert value.startswith(("data:audio/", "#")), f"{element.tag} {name}={value[:80]}"
    assert not page.all("link") and not page.all("iframe") and not page.all("object") and not page.all("base")
    (style,), (script,) = page.all("style"), page.all("script")
    assert not re.search(r"url\(|@import|https?:", style.text) and not re.search(r"https?:|fetch|XMLHttp", script.text)
    policy = page.all("meta", **{"http-equiv": "Content-Security-Policy"})[0].attributes["content"]
    allowed = {part.split()[0]: part.split()[1:] for part in policy.split(";")}
    assert allowed["default-src"] == ["'none'"] and allowed["media-src"] == ["data:"]
    for directive, element in (("style-src", style), ("script-src", script)):
        digest = base64.b64encode(hashlib.sha256(element.text.encode()).digest()).decode()
        assert allowed[directive] == [f"'sha256-{digest}'"]


def check_readable_by_all(page: Page) -> None:
    assert page.all("html", lang="en") and page.all("p", lang="es") and page.all("meta", charset="utf-8")
    assert len(page.all("h1")) == len(page.all("main")) == len(page.all("title")) - len(page.all("svg")) == 1
    levels = [int(e.tag[1]) for e in page.elements if re.fullmatch("h[1-6]", e.tag)]
    assert levels[0] == 1 and all(after <= before + 1 for before, after in zip(levels, levels[1:]))
    assert all(e.attributes.get("scope") in ("row", "col") for e in page.all("th"))
    assert all(e.attributes.get("aria-label") for e in page.all("audio"))
    assert all(e.attributes.get("role") == "img" for e in page.all("svg"))
    ids = [e.attributes["id"] for e in page.elements if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    assert all(e.attributes["href"][1:] in ids for e in page.all("a"))


def check_chart(page: Page) -> None:
    """Everything drawn lies within the picture, and time within its panels."""
    (svg,) = page.all("svg")
    width, height = map(int, svg.attributes["viewbox"].split()[2:])
    for element in page.elements:
        for x, y in re.findall(r"(-?[\d.]+|nan|inf),(-?[\d.]+|nan|inf)", element.attributes.get("points", "")):
            assert 0 <= float(x) <= width and 0 <= float(y) <= height, f"{element.tag} at {x},{y}"
    (chart,) = page.all("div", id="chart")
    assert 0 < float(chart.attributes["data-begin"]) < float(chart.attributes["data-end"]) < 1


def test_is_well_formed_and_loads_nothing(sheet):
    check_loads_nothing(sheet.page)
    check_readable_by_all(sheet.page)
    check_chart(sheet.page)


def test_rows_are_those_of_the_json(sheet):
    rows, segments = sheet.page.rows(), sheet.json["segments"]
    assert len(rows) == len(segments)
    for row, segment in zip(rows, segments):
        assert seconds(row[0]) == pytest.approx(segment["begin_s"], abs=0.006)
        assert seconds(row[1]) == pytest.approx(segment["end_s"], abs=0.006)
        assert row[2:5] == [segment["class"], segment["bandwidth"], segment["mode"]]
        assert float(row[5]) == pytest.approx(segment["spent_kbps"], abs=0.0051)
        if segment["worst_mos"] is None:
            assert row[6] == "–"
        else:
            assert -1e-3 <= segment["worst_mos"] - float(row[6]) < 0.0101
        assert row[7] == {True: "yes", False: "no", None: "–"}[segment["reached"]]
        assert row[8] == ("–" if segment["probes"] is None else str(segment["probes"]))


def test_tells_what_the_json_tells(sheet):
    page, told = sheet.page, sheet.json
    assert page.fact("Input's SHA-256") == told["input"]["sha256"]
    assert page.fact("Output's SHA-256") == told["output"]["sha256"] == hashlib.sha256(sheet.output.read_bytes()).hexdigest()
    for library, version in told["versions"].items():
        assert page.fact(library) == version
    assert page.fact("Model") == ("none" if told["model"] is None else f"{told['model']['name']} ({told['model']['id']})")
    windows = told["output"]["windows"]
    if told["options"]["quality"] is None:
        assert page.fact("Asked for") == f"{told['options']['bitrate_kbps']:g} kb/s"
        assert windows is None and page.fact("Reached").startswith("not judged")
    else:
        assert f"{told['options']['quality']:.2f}" in page.fact("Asked for")
        all_of_them = windows["at_target_share"] == 1
        assert page.fact("Reached").startswith("yes" if all_of_them else "no") and str(windows["scored"]) in page.fact("Reached")
    for summary in page.all("p", **{"class": "summary"}):
        assert f"{told['output']['bitrate_kbps']:.1f} kb/s" in summary.text and "40 kb/s" in summary.text


def test_carries_the_file_that_came_out(sheet, tmp_path):
    players = sheet.page.all("audio", id="after")
    if sheet.output.suffix == ".caf":
        assert not players and not sheet.page.seeks() and "cannot play CAF" in sheet.page.source
        return
    assert sheet.page.seeks()
    kind, data = content(players[0])
    assert kind == {".opus": "audio/ogg", ".webm": "audio/webm", ".mp3": "audio/mpeg"}[sheet.output.suffix]
    assert data == sheet.output.read_bytes()
    played = tmp_path / f"played{sheet.output.suffix}"
    played.write_bytes(data)
    assert len(decoded(played)) == pytest.approx(sheet.json["output"]["samples"], abs=3000 if sheet.output.suffix == ".mp3" else 0)


def test_excerpts_are_the_sound_before_and_after(sheet, tmp_path):
    before, after = sheet.page.audios("Before, "), sheet.page.audios("After, ")
    after = [audio for audio in after if "id" not in audio.attributes]
    judged = sheet.json["output"]["windows"] is not None
    assert 2 <= len(before) <= 3 if judged else len(before) == 3
    assert len(after) == (len(before) if sheet.output.suffix == ".opus" else 0)
    begins = [float(b) for b in re.findall(r"aria-label=\"Before, ([\d.]+) s", sheet.page.source)]
    assert all(abs(a - b) >= 7.9 for i, a in enumerate(begins) for b in begins[:i]), "excerpts overlap"
    for audios, whole in ((before, decoded(sheet.conditioned, EXCERPT_RATE)), (after, decoded(sheet.output, EXCERPT_RATE))):
        for begin, audio in zip(begins, audios):
            excerpt = wav_of(audio, tmp_path)
            assert len(excerpt) == 8 * EXCERPT_RATE
            # The label tells the place to a tenth of a second.
            places = range(max(0, round((begin - 0.06) * EXCERPT_RATE)), round((begin + 0.06) * EXCERPT_RATE) + 1)
            fits = [whole[at:at + len(excerpt)] for at in places if at + len(excerpt) <= len(whole)]
            assert max(alike(excerpt[::50], fit[::50]) for fit in fits) > 0.98 or np.abs(excerpt).max() < 1e-3
    if judged:
        worst = sheet.json["output"]["windows"]
        assert begins[0] - 0.06 <= worst["worst_begin_s"] and worst["worst_end_s"] <= begins[0] + 8.06


def test_a_budget_and_the_enhanced_decoder(chasqui, tmp_path, speech_wav):
    if not chasqui("version", "--json").ok().json()["features"]["nolace"]:
        pytest.skip("this libopus has no NoLACE")
    chasqui("compress", speech_wav, "-o", tmp_path / "o.opus", "--report", tmp_path / "r.html", "--budget", "12kB",
            "--decoder", "enhanced").ok()
    page = Page((tmp_path / "r.html").read_text())
    check_loads_nothing(page)
    assert page.fact("Asked for").startswith("at most 12.0 kB, which allows a MOS of ")
    assert "through NoLACE" in page.fact("Reached") and "through NoLACE" in page.all("p")[-1].text
    assert len(page.audios("After, ")) == 2


TITLE = '<script>alert(1)</script>&"\'</title><img src=x onerror=alert(1)>'


def test_what_files_say_is_harmless(chasqui, tmp_path, short_wav):
    source = convert(short_wav, tmp_path / 'a"><b onclick=x>&amp;.flac', "-metadata", f"title={TITLE}")
    chasqui("compress", source, "-o", tmp_path / "<i>.opus", "--report", tmp_path / "r.html").ok()
    page = Page((tmp_path / "r.html").read_text())
    check_loads_nothing(page)
    assert page.all("h1")[0].text == TITLE and page.all("title")[0].text == TITLE
    assert not page.all("img") and not page.all("b") and not page.all("i")
    assert page.fact("Input") == source.name and page.fact("Output") == "<i>.opus"


def test_long_titles_and_names_that_are_not_text(chasqui, tmp_path, short_wav):
    source = convert(short_wav, tmp_path / "long.flac", "-metadata", "title=" + "ñandú " * 5000)
    chasqui("compress", source, "-o", tmp_path / "o.opus", "--report", tmp_path / "r.html").ok()
    heading = Page((tmp_path / "r.html").read_text()).all("h1")[0].text
    assert heading.startswith("ñandú ñandú ") and heading.endswith("…") and len(heading.encode()) <= 203
    odd = tmp_path / b"le\xff\x01n.wav".decode(errors="surrogateescape")
    odd.write_bytes(short_wav.read_bytes())
    chasqui("compress", odd, "-o", tmp_path / "o.opus", "--report", tmp_path / "r.html").ok()
    assert Page((tmp_path / "r.html").read_text()).all("h1")[0].text == "le\ufffd n.wav"


def test_same_bytes_whatever_the_place_and_the_threads(chasqui, tmp_path, speech_wav):
    pages = []
    for folder, threads, env in ((tmp_path / "one", 1, {"LC_ALL": "C"}), (tmp_path / "two", 3, {"LANG": "es_PE.UTF-8", "TZ": "America/Lima"})):
        folder.mkdir()
        source = folder / "in.wav"
        source.write_bytes(speech_wav.read_bytes())
        chasqui("compress", source, "-o", folder / "o.opus", "--report", folder / "r.htm", "-q", "clear", "--threads", threads, env=env).ok()
        pages.append((folder / "r.htm").read_bytes())
    assert pages[0] == pages[1]
    assert str(tmp_path).encode() not in pages[0]


@pytest.mark.parametrize("options", [("-q", "clear"), ("-b", 8), ("-f", "mp3", "--no-condition")], ids=["quality", "bitrate", "mp3"])
@pytest.mark.parametrize("samples", [6 * RATE, 1], ids=["silence", "one-sample"])
def test_sound_without_words(chasqui, tmp_path, samples, options):
    source = write_wav(tmp_path / "in.wav", np.zeros(samples))
    chasqui("compress", source, "-o", tmp_path / "o.opus", "--report", tmp_path / "r.html", *options).ok()
    page = Page((tmp_path / "r.html").read_text())
    check_loads_nothing(page)
    check_readable_by_all(page)
    check_chart(page)
    assert len(page.audios("Before, ")) == 1 and "nan" not in page.all("svg")[0].text
    if options[0] == "-q":
        assert page.fact("Reached").startswith("nothing to judge")


@pytest.mark.release_only("a measurement; the code it runs is run by other tests there")
def test_a_big_file_is_not_carried(chasqui, tmp_path):
    source = write_wav(tmp_path / "in.wav", np.tile(speech.noise(10 * RATE, -20), 103))
    chasqui("compress", source, "-o", tmp_path / "o.mp3", "--report", tmp_path / "r.html", "-f", "mp3", "-b", 32, "--no-condition",
            limit=240).ok()
    assert (tmp_path / "o.mp3").stat().st_size > 4_000_000
    page = Page((tmp_path / "r.html").read_text())
    check_readable_by_all(page)
    check_chart(page)
    assert not page.all("audio", id="after") and not page.seeks() and "carries at most 4.00 MB" in page.source
    assert len(page.all("audio")) == 3 and len(page.source) < 2_500_000


def test_cannot_be_written_is_told_before_the_work(chasqui, tmp_path, short_wav):
    outcome = chasqui("compress", short_wav, "-o", tmp_path / "o.opus", "--report", tmp_path / "missing" / "r.html")
    assert outcome.code == CANNOT_CREATE and "r.html" in outcome.error_line()
    assert not (tmp_path / "o.opus").exists()


def test_other_extensions_stay_json(chasqui, tmp_path, short_wav):
    chasqui("compress", short_wav, "-o", tmp_path / "o.opus", "--report", tmp_path / "r.html.txt").ok()
    assert json.loads((tmp_path / "r.html.txt").read_text())["report_version"] == 1
