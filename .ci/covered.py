"""How much of each layer tests run: the unit tests, and the site tests beside them where a bench ran them under coverage.

	python .ci/covered.py            .coverage.unit of `make coverage`, .coverage.site of a bench's run, in the checkout

Exit codes: 0 the domain has its floor by unit tests alone, 1 it has not.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from coverage import Coverage
from coverage.exceptions import NoDataError

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "codigo_binario_support"
UNIT, SITE, BOTH = (ROOT / f".coverage.{name}" for name in ("unit", "site", "both"))
#: Percent of the lines of the pure room, by unit tests.
FLOOR = 98.0
LAYERS = ("domain", "cli", "adapters", "flow", "operations", "api", "jobs", "codigo_binario_support", "*")


def covered(data_file: Path, below: str, **options: object) -> float:
	"""Percent of the lines below a folder of the package; of none of them 0."""
	measured = Coverage(data_file=str(data_file))
	measured.load()
	try:
		return measured.report(include=[f"{PACKAGE}/{below}/*"], **{"file": io.StringIO(), **options})
	except NoDataError:
		return 0.0


def main() -> int:
	shown = [("unit tests", UNIT)]
	if SITE.exists():
		both = Coverage(data_file=str(BOTH))
		both.combine([str(UNIT), str(SITE)], keep=True)
		both.save()
		shown += [("site tests", SITE), ("together", BOTH)]
	else:
		print(
			"No site tests: CODIGO_BINARIO_COVERAGE=1 python tests/bench_discovery.py run, in a bench with coverage"
		)
	domain = covered(UNIT, "domain", file=sys.stdout, skip_covered=True, show_missing=True)
	print(" " * 24, *(f"{head:>13}" for head, _file in shown))
	for layer in LAYERS:
		print(
			f"{layer.replace('*', 'all'):<24}", *(f"{covered(file, layer):12.1f}%" for _head, file in shown)
		)
	if domain < FLOOR:
		print(f"domain: {domain:.2f} % by unit tests, and {FLOOR} % is the floor")
	return int(domain < FLOOR)


if __name__ == "__main__":
	sys.exit(main())
