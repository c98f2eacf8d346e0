import pytest

from communique.dates import month_of, year_of


@pytest.mark.parametrize(
    ("date", "month", "reason"),
    [
        ("2025-11-18", "2025-11", "a day"),
        ("2025-11", "2025-11", "a month"),
        ("2025", "2025", "a mere year"),
        ("2025-11-18T10:30:00+07:00", "2025-11", "a time"),
        ("2025-11-18 10:30", "2025-11", "a time as databases write it"),
        ("2025-01", "2025-01", "the first month"),
        ("2025-12", "2025-12", "the last month"),
        ("2025-00", "", "a month there is not"),
        ("2025-13-01", "", "a month there is not, with a day"),
        ("2025-1", "", "a month of one digit"),
        ("2025-11-8", "", "a day of one digit"),
        ("18/11/2025", "", "a day first"),
        ("2025/11/18", "", "slashes"),
        ("18 novembre 2025", "", "words"),
        ("20251118", "", "ISO 8601 without dashes is not what the package writes"),
        ("2025-11-18".translate({ord("2"): "\u0662"}), "", "digits of another script"),
        ("", "", "nothing"),
        (None, "", "no date"),
    ],
)
def test_the_month_and_year_of_a_date(date, month, reason):
    assert month_of(date) == month, reason
    assert year_of(date) == month[:4], reason
