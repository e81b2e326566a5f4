"""The stored words with their descriptions for partners. Values may be added at any time: keep a default branch."""

import strawberry

from aftersales.refusals import RefusalCode
from db import enums
from db.models.exports import ExportState

DESCRIPTIONS = {
    enums.PartnerKind: "Who calls: a merchant, a platform acting for merchants, or a carrier.",
    enums.Environment: "Which of a carrier's two worlds an account talks to.",
    enums.OrderStatus: "How far an order has come.",
    enums.OrderFlag: "What is odd about an order as it came in.",
    enums.Direction: "Which way the goods go.",
    enums.TrackingStatus: "Where a parcel is, in the same fifteen words for every carrier.",
    enums.TrackingStep: "A finer word within a status. INFO and TELEMETRY mark scans that have no status of their own.",
    enums.TrackingReason: "Why, as party and cause.",
    enums.DeliveryMode: "Into whose hands a parcel went. A signature at a locker is not the recipient's.",
    enums.Classifier: "Whether something happened, is estimated, or is planned.",
    enums.EventSource: "Who told us, in falling order of trust.",
    enums.TrackingMethod: "How a parcel is followed.",
    enums.AlertKind: "What a buyer wants to know before asking.",
    enums.Confidence: "How well a carrier's format is proven: captured or official, one source, or a shape only.",
    enums.PushAuthenticity: "What proves that a carrier's push is its own.",
    enums.Party: "Whose move it is, or who did it.",
    enums.Locale: "The languages in which we describe things.",
    enums.Subject: "What an entry of the log is about.",
    enums.JobState: "How far a piece of outside work has come. READY waits for its time or is under way; DEAD was given up.",
    ExportState: "How far a bulk export has come.",
    enums.SigningScheme: "How webhooks are signed, after Standard Webhooks: v1 (a shared secret) or v1a (our key pair).",
    enums.DeliveryStatus: "How far a webhook delivery has come; one that is tried again is waiting.",
    enums.DisabledBecause: "Why nothing is sent to a webhook endpoint.",
    enums.AttemptProblem: "Why an attempt to deliver a webhook did not succeed.",
}
VALUES = {
    "TrackingStatus": {
        "UNKNOWN": "Nothing is known, or the carrier's code is not (the raw code tells).",
        "INFO_RECEIVED": "The carrier has the data, not the parcel.",
        "PICKED_UP": "The carrier has the parcel.",
        "IN_TRANSIT": "On its way.",
        "CUSTOMS": "With customs.",
        "OUT_FOR_DELIVERY": "With the courier who delivers it.",
        "AVAILABLE_FOR_PICKUP": "Waits for the recipient at a point, station or locker.",
        "ATTEMPT_FAILED": "The courier came and could not deliver.",
        "EXCEPTION": "Something is wrong; the reason says what.",
        "DELIVERED": "Delivered; the delivery mode says into whose hands.",
        "RETURNING": "On its way back to the shipper.",
        "RETURNED": "Back with the shipper.",
        "LOST": "Lost.",
        "DISPOSED": "Disposed of.",
        "CANCELED": "Cancelled before it travelled.",
    },
    "EventSource": {
        "PUSH": "The carrier, by itself.",
        "POLL": "The carrier, when we asked.",
        "AGGREGATOR": "A service that reports for other carriers.",
        "PARTNER": "A carrier partner, through this API.",
        "MERCHANT": "The merchant.",
    },
    "DisabledBecause": {
        "ASKED": "Its partner disabled it.",
        "GONE": "It answered 410.",
        "FAILING": "For five days every attempt failed.",
    },
    "AttemptProblem": {
        "ANSWERED": "The answer was not a success (2xx).",
        "REDIRECTED": "The answer was a redirect, which is not followed.",
        "TIMEOUT": "No answer in time: 5 seconds to connect, 5 to answer, 15 in all.",
        "NOT_RESOLVED": "The name leads to no address.",
        "FORBIDDEN_ADDRESS": "The name leads to an address that is not public.",
        "REFUSED": "The connection was refused, or broke.",
        "BAD_CERTIFICATE": "The certificate does not prove the name.",
        "OUT_OF_REACH": "The endpoint's owner may not see this any more.",
        "OURS": "We failed; it is tried again.",
    },
    "TrackingMethod": {
        "PUSH": "The carrier tells us.",
        "POLL": "We ask the carrier.",
        "PARTNER": "A carrier partner tells us through this API; we have no adapter or account to ask with.",
        "NONE": "Nobody: tracking was stopped, or has not begun.",
    },
}


def _publish() -> None:
    for word, description in DESCRIPTIONS.items():
        told = VALUES.get(word.__name__, {})
        strawberry.enum(word, description=description)
        definition = word.__strawberry_definition__  # type: ignore[attr-defined]  # set by the line above
        for value in definition.values:
            value.description = told.get(value.name)


_publish()
strawberry.enum(
    RefusalCode,
    name="ErrorCode",
    description="Why a mutation was refused. Few, each because a client would act on it.",
)
