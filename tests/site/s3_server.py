"""A real S3 server program on loopback, for tests of copies off-site: moto's, found or installed into a folder of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

#: The bench stays as it is: the program lives here, and the next run finds it.
HOME = Path(tempfile.gettempdir()) / "codigo-binario-support-moto"


def program() -> str:
	"""CODIGO_BINARIO_MOTO, else `moto_server` on the path, else one installed now; skips with the reason when there is none."""
	found = os.environ.get("CODIGO_BINARIO_MOTO") or shutil.which("moto_server")
	own = HOME / "bin" / "moto_server"
	if not found and not own.exists():
		steps = (
			[sys.executable, "-m", "venv", str(HOME)],
			[str(HOME / "bin" / "python"), "-m", "pip", "install", "--quiet", "moto[server,s3]"],
		)
		for step in steps:
			run = subprocess.run(step, capture_output=True, text=True, timeout=300, check=False)
			if run.returncode or not (HOME / "bin").exists():
				shutil.rmtree(HOME, ignore_errors=True)
				pytest.skip(f"no S3 server program: moto cannot be installed: {run.stderr.strip()[-200:]}")
	return found or str(own)


def serve() -> Iterator[str]:
	"""The address of a running server."""
	with socket.socket() as free:
		free.bind(("127.0.0.1", 0))
		port = free.getsockname()[1]
	process = subprocess.Popen(
		[program(), "-H", "127.0.0.1", "-p", str(port)],
		stdout=subprocess.DEVNULL,
		stderr=subprocess.DEVNULL,
		env={**os.environ, "PYTHONPATH": ""},
	)
	try:
		deadline = time.monotonic() + 60
		while True:
			try:
				socket.create_connection(("127.0.0.1", port), timeout=1).close()
				break
			except OSError:
				assert process.poll() is None and time.monotonic() < deadline, "the S3 server does not start"
				time.sleep(0.1)
		yield f"http://127.0.0.1:{port}"
	finally:
		process.kill()
		process.wait()
