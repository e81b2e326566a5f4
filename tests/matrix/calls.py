"""The table: every mutation with a valid call of it. The tests beside it ask of each row what is promised of every mutation;
a mutation without a row fails them."""

from tests.matrix.calls_of_cases import CASES
from tests.matrix.calls_of_partners import PARTNERS
from tests.matrix.rows import Row

CALLS: dict[str, Row] = {**PARTNERS, **CASES}
