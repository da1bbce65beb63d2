"""The command line."""

from lohko.base.garbage import look_rarely

look_rarely()  # before any of the modules of commands, which make most of what a command holds
