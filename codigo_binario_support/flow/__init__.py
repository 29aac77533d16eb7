"""One file per station, in the order a request passes: intake, triage, clock, reply, quote, report.

A station imports only stations before it. Stations change the document they are given; doors decide when to save.
"""
