"""What is shipped: a wheel with the data and without the tests, two commands, a license."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import PackageNotFoundError, version

import pytest
from repo import PACKAGE, ROOT, files, none_of, tree

#: Made by tools, never part of the source.
_DEBRIS = shutil.ignore_patterns(
	".git",
	".venv",
	"build",
	"dist",
	"*.egg-info",
	"__pycache__",
	"node_modules",
	".*_cache",
	".hypothesis",
	"demo-report.html",
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
	folder = tmp_path_factory.mktemp("wheel")
	source = folder / "source"
	shutil.copytree(ROOT, source, ignore=_DEBRIS)
	command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--disable-pip-version-check"]
	if _has_setuptools():
		command.append("--no-build-isolation")
	run = subprocess.run([*command, "--wheel-dir", str(folder), str(source)], capture_output=True, text=True)
	assert run.returncode == 0, run.stdout + run.stderr
	(path,) = folder.glob("*.whl")
	with zipfile.ZipFile(path) as archive:
		return source, archive.namelist()


def _has_setuptools() -> bool:
	"""One that builds wheels by itself, so that nothing is fetched."""
	try:
		return [int(part) for part in version("setuptools").split(".")[:2]] >= [70, 1]
	except PackageNotFoundError:
		return False


@pytest.mark.slow
def test_the_wheel_has_every_file_of_the_package(wheel):
	source, names = wheel
	suffixes = (
		".py",
		".json",
		".jsonl",
		".bin",
		".html",
		".csv",
		".css",
		".js",
		".txt",
		".svg",
		".png",
		".md",
	)
	shipped = [path.relative_to(source).as_posix() for path in files(*suffixes, under=source / PACKAGE.name)]
	assert len(shipped) > 50
	assert [name for name in shipped if name not in names] == []


@pytest.mark.slow
def test_the_wheel_has_nothing_but_the_package(wheel):
	_source, names = wheel
	tops = {name.split("/")[0] for name in names}
	assert {top for top in tops if not top.endswith(".dist-info")} == {"codigo_binario_support"}
	assert not [name for name in names if re.search(r"(^|/)(tests?|conftest\.py|__pycache__)(/|$)", name)]


def test_the_version_is_an_attribute_of_the_package():
	project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
	assert 'version = { attr = "codigo_binario_support.__version__" }' in project
	(value,) = [
		ast.literal_eval(node.value)
		for node in tree(PACKAGE / "__init__.py").body
		if isinstance(node, ast.Assign) and node.targets[0].id == "__version__"
	]
	assert re.fullmatch(r"\d+\.\d+\.\d+(?:[a-z0-9.+-]*)", value)


def test_the_changelog_speaks_of_this_version():
	import codigo_binario_support

	assert codigo_binario_support.__version__ in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_setup_py_is_three_lines():
	assert len((ROOT / "setup.py").read_text(encoding="utf-8").splitlines()) == 3


def test_the_license_is_there_and_is_the_one_that_is_named():
	text = (ROOT / "license.txt").read_text(encoding="utf-8")
	assert "MIT License" in text
	assert 'license = { file = "license.txt" }' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
	assert 'app_license = "mit"' in (PACKAGE / "hooks.py").read_text(encoding="utf-8")


def test_the_commands_that_the_readme_names_exist():
	targets = set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
	named = set(
		re.findall(r"(?:^|`)make ([a-z][\w-]*)", (ROOT / "README.md").read_text(encoding="utf-8"), re.M)
	)
	assert {"demo", "test"} <= named
	assert named <= targets


def test_the_integration_script_runs_the_readme_s_test_command():
	script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
	assert script.startswith("#!/usr/bin/env bash\n")
	assert "set -euo pipefail" in script
	assert re.search(r"^make test$", script, re.M)
	assert re.search(r"^make lint-all$", script, re.M)


def test_a_workflow_only_calls_scripts_that_can_be_called_here():
	for path in sorted((ROOT / ".github" / "workflows").glob("*.yml")):
		commands = re.findall(r"^\s*(?:- )?run: *(.*)$", path.read_text(encoding="utf-8"), re.M)
		assert commands, path.name
		for command in commands:
			script = ROOT / command.split()[0]
			assert script.parent == ROOT / ".ci", f"{path.name}: {command}"
			assert os.access(script, os.X_OK), f"{path.name}: {command}"


def test_the_pythons_that_are_promised_are_those_that_are_tried():
	tried = re.findall(
		r'"(3\.\d+)"', (ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8")
	)
	assert tried == [f"3.{minor}" for minor in range(10, 15)]


def test_what_tests_install_has_an_upper_bound():
	project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
	extras = project[project.index("[project.optional-dependencies]") : project.index("[project.scripts]")]
	named = [text for text in re.findall(r'"([^"]+)"', extras) if not text.startswith("setuptools")]
	assert [text for text in named if "<" not in text] == []


def test_files_that_the_documentation_links_to_exist():
	pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
	none_of(
		f"{page.relative_to(ROOT)}: {target}"
		for page in pages
		for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8"))
		if not (page.parent / target).exists()
	)


def test_the_picture_of_the_house_shows_the_folders_as_they_lie():
	sys.path.insert(0, str(ROOT / "docs"))
	import house

	assert house.PICTURE.read_text(encoding="utf-8") == house.drawn(), "draw it: python docs/house.py"
