"""The labels: what they are and which are valid. What they mean is written in CODEBOOK.md, which is kept in step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import MappingProxyType

from communique.errors import CodebookError

#: The four fields of cooperation, in the order in which scores and columns stand everywhere.
DOMAINS: tuple[str, ...] = ("defense", "policing", "cybersecurity", "diplomacy")

#: International bodies that can be partners, by their usual acronym. The list is closed.
BODIES = MappingProxyType(
    {
        "APEC": "Asia-Pacific Economic Cooperation",
        "ASEAN": "Association of Southeast Asian Nations",
        "ASEANAPOL": "ASEAN Chiefs of National Police",
        "AU": "African Union",
        "BRICS": "BRICS",
        "EU": "European Union",
        "G20": "Group of Twenty",
        "G7": "Group of Seven",
        "IAEA": "International Atomic Energy Agency",
        "INTERPOL": "International Criminal Police Organization",
        "MRC": "Mekong River Commission",
        "NATO": "North Atlantic Treaty Organization",
        "OIF": "Organisation internationale de la Francophonie",
        "OSCE": "Organization for Security and Co-operation in Europe",
        "SCO": "Shanghai Cooperation Organisation",
        "UN": "United Nations",
        "WTO": "World Trade Organization",
    }
)

#: ISO 3166-1 alpha-3 codes of countries and territories, with the user-assigned XKX (Kosovo).
COUNTRIES: frozenset[str] = frozenset(
    """
    ABW AFG AGO AIA ALA ALB AND ARE ARG ARM ASM ATA ATF ATG AUS AUT AZE BDI BEL BEN BES BFA BGD BGR
    BHR BHS BIH BLM BLR BLZ BMU BOL BRA BRB BRN BTN BVT BWA CAF CAN CCK CHE CHL CHN CIV CMR COD COG
    COK COL COM CPV CRI CUB CUW CXR CYM CYP CZE DEU DJI DMA DNK DOM DZA ECU EGY ERI ESH ESP EST ETH
    FIN FJI FLK FRA FRO FSM GAB GBR GEO GGY GHA GIB GIN GLP GMB GNB GNQ GRC GRD GRL GTM GUF GUM GUY
    HKG HMD HND HRV HTI HUN IDN IMN IND IOT IRL IRN IRQ ISL ISR ITA JAM JEY JOR JPN KAZ KEN KGZ KHM
    KIR KNA KOR KWT LAO LBN LBR LBY LCA LIE LKA LSO LTU LUX LVA MAC MAF MAR MCO MDA MDG MDV MEX MHL
    MKD MLI MLT MMR MNE MNG MNP MOZ MRT MSR MTQ MUS MWI MYS MYT NAM NCL NER NFK NGA NIC NIU NLD NOR
    NPL NRU NZL OMN PAK PAN PCN PER PHL PLW PNG POL PRI PRK PRT PRY PSE PYF QAT REU ROU RUS RWA SAU
    SDN SEN SGP SGS SHN SJM SLB SLE SLV SMR SOM SPM SRB SSD STP SUR SVK SVN SWE SWZ SXM SYC SYR TCA
    TCD TGO THA TJK TKL TKM TLS TON TTO TUN TUR TUV TWN TZA UGA UKR UMI URY USA UZB VAT VCT VEN VGB
    VIR VNM VUT WLF WSM XKX YEM ZAF ZMB ZWE
    """.split()
)

DEFAULT_HOME = "VNM"


def is_partner_code(code: str) -> bool:
    """Whether `code` is an ISO 3166-1 alpha-3 country or a body of the codebook."""
    return code in COUNTRIES or code in BODIES


def check_home(code: str) -> str:
    """Return `code`, or raise `CodebookError` when it is no country."""
    if code not in COUNTRIES:
        raise CodebookError(f"expected a home country as an ISO 3166-1 alpha-3 code such as VNM or FRA, got {code!r}")
    return code


def ordered_domains(labels: Iterable[str], *, domains: Sequence[str] | None = DOMAINS) -> tuple[str, ...]:
    """`labels` without repeats, in the order of `domains`; raise `CodebookError` on an unknown one.

    Where `domains` is None the labels are anyone's own, and come in the order of the alphabet.
    """
    wanted = set(labels)
    if domains is None:
        return tuple(sorted(wanted))
    unknown = wanted.difference(domains)
    if unknown:
        raise CodebookError(f"unknown domain {sorted(unknown)[0]!r}: expected one of {', '.join(domains)}")
    return tuple(domain for domain in domains if domain in wanted)


def label_set(labels: Iterable[str]) -> tuple[str, ...]:
    """The domains that a model of these labels has: the codebook's if there are no others, else just these, sorted."""
    used = set(labels)
    return DOMAINS if used <= set(DOMAINS) else tuple(sorted(used))


def checked_partners(codes: Iterable[str]) -> tuple[str, ...]:
    """`codes` without repeats, in the order given; raise `CodebookError` on an unknown one."""
    unique = tuple(dict.fromkeys(codes))
    for code in unique:
        if not is_partner_code(code):
            raise CodebookError(
                f"unknown partner {code!r}: expected an ISO 3166-1 alpha-3 code or one of {', '.join(BODIES)}"
            )
    return unique
