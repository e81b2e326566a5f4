"""What arguments mean, told once for all fields that take them."""

from graphql import GraphQLArgument, GraphQLSchema

PAGE = {
    "first": "At most this many, from the start; 1 to 100.",
    "after": "Only what follows this cursor.",
    "last": "At most this many, from the end; 1 to 100.",
    "before": "Only what goes before this cursor.",
}
ARGUMENTS = PAGE | {
    "id": "The global id.",
    "ids": "Global ids, at most 100.",
    "input": "What is to be done.",
    "filter": "Only rows that meet every condition given.",
    "sort": "The order of the rows.",
    "position": "The position of a change.",
    "size": "How many entries the head is to stand for.",
    "from": "The smaller number of entries.",
    "to": "The larger number of entries.",
    "locale": "The language of the text.",
    "carrier": "The carrier's code, as in `carriers`.",
    "code": "The carrier's code, as in its shipments.",
    "number": "The merchant's own number of the order.",
    "trackingNumber": "The carrier's number, in either case, with or without spaces.",
    "kinds": "Only these kinds; all unless given.",
    "subjects": "Only changes of these; of all that may be seen unless given.",
    "classifier": "Only scans of this kind; all unless given.",
    "WebhookEndpoint.deliveries.status": "Only deliveries that have come this far.",
    "Query.jobs.state": "Only jobs that have come this far.",
    "Query.jobs.kind": "Only jobs of this kind.",
    "search": "Only codes that have this text in them or in their meaning.",
    "Carrier.codes.first": "At most this many, 1 to 1000.",
    "Subscription.changes.after": "A position: what came after it is told first.",
    "Subscription.shipmentUpdated.after": "A position: what came after it is told first.",
    "Subscription.shipmentUpdated.ids": "Global ids of parcels, at most 100; all within reach unless given.",
    "Shipment.events.last": "Only the latest of them, at most this many.",
    "rmaNumber": "The number printed on the return.",
    "country": "The country (ISO 3166-1).",
    "year": "The year, 2000 to 2100.",
    "Query.deadlines.before": "The moment before which clocks run out.",
    "Query.deadlines.kinds": "Only cases of these kinds.",
    "returnId": "The return's id (ret_...).",
    "Query.refundPreview.input": "Goods that might come back.",
    "at": "The moment.",
    "reason": "Why it would come back; NO_LONGER_WANTED unless given.",
    "OrderLine.sizeAdvice.reason": "What is wrong with its size: SIZE_TOO_SMALL or SIZE_TOO_LARGE; null answers null.",
    "resolution": "What is wished for; REFUND unless given.",
    "Subscription.caseUpdated.after": "A position: what came after it is told first.",
    "Subscription.caseUpdated.subjects": "Only cases of these subjects.",
    "near": "Around this place.",
    "radiusMeters": "At most so far, 1 to 50,000.",
    "Query.dropOffPoints.first": "At most this many, 1 to 100.",
    "Query.dropOffPoints.carrier": "Only points of this carrier, by code.",
    "Query.dropOffPoints.method": "Only points that serve this.",
    "key": "Any text of your own, one for each change that is meant once.",
    "assumedSize": "How many items.",
}


def tell(schema: GraphQLSchema) -> None:
    """Gives each argument its words: those of its place (``Type.field.argument``), else those of its name. What its
    field has told already stays."""
    for kind, each in schema.type_map.items():
        for field, definition in getattr(each, "fields", {}).items():
            _tell(f"{kind}.{field}", getattr(definition, "args", {}))
    for directive in schema.directives:
        _tell(directive.name, directive.args)


def _tell(place: str, arguments: dict[str, GraphQLArgument]) -> None:
    for name, argument in arguments.items():
        argument.description = argument.description or ARGUMENTS.get(f"{place}.{name}") or ARGUMENTS.get(name)
