"""`make bench`: the clock beside its peers, a long replay, and, where there is a bench, what runs in it beside its peers.

	python tests/bench/run.py [--write] [--only PART] [--rows 100000]

Rounds of all tools are interleaved and medians are shown, so that what else the machine does touches all alike;
ratios say more than figures. `--write` puts the tables into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "unit"), str(Path(__file__).parent)]

from clocks import UTC, Calendar, Tool, due_with_pauses, elapsed_with_pauses, tools
from oracle import Hours

from codigo_binario_support.domain.time.holidays import statutory_holidays

DOCUMENT = ROOT / "docs" / "benchmarks.md"
ROUNDS = 9
ROUND_SECONDS = 0.02

OFFICE = Calendar(
	"America/Mexico_City", ((9, 18),), holidays=tuple(statutory_holidays("MX", range(2021, 2029)))
)
#: Wednesday, 4 June 2025, 10:17 in Mexico City.
START = datetime(2025, 6, 4, 10, 17, tzinfo=ZoneInfo("America/Mexico_City")).astimezone(UTC)


class Report:
	"""Lines for the terminal that are Markdown as well."""

	def __init__(self) -> None:
		self.lines: list[str] = []

	def say(self, text: str = "") -> None:
		print(text, flush=True)
		self.lines.append(text)

	def section(self, title: str) -> None:
		self.say(f"## {title}")
		self.say()

	def figures(self, found: dict[str, Any]) -> None:
		"""Nested figures as a table, a row each."""

		def flat(values: dict[str, Any], before: str = "") -> Iterator[list[str]]:
			for key, value in values.items():
				name = f"{before}{key.replace('_', ' ')}"
				if isinstance(value, dict):
					yield from flat(value, f"{name}: ")
				else:
					yield [name, f"{value:,.2f}" if isinstance(value, float) else f"{value}"]

		self.table(["figure", "value"], list(flat(found)))

	def table(self, head: list[str], rows: list[list[str]]) -> None:
		widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]

		def line(cells: list[str]) -> str:
			aligned = [
				cells[0].ljust(widths[0]),
				*(c.rjust(w) for c, w in zip(cells[1:], widths[1:], strict=True)),
			]
			return f"| {' | '.join(aligned)} |"

		rule = [f":{'-' * (widths[0] - 1)}", *(f"{'-' * (width - 1)}:" for width in widths[1:])]
		for text in (line(head), f"| {' | '.join(rule)} |", *(line(row) for row in rows)):
			self.say(text)
		self.say()


# -- the clock -------------------------------------------------------------------------------------------------------


def interleaved(operations: list[Callable[[], object]]) -> list[float]:
	"""Median seconds of one call of each, in rounds that take turns."""
	loops = []
	for operation in operations:
		operation()  # tables are laid, caches are warm
		begun = time.perf_counter()
		operation()
		loops.append(max(1, int(ROUND_SECONDS / max(time.perf_counter() - begun, 1e-7))))
	taken: list[list[float]] = [[] for _ in operations]
	for _round in range(ROUNDS):
		for i, (operation, count) in enumerate(zip(operations, loops, strict=True)):
			turns = range(count)
			begun = time.perf_counter()
			for _turn in turns:
				operation()
			taken[i].append((time.perf_counter() - begun) / count)
	return [statistics.median(times) for times in taken]


def running(end: datetime, pauses: int) -> list[tuple[datetime, datetime]]:
	"""`[START, end)` without some pauses of three hours, spread evenly."""
	edges = [START]
	for n in range(pauses):
		middle = START + (end - START) * (n + 1) / (pauses + 1)
		edges += [
			middle.replace(minute=0, second=0, microsecond=0),
			middle.replace(minute=0, second=0, microsecond=0) + timedelta(hours=3),
		]
	edges.append(end)
	return list(zip(edges[::2], edges[1::2], strict=True))


def operations() -> Iterator[tuple[str, Callable[[Tool], Callable[[], object] | None]]]:
	def adding(hours: int) -> Callable[[Tool], Callable[[], object] | None]:
		def of(tool: Tool) -> Callable[[], object] | None:
			start, add = tool.given(START), tool.add
			return None if add is None else (lambda: add(start, hours))

		return of

	def counting(days: int) -> Callable[[Tool], Callable[[], object] | None]:
		def of(tool: Tool) -> Callable[[], object] | None:
			start, end, elapsed = tool.given(START), tool.given(START + timedelta(days=days)), tool.elapsed
			return None if elapsed is None else (lambda: elapsed(start, end))

		return of

	def paused(days: int, hours: int | None) -> Callable[[Tool], Callable[[], object] | None]:
		def of(tool: Tool) -> Callable[[], object] | None:
			if tool.elapsed is None:
				return None
			stretches = [(tool.given(a), tool.given(b)) for a, b in running(START + timedelta(days=days), 5)]
			if hours is None:
				return lambda: elapsed_with_pauses(tool, stretches)
			return lambda: due_with_pauses(tool, stretches, hours)

		return of

	for hours in (1, 8, 45, 400):
		yield f"add {hours} h", adding(hours)
	yield "add 45 h, 5 pauses", paused(60, 45)
	yield "add 400 h, 5 pauses", paused(120, 400)
	yield "elapsed, 60 days", counting(60)
	yield "elapsed, 3 years", counting(3 * 365)
	yield "elapsed, 60 days, 5 pauses", paused(60, None)
	yield "elapsed, 3 years, 5 pauses", paused(3 * 365, None)


def clock(report: Report) -> None:
	found = tools(OFFICE)
	report.say("## The clock")
	report.say()
	report.say(
		"Operations a second on one core (median); in brackets how many times slower than this package."
	)
	report.say()
	rows, against = [], []
	for name, of in operations():
		callables = [of(tool) for tool in found]
		times = iter(interleaved([call for call in callables if call]))
		seconds = [next(times) if call else None for call in callables]
		cells = [f"{1 / seconds[0]:,.0f}"]
		cells += [f"{1 / s:,.0f} ({s / seconds[0]:,.1f}x)" if s else "-" for s in seconds[1:]]
		rows.append([name, *cells])
		if "pauses" not in name and len(seconds) > 1 and seconds[1]:
			against.append(seconds[1] / seconds[0])
	report.table(["operation", *(tool.name for tool in found)], rows)
	if against:
		report.say(
			f"Single operations beside workclock: {min(against):.1f} to {max(against):.1f} times as fast, "
			f"median {statistics.median(against):.1f} (aim: 3.5)."
		)
		report.say()
	correctness(report)


#: (name, calendar, start on the wall clock, hours to add, days to count)
_ALL = tuple(range(7))
CASES = (
	("office, a weekend", OFFICE, "2025-06-06T17:30", 45, 60),
	("office, statutory holidays", OFFICE, "2025-12-23T10:00", 400, 120),
	("lunch break", Calendar("America/Mexico_City", ((9, 14), (16, 19))), "2025-06-04T13:00", 8, 30),
	("Tijuana, office, clocks forward", Calendar("America/Tijuana", ((9, 18),)), "2024-03-08T17:00", 8, 7),
	(
		"Tijuana, nights, clocks forward",
		Calendar("America/Tijuana", ((0, 6),), _ALL),
		"2024-03-09T23:00",
		8,
		3,
	),
	("Tijuana, nights, clocks back", Calendar("America/Tijuana", ((0, 6),), _ALL), "2024-11-02T23:00", 8, 3),
	("Madrid, nights, clocks forward", Calendar("Europe/Madrid", ((0, 6),), _ALL), "2024-03-30T23:00", 8, 3),
	(
		"Lord Howe, nights, half an hour",
		Calendar("Australia/Lord_Howe", ((0, 6),), _ALL),
		"2024-10-05T23:00",
		8,
		3,
	),
	("Kolkata, office", Calendar("Asia/Kolkata", ((9, 18),)), "2024-06-03T17:30", 45, 30),
)


def correctness(report: Report) -> None:
	report.say(
		"Correctness, against the tick-by-tick oracle of the tests (`add` / `elapsed`; off by how much):"
	)
	report.say()
	names = [tool.name for tool in tools(OFFICE)]
	rows = []
	for name, calendar, wall, hours, days in CASES:
		start = datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(calendar.zone)).astimezone(UTC)
		end = start + timedelta(days=days)
		judge = Hours(calendar.zone, calendar.weekly(), calendar.holidays)
		due, seconds = judge.reach(start, hours * 3600), judge.count(start, end)
		cells = dict.fromkeys(names, "-")
		for tool in tools(calendar):
			found = (_off(tool.due, (start, hours), due), _off(tool.seconds, (start, end), seconds))
			cells[tool.name] = " / ".join(found)
		rows.append([name, *(cells[name] for name in names)])
	report.table(["case", *names], rows)
	wrong = [row[0] for row in rows if row[1] != "exact / exact"]
	if wrong:
		raise SystemExit(f"this package is wrong on: {', '.join(wrong)}")


def _off(ask: Callable[..., object], given: tuple[object, ...], expected: datetime | int) -> str:
	try:
		found = ask(*given)
	except Exception as error:
		return type(error).__name__
	if found is None:
		return "-"
	off = found - expected
	seconds = off.total_seconds() if isinstance(off, timedelta) else off
	return "exact" if not seconds else f"{seconds / 3600:+.3g} h"


# -- a long replay -----------------------------------------------------------------------------------------------------


def replay(report: Report, count: int) -> None:
	report.say("## A long replay")
	report.say()
	rows = []
	with tempfile.TemporaryDirectory() as folder:
		for rows_wanted in sorted({max(1000, count // 10), count}):
			path = Path(folder) / f"{rows_wanted}.csv"
			generate(path, rows_wanted)
			out = str(Path(folder) / "out.jsonl")
			options = ["--rows", "0", "--observe-at", "2026-03-24T12:00", "--json", out]
			seconds, peak, code = measured(
				[sys.executable, "-m", "codigo_binario_support", "replay", str(path), *options]
			)
			size = path.stat().st_size / 1e6
			if code:
				raise SystemExit(f"the replay ended with {code}")
			rows.append(
				[
					f"{rows_wanted:,} rows ({size:.0f} MB)",
					f"{seconds:.1f} s",
					f"{rows_wanted / seconds:,.0f}",
					f"{peak:.0f} MB",
				]
			)
	report.table(["generated requests", "time", "rows a second", "peak memory"], rows)


def generate(path: Path, count: int) -> None:
	"""Requests in the words of the shipped sample, no two alike, over two years."""
	sample = ROOT / "codigo_binario_support" / "data" / "sample_requests.csv"
	with sample.open(encoding="utf-8", newline="") as lines:
		known = list(csv.DictReader(lines))
	rng = random.Random(7)
	words = sorted({word for row in known for word in row["body"].split()})
	with path.open("w", encoding="utf-8", newline="") as lines:
		out = csv.writer(lines)
		out.writerow(["id", "subject", "body", "created_at", "events"])
		for n in range(count):
			row = rng.choice(known)
			at = datetime(2024, 1, 1, tzinfo=timezone.utc) + timedelta(minutes=rng.randrange(1_050_000))
			body = f"{row['body']} {' '.join(rng.choices(words, k=6))}"
			events, here = [], at
			for do in ("first_reply", "hold", "resume", "resolve")[: rng.randrange(5)]:
				here += timedelta(minutes=rng.randrange(1, 600))
				events.append(f"{here:%Y-%m-%d %H:%M} {do}")
			out.writerow([f"R-{n}", row["subject"], body, f"{at:%Y-%m-%d %H:%M}", "; ".join(events)])


def measured(command: list[str]) -> tuple[float, float, int]:
	"""Seconds, peak megabytes and exit code of a command. Linux counts kilobytes, macOS bytes."""
	begun = time.perf_counter()
	process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
	_pid, status, usage = os.wait4(process.pid, 0)
	process.returncode = os.waitstatus_to_exitcode(status)
	unit = 1e6 if sys.platform == "darwin" else 1e3
	return time.perf_counter() - begun, usage.ru_maxrss / unit, process.returncode


# -- in a bench --------------------------------------------------------------------------------------------------------


def filing(report: Report) -> None:
	report.section("Filing a request")
	if not (lines := on_site(report, "filing.py")):
		return
	figures = lines[-1]
	note = figures["Note"]["ms"]
	report.table(
		["document", "milliseconds", "beside a Note", "SQL statements"],
		[
			[name, f"{row['ms']:.1f}", f"{row['ms'] / note:.1f}x", str(row["statements"])]
			for name, row in figures.items()
		],
	)


def backups(report: Report) -> None:
	report.section("A backup")
	if not (lines := on_site(report, "backups.py")):
		return
	megabytes, seconds = lines[-1]["bytes"] / 1e6, lines[-1]["seconds"]
	whole = seconds["frappe"] + seconds["looks"] + seconds["hashes"] + seconds["verify"]
	report.say(f"{megabytes:,.0f} MB, half of them rows, half of them files; medians.")
	report.say()
	report.table(
		["step", "seconds", "MB a second", "beside plain"],
		[
			[label, f"{value:.1f}", f"{megabytes / value:.0f}", f"{value / seconds['plain']:.2f}x"]
			for label, value in (
				("mariadb-dump \\| gzip, and tar", seconds["plain"]),
				("the same through Frappe, at low priority", seconds["frappe"]),
				("manifest: two looks at every table", seconds["looks"]),
				("manifest: a hash of every file", seconds["hashes"]),
				("verification of the whole set", seconds["verify"]),
				("all that bench support backup does", whole),
			)
		],
	)


def availability(report: Report) -> None:
	report.section("A sample, and a month of them")
	if lines := on_site(report, "availability.py"):
		report.figures(lines[-1])


def restoring(report: Report) -> None:
	report.section("A restore drill, by size")
	for line in on_site(report, "restoring.py", "50", "200", is_scratch=True) or ():
		report.figures(line)


def volume(report: Report) -> None:
	report.section("200,000 requests on a site")
	if not (lines := on_site(report, "volume.py", is_scratch=True)):
		return
	report.say(
		f"Server time as an agent, beside ERPNext's Issue list on as many rows ({lines[-1]['rows']:,})."
	)
	report.say()
	times = lines[-1]["ms"]
	issue = times["Issue list"]
	report.table(
		["page", "milliseconds", "beside the Issue list"],
		[[name, f"{taken:.1f}", f"{taken / issue:.1f}x"] for name, taken in times.items()],
	)


def on_site(report: Report, script: str, *arguments: str, is_scratch: bool = False) -> list[Any] | None:
	"""The JSON lines of a script in the bench's Python; None when it could not run, and why is said.

	What leaves rows behind runs on the site of CODIGO_BINARIO_SCRATCH_SITE only.
	"""
	import bench_discovery

	try:
		bench, site = bench_discovery.open_bench(os.environ)
		if is_scratch and not (site := os.environ.get("CODIGO_BINARIO_SCRATCH_SITE", "")):
			raise bench_discovery.Missing("CODIGO_BINARIO_SCRATCH_SITE names no site whose data may be lost")
	except (bench_discovery.Missing, OSError, subprocess.TimeoutExpired) as reason:
		report.say(f"Skipped: {reason}")
		report.say()
		return None
	run = subprocess.run(
		[str(bench / "env" / "bin" / "python"), str(ROOT / "tests" / "bench" / script), site, *arguments],
		cwd=bench / "sites",
		env={**os.environ, "PYTHONPATH": str(ROOT)},
		capture_output=True,
		text=True,
	)
	if run.returncode:
		report.say(f"Skipped: {(run.stderr.strip().splitlines() or ['no reason given'])[-1]}")
		report.say()
		return None
	return [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]


# -- all ---------------------------------------------------------------------------------------------------------------


PARTS = {
	"clock": clock,
	"replay": replay,
	"filing": filing,
	"backups": backups,
	"availability": availability,
	"restoring": restoring,
	"volume": volume,
}


def main() -> None:
	parser = argparse.ArgumentParser(
		description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
	)
	parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md")
	parser.add_argument("--only", choices=PARTS, help="one part of them")
	parser.add_argument("--rows", type=int, default=100_000, help="rows of the long replay")
	options = parser.parse_args()
	report = Report()
	report.say("# Benchmarks")
	report.say()
	report.say(
		f"Measured by `make bench` on {date.today().isoformat()}: Python {platform.python_version()}, "
		f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores. The machine was shared with other work: "
		"rounds of all tools take turns and medians are shown, so read the ratios."
	)
	report.say()
	for name, part in PARTS.items():
		if options.only in (None, name):
			part(report, options.rows) if part is replay else part(report)
	if options.write:
		DOCUMENT.parent.mkdir(exist_ok=True)
		DOCUMENT.write_text("\n".join(report.lines).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
	main()
