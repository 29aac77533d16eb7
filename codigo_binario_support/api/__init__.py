"""Whitelisted doors: each typed, with its verbs named, and guarded before it does anything."""
