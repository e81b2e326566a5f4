"""Countries that have something in common, by ISO 3166-1."""

EU = frozenset("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split())  # noqa: SIM905 a list of words reads best as one
"""The European Union: one law of sales at a distance (Directive 2011/83/EU), and one customs territory, within which nothing
is declared (Regulation (EU) 952/2013, article 4)."""
