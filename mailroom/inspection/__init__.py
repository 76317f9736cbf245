"""A preflight of finished PDFs, whoever made them: it shares nothing with what writes ours.

`inspect.inspect` looks into a file; `rules` is the table of what it looks for. A module a reading:
`content` follows a page's operators and gives `marks`, `letters` has its fonts, `colours` its
colour spaces, `plates` its inks, `raster` its picture, `symbols` and `bars` its codes. The rules
are in `soundness`, `paint`, `wording`, `places` and `scanned`.
"""
