"""What a promise is found to be: kept, broken, or not proven. Unknown is a state of its own, and never kept.

Of a promise, not of a request: whether a request is included is `domain.triage.verdict`.
"""

KEPT, BROKEN, NOT_PROVEN = "Kept", "Broken", "Not proven"
#: And its colour in lists.
VERDICTS = {KEPT: "green", BROKEN: "red", NOT_PROVEN: "orange"}

OPEN, OVER = "Open", "Over"
#: An alert about a promise, and its colour in lists.
ALERT_STATES = {OPEN: "red", OVER: "green"}
