"""The partner quick start in Python's standard library alone: WAYBRIDGE_KEY=wb_... python3 quickstart.py

WAYBRIDGE_URL is the endpoint; WAYBRIDGE_MERCHANT is for a platform's key: the merchant it acts for (mer_...).
"""

import json
import os
import urllib.error
import urllib.request
import uuid

URL = os.environ.get("WAYBRIDGE_URL", "http://127.0.0.1:8000/graphql")
KEY = os.environ["WAYBRIDGE_KEY"]
MERCHANT = os.environ.get("WAYBRIDGE_MERCHANT")
NUMBER = "SF0000000000105"


def post(query, variables=None, key=KEY):
    """Sends one document; gives the whole answer: data, errors, extensions."""
    headers = {"Content-Type": "application/json"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    if MERCHANT and key == KEY:
        headers["Waybridge-Merchant"] = MERCHANT
    body = json.dumps({"query": query, "variables": variables or {}}).encode()
    request = urllib.request.Request(URL, body, headers)  # noqa: S310 the address is ours
    try:
        with urllib.request.urlopen(request, timeout=15) as answer:  # noqa: S310 the same
            return json.load(answer)
    except urllib.error.HTTPError as refused:  # 401, 429 and the like carry the same JSON
        return json.load(refused)


def ask(query, variables=None, key=KEY):
    """The data; stops at the first error, naming its code and the request to quote to support."""
    answer = post(query, variables, key)
    for error in answer.get("errors", ()):
        raise SystemExit(f"{error['extensions']['code']}: {error['message']} ({error['extensions']['requestId']})")
    return answer["data"]


# 1. Who am I, and what may I do?
viewer = ask("{ viewer { kind partner { name } merchant { name } scopes } }")["viewer"]
print(f"viewer: {viewer['kind']}, for {viewer['merchant']['name']}, {len(viewer['scopes'])} scopes")

# 2. Three orders, the first with a parcel. Repeating this changes nothing.
SYNC = """
mutation Sync($orders: [OrderInput!]!) {
  ordersSync(input: $orders) {
    results { number outcome order { id } userErrors { code message field } }
  }
}
"""


def order(number, quantity=1, shipments=()):
    """An order as we would have it in our shop."""
    price = {"amount": "99.50", "currency": "CNY"}
    return {
        "number": number,
        "placedAt": "2026-05-20T16:00:00+08:00",
        "total": price,
        "customer": {"externalId": "buyer-7", "name": "王小明", "phone": "13800138000"},
        "shippingAddress": {
            "country": "CN",
            "region": "广东省",
            "city": "深圳市",
            "district": "南山区",
            "street": ["科技园路1号"],
            "unit": "3栋501室",
            "name": "王小明",
            "phone": "13800138000",
        },
        "lines": [
            {"sku": "TEE-RED-M", "title": "T恤 红色", "quantity": quantity, "unitPrice": price, "weightGrams": 180}
        ],
        "shipments": list(shipments),
    }


parcel = {"carrier": "sf", "trackingNumber": NUMBER}
orders = [order("GUIDE-1", shipments=[parcel]), order("GUIDE-2"), order("GUIDE-3")]
for result in ask(SYNC, {"orders": orders})["ordersSync"]["results"]:
    print(f"order: {result['number']} {result['outcome']}")

# 3. One parcel by its number, with every scan.
TRACK = """
query Track($number: String!) {
  shipment(trackingNumber: $number, carrier: "sf") {
    status isDelayed estimatedDeliveryAt
    events { occurredAt localTime status description rawCode location { text } }
    orders { number shippingAddress { name phone } }
  }
}
"""
shipment = ask(TRACK, {"number": NUMBER})["shipment"]
print(f"parcel: {NUMBER} {shipment['status']}, {len(shipment['events'])} scans")
for event in shipment["events"]:
    print(f"scan: {event['status']}: {event['description']}")
masked = shipment["orders"][0]["shippingAddress"]
print(f"we see: {masked['name']} {masked['phone']}")

# 4. All orders, page by page: hand endCursor back as `after` until hasNextPage is false.
PAGE = """
query Page($after: String) {
  orders(first: 2, after: $after, filter: {search: "GUIDE-"}, sort: PLACED_AT_ASC) {
    nodes { number status needsAction }
    pageInfo { hasNextPage endCursor }
  }
}
"""
pages, cursor = [], None
while True:
    page = ask(PAGE, {"after": cursor})["orders"]
    pages.append([each["number"] for each in page["nodes"]])
    cursor = page["pageInfo"]["endCursor"]
    if not page["pageInfo"]["hasNextPage"]:
        break
print(f"pages: {' | '.join(' '.join(numbers) for numbers in pages)}")

# 5. What do buyers want to know before they ask?
ALERTS = "{ alerts(first: 10) { nodes { kind actions shipment { trackingNumber } expectedImpact { sentence } } } }"
for alert in ask(ALERTS)["alerts"]["nodes"]:
    print(f"alert: {alert['kind']} {alert['shipment']['trackingNumber']}: {alert['expectedImpact']['sentence']}")

# 6. Follow a parcel that came without its order, and tie it to one.
REGISTER = """
mutation Register($parcels: [ShipmentInput!]!) {
  shipmentsRegister(input: $parcels) {
    results { trackingNumber outcome shipment { id } userErrors { code message field } }
  }
}
"""
extra = {"carrier": "zto", "trackingNumber": "75000000000102", "orderNumbers": ["GUIDE-2"]}
registered = ask(REGISTER, {"parcels": [extra]})["shipmentsRegister"]["results"][0]
print(f"registered: {registered['trackingNumber']} {registered['shipment']['id'][:4]}...")

# 7. A change under an idempotency key: sent twice (a timeout, say), done once.
STOP = """
mutation Stop($id: ID!, $key: String!) {
  shipmentStopTracking(input: {id: $id}) @idempotent(key: $key) {
    shipment { tracking { method stoppedAt } }
    userErrors { code message field }
  }
}
"""
once = {"id": registered["shipment"]["id"], "key": str(uuid.uuid4())}
replayed = [post(STOP, once)["extensions"].get("replayed", False) for _ in range(2)]
print(f"replayed: {json.dumps(replayed[0])}, then {json.dumps(replayed[1])}")

# 8. A token for one buyer's phone: it sees their own orders and parcels, unmasked, and nothing else.
TOKEN = """
mutation Token($buyer: String!) {
  customerTokenCreate(input: {externalId: $buyer, expiresInSeconds: 3600}) {
    customerToken { token expiresAt }
    userErrors { code message }
  }
}
"""
token = ask(TOKEN, {"buyer": "buyer-7"})["customerTokenCreate"]["customerToken"]["token"]
mine = ask("{ orders(first: 10) { nodes { number shippingAddress { name phone } } } }", key=token)["orders"]["nodes"]
print(f"the buyer sees: {len(mine)} orders, {mine[0]['shippingAddress']['name']} {mine[0]['shippingAddress']['phone']}")

# 9. Two kinds of no: the call was wrong (errors), or the business says no (userErrors).
print(f"without a key: {post('{ viewer { kind } }', key=None)['errors'][0]['extensions']['code']}")
print(f"a page too large: {post('{ orders(first: 1000) { nodes { id } } }')['errors'][0]['extensions']['code']}")
refused = ask(SYNC, {"orders": [order("GUIDE-4", quantity=0)]})["ordersSync"]["results"][0]
print(
    f"refused: {refused['outcome']}, {refused['userErrors'][0]['code']} at {'.'.join(refused['userErrors'][0]['field'])}"
)

# 10. What it cost, in points.
cost = post(TRACK, {"number": NUMBER})["extensions"]["cost"]
print(f"cost: requested {cost['requested']}, actual {cost['actual']}")
