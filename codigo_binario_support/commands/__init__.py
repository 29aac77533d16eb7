"""`bench --site SITE support ...`: what an operator asks a site, one file a group of commands."""

from . import availability, backups, evidence, health, policy, restores, statements
from .running import support

commands = [support]
