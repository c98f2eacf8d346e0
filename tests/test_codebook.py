import pytest

from communique.codebook import (
    BODIES,
    COUNTRIES,
    check_home,
    checked_partners,
    is_partner_code,
    ordered_domains,
)
from communique.errors import CodebookError


@pytest.mark.parametrize(
    ("code", "valid", "reason"),
    [
        ("VNM", True, "a country"),
        ("XKX", True, "Kosovo has a user-assigned code in general use"),
        ("REU", True, "a territory of its own in ISO 3166-1"),
        ("ASEAN", True, "a body of the codebook"),
        ("ECOWAS", False, "the list of bodies is closed"),
        ("vnm", False, "codes are upper case"),
        ("VN", False, "alpha-2"),
        ("", False, "empty"),
    ],
)
def test_partner_codes(code, valid, reason):
    assert is_partner_code(code) is valid, reason


def test_iso_3166_has_249_entries_and_kosovo():
    assert len(COUNTRIES) == 250
    assert not COUNTRIES & BODIES.keys()


def test_domains_come_in_the_order_of_the_codebook():
    assert ordered_domains(["diplomacy", "defense", "diplomacy"]) == ("defense", "diplomacy")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ordered_domains(["trade"]), "unknown domain 'trade': expected one of defense"),
        (lambda: checked_partners(["RUS", "Mars"]), "unknown partner 'Mars': expected an ISO"),
        (lambda: check_home("Vietnam"), "expected a home country as an ISO 3166-1 alpha-3 code"),
        (lambda: check_home("ASEAN"), "got 'ASEAN'"),
    ],
)
def test_errors_say_what_was_expected(call, message):
    with pytest.raises(CodebookError, match=message):
        call()
