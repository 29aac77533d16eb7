"""Promises that need no request: backups, restores, availability. Each leaves records that nobody can change."""
