"""The only door between a Document and a domain value, and the only place that asks what time it is."""
