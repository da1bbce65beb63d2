"""Lohko: a company's own customer data becomes segments that are true, current and explained."""

__version__ = "0.1.0"
