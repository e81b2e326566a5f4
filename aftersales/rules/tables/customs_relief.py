"""Relief from duty for goods that come back to where they were sent from, by the territory they come back to. Each row has
its source; what holds for a consignment is for its declarant to say."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Relief:
    """Goods that come back within so many days of their export, unchanged, bear no import duty where it is claimed."""

    territory: str
    days: int
    claim: str
    source: str


EU = Relief(
    "EU",
    1096,
    "Returned goods relief; declare procedure 61 with the code F01.",
    "Regulation (EU) No 952/2013, article 203; Delegated Regulation (EU) 2015/2446, annex B",
)
BY_COUNTRY = {
    "CN": Relief(
        "CN",
        365,
        "Goods that come back unchanged for their quality or specification within a year of export; bring the export declaration.",
        "Customs Tariff Law of the PRC, in force since 1 December 2024; before, Regulations on Import and Export Duties, article 43",
    ),
    "GB": Relief(
        "GB",
        1096,
        "Returned goods relief; declare that the goods are unchanged and when they were exported.",
        "HM Revenue and Customs, Notice 236",
    ),
    "US": Relief(
        "US",
        1096,
        "HTSUS 9801.00.10; goods not of US origin within three years of their export.",
        "19 U.S.C. 1202, HTSUS chapter 98; 19 CFR 10.1",
    ),
}
"""By the country they come back to; those of the European Union have its row."""
