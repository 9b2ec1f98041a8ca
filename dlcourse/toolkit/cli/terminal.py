"""What the command prints, on any terminal: words beside every mark, and no character that the console cannot show."""

import codecs
import sys
import unicodedata

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

# A console of Windows or an old locale has no such characters. One for one, so that columns stay columns.
PLAIN = str.maketrans("✓✗○■~→–—−…·█░│─≤≥≠×²³√ΣμσεαβγλδηθπøØ", "+xo!~>---. #.|-<>#x23VSuseabgldntpoO")
HAT = "\N{COMBINING CIRCUMFLEX ACCENT}"  # in x̂, which is not x

output, messages = Console(highlight=False), Console(stderr=True, highlight=False)


def plain(error):
    """Replace what an encoding cannot write by something like it: an error handler for codecs."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end].translate(PLAIN).replace(HAT, "_hat")
    text = unicodedata.normalize("NFKD", text)
    return "".join(c if c.isascii() else "" if unicodedata.combining(c) else "?" for c in text), error.end


def never_stumble():
    """Make both streams write something for every character, whatever their encoding."""
    codecs.register_error("plain", plain)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="plain")


def say(*pieces, indent=0):
    """Print an indented paragraph; a piece is text, or (text, style), and never markup."""
    text = Text.assemble(*pieces)
    output.print(Padding(text, (0, 0, 0, indent), expand=False) if indent else text)


def counted(count, noun, several=None):
    """Return "1 exercise" or "3 exercises"."""
    return f"{count} {noun if count == 1 else several or noun + 's'}"


def duration(minutes):
    """Return "45 minutes", "2 hours 30 minutes" or "26 hours": how long something takes, in words."""
    if minutes < 60:
        return f"{minutes} minutes"
    if minutes >= 600:
        return f"{round(minutes / 60)} hours"
    return f"{counted(minutes // 60, 'hour')}" + (f" {minutes % 60} minutes" if minutes % 60 else "")
