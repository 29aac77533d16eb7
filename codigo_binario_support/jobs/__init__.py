"""Scheduler doors: the only place that may commit."""
