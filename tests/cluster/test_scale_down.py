def test_one_told_to_go_and_one_killed_lose_and_double_nothing(servers, tmp_path, speech_wav, long_wav):
    from scale_down import drill

    # The long one is under way when its worker must go, so that it is given back or lost.
    found = drill(servers, tmp_path, [speech_wav, speech_wav, long_wav[: len(long_wav) // 10]], rounds=1)
    assert found["killed_with_a_job"] >= 1, "nobody was killed at work: hand in more"
