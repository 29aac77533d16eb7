"""Property tests run the same examples every time; `pytest --hypothesis-profile deep` looks for new ones."""

import os
from random import Random

try:
	from hypothesis import settings
except ImportError:  # the bench's Python runs tests/site without it
	pass
else:
	settings.register_profile("quick", max_examples=60, deadline=None, derandomize=True)
	settings.register_profile("deep", max_examples=2000, deadline=None, print_blob=True)
	settings.load_profile("quick")


#: The environment's variable that draws a sample of the long tables of cases; its value is the seed.
SAMPLE = "CODIGO_BINARIO_SAMPLE"
#: The environment's variable that reads long texts in tests of cost whole.
WHOLE = "CODIGO_BINARIO_WHOLE"
#: A table of fewer cases runs whole; of a longer one every third case is drawn.
_WHOLE, _SHARE = 6, 3


def pytest_configure(config):
	config.addinivalue_line(
		"markers", "measured: says how much time or memory it takes; not while lines are counted"
	)
	config.addinivalue_line("markers", "slow: builds something; leave out with -m 'not slow'")


def pytest_report_header():
	seed = os.environ.get(SAMPLE)
	return f"a sample of long tables of cases: {SAMPLE}={seed} draws the same again" if seed else None


def pytest_terminal_summary(terminalreporter):
	if not os.environ.get(WHOLE):
		terminalreporter.write_line(
			f"what texts cost is measured with a fifth of their length: {WHOLE}=1 reads them whole"
		)


def pytest_collection_modifyitems(config, items):
	seed = os.environ.get(SAMPLE)
	if not seed:
		return
	tables = {}
	for item in items:
		if hasattr(item, "callspec"):
			tables.setdefault(item.nodeid.split("[")[0], []).append(item)
	left = set()
	for name, cases in tables.items():
		if len(cases) > _WHOLE:
			drawn = Random(f"{seed} {name}").sample(cases, max(_WHOLE, len(cases) // _SHARE))
			left |= set(cases) - set(drawn)
	if left:
		config.hook.pytest_deselected(items=sorted(left, key=lambda item: item.nodeid))
		items[:] = [item for item in items if item not in left]
