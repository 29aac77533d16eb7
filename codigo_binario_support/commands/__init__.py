"""`bench --site SITE support ...`: what an operator asks a site, one file a group of commands."""

from .running import support

commands = [support]
