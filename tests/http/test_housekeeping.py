"""What is kept, and how long: recordings, failures, files that nobody refers to."""

from service import wait_until

AT_ONCE = {"CHASQUI_DATA_SPARE_HOURS": "0"}


def again(service, **environment):
    """With other settings; it keeps house at the start."""
    service.stop()
    service.environment |= environment
    return service.restart()


def test_what_nobody_refers_to_is_swept(start, speech_wav):
    service = start("--open")
    episode = service.finished(service.submit(speech_wav.read_bytes()))
    kept = service.blobs()
    stray = service.blob("ab" * 32)
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"of a process that was killed")
    again(service)
    service.finished(service.submit(speech_wav.read_bytes() + b"\0\0"))
    assert stray.exists(), "it may be about to be referred to"
    again(service, **AT_ONCE)
    wait_until(lambda: not stray.exists(), "it stays")
    assert kept <= service.blobs(), "recording, result and report are referred to"
    service.get(episode["links"]["audio"]).ok()
    service.get(episode["links"]["report"]).ok()


def test_recordings_and_failures_are_let_go(start, speech_wav):
    service = start("--open")
    episode = service.finished(service.submit(speech_wav.read_bytes()))
    failed = service.until(service.submit(b"no sound" * 99), "failed")
    whole = service.get(episode["links"]["audio"]).ok().body
    again(service, CHASQUI_DATA_KEEP_FAILED_HOURS="0", CHASQUI_DATA_KEEP_INPUTS_HOURS="0", **AT_ONCE)
    wait_until(lambda: service.episode(episode["id"])["input"] is None, "the recording is kept")
    wait_until(lambda: service.get(failed["links"]["self"]).status == 404, "the failure is kept")
    service.get(failed["links"]["self"]).problem(404, "not-found")
    wait_until(lambda: not {episode["input"]["sha256"], failed["input"]["sha256"]} & service.blobs(), "their files stay")
    assert service.get(episode["links"]["audio"]).ok().body == whole
    service.get(f"/v1/episodes/{episode['id']}/audio.mp3").problem(410, "gone")
    new = service.post(speech_wav.read_bytes())
    assert new.status in (200, 202) and service.finished(new.json()["id"])["output"]["sha256"] == episode["output"]["sha256"]
