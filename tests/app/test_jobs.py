"""Latest wins, and everything that finishes is delivered."""

import threading
import time

import pytest
from pytestqt.qtbot import QtBot

from app.jobs import JobRunner, ThreadExecutor
from engine.errors import InputError
from engine.progress import CancelToken
from tests.app.executors import ManualExecutor


@pytest.fixture
def manual(qapp) -> ManualExecutor:
    return ManualExecutor()


def collected(runner: JobRunner) -> list[object]:
    values: list[object] = []
    runner.finished.connect(values.append)
    return values


def test_stale_work_never_starts(manual: ManualExecutor) -> None:
    runner = JobRunner("work", manual)
    values = collected(runner)
    started: list[int] = []

    def work(number: int):
        def run(cancel: CancelToken, progress) -> int:
            started.append(number)
            return number

        return run

    for number in range(5):
        runner.request(work(number))
    while manual.held:
        manual.run_next()
    assert started == [0, 4]
    assert values == [0, 4]


def test_a_result_is_delivered_although_newer_work_waits(manual: ManualExecutor) -> None:
    runner = JobRunner("work", manual)
    values = collected(runner)
    runner.request(lambda cancel, progress: "old")
    runner.request(lambda cancel, progress: "new")
    manual.run_next()
    assert values == ["old"]
    assert runner.busy


def test_busy_is_said_once_for_a_chain_of_jobs(manual: ManualExecutor) -> None:
    runner = JobRunner("work", manual)
    said: list[bool] = []
    runner.busy_changed.connect(said.append)
    runner.request(lambda cancel, progress: 1)
    runner.request(lambda cancel, progress: 2)
    manual.run_next()
    manual.run_next()
    assert said == [True, False]


def test_a_cancelled_job_is_silent_and_the_next_one_runs(manual: ManualExecutor) -> None:
    runner = JobRunner("work", manual)
    values = collected(runner)
    failures: list[Exception] = []
    runner.failed.connect(failures.append)
    runner.request(lambda cancel, progress: cancel.check())
    runner.request(lambda cancel, progress: "next", cancel_running=True)
    manual.run_next()
    manual.run_next()
    assert values == ["next"]
    assert failures == []


def test_an_error_for_the_user_is_delivered(manual: ManualExecutor) -> None:
    runner = JobRunner("work", manual)
    failures: list[InputError] = []
    runner.failed.connect(failures.append)

    def work(cancel: CancelToken, progress) -> None:
        raise InputError("Choose another file.")

    runner.request(work)
    manual.run_next()
    assert [str(error) for error in failures] == ["Choose another file."]
    assert not runner.busy


def test_results_arrive_on_the_gui_thread(qtbot: QtBot) -> None:
    runner = JobRunner("work", ThreadExecutor("work"))
    here = threading.get_ident()
    threads: list[int] = []
    runner.finished.connect(lambda value: threads.extend([value, threading.get_ident()]))
    with qtbot.waitSignal(runner.finished):
        runner.request(lambda cancel, progress: threading.get_ident())
    runner.close()
    assert threads[0] != here
    assert threads[1] == here


def test_closing_cancels_and_waits(qtbot: QtBot) -> None:
    runner = JobRunner("work", ThreadExecutor("work"))
    values = collected(runner)
    ended = threading.Event()

    def work(cancel: CancelToken, progress) -> None:
        while not cancel.cancelled:
            time.sleep(0.002)
        ended.set()

    runner.request(work)
    runner.request(lambda cancel, progress: "never")
    runner.close()
    assert ended.is_set()
    qtbot.wait(20)
    assert values == []
    runner.request(lambda cancel, progress: "after closing")
    qtbot.wait(20)
    assert values == []
