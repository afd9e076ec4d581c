import http.client

from servers import wait_for


def test_nothing_fails_while_all_are_replaced(servers, tmp_path, speech_wav):
    from rolling_upgrade import drill

    found = drill(servers, tmp_path, speech_wav, rounds=1)
    assert found["uploads"] >= 1 and found["requests"] > 50, found


def test_it_is_unready_before_it_stops_listening(cluster, speech_wav):
    service = cluster.serve(CHASQUI_SERVER_LEAVE_SECONDS="4")
    line = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
    line.request("GET", "/readyz")
    line.getresponse().read()
    service.process.terminate()
    wait_for(lambda: service.get("/readyz").status == 503, service.log, 3, pause=0.02)
    assert service.post(speech_wav).status == 202, "it still serves whoever has not noticed"
    line.request("GET", "/healthz")
    answer = line.getresponse()
    answer.read()
    assert answer.status == 200 and answer.getheader("Connection") == "close", "a kept connection ends with an answer, not in between"
    assert service.process.wait(60) == 0
