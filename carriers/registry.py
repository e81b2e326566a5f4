"""Every carrier we have an adapter for, one line each. A carrier without an adapter is lawful: it is a row only."""

from carriers.cainiao import CARRIER as CAINIAO
from carriers.carrier import Carrier
from carriers.dcsa import CARRIER as DCSA
from carriers.dhl_express import CARRIER as DHL_EXPRESS
from carriers.dhl_parcel_de import CARRIER as DHL_PARCEL_DE
from carriers.dhl_unified import CARRIER as DHL_UNIFIED
from carriers.easypost import CARRIER as EASYPOST
from carriers.epcis import CARRIER as EPCIS
from carriers.fedex import CARRIER as FEDEX
from carriers.jd import CARRIER as JD
from carriers.jtexpress import CARRIER as JTEXPRESS
from carriers.kuaidi100 import CARRIER as KUAIDI100
from carriers.sf import CARRIER as SF
from carriers.sto import CARRIER as STO
from carriers.ups import CARRIER as UPS
from carriers.usps import CARRIER as USPS
from carriers.yto import CARRIER as YTO
from carriers.yunda import CARRIER as YUNDA
from carriers.zto import CARRIER as ZTO

CARRIERS: tuple[Carrier, ...] = (
    SF,
    KUAIDI100,
    ZTO,
    STO,
    YTO,
    YUNDA,
    JD,
    CAINIAO,
    JTEXPRESS,
    FEDEX,
    UPS,
    USPS,
    DHL_UNIFIED,
    DHL_EXPRESS,
    DHL_PARCEL_DE,
    DCSA,
    EPCIS,
    EASYPOST,
)

BY_CODE = {carrier.code: carrier for carrier in CARRIERS}
