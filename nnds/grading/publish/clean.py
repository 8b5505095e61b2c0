"""Text of a submission made harmless for whoever reads it: the one way out of here."""

import re
import unicodedata

# control, format (also what turns the direction of writing), surrogates, line ends
HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
KEPT = "\n\t\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"  # scripts need the joiners
NO_CHARACTER = "\ufffe\uffff"  # no XML holds them, escaped or not
COMMAND = re.compile(r"^([\s\u200c\u200d]*):(?=:)", re.MULTILINE)
FORMULA = ("=", "+", "-", "@", "\N{MINUS SIGN}")


def clean(text: object) -> str:
    r"""Return text that no terminal, page, XML reader or runner obeys; twice is once.

    GitHub's runner trims a line and then looks for `::` at its start, and for `##[`
    anywhere: both are broken up. What is not to be seen becomes U+FFFD.

    >>> clean("ok\r\n  ::error::no ##[error]\x1b[2J")
    'ok\n  : :error::no ## [error]�[2J'
    """
    text = re.sub("\r\n?", "\n", str(text))
    if not (text.isascii() and text.isprintable()):
        text = "".join(map(_seen, text))
    return COMMAND.sub(r"\1: ", text).replace("##[", "## [")


def _seen(c: str) -> str:
    if c in KEPT:
        return c
    hidden = unicodedata.category(c) in HIDDEN or c in NO_CHARACTER
    return "\N{REPLACEMENT CHARACTER}" if hidden else c


def cell(text: object) -> str:
    r"""Return text as a cell of one line that a spreadsheet does not run.

    It may trim the text first, and read full-width forms as the plain ones.

    >>> cell("=cmd()"), cell("\n@x"), cell("a = 1")
    ("'=cmd()", "' @x", 'a = 1')
    """
    line = clean(re.sub(r"\s", " ", clean(text)))
    first = unicodedata.normalize("NFKC", re.sub(r"^[\s\ufffd\u200c\u200d]+", "", line))
    return f"'{line}" if first.startswith(FORMULA) else line
