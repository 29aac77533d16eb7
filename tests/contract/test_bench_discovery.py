"""The integration script finds a bench and a site, or says what is missing."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys

import pytest
from repo import ROOT

sys.path.insert(0, str(ROOT / "tests"))

from bench_discovery import (
	Missing,
	Service,
	commands_for,
	find_bench,
	find_site,
	prepare,
	second_command,
	services,
)


@pytest.fixture
def bench(tmp_path):
	"""A folder that looks like a bench: `bench("a", "b!")` has the sites a, and b which allows tests."""

	def make(*sites, **common):
		(tmp_path / "env" / "bin").mkdir(parents=True)
		(tmp_path / "env" / "bin" / "python").touch()
		for name in sites:
			folder = tmp_path / "sites" / name.rstrip("!")
			folder.mkdir(parents=True)
			(folder / "site_config.json").write_text(json.dumps({"allow_tests": name.endswith("!")}))
		(tmp_path / "sites").mkdir(exist_ok=True)
		(tmp_path / "sites" / "common_site_config.json").write_text(json.dumps(common))
		return tmp_path

	return make


def test_no_bench_is_said_with_the_path_that_was_tried():
	with pytest.raises(Missing, match="no bench: /nonexistent/frappe-bench/sites does not exist"):
		find_bench({"HOME": "/nonexistent"})


def test_a_bench_is_the_one_that_is_named_else_the_one_at_home(bench):
	path = bench()
	assert find_bench({"CODIGO_BINARIO_BENCH": str(path), "FRAPPE_BENCH_ROOT": "/nowhere"}) == path
	assert find_bench({"FRAPPE_BENCH_ROOT": str(path)}) == path


def test_the_site_is_the_one_that_is_named(bench):
	assert find_site(bench("a!", "b!"), {"CODIGO_BINARIO_SITE": "b"}) == "b"


def test_a_named_site_that_forbids_tests_is_left_alone(bench):
	with pytest.raises(Missing, match="allows tests"):
		find_site(bench("a!", "b"), {"CODIGO_BINARIO_SITE": "b"})


def test_the_default_site_comes_before_the_others_if_it_allows_tests(bench):
	path = bench("a!", "b!", "c", default_site="b")
	assert find_site(path, {}) == "b"
	(path / "sites" / "common_site_config.json").write_text(json.dumps({"default_site": "c"}))
	assert find_site(path, {}) == "a"


def test_a_bench_whose_sites_forbid_tests_is_left_alone(bench):
	with pytest.raises(Missing, match=r"no site of .* allows tests"):
		find_site(bench("a", "b"), {})


def test_services_are_those_of_the_bench_s_configuration_each_once(bench):
	path = bench(
		"a!", redis_cache="redis://127.0.0.1:13311", redis_queue="redis://127.0.0.1:13311", db_port=3399
	)
	found = services(path, "a")
	assert [(service.name, service.port) for service in found] == [("MariaDB", 3399), ("redis_cache", 13311)]


def test_redis_starts_by_the_bench_s_own_file_on_the_port_of_the_configuration(bench):
	path = bench()
	service = Service("redis_cache", "127.0.0.1", 13311)
	assert commands_for(service, path)[0][:3] == ["redis-server", "--port", "13311"]
	(path / "config").mkdir()
	(path / "config" / "redis_cache.conf").touch()
	assert commands_for(service, path)[0][:4] == [
		"redis-server",
		str(path / "config" / "redis_cache.conf"),
		"--port",
		"13311",
	]


def test_a_service_on_another_machine_is_not_started(bench):
	path = bench("a!", db_host="db.invalid")
	with pytest.raises(Missing, match="not ours to start"):
		prepare({"CODIGO_BINARIO_BENCH": str(path)})


def test_a_service_is_up_when_its_port_answers():
	with socket.socket() as server:
		server.bind(("127.0.0.1", 0))
		server.listen()
		assert Service("x", "127.0.0.1", server.getsockname()[1]).is_up
		port = server.getsockname()[1]
	assert not Service("x", "127.0.0.1", port).is_up


def test_what_is_skipped_is_said_and_is_no_failure(tmp_path):
	run = subprocess.run(
		[sys.executable, str(ROOT / "tests" / "bench_discovery.py"), "prepare", str(tmp_path / "variables")],
		env={"HOME": "/nonexistent"},
		capture_output=True,
		text=True,
	)
	assert (run.returncode, (tmp_path / "variables").read_text()) == (0, "")
	assert "skipped: no bench" in run.stdout


def test_the_second_bench_is_the_one_that_is_named_and_nothing_of_the_first():
	with pytest.raises(Missing, match="CODIGO_BINARIO_BENCH_16 names no bench"):
		second_command({"CODIGO_BINARIO_BENCH": "/first"})
	command = second_command({"CODIGO_BINARIO_BENCH_16": "/second", "CODIGO_BINARIO_SITE": "first.localhost"})
	assert "CODIGO_BINARIO_BENCH=/second" in command and command[-1] == "both"
	assert "first.localhost" not in " ".join(command)


def test_a_command_of_a_bench_in_a_chroot_runs_there():
	named = {
		"CODIGO_BINARIO_BENCH_16": "/root/bench",
		"CODIGO_BINARIO_SITE_16": "b.localhost",
		"CODIGO_BINARIO_BENCH_16_RUN": "chroot '/opt/a place'",
	}
	command = second_command(named)
	assert command[:3] == ["chroot", "/opt/a place", "env"]
	assert {"CODIGO_BINARIO_BENCH=/root/bench", "CODIGO_BINARIO_SITE=b.localhost"} <= set(command)
	assert "python3" in command


def test_without_a_second_bench_it_is_said_at_once_and_is_no_failure():
	run = subprocess.run(
		[sys.executable, str(ROOT / "tests" / "bench_discovery.py"), "16"],
		env={"HOME": "/nonexistent", "CODIGO_BINARIO_BENCH": "/nonexistent"},
		capture_output=True,
		text=True,
		timeout=20,
	)
	assert run.returncode == 0 and "skipped: CODIGO_BINARIO_BENCH_16" in run.stdout


def test_a_second_bench_that_is_not_there_is_said_by_who_runs_inside(tmp_path):
	run = subprocess.run(
		[sys.executable, str(ROOT / "tests" / "bench_discovery.py"), "16"],
		env={"HOME": "/nonexistent", "PATH": os.environ["PATH"], "CODIGO_BINARIO_BENCH_16": str(tmp_path)},
		capture_output=True,
		text=True,
		timeout=60,
	)
	assert run.returncode == 0 and f"skipped: no bench: {tmp_path}" in run.stdout
