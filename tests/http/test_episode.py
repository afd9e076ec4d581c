"""One recording, from submission to the file: the main road."""

import re

import pytest
import yaml
from service import multipart, wait_until
from support.media import RATE
from support.ogg import read_ogg_opus
from support.program import ROOT


def test_raw_body_to_opus(service, episode, speech_wav, tmp_path):
    assert episode["title"] == "Las plantas" and episode["file_name"] == "leccion.wav" and episode["progress"] == 1
    audio = service.get(episode["links"]["audio"]).ok()
    assert audio.headers["content-type"] == "audio/ogg; codecs=opus"
    assert len(audio.body) == episode["output"]["bytes"] < speech_wav.stat().st_size / 20
    (tmp_path / "o.opus").write_bytes(audio.body)
    assert read_ogg_opus(tmp_path / "o.opus").samples == 6 * RATE
    report = service.get(episode["links"]["report"]).ok().json()
    assert report["output"]["sha256"] == episode["output"]["sha256"] and report["input"]["sha256"] == episode["input"]["sha256"]


def test_accepted_with_location(service, speech_wav):
    answer = service.post(speech_wav.read_bytes() + b"\0\0" * 50).ok(202)
    assert answer.headers["location"] == answer.json()["links"]["self"] and answer.json()["state"] in ("queued", "running")
    service.finished(answer.json()["id"])


def test_multipart(service, speech_wav):
    body, content_type = multipart({"title": "Título con ñ", "bitrate": "12"}, {"audio": ("C:\\clases\\año.wav", speech_wav.read_bytes())})
    episode = service.finished(service.ask("POST", "/v1/episodes", body, Content_Type=content_type).ok(202).json()["id"])
    assert episode["title"] == "Título con ñ" and episode["file_name"] == "año.wav" and episode["options"]["bitrate"] == 12


def test_chunked_body(service, speech_wav):
    data = speech_wav.read_bytes() + b"\0\0" * 150
    pieces = (data[i:i + 7001] for i in range(0, len(data), 7001))
    episode = service.finished(service.ask("POST", "/v1/episodes", pieces).ok(202).json()["id"])
    assert episode["input"]["bytes"] == len(data)


def test_small_file_at_once(service, speech_wav, episode):
    answer = service.ask("POST", "/v1/compress", speech_wav.read_bytes(), Content_Type="audio/wav").ok()
    assert answer.body == service.get(episode["links"]["audio"]).body, "the same recording and options give the same bytes"
    assert answer.headers["content-disposition"].startswith("attachment") and answer.headers["content-location"].endswith("/audio.opus")


def test_small_file_that_is_none(start, long_wav):
    service = start("--open", CHASQUI_LIMITS_SMALL_MIB="1", CHASQUI_LIMITS_SMALL_SECONDS="1")
    rubbish = service.ask("POST", "/v1/compress", b"no sound" * 99)
    assert rubbish.problem(422, "unprocessable")["code"] == "input_unsupported"
    service.ask("POST", "/v1/compress", bytes((1 << 20) + 1)).problem(413, "too-large")
    service.ask("POST", "/v1/compress", b'{"source_url": "http://example.org/a.mp3"}', Content_Type="application/json").problem(400)
    service.environment |= {"CHASQUI_LIMITS_SMALL_MIB": "1024"}
    service.stop()
    service.restart()
    late = service.ask("POST", "/v1/compress?quality=clear", long_wav.read_bytes()).ok(202)
    assert late.headers["location"] == late.json()["links"]["self"] and "retry-after" in late.headers
    service.ask("DELETE", late.headers["location"]).ok(204)


@pytest.mark.parametrize(("option", "value"), [("quality", "essential"), ("bitrate", "16"), ("trim_pauses", "true"), ("condition", "false"), ("budget", "9000"),
                                               ("denoise", "on"), ("decoder", "enhanced"), ("format", "webm")])
def test_options_reach_the_encoder(service, speech_wav, option, value):
    episode = service.finished(service.submit(speech_wav.read_bytes(), **{option: value}))
    report = service.get(episode["links"]["report"]).json()
    used = report["options"] | report["conditioning"]
    expected = {"quality": 2.4, "bitrate": 16, "trim_pauses": True, "condition": False, "budget": 9000}.get(option, value)
    assert used[{"bitrate": "bitrate_kbps", "condition": "enabled", "budget": "budget_bytes"}.get(option, option)] == expected


@pytest.mark.parametrize(("format", "magic"), [("webm", b"\x1a\x45\xdf\xa3"), ("caf", b"caff"), ("mp3", b"")])
def test_further_format_on_first_demand(service, episode, format, magic):
    first = service.get(f"/v1/episodes/{episode['id']}/audio.{format}").ok()
    assert first.body.startswith(magic) and len(first.body) > 1000
    assert service.get(f"/v1/episodes/{episode['id']}/audio.{format}").ok().body == first.body
    assert f"leccion.{format}" in first.headers["content-disposition"] or f"Las plantas.{format}" in first.headers["content-disposition"]


def test_not_sound(service):
    id = service.submit(b"esto no es una grabacion " * 100, filename="carta.txt")
    episode = service.until(id, "failed")
    assert episode["error"]["code"] == "input_unsupported" and episode["attempts"] == 1, episode
    assert "/" not in episode["error"]["message"].split(":")[0], "paths of the server are nobody's business"
    service.get(f"/v1/episodes/{id}/audio.opus").problem(409, "conflict")


def test_a_submission_is_watched_on_the_page(start, speech_wav, long_wav):
    """Without JavaScript and in Spanish: handed in by the form, waiting, at work, and how it ended."""
    service = start("--open")

    def hand_in(data, name):
        body, content_type = multipart({"title": "ñ" * 100, "quality": ""}, {"audio": (name, data)})
        answer = service.ask("POST", "/episodios", body, Content_Type=content_type, Origin=f"http://127.0.0.1:{service.port}").ok(303)
        return answer.headers["location"]

    shows = lambda path, text: wait_until(lambda: text in (page := service.get(path).ok().text) and page, f"{text} is not on {path}", 60, pause=0.02)
    busy, waiting, letter = hand_in(long_wav.read_bytes(), "larga.wav"), hand_in(speech_wav.read_bytes(), "corta.wav"), hand_in(b"x" * 999, "carta.txt")
    assert "<meta http-equiv=refresh content=3>" in shows(waiting, "En espera.")
    assert re.search(r"<progress aria-label=Avance value=0\.[0-9]+>", shows(busy, "Comprimiendo: ")), "how far it is"
    service.ask("POST", f"/v1{busy.replace('episodios', 'episodes')}/cancel").ok()
    assert "Cancelado." in service.get(busy).text and "refresh" not in service.get(busy).text
    done = shows(waiting, "Descargar")
    assert "en 2G" in done and "Escuchar" in done and "Hoja de prueba" in done and "ñ" * 100 in done
    assert "refresh" not in shows(letter, "No se pudo: el archivo no es una grabación de un tipo conocido.")


@pytest.mark.parametrize(("path", "status", "text"), [("/episodios/" + "0" * 26, 404, "No existe"), ("/?cursor=x", 400, "mal formada"), ("/episodios/..", 404, "No existe")])
def test_errors_on_the_page(service, path, status, text):
    page = service.get(path).ok(status)
    assert text in page.text and "<html lang=es>" in page.text


@pytest.mark.parametrize("files", [{}, {"audio": ("a.wav", b"")}])
def test_a_form_without_a_recording(service, files):
    body, content_type = multipart({"title": "a", "quality": ""}, files)
    assert "Falta la grabación" in service.ask("POST", "/episodios", body, Content_Type=content_type).ok(400).text
    body, content_type = multipart({}, files)
    service.ask("POST", "/v1/episodes", body, Content_Type=content_type).problem(400, "no-recording")
    service.ask("POST", "/v1/episodes", b"").problem(400, "no-recording")


def test_operations(service, episode):
    service.get("/healthz").ok()
    service.get("/readyz").ok()
    metrics = service.get("/metrics").ok().text
    assert re.search(r'^chasqui_jobs\{state="done"\} [1-9]', metrics, re.MULTILINE)
    assert re.search(r'^chasqui_jobs_ended_total\{outcome="done"\} [1-9]', metrics, re.MULTILINE)
    assert 'route="/v1/episodes/{id}"' in metrics
    assert float(re.search(r"^chasqui_encode_seconds_sum ([0-9.e-]+)", metrics, re.MULTILINE)[1]) > 0.001


def test_metrics(start, speech_wav):
    """What docs/metrics.md promises of one process, with numbers that can be."""
    service = start("--open")
    episode = service.finished(service.submit(speech_wav.read_bytes(), quality="essential"))
    values = {name: float(value) for name, value in re.findall(r"^(\S+(?: \S+=\S*)*) (\S+)$", service.get("/metrics").ok().text, re.MULTILINE) if name != "#"}
    assert [values[f'chasqui_jobs{{state="{state}"}}'] for state in ("queued", "running", "done", "failed", "cancelled")] == [0, 0, 1, 0, 0]
    assert values["chasqui_queue_age_seconds"] == 0 and values["chasqui_encode_seconds_count"] == 1 and values["chasqui_sound_seconds_total"] == 6
    assert values["chasqui_input_bytes_total"] == episode["input"]["bytes"] and values["chasqui_output_bytes_total"] == episode["output"]["bytes"]
    assert values["chasqui_saving_ratio_sum"] == pytest.approx(episode["input"]["bytes"] / episode["output"]["bytes"])
    segments = len(service.get(episode["links"]["report"]).json()["segments"])
    assert values["chasqui_segment_mos_count"] == values["chasqui_segment_probes_count"] == segments and values["chasqui_segment_mos_sum"] > 1.5 * segments
    assert any(name.startswith('chasqui_info{') and 'version="' in name and 'model="' in name for name in values)
    assert values['chasqui_http_requests_total{method="POST",route="/v1/episodes",status="202"}'] == 1
    assert values['chasqui_http_request_seconds_count{route="/v1/episodes/{id}"}'] >= 1
    assert values["chasqui_http_received_bytes_total"] == episode["input"]["bytes"] and values["chasqui_http_sent_bytes_total"] > 0


def test_documents(service):
    """What the document knows is there, on the readable page, too; who asks for it in another way is told what there is."""
    document = service.get("/openapi.json").ok().json()
    assert document == yaml.safe_load((ROOT / "docs/openapi.yaml").read_text())
    page = service.get("/docs").ok()
    assert page.headers["content-type"].startswith("text/html") and "<script" not in page.text
    for path, item in document["paths"].items():
        concrete = re.sub(r"\{(\w+)\}", lambda name: {"format": "opus", "number": "1"}.get(name[1], "0" * 26), path)
        known = {method.upper() for method in item if method != "parameters"}
        for method in known:
            assert f"<code>{method} {path}</code>" in page.text
            answer = service.ask(method, concrete, **({"Tus_Resumable": "1.0.0"} if "uploads" in path else {}))
            assert answer.status not in (405, 500, 501) and b"no such path" not in answer.body, (method, path, answer)
        allowed = service.ask("BREW", concrete)
        allowed.problem(405, "wrong-method")
        assert set(allowed.headers["allow"].split(", ")) - {"HEAD"} == known - {"HEAD"}, path


def test_head_is_get_without_the_body(service, episode):
    self = episode["links"]["self"]
    for path in ("/", "/docs", "/openapi.json", "/healthz", "/readyz", "/metrics", "/v1/episodes", self, f"{self}/events", f"{self}/report", f"{self}/audio.opus",
                 f"{self}/pieces", f"{self}/pieces/1.opus", f"/episodios/{episode['id']}", "/nowhere", self[:-1] + "?"):
        get, head = service.get(path), service.ask("HEAD", path)
        assert head.status == get.status and head.body == b"" and head.headers.get("content-type") == get.headers.get("content-type"), path
        assert path == "/metrics" or head.headers.get("content-length") == get.headers.get("content-length"), path
    both = f"HEAD {self}/audio.opus HTTP/1.1\r\nHost: localhost\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    first, _, rest = service.raw(both.encode()).partition(b"\r\n\r\n")
    assert first.startswith(b"HTTP/1.1 200") and rest.startswith(b"HTTP/1.1 200"), "nothing comes between the two"


def test_page(service, episode):
    page = service.get("/").ok()
    assert page.headers["content-type"] == "text/html; charset=utf-8" and len(page.body) < 14_000
    assert "<html lang=es>" in page.text and "Las plantas" in page.text and "en 2G" in page.text and "<script" not in page.text
    shown = service.get(f"/episodios/{episode['id']}").ok().text
    assert "Descargar" in shown and "refresh" not in shown


def test_page_stays_small(start, speech_wav):
    """Whatever titles people give: what does not fit is on the next page, and none is left out or shown twice."""
    service = start("--open")
    ids = [service.submit(speech_wav.read_bytes() + b"\0\0" * i, title='"' * 300 if i % 2 else f"Lección {i}") for i in range(30)]
    for id in ids:
        service.finished(id)
    seen, path = [], "/"
    while path:
        page = service.get(path).ok()
        assert len(page.body) + sum(len(name) + len(value) + 4 for name, value in page.headers.items()) < 14_000
        seen += re.findall(r'<h2><a href="/episodios/([^"]+)">', page.text)
        older = re.search(r'<a href="(/\?cursor=[^"]+)">Más antiguos', page.text)
        path = older and older[1]
    assert seen == ids[::-1]


def test_titles_are_text(service, speech_wav):
    """What somebody writes into a title stays there: on the page, in the name of a file, in a header."""
    id = service.submit(speech_wav.read_bytes() + b"\0\0" * 77, title='<script>alert(1)</script>"><img src=x onerror=alert(1)>\u202egpj.exe')
    service.finished(id)
    for path in ("/", f"/episodios/{id}"):
        text = service.get(path).ok().text
        assert "<script" not in text and "<img" not in text and "&lt;script&gt;" in text and "\u202e" not in text
    assert "script-src" not in service.get("/").headers["content-security-policy"] and "default-src 'none'" in service.get("/").headers["content-security-policy"]
    name = service.get(f"/v1/episodes/{id}/audio.opus?download=1").headers["content-disposition"]
    assert name.isascii() and name.count('"') == 2 and "%E2%80%AE" not in name and name.endswith(".opus")
    other = service.submit(speech_wav.read_bytes() + b"\0\0" * 78, title=" ", filename="../../clase\r\nX: y.wav")
    assert service.finished(other)["title"] is None
    assert "clase??X: y.opus" in service.get(f"/v1/episodes/{other}/audio.opus").headers["content-disposition"]
