"""Lohko against the alternative written by hand, in the same run: ratios, never promises in seconds."""
