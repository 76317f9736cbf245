"""Faults as plugins: each file is a provider that goes wrong in one way."""
