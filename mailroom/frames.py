"""The parts of a page that differ from person to person, marked in its template."""
