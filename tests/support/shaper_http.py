"""HTTP/1.1 between browser and server, bytes in and bytes out: everything passes, SDP changes on its way.

`Exchange` follows the messages of one connection in both directions and knows thereby where each begins and
ends (RFC 9112, section 6).  Messages whose body changes are held until they are complete; all other bytes
pass as they come, untouched.  After a ``101`` the rest passes unread.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

#: Bytes of a head, and of a body that is to change.
MAX_HEAD_BYTES = 64 * 1024
MAX_HELD_BYTES = 1024 * 1024

_SDP = "application/sdp"


class HttpError(ValueError):
    """The peer does not speak HTTP/1.1 as we read it."""


class Head:
    """The first line and the headers of a message."""

    def __init__(self, raw: bytes) -> None:
        first, *lines = raw.decode("latin-1").split("\r\n")
        self.words = first.split(" ", 2)
        fields = (line.partition(":") for line in lines)
        self.headers = [(name.strip(), value.strip()) for name, _colon, value in fields]
        if len(self.words) < 2 or not all(name for name, _value in self.headers):
            raise HttpError(f"not the head of a message: {first[:80]!r}")

    def get(self, name: str) -> str:
        """Return the value of a header, several joined by commas, or an empty string."""
        return ", ".join(value for other, value in self.headers if other.lower() == name)

    def with_body(self, body: bytes) -> bytes:
        """Return the message with another body."""
        dropped = ("content-length", "transfer-encoding", "accept-encoding")
        lines = [f"{name}: {value}" for name, value in self.headers if name.lower() not in dropped]
        head = "\r\n".join([" ".join(self.words), *lines, f"Content-Length: {len(body)}", "", ""])
        return head.encode("latin-1") + body


class Body:
    """Find the end of a body.

    Parameters
    ----------
    length : int or None
        Bytes, or None for a body that lasts until the connection closes.
    chunked : bool
        Whether it comes in chunks instead.
    """

    def __init__(self, length: int | None = 0, *, chunked: bool = False) -> None:
        self.content = bytearray()
        self.done = length == 0 and not chunked
        self._left = length
        self._chunked = chunked
        self._line = bytearray()
        self._state = "size"

    def take(self, data: bytes, *, keep: bool) -> int:
        """Return how many of these bytes are the body's; with `keep`, gather its content."""
        if not self._chunked:
            count = len(data) if self._left is None else min(self._left, len(data))
            if self._left is not None:
                self._left -= count
                self.done = self._left == 0
            if keep:
                self.content += data[:count]
            return count
        taken = 0
        while taken < len(data) and not self.done:
            if self._state == "data":
                count = min(self._left or 0, len(data) - taken)
                if keep:
                    self.content += data[taken : taken + count]
                self._left = (self._left or 0) - count
                taken += count
                if not self._left:
                    self._state = "after"
                continue
            end = data.find(b"\n", taken)
            stop = len(data) if end < 0 else end + 1
            self._line += data[taken:stop]
            taken = stop
            if len(self._line) > MAX_HEAD_BYTES:
                raise HttpError("a chunk's line without end")
            if end >= 0:
                self._take_line(bytes(self._line).strip())
                self._line.clear()
        return taken

    def _take_line(self, line: bytes) -> None:
        if self._state == "after":
            self._state = "size"
        elif self._state == "trailer":
            self.done = not line
        else:
            match = re.match(rb"[0-9A-Fa-f]{1,15}(?=[ \t]*(;|$))", line)
            if match is None:
                raise HttpError(f"not a chunk's size: {line[:80]!r}")
            self._left = int(match[0], 16)
            self._state = "data" if self._left else "trailer"


@dataclass(frozen=True)
class _Request:
    method: str
    path: str


class Exchange:
    """Follow one connection.

    Parameters
    ----------
    change_offer : callable
        Called with the SDP of an offer or the fragment of a patch; returns what to send instead.
    change_answer : callable
        Called with the SDP of an answer and its session's path; returns what to send instead.
    on_end : callable
        Called with a session's path when the server has confirmed that it ended.
    whep_path : str
        Where offers go.
    """

    def __init__(
        self,
        change_offer: Callable[[str], str],
        change_answer: Callable[[str, str], str],
        on_end: Callable[[str], None],
        whep_path: str = "/whep",
    ) -> None:
        self._change_offer = change_offer
        self._change_answer = change_answer
        self._on_end = on_end
        self._whep_path = whep_path
        self._pending: deque[_Request] = deque()
        self._requests = _Messages(self._begin_request)
        self._responses = _Messages(self._begin_response)

    def from_browser(self, data: bytes) -> bytes:
        """Take bytes from the browser; return those for the server."""
        return self._requests.take(data)

    def from_server(self, data: bytes) -> bytes:
        """Take bytes from the server; return those for the browser."""
        return self._responses.take(data)

    def server_ended(self) -> bytes:
        """Take the end of the server's stream; return the last bytes for the browser."""
        return self._responses.end()

    def _begin_request(self, head: Head) -> tuple[Body, Callable[[str], str] | None]:
        request = _Request(head.words[0], head.words[1].partition("?")[0])
        self._pending.append(request)
        chunked = "chunked" in head.get("transfer-encoding").lower()
        body = Body(_length(head) or 0, chunked=chunked)
        is_offer = request == _Request("POST", self._whep_path)
        is_patch = request.method == "PATCH" and request.path.startswith(self._whep_path + "/")
        return body, self._change_offer if is_offer or is_patch else None

    def _begin_response(self, head: Head) -> tuple[Body, Callable[[str], str] | None]:
        status = int(head.words[1])
        if 100 <= status < 200:
            if status == 101:
                self._requests.opaque = self._responses.opaque = True
            return Body(), None
        if not self._pending:
            raise HttpError("a response that nobody asked for")
        request = self._pending.popleft()
        if request.method == "DELETE" and status < 300:
            self._on_end(request.path)
        if request.method == "HEAD" or status in (204, 304):
            return Body(), None
        chunked = "chunked" in head.get("transfer-encoding").lower()
        body = Body(_length(head), chunked=chunked)
        is_sdp = head.get("content-type").partition(";")[0].strip().lower() == _SDP
        if request == _Request("POST", self._whep_path) and status == 201 and is_sdp:
            location = head.get("location")
            return body, lambda sdp: self._change_answer(sdp, location)
        return body, None


class _Messages:
    """The messages of one direction, one after the other."""

    def __init__(self, begin: Callable[[Head], tuple[Body, Callable[[str], str] | None]]) -> None:
        self.opaque = False
        self._begin = begin
        self._raw = bytearray()
        self._head: Head | None = None
        self._body = Body()
        self._change: Callable[[str], str] | None = None

    def take(self, data: bytes) -> bytes:
        out = bytearray()
        while data:
            if self.opaque:
                out += data
                break
            if self._head is None:
                data = self._take_head(data, out)
            else:
                count = self._body.take(data, keep=self._change is not None)
                if self._change is None:
                    out += data[:count]
                elif len(self._body.content) > MAX_HELD_BYTES:
                    raise HttpError("too long a body to change")
                data = data[count:]
            if self._head is not None and self._body.done:
                out += self._complete()
        return bytes(out)

    def end(self) -> bytes:
        if self._head is not None and self._change is not None:
            return self._complete()
        return b""

    def _take_head(self, data: bytes, out: bytearray) -> bytes:
        searched = max(0, len(self._raw) - 3)
        self._raw += data
        end = self._raw.find(b"\r\n\r\n", searched)
        if end < 0:
            if len(self._raw) > MAX_HEAD_BYTES:
                raise HttpError("a head without end")
            return b""
        self._head = Head(bytes(self._raw[:end]))
        self._body, self._change = self._begin(self._head)
        if self._change is None:
            out += self._raw[: end + 4]
        rest = bytes(self._raw[end + 4 :])
        self._raw.clear()
        return rest

    def _complete(self) -> bytes:
        head, self._head = self._head, None
        if self._change is None or head is None:
            return b""
        try:
            text = self._body.content.decode()
        except UnicodeDecodeError:
            # Not for us to refuse.
            return head.with_body(bytes(self._body.content))
        return head.with_body(self._change(text).encode())


def _length(head: Head) -> int | None:
    text = head.get("content-length")
    if not text:
        return None
    if not text.isdecimal():
        raise HttpError(f"Content-Length is {text[:80]!r}")
    return int(text)
