import asyncio

from api.live.turns import A_ROUND, Turns


async def test_a_round_of_the_loop_gives_so_many_turns_and_everyone_one_before_anybody_two() -> None:
    turns, taken = Turns(), list[int]()

    async def flood(who: int) -> None:
        for _ in range(5):
            await turns.take()
            taken.append(who)

    flooding = [asyncio.create_task(flood(who)) for who in range(3 * A_ROUND)]
    most, before = 0, 0
    while not all(task.done() for task in flooding):
        await asyncio.sleep(0)
        most, before = max(most, len(taken) - before), len(taken)
    assert len(taken) == 5 * len(flooding)
    assert most <= A_ROUND
    late = range(A_ROUND, 3 * A_ROUND)
    assert [who for who in taken if who in late][: len(late)] == list(late)


async def test_a_turn_that_nobody_waits_for_any_more_is_the_next_ones() -> None:
    turns = Turns()
    *first, gone, next_one = [asyncio.create_task(turns.take()) for _ in range(A_ROUND + 2)]
    await asyncio.sleep(0)
    gone.cancel()
    async with asyncio.timeout(1):
        await asyncio.gather(*first, next_one)
        for _ in range(3 * A_ROUND):
            await turns.take()
    assert gone.cancelled()
