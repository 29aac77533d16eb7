"""The pure room: policy terms, calendar, clock, scope and offer.

Values in, values out. Nothing here imports Frappe, reads a file it was not given, or asks what time it is.
"""
