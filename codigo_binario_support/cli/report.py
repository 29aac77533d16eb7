from __future__ import annotations


def page(lang, replay, tally, name):
	return "TODO"
