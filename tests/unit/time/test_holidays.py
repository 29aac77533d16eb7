"""Statutory holidays of Mexico (Ley Federal del Trabajo, article 74), by their legal names.

Absence is tested beside presence: three of them move to a Monday, one comes every six years.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import holidays
import pytest

import codigo_binario_support
from codigo_binario_support.domain.errors import CalendarError
from codigo_binario_support.domain.policy.policy import Policy
from codigo_binario_support.domain.time.holidays import statutory_holidays, with_dates

SHIPPED = json.loads(
	(Path(codigo_binario_support.__file__).parent / "data" / "policy.json").read_text(encoding="utf-8")
)
MEXICO = statutory_holidays("MX", range(2018, 2031))


@pytest.mark.parametrize(
	("day", "name"),
	[
		("2024-01-01", "Año Nuevo"),
		("2026-01-01", "Año Nuevo"),
		("2024-02-05", "Día de la Constitución"),
		("2025-02-03", "Día de la Constitución"),
		("2026-02-02", "Día de la Constitución"),
		("2024-03-18", "Natalicio de Benito Juárez"),
		("2025-03-17", "Natalicio de Benito Juárez"),
		("2026-03-16", "Natalicio de Benito Juárez"),
		("2026-05-01", "Día del Trabajo"),
		("2026-09-16", "Día de la Independencia"),
		("2024-10-01", "Transmisión del Poder Ejecutivo Federal"),
		("2030-10-01", "Transmisión del Poder Ejecutivo Federal"),
		("2024-11-18", "Día de la Revolución"),
		("2025-11-17", "Día de la Revolución"),
		("2026-11-16", "Día de la Revolución"),
		("2026-12-25", "Navidad"),
	],
)
def test_a_statutory_holiday_stands_on_its_day_by_its_legal_name(day, name):
	assert MEXICO[date.fromisoformat(day)] == name


@pytest.mark.parametrize(
	("day", "because"),
	[
		("2026-02-05", "the Constitution moved to the first Monday of February"),
		("2025-02-05", "the Constitution moved to the first Monday of February"),
		("2026-03-21", "Juárez moved to the third Monday of March"),
		("2025-03-21", "Juárez moved to the third Monday of March"),
		("2026-11-20", "the Revolution moved to the third Monday of November"),
		("2025-10-01", "no President takes office that year"),
		("2026-10-01", "no President takes office that year"),
		("2024-12-01", "since 2024 the President takes office in October"),
		("2026-04-02", "Maundy Thursday is custom, not law"),
		("2026-04-03", "Good Friday is custom, not law"),
		("2026-05-05", "Puebla is celebrated, not a day of rest"),
		("2026-05-10", "Mothers' Day is no day of rest"),
		("2026-11-02", "the Day of the Dead is custom, not law"),
		("2026-12-12", "Guadalupe is a bank holiday, not a statutory one"),
		("2026-09-15", "the Cry is the evening before"),
	],
)
def test_a_day_that_people_expect_is_no_statutory_holiday(day, because):
	assert date.fromisoformat(day) not in MEXICO, because


def test_a_year_has_seven_and_every_sixth_eight():
	per_year = {
		year: sum(day.year == year for day in MEXICO) for year in (2019, 2024, 2025, 2026, 2027, 2030)
	}
	assert per_year == {2019: 7, 2024: 8, 2025: 7, 2026: 7, 2027: 7, 2030: 8}


def test_days_come_in_order_and_only_of_the_years_asked_for():
	days = list(statutory_holidays("MX", [2026, 2025, 2026]))
	assert days == sorted(days)
	assert {day.year for day in days} == {2025, 2026}


def test_names_are_spanish_also_where_the_country_s_own_language_is_another():
	if "es" not in getattr(getattr(holidays, "EH", None), "supported_languages", ()):
		pytest.skip("this version of the library has no such country")
	assert statutory_holidays("EH", [2026])[date(2026, 3, 8)] == "Primer mártir"


def test_a_country_that_the_library_does_not_know_is_refused_by_its_code():
	with pytest.raises(CalendarError) as error:
		statutory_holidays("ZZ", [2026])
	assert str(error.value) == "There are no statutory holidays for the country ZZ."


def test_a_window_of_a_country_gets_that_country_s_dates():
	policy = Policy(with_dates(SHIPPED, [2026]))
	days = policy.support_window.holidays
	assert date(2026, 2, 2) in days
	assert date(2026, 2, 5) not in days
	assert {day.year for day in days} == {2026}


def test_dates_that_a_window_lists_itself_are_kept():
	data = {"windows": [{"name": "Office", "holiday_country": "MX", "holidays": ["2026-12-12"]}]}
	row = with_dates(data, [2026])["windows"][0]
	assert "2026-12-12" in row["holidays"]
	assert "2026-12-25" in row["holidays"]
	assert "holiday_country" not in row


def test_giving_a_policy_its_dates_leaves_the_original_alone():
	before = json.dumps(SHIPPED)
	with_dates(SHIPPED, [2026])
	assert json.dumps(SHIPPED) == before


def test_a_window_without_a_country_keeps_what_it_has():
	data = {"windows": [{"name": "24x7", "always_open": True}, "not a window"]}
	assert with_dates(data, [2026]) == data
