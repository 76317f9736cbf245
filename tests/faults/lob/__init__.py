"""Faults of Lob that no rehearsal needs: files for `mailroom dev fake-lob --fault`."""
