"""The unit of an address: building, entrance, floor, flat, room. It is kept apart because it is hidden in most views."""

import re

_NUMBER = r"[0-9A-Za-z零一二三四五六七八九十百甲乙丙丁]{1,6}"
# The tail of a Chinese line that begins with a building or a room: 12栋3单元501室, A座1203, 3号楼2单元501, 5-2-301.
_CHINESE = re.compile(
    rf"(?:(?:(?<![0-9A-Za-z]){_NUMBER}[#-]?(?:号楼|栋|幢|座|单元|层|楼|室|房|号房|户)(?!梯|宇|道))"
    r"|(?<![0-9A-Za-z-])\d{1,4}[A-Za-z]?-\d{1,4}(?:-\d{1,5})?[A-Za-z]?(?=$|室|户)"
    r"|(?:单元|房间|室|门牌)\s*[:：]?\s*\d{1,5}(?=$)).*$"
)
_WORDS = (
    r"(?:apartment|apt|unit|suite|ste|flat|room|rm|floor|fl|building|bldg|#|apartamento|apto|ap|bloco|sala|wohnung|whg|"
    r"appartement|appt|piso|depto|departamento|interior|int|kv|кв)"
)
_NAME = r"\s*(?:no\.?|number|nº|#)?\s*[0-9]*[A-Za-z]?-?[0-9]+[A-Za-z]?\b|\s+[A-Za-z]\b"
# Apt 4B, Unit 5, #12-34, Bloco B Apto 101: at the end of a line after a comma or a space, or alone on it.
_LATIN_TAIL = re.compile(
    rf"(?:^|[,;\s]\s*)((?:{_WORDS}\.?(?:{_NAME})[,\s]*)+|\d{{1,3}}(?:st|nd|rd|th)\s+(?:floor|fl)\b\.?)$", re.IGNORECASE
)
_LATIN_HEAD = re.compile(rf"^({_WORDS}\.?(?:{_NAME}))\s*[,/]\s*(?=\S)", re.IGNORECASE)
_SLASHED = re.compile(r"^(\d{1,4}[A-Za-z]?)\s*/\s*(?=\d+[A-Za-z]?(?:-\d+)?\s+[A-Za-z])")


def split(line: str) -> tuple[str, str]:
    """A line of an address without its unit, and the unit; the unit is empty where none is recognised.

    5/12 High Street is unit 5 of number 12, as Australians and New Zealanders write it."""
    found = _CHINESE.search(line) if re.search(r"[\u4e00-\u9fff]", line) else None
    if found:
        return line[: found.start()].rstrip(" ,，"), found[0].strip()
    found = _LATIN_TAIL.search(line)
    if found:
        return line[: found.start()].rstrip(" ,;"), found[1].strip(" ,")
    found = _LATIN_HEAD.search(line) or _SLASHED.search(line)
    return (line[found.end() :].strip(), found[1].strip()) if found else (line, "")
