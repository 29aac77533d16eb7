"""Random windows, instants and histories for the property tests, drawn where calendars break."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

from hypothesis import strategies as st
from oracle import DAYS, Happening, Hours

from codigo_binario_support.domain.time.windows import SlaWindow

UTC = timezone.utc

#: Zones and days on which their clocks change; zones that do not change have an ordinary day.
CHANGES = {
	"America/Tijuana": (date(2024, 3, 10), date(2024, 11, 3)),
	"Europe/Madrid": (date(2024, 3, 31), date(2024, 10, 27)),
	"America/New_York": (date(2024, 3, 10), date(2024, 11, 3)),
	"Australia/Lord_Howe": (date(2024, 4, 7), date(2024, 10, 6)),  # half an hour
	"Asia/Kolkata": (date(2024, 6, 3),),
	"America/Mexico_City": (date(2022, 4, 3), date(2022, 10, 30), date(2024, 4, 7)),
	"Africa/Casablanca": (date(2024, 3, 10), date(2024, 4, 14)),  # back for Ramadan
	"America/Havana": (date(2024, 3, 10), date(2024, 11, 3)),  # at midnight
	"Pacific/Apia": (date(2011, 12, 30),),  # a day that never was
	"UTC": (date(2024, 2, 29),),
}

_SHAPES = (
	[["09:00", "18:00"]],
	[["09:00", "14:00"], ["16:00", "19:00"]],
	[["22:00", "06:00"]],
	[["00:00", "24:00"]],
	[["18:00", "24:00"]],
	[["01:30", "02:30"]],
	[["00:00", "00:30"], ["23:30", "24:00"]],
	[["08:00", "12:00"], ["10:00", "15:00"], ["11:00", "11:30"]],  # overlapping rows
	[["12:00", "12:00"]],  # a whole day, from noon to noon
)


def _clock(minute: int) -> str:
	return f"{minute // 60:02d}:{minute % 60:02d}"


_pairs = st.tuples(st.integers(0, 1439), st.integers(0, 1440)).map(
	lambda pair: [_clock(pair[0]), _clock(pair[1])]
)
_rows = st.one_of(st.sampled_from(_SHAPES), st.lists(_pairs, min_size=1, max_size=3))


@st.composite
def calendars(draw: st.DrawFn) -> tuple[SlaWindow, Hours, date]:
	"""The same calendar for the code and for the oracle, and the day it is drawn around."""
	zone = draw(st.sampled_from(sorted(CHANGES)))
	near = draw(st.sampled_from(CHANGES[zone]))
	days = draw(st.sets(st.sampled_from(DAYS), min_size=1))
	if draw(st.booleans()):
		rows = draw(_rows)
		weekly = {day: rows for day in sorted(days)}
	else:
		weekly = {day: draw(_rows) for day in sorted(days)}
	holidays = draw(st.sets(st.integers(-4, 8).map(lambda n: near + timedelta(days=n)), max_size=4))
	return SlaWindow.weekly("drawn", zone, weekly, holidays), Hours(zone, weekly, holidays), near


def instants(near: date, days: int = 3) -> st.SearchStrategy[datetime]:
	"""Whole minutes within some days of a day, aware, UTC."""
	middle = datetime(near.year, near.month, near.day, tzinfo=UTC)
	return st.integers(-days * 1440, days * 1440).map(lambda minute: middle + timedelta(minutes=minute))


_LATER = ("first_reply", "hold", "resume", "resolve", "reopen", "close", "set_priority", "edit_agreement")


@st.composite
def histories(draw: st.DrawFn, near: date) -> tuple[list[Happening], datetime]:
	"""Events in any order that people click them in, also senseless ones, and an instant to look at the clock."""
	here = draw(instants(near, 2))
	events = [Happening(here, "create")]
	for _n in range(draw(st.integers(0, 7))):
		here += timedelta(minutes=draw(st.sampled_from((0, 1, 29, 60, 480, 1200))))
		do = draw(st.sampled_from(_LATER))
		events.append(
			Happening(here, do, draw(st.sampled_from(("Low", "High"))) if do == "set_priority" else None)
		)
	return events, here + timedelta(minutes=draw(st.sampled_from((0, 1, 90, 1500))))


targets = st.fixed_dictionaries(
	{
		priority: st.fixed_dictionaries(
			{
				key: st.one_of(st.none(), st.just(0), st.integers(1, 1500))
				for key in ("response_min", "resolution_min")
			}
		)
		for priority in ("Low", "High")
	}
)
