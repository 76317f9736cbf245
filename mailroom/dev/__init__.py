"""What is there for rehearsals and tests: a Lob of one's own, on this machine."""
