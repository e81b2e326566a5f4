"""One writer at a time: requests before the worker, nobody lost, across processes too."""

import asyncio
import sys
from pathlib import Path

import pytest

from db import write_lock
from db.write_lock import WriteLock, WriterBusy

OTHER_PROCESS = """
import asyncio, sys
from pathlib import Path
from db.write_lock import WriteLock

async def main():
    async with WriteLock(Path(sys.argv[1])).hold(patient=False):
        print("held", flush=True)
        sys.stdin.readline()

asyncio.run(main())
"""


@pytest.fixture
def lock(tmp_path: Path) -> WriteLock:
    return WriteLock(tmp_path / "db.lock")


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_requests_pass_before_the_worker_and_each_in_turn(lock: WriteLock) -> None:
    order: list[str] = []

    async def write(name: str, *, patient: bool) -> None:
        async with lock.hold(patient=patient):
            order.append(name)
            await asyncio.sleep(0)

    async with lock.hold(patient=False):
        waiting = []
        for name, patient in (("w1", True), ("r1", False), ("w2", True), ("r2", False)):
            waiting.append(asyncio.create_task(write(name, patient=patient)))
            await settle()
    await asyncio.gather(*waiting)

    assert order == ["r1", "r2", "w1", "w2"]


async def test_a_stream_of_requests_does_not_starve_the_worker(lock: WriteLock) -> None:
    order: list[str] = []

    async def ask() -> None:
        for _ in range(20):
            async with lock.hold(patient=False):
                order.append("request")
                await asyncio.sleep(0)

    async def work() -> None:
        async with lock.hold(patient=True):
            order.append("worker")

    requests = [asyncio.create_task(ask()) for _ in range(3)]
    await settle()
    await asyncio.gather(work(), work(), *requests)

    first, second = (place for place, name in enumerate(order) if name == "worker")
    assert first <= write_lock.OVERTAKING + 5
    assert second - first == write_lock.OVERTAKING + 1


async def test_never_two_at_once(lock: WriteLock) -> None:
    inside, most = 0, 0

    async def write(number: int) -> None:
        nonlocal inside, most
        async with lock.hold(patient=number % 3 == 0):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(write(number) for number in range(50)))

    assert most == 1


async def test_whoever_gives_up_waiting_keeps_nobody_out(lock: WriteLock) -> None:
    done: list[int] = []

    async def write(number: int) -> None:
        async with lock.hold(patient=False):
            done.append(number)

    async with lock.hold(patient=False):
        tasks = [asyncio.create_task(write(number)) for number in range(4)]
        await settle()
        tasks[0].cancel()
        tasks[2].cancel()
        await settle()
    await asyncio.wait(tasks)

    assert done == [1, 3]
    async with asyncio.timeout(1), lock.hold(patient=True):
        pass


async def test_whoever_is_cancelled_just_as_their_turn_comes_passes_it_on(lock: WriteLock) -> None:
    done: list[str] = []

    async def write(name: str) -> None:
        async with lock.hold(patient=False):
            done.append(name)

    holding = lock.hold(patient=False)
    await holding.__aenter__()
    first, second = asyncio.create_task(write("first")), asyncio.create_task(write("second"))
    await settle()
    await holding.__aexit__(None, None, None)  # it is first's turn now, and it has not run yet
    first.cancel()
    await asyncio.wait([first, second])

    assert first.cancelled()
    assert done == ["second"]


async def test_an_exception_inside_lets_the_next_in(lock: WriteLock) -> None:
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            async with asyncio.timeout(1), lock.hold(patient=False):
                raise ZeroDivisionError


async def test_two_locks_on_one_file_exclude_each_other(tmp_path: Path) -> None:
    one, two = WriteLock(tmp_path / "db.lock"), WriteLock(tmp_path / "db.lock")
    entered = asyncio.Event()

    async def write() -> None:
        async with two.hold(patient=False):
            entered.set()

    async with one.hold(patient=False):
        task = asyncio.create_task(write())
        await asyncio.sleep(0.02)
        assert not entered.is_set()
    await asyncio.wait_for(task, 1)
    assert entered.is_set()


async def other_process(path: Path) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        OTHER_PROCESS,
        str(path),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout
    assert await process.stdout.readline() == b"held\n"
    return process


async def test_another_process_is_waited_for(tmp_path: Path, lock: WriteLock) -> None:
    process = await other_process(tmp_path / "db.lock")
    entered = asyncio.Event()

    async def write() -> None:
        async with lock.hold(patient=False):
            entered.set()

    task = asyncio.create_task(write())
    await asyncio.sleep(0.05)
    assert not entered.is_set()
    await process.communicate(b"\n")
    await asyncio.wait_for(task, 2)
    assert entered.is_set()


async def test_a_process_that_was_killed_holds_nothing(tmp_path: Path, lock: WriteLock) -> None:
    process = await other_process(tmp_path / "db.lock")
    process.kill()
    await process.wait()
    async with asyncio.timeout(2), lock.hold(patient=False):
        pass


async def test_who_waits_too_long_for_another_process_is_told(
    tmp_path: Path, lock: WriteLock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_lock, "WRITE_WAIT_SECONDS", 0.05)
    process = await other_process(tmp_path / "db.lock")

    with pytest.raises(WriterBusy):
        async with lock.hold(patient=False):
            raise AssertionError

    await process.communicate(b"\n")
    async with asyncio.timeout(2), lock.hold(patient=False):
        pass


async def test_who_is_cancelled_while_waiting_for_another_process_passes_the_turn_on(
    tmp_path: Path, lock: WriteLock
) -> None:
    process = await other_process(tmp_path / "db.lock")

    async def write() -> None:
        async with lock.hold(patient=False):
            pass

    first, second = asyncio.create_task(write()), asyncio.create_task(write())
    await asyncio.sleep(0.02)
    first.cancel()
    await process.communicate(b"\n")
    await asyncio.wait_for(second, 2)
    assert first.cancelled()
