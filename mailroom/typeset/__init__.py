"""Text -> lines of glyphs, exactly as the reference (WeasyPrint with Pango) sets them, but fast.

Pairs of letters are shaped by HarfBuzz once and remembered, words are sums of pairs (`pairs`,
`founts`), lines are sums of words (`galleys`, `plain`). Where that is not certain to be the same
(`chars`, `rules` tell), the reference's own line breaking is asked for that line (`pango`). What
cannot be set at all (letters that run from right to left, or that no font of ours has) is
Unsettable: its page is laid out by the reference.
Lengths are CSS pixels (1/96 in), y grows downwards.
"""
