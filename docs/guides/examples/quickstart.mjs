// The partner quick start in JavaScript, without a library: WAYBRIDGE_KEY=wb_... node quickstart.mjs
// WAYBRIDGE_URL is the endpoint; WAYBRIDGE_MERCHANT is for a platform's key: the merchant it acts for (mer_...).

const { WAYBRIDGE_URL: URL_ = 'http://127.0.0.1:8000/graphql', WAYBRIDGE_KEY: KEY, WAYBRIDGE_MERCHANT } = process.env
const NUMBER = 'SF0000000000105'

/** Sends one document; gives the whole answer: data, errors, extensions. */
async function post(query, variables = {}, key = KEY) {
  const headers = { 'Content-Type': 'application/json' }
  if (key) headers.Authorization = `Bearer ${key}`
  if (WAYBRIDGE_MERCHANT && key === KEY) headers['Waybridge-Merchant'] = WAYBRIDGE_MERCHANT
  const body = JSON.stringify({ query, variables })
  const answer = await fetch(URL_, { method: 'POST', headers, body, signal: AbortSignal.timeout(15_000) })
  return answer.json() // 401, 429 and the like carry the same JSON
}

/** The data; stops at the first error, naming its code and the request to quote to support. */
async function ask(query, variables, key) {
  const { data, errors } = await post(query, variables, key)
  if (errors) {
    const [{ message, extensions }] = errors
    throw new Error(`${extensions.code}: ${message} (${extensions.requestId})`)
  }
  return data
}

// 1. Who am I, and what may I do?
const { viewer } = await ask('{ viewer { kind partner { name } merchant { name } scopes } }')
console.log(`viewer: ${viewer.kind}, for ${viewer.merchant.name}, ${viewer.scopes.length} scopes`)

// 2. Three orders, the first with a parcel. Repeating this changes nothing.
const SYNC = `
  mutation Sync($orders: [OrderInput!]!) {
    ordersSync(input: $orders) {
      results { number outcome order { id } userErrors { code message field } }
    }
  }`

/** An order as we would have it in our shop. */
function order(number, { quantity = 1, shipments = [] } = {}) {
  const price = { amount: '99.50', currency: 'CNY' }
  return {
    number,
    placedAt: '2026-05-20T16:00:00+08:00',
    total: price,
    customer: { externalId: 'buyer-7', name: '王小明', phone: '13800138000' },
    shippingAddress: {
      country: 'CN',
      region: '广东省',
      city: '深圳市',
      district: '南山区',
      street: ['科技园路1号'],
      unit: '3栋501室',
      name: '王小明',
      phone: '13800138000',
    },
    lines: [{ sku: 'TEE-RED-M', title: 'T恤 红色', quantity, unitPrice: price, weightGrams: 180 }],
    shipments,
  }
}

const parcel = { carrier: 'sf', trackingNumber: NUMBER }
const orders = [order('GUIDE-1', { shipments: [parcel] }), order('GUIDE-2'), order('GUIDE-3')]
for (const { number, outcome } of (await ask(SYNC, { orders })).ordersSync.results) {
  console.log(`order: ${number} ${outcome}`)
}

// 3. One parcel by its number, with every scan.
const TRACK = `
  query Track($number: String!) {
    shipment(trackingNumber: $number, carrier: "sf") {
      status isDelayed estimatedDeliveryAt
      events { occurredAt localTime status description rawCode location { text } }
      orders { number shippingAddress { name phone } }
    }
  }`
const { shipment } = await ask(TRACK, { number: NUMBER })
console.log(`parcel: ${NUMBER} ${shipment.status}, ${shipment.events.length} scans`)
for (const { status, description } of shipment.events) console.log(`scan: ${status}: ${description}`)
const masked = shipment.orders[0].shippingAddress
console.log(`we see: ${masked.name} ${masked.phone}`)

// 4. All orders, page by page: hand endCursor back as `after` until hasNextPage is false.
const PAGE = `
  query Page($after: String) {
    orders(first: 2, after: $after, filter: {search: "GUIDE-"}, sort: PLACED_AT_ASC) {
      nodes { number status needsAction }
      pageInfo { hasNextPage endCursor }
    }
  }`
const pages = []
let pageInfo = { hasNextPage: true, endCursor: null }
while (pageInfo.hasNextPage) {
  const page = (await ask(PAGE, { after: pageInfo.endCursor })).orders
  pages.push(page.nodes.map((each) => each.number).join(' '))
  pageInfo = page.pageInfo
}
console.log(`pages: ${pages.join(' | ')}`)

// 5. What do buyers want to know before they ask?
const ALERTS = '{ alerts(first: 10) { nodes { kind actions shipment { trackingNumber } expectedImpact { sentence } } } }'
for (const { kind, shipment, expectedImpact } of (await ask(ALERTS)).alerts.nodes) {
  console.log(`alert: ${kind} ${shipment.trackingNumber}: ${expectedImpact.sentence}`)
}

// 6. Follow a parcel that came without its order, and tie it to one.
const REGISTER = `
  mutation Register($parcels: [ShipmentInput!]!) {
    shipmentsRegister(input: $parcels) {
      results { trackingNumber outcome shipment { id } userErrors { code message field } }
    }
  }`
const extra = { carrier: 'zto', trackingNumber: '75000000000102', orderNumbers: ['GUIDE-2'] }
const [registered] = (await ask(REGISTER, { parcels: [extra] })).shipmentsRegister.results
console.log(`registered: ${registered.trackingNumber} ${registered.shipment.id.slice(0, 4)}...`)

// 7. A change under an idempotency key: sent twice (a timeout, say), done once.
const STOP = `
  mutation Stop($id: ID!, $key: String!) {
    shipmentStopTracking(input: {id: $id}) @idempotent(key: $key) {
      shipment { tracking { method stoppedAt } }
      userErrors { code message field }
    }
  }`
const once = { id: registered.shipment.id, key: crypto.randomUUID() }
const replayed = []
for (let i = 0; i < 2; i++) replayed.push((await post(STOP, once)).extensions.replayed ?? false)
console.log(`replayed: ${replayed.join(', then ')}`)

// 8. A token for one buyer's phone: it sees their own orders and parcels, unmasked, and nothing else.
const TOKEN = `
  mutation Token($buyer: String!) {
    customerTokenCreate(input: {externalId: $buyer, expiresInSeconds: 3600}) {
      customerToken { token expiresAt }
      userErrors { code message }
    }
  }`
const { token } = (await ask(TOKEN, { buyer: 'buyer-7' })).customerTokenCreate.customerToken
const mine = (await ask('{ orders(first: 10) { nodes { number shippingAddress { name phone } } } }', {}, token)).orders
const { name, phone } = mine.nodes[0].shippingAddress
console.log(`the buyer sees: ${mine.nodes.length} orders, ${name} ${phone}`)

// 9. Two kinds of no: the call was wrong (errors), or the business says no (userErrors).
const codeOf = async (...call) => (await post(...call)).errors[0].extensions.code
console.log(`without a key: ${await codeOf('{ viewer { kind } }', {}, null)}`)
console.log(`a page too large: ${await codeOf('{ orders(first: 1000) { nodes { id } } }')}`)
const [refused] = (await ask(SYNC, { orders: [order('GUIDE-4', { quantity: 0 })] })).ordersSync.results
console.log(`refused: ${refused.outcome}, ${refused.userErrors[0].code} at ${refused.userErrors[0].field.join('.')}`)

// 10. What it cost, in points.
const { cost } = (await post(TRACK, { number: NUMBER })).extensions
console.log(`cost: requested ${cost.requested}, actual ${cost.actual}`)
