"""Steps of long work reach the window in order, the last one always; stop and cancel."""

import threading
import time
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from app.jobs import JobRunner, ThreadExecutor
from app.stepping import Stepper
from engine.errors import InputError
from engine.progress import CancelToken
from tests.app.executors import InlineExecutor


class Heard:
    """What a stepper said."""

    def __init__(self, stepper: Stepper) -> None:
        self.steps: list[int] = []
        self.results: list[int] = []
        self.errors: list[Exception] = []
        stepper.stepped.connect(self.steps.append)
        stepper.finished.connect(self.results.append)
        stepper.failed.connect(self.errors.append)


@pytest.fixture
def runner(qapp) -> Iterator[JobRunner]:
    runner = JobRunner("steps", ThreadExecutor("steps"))
    yield runner
    runner.close()


def test_slow_steps_all_arrive(runner: JobRunner, qtbot: QtBot) -> None:
    stepper = Stepper(runner)
    heard = Heard(stepper)

    def steps(cancel: CancelToken) -> Iterator[int]:
        for number in range(4):
            time.sleep(0.05)
            yield number

    stepper.start(steps)
    assert stepper.busy
    qtbot.waitUntil(lambda: heard.results == [3])
    assert heard.steps == [0, 1, 2, 3]
    assert not stepper.busy


def test_fast_steps_are_skipped_but_not_the_last(runner: JobRunner, qtbot: QtBot) -> None:
    stepper = Stepper(runner)
    heard = Heard(stepper)
    stepper.start(lambda cancel: iter(range(5000)))
    time.sleep(0.2)
    qtbot.waitUntil(lambda: heard.results == [4999])
    assert len(heard.steps) < 100
    assert heard.steps == sorted(heard.steps)


def test_stop_keeps_what_there_is(runner: JobRunner, qtbot: QtBot) -> None:
    stepper = Stepper(runner)
    heard = Heard(stepper)

    def endless(cancel: CancelToken) -> Iterator[int]:
        number = 0
        while True:
            time.sleep(0.005)
            yield number
            number += 1

    stepper.start(endless)
    qtbot.waitUntil(lambda: len(heard.steps) > 3)
    stepper.stop()
    qtbot.waitUntil(lambda: bool(heard.results))
    assert heard.results[0] >= heard.steps[-1]


def test_cancel_is_silent_and_reaches_the_work(runner: JobRunner, qtbot: QtBot) -> None:
    stepper = Stepper(runner)
    heard = Heard(stepper)
    ended = threading.Event()

    def polite(cancel: CancelToken) -> Iterator[int]:
        try:
            while True:
                cancel.check()
                time.sleep(0.002)
                yield 1
        finally:
            ended.set()

    stepper.start(polite)
    qtbot.waitUntil(lambda: bool(heard.steps))
    stepper.cancel()
    assert not stepper.busy
    told = len(heard.steps)
    qtbot.waitUntil(ended.is_set)
    qtbot.wait(30)
    assert (len(heard.steps), heard.results, heard.errors) == (told, [], [])


def test_a_second_start_replaces_the_first(runner: JobRunner, qtbot: QtBot) -> None:
    stepper = Stepper(runner)
    heard = Heard(stepper)

    def named(name: int):
        def steps(cancel: CancelToken) -> Iterator[int]:
            for _ in range(200):
                if cancel.cancelled:
                    raise InputError("the first one failed after all")
                time.sleep(0.002)
                yield name

        return steps

    stepper.start(named(1))
    qtbot.waitUntil(lambda: 1 in heard.steps)
    stepper.start(named(2))
    after = len(heard.steps)
    qtbot.waitUntil(lambda: heard.results == [2])
    assert set(heard.steps[after:]) == {2}
    assert heard.errors == []


def test_errors_are_told(qapp) -> None:
    runner = JobRunner("steps", InlineExecutor("steps"))
    stepper = Stepper(runner)
    heard = Heard(stepper)

    def broken(cancel: CancelToken) -> Iterator[int]:
        yield 1
        raise InputError("no head")

    stepper.start(broken)
    assert [str(error) for error in heard.errors] == ["no head"]
    assert not stepper.busy
    runner.close()
