#!/bin/sh
# The partner quick start with curl: WAYBRIDGE_KEY=wb_... sh quickstart.sh
# Prints each answer on a line. WAYBRIDGE_URL is the endpoint; a platform names the merchant it acts for with
# -H "Waybridge-Merchant: mer_...".
set -eu
URL=${WAYBRIDGE_URL:-http://127.0.0.1:8000/graphql}
MERCHANT=${WAYBRIDGE_MERCHANT:+Waybridge-Merchant: $WAYBRIDGE_MERCHANT}

# Sends the request that stands on standard input. Further arguments go to curl.
ask() {
  curl -sS "$URL" -H "Authorization: Bearer ${TOKEN:-$WAYBRIDGE_KEY}" -H "Content-Type: application/json" \
    -H "$MERCHANT" --data-binary @- "$@"
  echo
}

# The first value of a member of the answer on standard input; use jq where you have it.
first() { sed -n "s/^[^}]*\"$1\":\"\([^\"]*\)\".*/\1/p"; }

echo "== 1. Who am I, and what may I do?"
ask <<'JSON'
{"query": "{ viewer { kind partner { name } merchant { name } scopes } }"}
JSON

echo "== 2. Three orders, the first with a parcel. Repeating this changes nothing."
order() { # number, quantity, parcels
  cat <<JSON
{"number": "$1", "placedAt": "2026-05-20T16:00:00+08:00", "total": {"amount": "99.50", "currency": "CNY"},
 "customer": {"externalId": "buyer-7", "name": "王小明", "phone": "13800138000"},
 "shippingAddress": {"country": "CN", "region": "广东省", "city": "深圳市", "district": "南山区",
   "street": ["科技园路1号"], "unit": "3栋501室", "name": "王小明", "phone": "13800138000"},
 "lines": [{"sku": "TEE-RED-M", "title": "T恤 红色", "quantity": $2, "weightGrams": 180,
   "unitPrice": {"amount": "99.50", "currency": "CNY"}}],
 "shipments": [$3]}
JSON
}
sync() { # orders
  cat <<JSON
{"query": "mutation (\$orders: [OrderInput!]!) { ordersSync(input: \$orders) {
   results { number outcome userErrors { code message field } } } }", "variables": {"orders": [$1]}}
JSON
}
PARCEL='{"carrier": "sf", "trackingNumber": "SF0000000000105"}'
sync "$(order GUIDE-1 1 "$PARCEL"), $(order GUIDE-2 1 ""), $(order GUIDE-3 1 "")" | tr '\n' ' ' | ask

echo "== 3. One parcel by its number, with every scan."
ask <<'JSON'
{"query": "query ($number: String!) { shipment(trackingNumber: $number, carrier: \"sf\") { status isDelayed estimatedDeliveryAt events { occurredAt localTime status description rawCode location { text } } orders { number shippingAddress { name phone } } } }",
 "variables": {"number": "SF0000000000105"}}
JSON

echo "== 4. All orders, page by page: hand endCursor back as \`after\` until hasNextPage is false."
AFTER=null
while :; do
  PAGE=$(ask <<JSON
{"query": "query (\$after: String) { orders(first: 2, after: \$after, filter: {search: \"GUIDE-\"}, sort: PLACED_AT_ASC) { pageInfo { hasNextPage endCursor } nodes { number status needsAction } } }",
 "variables": {"after": $AFTER}}
JSON
)
  printf "%s\n" "$PAGE"
  case $PAGE in *'"hasNextPage":false'*) break ;; esac
  AFTER="\"$(printf "%s" "$PAGE" | first endCursor)\""
done

echo "== 5. What do buyers want to know before they ask?"
ask <<'JSON'
{"query": "{ alerts(first: 10) { nodes { kind actions shipment { trackingNumber } expectedImpact { sentence } } } }"}
JSON

echo "== 6. Follow a parcel that came without its order, and tie it to one."
REGISTERED=$(ask <<'JSON'
{"query": "mutation ($parcels: [ShipmentInput!]!) { shipmentsRegister(input: $parcels) { results { shipment { id } trackingNumber outcome userErrors { code message field } } } }",
 "variables": {"parcels": [{"carrier": "zto", "trackingNumber": "75000000000102", "orderNumbers": ["GUIDE-2"]}]}}
JSON
)
printf "%s\n" "$REGISTERED"

echo "== 7. A change under an idempotency key, here as a header: sent twice (a timeout, say), done once."
KEY="guide-$(date +%s)-$$"
for _ in 1 2; do
  ask -H "Idempotency-Key: $KEY" <<JSON
{"query": "mutation (\$id: ID!) { shipmentStopTracking(input: {id: \$id}) { shipment { tracking { method stoppedAt } } userErrors { code message field } } }",
 "variables": {"id": "$(printf "%s" "$REGISTERED" | first id)"}}
JSON
done

echo "== 8. A token for one buyer's phone: it sees their own orders and parcels, unmasked, and nothing else."
MINTED=$(ask <<'JSON'
{"query": "mutation { customerTokenCreate(input: {externalId: \"buyer-7\", expiresInSeconds: 3600}) { customerToken { token expiresAt } userErrors { code message } } }"}
JSON
)
TOKEN=$(printf "%s" "$MINTED" | first token)
MERCHANT=
ask <<'JSON'
{"query": "{ orders(first: 10) { nodes { number shippingAddress { name phone } } } }"}
JSON
TOKEN=
MERCHANT=${WAYBRIDGE_MERCHANT:+Waybridge-Merchant: $WAYBRIDGE_MERCHANT}

echo "== 9. Two kinds of no: the call was wrong (errors), or the business says no (userErrors)."
curl -sS "$URL" -H "Content-Type: application/json" --data-binary '{"query": "{ viewer { kind } }"}'
echo
ask <<'JSON'
{"query": "{ orders(first: 1000) { nodes { id } } }"}
JSON
sync "$(order GUIDE-4 0 "")" | tr '\n' ' ' | ask
