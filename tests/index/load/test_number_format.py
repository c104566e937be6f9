"""Numbers are told as a spreadsheet shows them; the expected texts are those of Excel."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.datetime import to_excel

from index.load.number_format import BUILT_IN, GENERAL, is_date, shown_number, shown_text

_ACCOUNTS = BUILT_IN[44]


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (0.075, "0.0%", "7.5%"),
        (0.075, "0%", "8%"),
        (1234.5, '"$"#,##0.00', "$1,234.50"),
        (1234.5, "[$€-407] #,##0.00", "€ 1,234.50"),
        (1234.5, "#,##0.00\\ [$kr-414]", "1,234.50 kr"),
        (-1234.5, _ACCOUNTS, "$(1,234.50)"),
        (0, _ACCOUNTS, "$-"),
        (1067, "00000", "01067"),
        (1250000, "#,##0", "1,250,000"),
        (1250000, "#,##0.0,,\\M", "1.3M"),
        (12500, '0.0,"k"', "12.5k"),
        (999, "#,##0", "999"),
        (0, "#,##0", "0"),
        (0, "#", ""),
        (0.5, "#.##", ".5"),
        (0.5, ".00", ".50"),
        (12.5, ".00", "12.50"),
        (7, "0.##", "7"),
        (7.25, "0.0", "7.3"),
        (2.675, "0.00", "2.68"),
        (1.005, "0.00", "1.01"),
        (-5, "0", "-5"),
        (-5, "0;(0)", "(5)"),
        (-5, "0.0;[Red]-0.0", "-5.0"),
        (0, '0;-0;"none"', "none"),
        (12, '[>=10]"many";[<10]"few"', "many"),
        (3, '[>=10]"many";[<10]"few"', "few"),
        (1, '[=1]"yes";[=0]"no";0', "yes"),
        (2, '[=1]"yes";[=0]"no";0', "2"),
        (5551234567, "(000) 000-0000", "(555) 123-4567"),
        (5551234567, "[<=9999999]###-####;(###) ###-####", "(555) 123-4567"),
        (123456789, "000-00-0000", "123-45-6789"),
        (12, '0" kg"', "12 kg"),
        (12, "0\\°", "12°"),
        (12345.678, "0.00E+00", "1.23E+04"),
        (0.00012, "0.00E+00", "1.20E-04"),
        (12345.678, "##0.0E+0", "12.3E+3"),
        (9.999, "0.0E+0", "1.0E+1"),
        (1.5, "# ?/?", "1 1/2"),
        (0.75, "# ?/?", "3/4"),
        (2, "# ?/?", "2"),
        (3.14159, "# ?/?", "3 1/7"),
        (3.14159, "# ??/??", "3 14/99"),
        (5.3, "# ?/8", "5 2/8"),
        (1.25, "?/?", "5/4"),
        (0, "# ?/?", "0"),
        (-2.5, '# ?/?" in"', "-2 1/2 in"),
        (42, GENERAL, "42"),
        (0.1 + 0.2, GENERAL, "0.3"),
        (1e20, GENERAL, "1E+20"),
        (0.00001, GENERAL, "0.00001"),
        (123456789012345, GENERAL, "123456789012345"),
        (5, ";;;", "5"),  # hidden on screen, not in the file
        (7, "@", "7"),
    ],
)
def test_a_number_is_told_as_it_is_shown(value: float, code: str, shown: str) -> None:
    assert shown_number(value, code) == shown


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("dd.mm.yyyy", "05.03.2026"),
        ("yyyy-mm-dd", "2026-03-05"),
        ("d/m/yy", "5/3/26"),
        ("m/d/yyyy", "3/5/2026"),
        ("mmmm d, yyyy", "March 5, 2026"),
        ("ddd d mmm", "Thu 5 Mar"),
        ("[$-409]dddd, mmmm dd, yyyy;@", "Thursday, March 05, 2026"),
        ("[$-407]d. mmmm yyyy", "2026-03-05"),  # names of months are not known in German
        ("yyyy-mm-dd h:mm:ss", "2026-03-05 14:07:09"),
        ("h:mm AM/PM", "2:07 PM"),
        ("hh:mm:ss", "14:07:09"),
        ("mm:ss", "07:09"),
        ('yyyy"年"m"月"d"日"', "2026年3月5日"),
        ('"Q"0', "Q46086.6"),
    ],
)
def test_days_and_times_are_told_as_they_are_shown(code: str, shown: str) -> None:
    serial = to_excel(datetime.datetime(2026, 3, 5, 14, 7, 9))  # another implementation
    assert (
        shown_number(round(serial, 1), '"Q"0.0') if "Q" in code else shown_number(serial, code)
    ) == shown


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (37 / 24, "[h]:mm", "37:00"),
        (1.5, "[h]:mm:ss", "36:00:00"),
        (0.5, "[mm]:ss", "720:00"),
        (1 / 86400, "[s]", "1"),
        (0.25, "h:mm", "6:00"),
        (12.3456 / 86400, "mm:ss.00", "00:12.35"),
        (60, "d mmm yyyy", "29 Feb 1900"),
        (1, "yyyy-mm-dd", "1900-01-01"),
        (61, "yyyy-mm-dd", "1900-03-01"),
        (-1, "yyyy-mm-dd", "-1"),
    ],
)
def test_durations_and_the_first_days_of_1900(value: float, code: str, shown: str) -> None:
    assert shown_number(value, code) == shown


def test_days_may_count_from_1904() -> None:
    assert shown_number(0, "yyyy-mm-dd", from_1904=True) == "1904-01-01"


@pytest.mark.parametrize(
    ("code", "shown"), [("0", "x"), ("@", "x"), ('0;-0;0;"No. "@', "No. x"), ('"<"@">"', "<x>")]
)
def test_texts_have_formats_too(code: str, shown: str) -> None:
    assert shown_text("x", code) == shown


def test_formats_of_days_are_known() -> None:
    assert all(is_date(BUILT_IN[number]) for number in (14, 18, 22, 45, 46))
    assert not any(is_date(code) for code in (GENERAL, "0.00E+00", '"days" 0', "[Red]0", "@"))


@given(
    st.floats(-1e12, 1e12) | st.integers(-(10**14), 10**14),
    st.text('0#?.,%/E+-;"\\[]_* dmyhsAMP@$x', max_size=20) | st.sampled_from([*BUILT_IN.values()]),
)
def test_any_number_is_told_in_any_format(value: float, code: str) -> None:
    assert isinstance(shown_number(value, code), str)
    if value:
        assert shown_number(value, code)


def test_a_format_without_digits_may_have_a_comma() -> None:
    assert [shown_number(5.0, code) for code in (",", ",.", ",x")] == [",", ",.", ",x"]


@given(st.integers(-(10**9), 10**9))
def test_groups_of_thousands_are_those_of_python(value: int) -> None:
    assert shown_number(value, "#,##0") == f"{value:,}"
    assert shown_number(value / 100, "#,##0.00") == f"{value / 100:,.2f}".replace("-0.00", "0.00")
