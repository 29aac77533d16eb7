"""What docstrings show is what the code does, and where they and the documentation point there is something."""

from __future__ import annotations

import doctest
import re
from importlib import import_module

from repo import PACKAGE, ROOT, files, name_of, none_of, python_files

LAYERS = "domain|adapters|flow|operations|jobs|api|cli|commands|setup"


def test_the_examples_in_docstrings_are_true():
	failed = []
	for path in (*python_files(PACKAGE / "domain"), *python_files(PACKAGE / "cli")):
		module = path.relative_to(PACKAGE.parent).with_suffix("").as_posix().replace("/", ".")
		if doctest.testmod(import_module(module.removesuffix(".__init__"))).failed:
			failed.append(name_of(path))
	assert failed == []


def _is_there(names: list[str]) -> bool:
	"""A module of the package, or what follows one: `["domain", "requests", "status", "on_answer"]`."""
	places = [PACKAGE.joinpath(*names[:count]) for count in range(2, len(names) + 1)]
	return places[-1].is_dir() or any(place.with_suffix(".py").is_file() for place in places)


def test_a_module_that_a_text_names_exists():
	"""`domain.requests.status` and `domain/requests/status.py`: a newcomer looks there."""
	texts = [*files(".py"), ROOT / "README.md", ROOT / "ARCHITECTURE.md", *files(".md", under=ROOT / "docs")]
	pattern = re.compile(rf"`((?:{LAYERS})[./][\w./]*\w)`")
	none_of(
		f"{path.relative_to(ROOT)}:{number} {found}"
		for path in texts
		for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
		for found in pattern.findall(line)
		if not _is_there(re.split(r"[./]", found.removesuffix(".py")))
	)
