"""Labels of our own: an A6 page with a barcode where a carrier makes none, and a picture of a code where it gives its text."""

import io
import struct
import zlib

from reportlab.graphics.barcode import code128, qrencoder
from reportlab.lib.pagesizes import A6
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from aftersales.rules.labels import Printed

QUIET, SCALE = 4, 8  # modules of white around a code (ISO/IEC 18004), pixels of each module
WIDEST = 90 * mm  # of an A6 page's 105
LONGEST_CODE = 900  # bytes; what a phone still reads from a screen


def page(printed: Printed) -> bytes:
    """An A6 page as PDF, the same bytes for the same text. The page's font is Latin: other letters are left out."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A6, invariant=1, pageCompression=1)
    width, height = A6
    canvas.setTitle(f"Return {_latin(printed.rma_number)}")
    canvas.setFont("Helvetica-Bold", 20)
    canvas.drawCentredString(width / 2, height - 16 * mm, "RETURN")
    canvas.setFont("Helvetica-Bold", 15)
    canvas.drawCentredString(width / 2, height - 26 * mm, _latin(printed.rma_number))
    bars = _bars(_latin(printed.code))
    bars.drawOn(canvas, (width - bars.width) / 2, height - 58 * mm)
    canvas.setFont("Helvetica", 12)
    canvas.drawCentredString(width / 2, height - 65 * mm, _latin(printed.code))
    told = {
        "To": printed.warehouse,
        "Carrier": printed.carrier.upper(),
        "Number": printed.tracking_number,
        "At": printed.point,
    }
    shown = [f"{name}: {_latin(text)}" for name, text in told.items() if _latin(text)]
    for index, line in enumerate(shown):
        canvas.drawString(10 * mm, height - (80 + 8 * index) * mm, line[:48])
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _bars(text: str) -> code128.Code128:
    """A Code 128 as wide as it may be: bars of 0.4 mm, thinner where the text is long."""
    bars = code128.Code128(text, barHeight=26 * mm, barWidth=0.4 * mm, quiet=True)
    if bars.width <= WIDEST:
        return bars
    return code128.Code128(text, barHeight=26 * mm, barWidth=0.4 * mm * WIDEST / bars.width, quiet=True)


def _latin(text: str) -> str:
    return text.encode("ascii", "ignore").decode().strip()


def code_picture(text: str) -> bytes:
    """A QR code as PNG, black on white, a bit a pixel. ValueError for a text that is too long."""
    if not text or len(text.encode()) > LONGEST_CODE:
        raise ValueError("a code holds 1 to 900 bytes")
    code = qrencoder.QRCode(None, qrencoder.QRErrorCorrectLevel.M)
    code.addData(text)
    code.make()
    modules: list[list[bool]] = code.modules
    white = [[False] * (len(modules) + 2 * QUIET)] * QUIET
    rows = [[*[False] * QUIET, *row, *[False] * QUIET] for row in modules]
    return _png([*white, *rows, *white])


def _png(rows: list[list[bool]]) -> bytes:
    side = len(rows) * SCALE
    lines = b"".join((b"\x00" + _packed(row)) * SCALE for row in rows)
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )


def _packed(row: list[bool]) -> bytes:
    """Eight pixels a byte, white 1; a module is eight pixels wide."""
    return bytes(0x00 if dark else 0xFF for dark in row)
