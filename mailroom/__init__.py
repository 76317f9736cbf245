"""mailroom: from a CRM export to approved, print-ready cards and letters, posted once."""

__version__ = "0.1.0"
