"""The stored words with their descriptions for partners. Values may be added at any time: keep a default branch."""

import strawberry

from aftersales.refusals import RefusalCode
from aftersales.rules.customs import CustomsGap, CustomsReason
from aftersales.rules.pricing import PriceSource
from db import case_enums, enums
from db.models.deliveries import ChangeState, DeliveryWish
from db.models.exports import ExportState
from db.models.green import Packaging
from db.models.labels import LabelState
from schema.words import tell

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
    case_enums.CaseKind: "What kind of case.",
    case_enums.ReturnStatus: "How far a return has come.",
    case_enums.RefundStatus: "How far a refund has come.",
    case_enums.ExchangeStatus: "How far an exchange has come.",
    case_enums.RepairStatus: "How far a repair has come.",
    case_enums.ReturnReason: "Why goods come back.",
    case_enums.Resolution: "What the buyer gets.",
    case_enums.ReturnMethod: "How goods begin their way back.",
    case_enums.Condition: "How goods came back.",
    case_enums.Disposition: "What becomes of goods received.",
    case_enums.LineLogistics: "Where a line's goods are on their way back.",
    case_enums.LineMoney: "Whether money is owed for a line.",
    case_enums.RefundTrigger: "What makes a refund due.",
    case_enums.RefundPurpose: "What money goes back for.",
    case_enums.RefundStep: "What a step of a refund's sum stands for.",
    case_enums.Tender: "In what form money goes back.",
    case_enums.TransferStatus: "How far one movement of money has come.",
    case_enums.Verdict: "What would become of a request.",
    enums.PickupStatus: "How far a pickup has come.",
    PriceSource: "Who says a price.",
    DeliveryWish: "What is wished of a delivery.",
    ChangeState: "What became of a wish.",
    Packaging: "What goods travel back in.",
    CustomsReason: "Why goods are sent over a customs border.",
    CustomsGap: "What customs must be told.",
    LabelState: "How far a label has come.",
    ExportState: "How far a bulk export has come.",
    enums.SigningScheme: "How webhooks are signed, after Standard Webhooks: v1 (a shared secret) or v1a (our key pair).",
    enums.DeliveryStatus: "How far a webhook delivery has come; one that is tried again is waiting.",
    enums.DisabledBecause: "Why nothing is sent to a webhook endpoint.",
    enums.AttemptProblem: "Why an attempt to deliver a webhook did not succeed.",
}


def _publish() -> None:
    for word, description in DESCRIPTIONS.items():
        strawberry.enum(word, description=description)
        tell(word)


_publish()
strawberry.enum(
    RefusalCode,
    name="ErrorCode",
    description="Why a mutation was refused. Few, each because a client would act on it.",
)
tell(RefusalCode)
