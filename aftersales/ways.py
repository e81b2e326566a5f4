"""The goods' way back: chosen by the plan, begun with a pickup, a label or a code, changed when a carrier fails, undone when
the return is."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import case_links, cases, customs, labels, pickups, planning, shipments, visits, warehouses
from aftersales.cases import Step
from aftersales.pickups import PickupWish
from aftersales.refusals import Refusal, RefusalCode, Refused
from aftersales.rules import customs as papers
from aftersales.rules import planning as routes
from aftersales.rules.pickups import E as PickupEvent
from aftersales.rules.planning import Route
from aftersales.rules.returns import E as ReturnEvent
from aftersales.shipments import ShipmentWish
from db.case_enums import LineLogistics, ReturnMethod
from db.enums import Direction
from db.models.cases import Case
from db.models.pickups import Pickup
from db.models.returns import Return, ReturnLine, ReturnOrder
from db.vault import Vault

Goods = tuple[Return, Sequence[ReturnLine]]
AGAIN_AFTER = timedelta(hours=2)  # the soonest that a courier is sent a second time
NOT_DECLARED = "Customs were not told in time what is in the parcel, so that no carrier could be booked."
LABELED = frozenset({ReturnMethod.LABEL, ReturnMethod.BOX_FREE_QR, ReturnMethod.DROP_OFF_POINT, ReturnMethod.LOCKER})


async def begin(session: AsyncSession, vault: Vault, goods: Goods, step: Step) -> None:
    """Begins the way that the plan ranks first among those of the wished method. Where no carrier can be had the buyer
    sends the goods by a carrier of their own, which always can be."""
    rma, _ = goods
    with session.no_autoflush:  # nothing of what is read here has been changed
        plan = await planning.plan(session, vault, goods, step.now)
    ranked = plan.routes
    wished = [route for route in ranked if rma.method in {None, route.method}]
    rma.plan = {"routes": [routes.as_json(route) for route in ranked[:5]], "failed": []}
    await _take(session, vault, goods, wished[0] if wished else Route(rma.method or ReturnMethod.SHIP_YOURSELF), step)


async def take_over(session: AsyncSession, vault: Vault, goods: Goods, route: Route, step: Step) -> Pickup:
    """A courier booked by hand for a return: what was booked before is cancelled. The return's row must be locked."""
    rma, lines = goods
    wish = await _wish(session, vault, goods, route)
    border = customs.between(wish.address, wish.destination)
    if customs.cross(rma, lines, border, is_booked=True):
        no = papers.waiting([customs.goods(line) for line in lines])
        raise Refused(Refusal(RefusalCode.POLICY, no, ("returnId",)))
    await undo(session, rma, step)
    rma.method, rma.carrier_code, rma.point_id = route.method, route.carrier, None
    chosen = routes.as_json(replace(route, border=border))  # ``redeclared`` books by it again
    rma.plan = {**(rma.plan or {"routes": [], "failed": []}), "chosen": chosen}
    pickup = await pickups.book(session, vault, wish, step)
    await cases.changed(session, rma, replace(step, told={"method": route.method.name, "carrier": route.carrier}))
    return pickup


async def _take(session: AsyncSession, vault: Vault, goods: Goods, route: Route, step: Step) -> None:
    rma, lines = goods
    rma.method, rma.carrier_code = route.method, route.carrier
    rma.warehouse_id = UUID(route.warehouse_id) if route.warehouse_id else rma.warehouse_id
    if route.method is ReturnMethod.SHIP_YOURSELF and rma.warehouse_id is None:
        place = await warehouses.taking_back(session, rma.merchant_id)  # the buyer must know where to send them
        if place is not None:
            rma.warehouse_id = place.id
            origin = orjson.loads(rma.open(vault, "origin") or "{}")
            route = replace(route, border=route.border or customs.between(origin, {"country": place.country}))
    rma.point_id = route.point_key
    rma.plan = {**(rma.plan or {}), "chosen": routes.as_json(route)}
    told = {**step.told, "method": route.method.name, "carrier": route.carrier}
    waits = customs.cross(rma, lines, route.border, is_booked=route.carrier is not None)
    if route.border is not None:
        told |= {"customs": customs.shown(rma, lines)}
    if waits:
        pass  # nothing is booked until customs can be told everything: ``redeclared``
    elif route.method is ReturnMethod.DOOR_PICKUP and route.carrier and route.window_start:
        await pickups.book(session, vault, await _wish(session, vault, goods, route), step)
    elif route.method in LABELED and route.carrier:
        await labels.order(session, rma, route, step)
        for line in lines:
            line.logistics = LineLogistics.LABELED
    await cases.changed(session, rma, replace(step, told=told))


async def _wish(session: AsyncSession, vault: Vault, goods: Goods, route: Route) -> PickupWish:
    rma, lines = goods
    return PickupWish(
        merchant_id=rma.merchant_id,
        route=route,
        address=orjson.loads(rma.open(vault, "origin") or "{}"),
        destination=await warehouses.address(session, vault, rma.merchant_id, rma.warehouse_id),
        rma=rma,
        size_mm=rma.size_mm,
        weight_grams=sum((line.weight_grams or 0) * line.quantity for line in lines) or None,
        goods=", ".join(line.title for line in lines)[:60],
    )


async def failed(session: AsyncSession, vault: Vault, goods: Goods, pickup: Pickup, step: Step) -> None:
    """A courier did not get the goods, or its carrier will not come: the same carrier once more, then the next route of
    the plan, under the same return. Return and pickup must be locked."""
    why = (pickup.failure or {}).get("message") or pickup.status.replace("_", " ")
    if pickup.status == "failed" and pickup.attempt < pickups.SAME_CARRIER:
        soonest = max(step.now + AGAIN_AFTER, pickup.window_start + timedelta(days=1))
        start = await visits.coming(session, vault, pickup, soonest)
        await pickups.rebook(session, pickup, start, start + (pickup.window_end - pickup.window_start), step)
        return
    await pass_on(session, vault, goods, pickup.carrier_code, replace(step, why=why))
    if pickup.status == "failed":
        await cases.move(session, pickup, PickupEvent.SUPERSEDE, step)


async def pass_on(session: AsyncSession, vault: Vault, goods: Goods, carrier: str | None, step: Step) -> None:
    """The best way without this carrier and those that failed before, by the same method if there is one, planned anew;
    ``step.why`` says why. Where none is left the buyer sends the goods by a carrier of their own. The return must be
    locked."""
    rma, _ = goods
    failed_ = [*(rma.plan or {}).get("failed", []), carrier]
    plan = await planning.plan(session, vault, goods, step.now)
    left = [route for route in plan.routes if route.carrier not in failed_]
    alike = [route for route in left if route.method is rma.method] or left
    route = alike[0] if alike else Route(ReturnMethod.SHIP_YOURSELF)
    rma.plan = {"routes": [routes.as_json(each) for each in left[:5]], "failed": failed_}
    rma.failovers += 1
    told = {"failover": {"from": carrier, "to": route.carrier, "because": step.why}}
    await _take(session, vault, goods, route, replace(step, why=None, told=told))


async def redeclared(session: AsyncSession, vault: Vault, goods: Goods, step: Step) -> None:
    """Customs can be told more, or something else: what waited for it is booked, and the buyer's time begins anew; what was
    booked is called off and booked again. The return must be locked."""
    rma, lines = goods
    waited, route = customs.is_waiting(rma), routes.of_json((rma.plan or {})["chosen"])
    if not waited:
        await undo(session, rma, step)
    if route.window_start is not None and route.window_start <= step.now:
        await begin(session, vault, (rma, lines), step)
    else:
        await _take(session, vault, goods, route, step)
    if waited and not customs.is_waiting(rma):
        await cases.wind(session, rma, ReturnEvent.EXPIRE, step.now, replace(step, told={}))


async def by_oneself(session: AsyncSession, vault: Vault, goods: Goods, step: Step) -> None:
    """Nobody told customs what they must be told in time, which is no fault of the buyer, who sends the goods by a carrier of
    their own now, with as much time as at first. The return must be locked."""
    rma, _ = goods
    told = {"failover": {"from": rma.carrier_code, "to": None, "because": NOT_DECLARED}}
    route = Route(ReturnMethod.SHIP_YOURSELF, border=customs.border_of(rma))
    await _take(session, vault, goods, route, replace(step, told=told))
    await cases.wind(session, rma, ReturnEvent.EXPIRE, step.now, step)


async def number_known(session: AsyncSession, vault: Vault, case: Case, number: str, step: Step) -> None:
    """The carrier's number of the way back: followed from now on as a parcel whose direction is REVERSE, and its scans move
    the case. Must come before the case's row is locked, since parcels are locked before cases."""
    of = select(ReturnOrder.order_id).where(ReturnOrder.return_id == (case.parent_id or case.id))
    orders = tuple(await session.scalars(of.order_by(ReturnOrder.order_id))) or (
        (case.order_id,) if case.order_id else ()
    )
    carrier = pickups.moved_by(case) if isinstance(case, Pickup) else case.carrier_code
    assert carrier is not None
    wish = ShipmentWish(case.merchant_id, carrier, number, orders, direction=Direction.REVERSE)
    parcel = await shipments.register(session, vault, wish, step.by, step.now)
    await case_links.attach(session, case.id if case.parent_id is None else case.parent_id, parcel)
    if case.parent_id is not None:
        await case_links.attach(session, case.id, parcel)


async def undo(session: AsyncSession, rma: Return, step: Step) -> None:
    """Cancels the pickups and voids the labels of a return that will not travel. The row must be locked."""
    for pickup in await pickups.of_return(session, rma):
        await pickups.cancel(session, pickup, step)
    await labels.void(session, rma, step)
