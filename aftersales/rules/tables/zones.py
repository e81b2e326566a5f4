"""The zone a place keeps. Source: IANA tz database (zone.tab and its comments); CLDR's primary zones for countries that
have several. Where a state straddles zones, the one most of its people keep."""

from collections.abc import Mapping


def _by_zone(rows: str) -> Mapping[str, str]:
    """Lines of a zone and the regions that keep it, turned round."""
    return {region: line.split()[0] for line in rows.strip().splitlines() for region in line.split()[1:]}


# Country to region code (the second half of ISO 3166-2, GB/T 2260 for China) to zone.
REGION_ZONES: Mapping[str, Mapping[str, str]] = {
    "US": _by_zone("""
        America/New_York CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC VA VT WV
        America/Chicago AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI
        America/Denver CO ID MT NM UT WY
        America/Los_Angeles CA NV OR WA
        America/Phoenix AZ
        America/Anchorage AK
        Pacific/Honolulu HI
        America/Puerto_Rico PR VI
        Pacific/Guam GU MP
        Pacific/Pago_Pago AS
        Pacific/Palau PW
        Pacific/Majuro MH
        Pacific/Pohnpei FM
    """),
    "CA": _by_zone("""
        America/St_Johns NL
        America/Halifax NS PE NB
        America/Toronto ON QC
        America/Iqaluit NU
        America/Winnipeg MB
        America/Regina SK
        America/Edmonton AB NT
        America/Vancouver BC
        America/Whitehorse YT
    """),
    "AU": _by_zone("""
        Australia/Sydney NSW ACT JBT
        Australia/Melbourne VIC
        Australia/Hobart TAS
        Australia/Brisbane QLD
        Australia/Adelaide SA
        Australia/Darwin NT
        Australia/Perth WA
    """),
    "BR": _by_zone("""
        America/Sao_Paulo GO DF MG ES RJ SP PR SC RS
        America/Bahia BA
        America/Maceio AL SE
        America/Recife PE
        America/Fortaleza MA PI CE RN PB
        America/Belem PA AP
        America/Araguaina TO
        America/Campo_Grande MS
        America/Cuiaba MT
        America/Porto_Velho RO
        America/Boa_Vista RR
        America/Manaus AM
        America/Rio_Branco AC
    """),
    "MX": _by_zone("""
        America/Mexico_City AGU CHP CMX COL GUA GRO HID JAL MEX MIC MOR OAX PUE QUE SLP TAB TLA VER ZAC
        America/Cancun ROO
        America/Merida CAM YUC
        America/Monterrey DUR COA NLE TAM
        America/Chihuahua CHH
        America/Mazatlan BCS NAY SIN
        America/Hermosillo SON
        America/Tijuana BCN
    """),
    "RU": _by_zone("""
        Europe/Kaliningrad KGD
        Europe/Moscow AD ARK BEL BRY CE CU DA IN IVA KB KC KDA KL KLU KO KOS KR KRS LEN LIP ME MO MOS MOW MUR NEN NGR NIZ ORL PNZ PSK ROS RYA SE SMO SPE STA TA TAM TUL TVE VLA VLG VOR YAR
        Europe/Kirov KIR
        Europe/Volgograd VGG
        Europe/Astrakhan AST
        Europe/Saratov SAR
        Europe/Ulyanovsk ULY
        Europe/Samara SAM UD
        Asia/Yekaterinburg BA CHE KGN KHM ORE PER SVE TYU YAN
        Asia/Omsk OMS
        Asia/Novosibirsk NVS
        Asia/Barnaul AL ALT
        Asia/Tomsk TOM
        Asia/Novokuznetsk KEM
        Asia/Krasnoyarsk KK KYA TY
        Asia/Irkutsk BU IRK
        Asia/Chita ZAB
        Asia/Yakutsk AMU SA
        Asia/Vladivostok KHA PRI YEV
        Asia/Magadan MAG
        Asia/Sakhalin SAK
        Asia/Kamchatka KAM
        Asia/Anadyr CHU
    """),
    "ID": _by_zone("""
        Asia/Jakarta AC BB BE BT JA JB JI JK JT KR LA RI SB SS SU YO
        Asia/Pontianak KB KT
        Asia/Makassar BA GO KI KS KU NB NT SA SG SN SR ST
        Asia/Jayapura MA MU PA PB
    """),
    "CN": _by_zone("""
        Asia/Hong_Kong 81
        Asia/Macau 82
        Asia/Taipei 71
    """),
}

# The main zone of a country with several: its capital's, or where most people live.
MAIN_ZONES: Mapping[str, str] = {
    "AR": "America/Argentina/Buenos_Aires",
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "CD": "Africa/Kinshasa",
    "CL": "America/Santiago",
    "CN": "Asia/Shanghai",
    "CY": "Asia/Nicosia",
    "DE": "Europe/Berlin",
    "EC": "America/Guayaquil",
    "ES": "Europe/Madrid",
    "FM": "Pacific/Pohnpei",
    "GL": "America/Nuuk",
    "ID": "Asia/Jakarta",
    "KI": "Pacific/Tarawa",
    "KZ": "Asia/Almaty",
    "MH": "Pacific/Majuro",
    "MN": "Asia/Ulaanbaatar",
    "MX": "America/Mexico_City",
    "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland",
    "PF": "Pacific/Tahiti",
    "PG": "Pacific/Port_Moresby",
    "PS": "Asia/Gaza",
    "PT": "Europe/Lisbon",
    "RU": "Europe/Moscow",
    "UA": "Europe/Kyiv",
    "US": "America/New_York",
    "UZ": "Asia/Tashkent",
}
