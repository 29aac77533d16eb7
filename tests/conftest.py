"""Property tests run the same examples every time; `pytest --hypothesis-profile deep` looks for new ones."""

try:
	from hypothesis import settings
except ImportError:  # the bench's Python runs tests/site without it
	pass
else:
	settings.register_profile("quick", max_examples=60, deadline=None, derandomize=True)
	settings.register_profile("deep", max_examples=2000, deadline=None, print_blob=True)
	settings.load_profile("quick")


def pytest_configure(config):
	config.addinivalue_line("markers", "slow: builds something; leave out with -m 'not slow'")
