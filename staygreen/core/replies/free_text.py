"""Replies that a notification tells in prose: to people, to administrators, or as the transcript of a session.

Nothing fixes these forms. What is read is what they share: a paragraph that
quotes a reply, a line that begins with a recipient, the `<<<` of a transcript.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from staygreen.core.replies.decode import Cause, decode, system_of_host
from staygreen.core.replies.reply import LONGEST_REPLY

_SAID = re.compile(
    r"(?<![\w.\-])([45]\d\d[ \-;:]{1,3}#?[45]\.\d{1,3}\.\d{1,3}(?![\w.])|421 (?:RP|SC|DY|OU)-|550 (?:RP|SC|DY|OU)-)"
)
_LOOSE = re.compile(r"(?:^|[\s<'#:])((?:4[25]\d|55\d)[ \-][A-Za-z<\[])")
_ADDRESS = re.compile(r"[A-Za-z0-9._%+\-=]{1,64}@[A-Za-z0-9.\-]{1,253}")
_RECIPIENT = re.compile(rf"\s{{0,10}}[<\"']?({_ADDRESS.pattern})[>\"']?(?:[:\s]|$)")
_HOST = r"([A-Za-z0-9.\-]{3,253})"
_REMOTE = re.compile(rf"remote server:\s{{1,4}}{_HOST}\s|^\s{{0,4}}{_HOST}\s{{1,4}}remote server returned", re.I | re.M)
_SPEAKS = re.compile(rf"(?<!generating )(?:host:?|talking to|server:?|remote-mta:?)\s{{1,4}}{_HOST}", re.IGNORECASE)
_ORIGINAL = re.compile(
    r"^[ \t]{0,4}(?:received: |return-path: |x-sender: |original message headers:|original message follows"
    r"|-{2,40} ?(?:below this line|this is a copy of|the body of|the header|original|message header|returned|start of"
    r"|mensaje original|message original|header of|headers of|unsent message|your message|here is)"
    r"|(?:the header and|your message reads|here is a copy|below is a copy|a copy of (?:the|your) message))",
    re.IGNORECASE | re.MULTILINE,
)
"""Where the message that is returned begins: its words are the sender's own and say nothing of the refusal."""
_OPENINGS = (
    "this message was created automatically by mail delivery software",
    "i'm afraid i wasn't able to deliver your message",
    "was unable to deliver your message",
    "this is the mail system at host",
    "this is the postfix program at host",
    "delivery has failed to these recipients",
    "could not be delivered to one or more",
    "delivery to the following recipient",
    "the following addresses had permanent",
    "your message wasn't delivered",
)
_QUOTED = re.compile(r"^>{1,8} ?", re.MULTILINE)
_ANSWERED = "<<< "
_SYSTEMS = ("mailer-daemon@", "postmaster@", "microsoftexchange")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One reply that a text tells."""

    text: str
    host: str = ""
    """The server that said it, when the text names one."""
    recipient: str = ""


def before_original(prose: str) -> str:
    """A text up to the message that it returns."""
    original = _ORIGINAL.search(prose, 1)
    return prose[: original.start() if original else None]


def is_notification(text: str) -> bool:
    """Whether a text that came without headers is a mail system's notification."""
    lower = text[:4_000].lower()
    return any(words in lower for words in _OPENINGS) or _ORIGINAL.search(text, 1) is not None


def told(prose: str, *, in_words: bool) -> Iterator[Told]:
    """Each recipient's reply.

    Args:
        prose: the text.
        in_words: whether words without a code count too; only where a mail system wrote the text.
    """
    if not in_words:
        prose = _QUOTED.sub("", prose)
    before = before_original(prose)
    of_each = {name: text for name, part in sections(before).items() if (text := _best(part, "", in_words=in_words))}
    if len(of_each) > 1:
        for name, text in of_each.items():
            yield Told(text=text, host=named_host(text), recipient=name)
        return
    host = named_host(prose)
    # One notification tells one refusal in several places: the first that a rule knows is the one.
    text = _best(before, host, in_words=in_words)
    if not text and not in_words:
        # A person who passes a notification on calls it the original message.
        text = _best(prose, host, in_words=False)
    if text:
        yield Told(text=text, host=host, recipient=next(iter(of_each), "") or _recipient(prose))


def _recipient(prose: str) -> str:
    """The first address that is not a mail system's own."""
    return next((name for name in _ADDRESS.findall(prose) if not name.lower().startswith(_SYSTEMS)), "")


def _best(prose: str, host: str, *, in_words: bool) -> str:
    coded = replies_in(prose)
    if coded or not in_words:
        return more_telling(coded[0], coded, host) if coded else ""
    parts = [_without_address(text) for text in paragraphs(prose)]
    beside = [text for whole, text in zip(paragraphs(prose), parts, strict=True) if text != whole]
    return more_telling(beside[0] if beside else "", parts, host)


def more_telling(otherwise: str, candidates: list[str], host: str) -> str:
    """The first of the candidates that a rule knows."""
    return next((text for text in candidates if text and decode(text, host).cause is not Cause.UNKNOWN), otherwise)


def sections(prose: str) -> dict[str, str]:
    """What stands below or beside each line that begins with a recipient, to the end of its paragraph."""
    out: dict[str, str] = {}
    name, lines = "", [""]
    for line in [*prose.splitlines(), ""]:
        opens = _RECIPIENT.match(line)
        if opens is None and line.strip():
            lines.append(line.strip())
            continue
        text = "\n".join(lines).strip()
        if name and text:
            out.setdefault(name, text)
        name, lines = (opens[1], [line[opens.end() :].strip()]) if opens else ("", [""])
    return out


def _without_address(paragraph: str) -> str:
    found = _RECIPIENT.match(paragraph)
    return (paragraph[found.end() :].strip() if found else paragraph)[:LONGEST_REPLY]


def named_host(prose: str) -> str:
    """The server that spoke: one that is called remote, else a provider's that is named as server or host."""
    remote = _REMOTE.search(prose)
    if remote:
        return str(remote[1] or remote[2])
    return next((name for name in _SPEAKS.findall(prose) if system_of_host(name)), "")


def replies_in(prose: str) -> list[str]:
    """Replies that a text quotes, each to the end of its paragraph; of a transcript, what the server answered."""
    out: list[str] = []
    for paragraph in paragraphs(prose):
        answered = _answers(paragraph)
        if answered:
            out.extend(answered)
            continue
        at = [found.start() for found in _SAID.finditer(paragraph)] or [
            found.start(1) for found in _LOOSE.finditer(paragraph)
        ]
        if at:
            out.append(_unquoted(paragraph, at[0])[:LONGEST_REPLY])
    return out


def _answers(paragraph: str) -> list[str]:
    """Refusals of a transcript; lines of one answer together."""
    out: list[str] = []
    is_open = False
    for line in paragraph.split("\n"):
        text = line[len(_ANSWERED) :] if line.startswith(_ANSWERED) else ""
        if is_open and text:
            out[-1] += "\n" + text
        elif text[:1] in ("4", "5") and text[:3].isdigit():
            out.append(text)
        is_open = bool(out) and text[3:4] == "-"
    return out


def _unquoted(paragraph: str, start: int) -> str:
    """The text from `start`, without the quote that closes what one before it opened."""
    quote = paragraph[start - 1 : start] if start else ""
    end = paragraph.find(quote, start) if quote in ("'", '"') else -1
    # An apostrophe inside the reply is followed by a letter; the closing one is not.
    while end >= 0 and paragraph[end + 1 : end + 2].isalpha():
        end = paragraph.find(quote, end + 1)
    return paragraph[start : end if end >= 0 else None]


def paragraphs(prose: str) -> list[str]:
    """The paragraphs of a text, their lines without the space around them."""
    lines: list[str] = []
    out: list[str] = []
    for line in [*prose.splitlines(), ""]:
        if line.strip():
            lines.append(line.strip())
        elif lines:
            out.append("\n".join(lines))
            lines = []
    return out
