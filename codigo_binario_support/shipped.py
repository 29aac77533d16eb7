"""What comes with the package, read from its `data` folder: the policy, the triage model with its phrases and examples.

The domain reads no files; this is where its data comes from, with a bench and without one.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from .domain.policy.policy import Policy
from .domain.triage import verdict
from .domain.triage.corrections import SiteLearning, site_learning
from .domain.triage.linear_model import Model, ModelError, unpack
from .domain.triage.phrasing import Phrases

DATA = Path(__file__).resolve().parent / "data"
MODEL_PATH = DATA / "triage" / "model.bin"
CORPUS_PATH = DATA / "triage" / "corpus.jsonl"


def policy_data() -> dict[str, Any]:
	"""The shipped policy as a mapping, a new one at each call."""
	return mapping("policy.json")


def mapping(name: str) -> dict[str, Any]:
	"""What a JSON file of the data folder holds."""
	found: dict[str, Any] = json.loads((DATA / name).read_text(encoding="utf-8"))
	return found


@lru_cache(maxsize=1)
def backup_words() -> dict[str, dict[str, str]]:
	"""What is said of backups and restores: `kept` by why a set stays, `steps` by their keys,
	`forecasts` by their state, `not_carried` by why evidence stays behind."""
	return mapping("backup_words.json")


@lru_cache(maxsize=1)
def sentences() -> dict[str, dict[str, str]]:
	"""What bells say of a step on a request, by its reader, and what the script of the conversation says; in English."""
	return mapping("sentences.json")


def phrases() -> Phrases:
	"""What the forms of a request are read by."""
	return Phrases(mapping("triage/phrases.json"))


@lru_cache(maxsize=1)
def triage_model() -> Model:
	"""The shipped model, read once in a process. Raises `ModelError` where its file is missing."""
	try:
		return unpack(MODEL_PATH.read_bytes(), phrases(), _corpus)
	except FileNotFoundError as error:
		raise ModelError(
			"The triage model {path} is missing: reinstall the app, or run `make triage-fit`.",
			path=str(MODEL_PATH),
		) from error


def classify(
	policy: Policy,
	subject: str,
	body: str,
	headers: Mapping[str, str] | None = None,
	learned: SiteLearning | None = None,
	model: Model | None = None,
) -> verdict.Triage:
	"""`verdict.classify` by the shipped model, with the released corrections that are part of the policy."""
	learned = learned or _learned(policy)
	return verdict.classify(model or triage_model(), policy, subject, body, headers, learned)


@lru_cache(maxsize=8)
def _learned(policy: Policy) -> SiteLearning | None:
	return site_learning(policy.data["learning"]) if policy.data.get("learning") else None


@lru_cache(maxsize=1)
def _corpus() -> bytes:
	return CORPUS_PATH.read_bytes() if CORPUS_PATH.exists() else b""
