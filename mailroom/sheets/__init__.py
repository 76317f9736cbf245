"""From finished artwork to the files that are printed: cards, sheets, envelopes."""
