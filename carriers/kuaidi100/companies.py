"""Kuaidi100's code of each carrier (``com``) beside ours."""

# Spellings as their list of companies has them; DHL's international network is split into two of theirs.
COMS = {
    "sf": "shunfeng",
    "jd": "jd",
    "zto": "zhongtong",
    "sto": "shentong",
    "yto": "yuantong",
    "yunda": "yunda",
    "jtexpress": "jtexpress",
    "ups": "ups",
    "usps": "usps",
    "fedex": "fedex",
    "dhl_express": "dhl",
    "dhl_parcel_de": "dhlde",
}
OURS = {**{com: code for code, com in COMS.items()}, "dhlen": "dhl_express"}


def ours(com: str) -> str:
    """Our code of their company; theirs where we have no adapter for it."""
    return OURS.get(com, com)
