"""What a label of our own says."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Printed:
    """What stands on a label of ours: numbers and codes, nobody's name. ``code`` is what the barcode says."""

    code: str
    rma_number: str
    carrier: str = ""
    tracking_number: str = ""
    warehouse: str = ""
    point: str = ""
