"""What docstrings show is what the code does."""

from __future__ import annotations

import doctest
from importlib import import_module

from repo import PACKAGE, name_of, python_files


def test_the_examples_in_docstrings_are_true():
	failed = []
	for path in (*python_files(PACKAGE / "domain"), *python_files(PACKAGE / "cli")):
		module = path.relative_to(PACKAGE.parent).with_suffix("").as_posix().replace("/", ".")
		if doctest.testmod(import_module(module.removesuffix(".__init__"))).failed:
			failed.append(name_of(path))
	assert failed == []
