"""Whoever waits for a lock gets it before the thread that has just released it."""

from __future__ import annotations

import threading

from index.fair_lock import FairLock


def test_a_thread_that_acquires_it_repeatedly_lets_others_in() -> None:
    lock = FairLock()
    order: list[str] = []
    asked = threading.Event()

    def ask() -> None:
        asked.set()
        with lock:
            order.append("question")

    question = threading.Thread(target=ask)
    for batch in range(3):
        with lock:
            order.append("batch")
            if batch == 0:
                question.start()
                asked.wait()
                while not lock._waiting:  # until it stands in the queue
                    pass
    question.join()
    assert order == ["batch", "question", "batch", "batch"]


def test_every_thread_gets_the_lock_and_only_one_at_a_time() -> None:
    lock = FairLock()
    inside = 0
    seen: list[int] = []

    def work() -> None:
        nonlocal inside
        for _ in range(200):
            with lock:
                inside += 1
                seen.append(inside)
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert seen == [1] * 1600
