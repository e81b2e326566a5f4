"""What partners of a world ask, and what of an answer must be the same when it is asked again."""

from typing import Any

_ERRORS = "userErrors { code message field }"
_KEYED = "@idempotent(key: $key)"

ORDERS_SYNC = f"""mutation($input: [OrderInput!]!, $key: String!) {{ ordersSync(input: $input) {_KEYED} {{
  results {{ index outcome order {{ id }} {_ERRORS} }} {_ERRORS} }} }}"""
SHIPMENTS_REGISTER = f"""mutation($input: [ShipmentInput!]!, $key: String!) {{
  shipmentsRegister(input: $input) {_KEYED} {{
  results {{ index outcome shipment {{ id }} {_ERRORS} }} {_ERRORS} }} }}"""
STOP_TRACKING = f"""mutation($input: ShipmentStopTrackingInput!, $key: String!) {{
  shipmentStopTracking(input: $input) {_KEYED} {{ shipment {{ id }} {_ERRORS} }} }}"""
ENDPOINT_CREATE = f"""mutation($input: WebhookEndpointCreateInput!, $key: String!) {{
  webhookEndpointCreate(input: $input) {_KEYED} {{ webhookEndpoint {{ id url }} secret {_ERRORS} }} }}"""
ENDPOINT_UPDATE = f"""mutation($input: WebhookEndpointUpdateInput!, $key: String!) {{
  webhookEndpointUpdate(input: $input) {_KEYED} {{ webhookEndpoint {{ id url }} {_ERRORS} }} }}"""
ENDPOINT_ROTATE = f"""mutation($input: WebhookEndpointRotateSecretInput!, $key: String!) {{
  webhookEndpointRotateSecret(input: $input) {_KEYED} {{ webhookEndpoint {{ id url }} secret {_ERRORS} }} }}"""
ENDPOINT_TEST = f"""mutation($input: WebhookEndpointTestInput!, $key: String!) {{
  webhookEndpointTest(input: $input) {_KEYED} {{ webhookDelivery {{ id }} {_ERRORS} }} }}"""
ENDPOINT_DELETE = f"""mutation($input: WebhookEndpointDeleteInput!, $key: String!) {{
  webhookEndpointDelete(input: $input) {_KEYED} {{ webhookEndpoint {{ id url }} {_ERRORS} }} }}"""
CHANGES = """query($first: Int!, $after: String) { changes(first: $first, after: $after) {
  nodes { position number subjectId subjectVersion kind before after } pageInfo { hasNextPage endCursor } } }"""
NODE = "query($id: ID!) { node(id: $id) { id } }"
SELECTION = "{ position number subjectId subjectVersion kind }"


def field(document: str) -> str:
    """The name of the mutation that a document calls."""
    return document.partition("{")[2].partition("(")[0].strip()


def essence(told: dict[str, Any]) -> Any:
    """What a repeat must tell again: which objects, or the same refusals. A secret is shown once; how an item fared may
    read differently the second time."""
    if told.get("results") is not None:
        rows = ((each.get("order") or each.get("shipment"), each["userErrors"]) for each in told["results"])
        return [(row["id"] if row else None, errors) for row, errors in rows], told["userErrors"]
    objects = {name: value["id"] for name, value in told.items() if isinstance(value, dict)}
    return objects, told["userErrors"]


def outcome(told: dict[str, Any]) -> str:
    """The same in words that depend on no id."""
    words = [each["outcome"] for each in told.get("results") or ()]
    words += [no["code"] for each in told.get("results") or () for no in each["userErrors"]]
    return ", ".join([*words, *(no["code"] for no in told["userErrors"])]) or "done"
