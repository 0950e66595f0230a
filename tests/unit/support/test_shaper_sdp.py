"""What becomes of SDP on its way through the shaper."""

from __future__ import annotations

import pytest
from shaper_sdp import through_relays, without_candidates

ANSWER = """v=0
o=- 1 1 IN IP4 0.0.0.0
s=-
a=group:BUNDLE 0 1
m=video 40000 UDP/TLS/RTP/SAVPF 97
c=IN IP4 192.0.2.2
a=sendonly
a=candidate:a 1 udp 2130706431 fe80::1 40002 typ host
a=candidate:b 1 udp 2130706431 2001:db8::2 40001 typ host
a=candidate:c 1 udp 2130706431 192.0.2.2 40000 typ host
a=candidate:d 1 tcp 2130706431 192.0.2.2 9 typ host tcptype active
a=candidate:e 2 udp 2130706431 192.0.2.9 40009 typ host
a=candidate:f 1 udp 1000 198.51.100.7 40007 typ srflx raddr 192.0.2.2 rport 40000
a=end-of-candidates
a=ice-ufrag:abcd
m=application 40000 DTLS/SCTP 5000
c=IN IP4 192.0.2.2
a=candidate:c 1 udp 2130706431 192.0.2.2 40000 typ host
""".replace("\n", "\r\n")


def test_the_relay_is_the_only_candidate_of_each_section() -> None:
    asked = []

    def relay_for(server):
        asked.append(server)
        return ("192.0.2.2", 6000)

    changed = through_relays(ANSWER, relay_for)
    assert asked == [("192.0.2.2", 40000)] * 2
    candidate = "a=candidate:1 1 udp 2130706431 192.0.2.2 6000 typ host"
    assert changed.count("a=candidate") == changed.count(candidate) == 2
    assert "4000" not in changed
    assert changed.count("a=end-of-candidates") == 2
    assert changed.startswith(ANSWER[: ANSWER.index("m=")] + "m=video 6000 UDP/TLS/RTP/SAVPF 97\r\n")
    assert "a=ice-ufrag:abcd\r\n" in changed
    assert changed.replace("\r\n", "").count("\n") == 0


def test_a_server_with_ipv6_alone_gets_a_relay_with_ipv6() -> None:
    only = "v=0\nm=video 9 X 97\nc=IN IP4 0.0.0.0\na=candidate:b 1 UDP 5 2001:db8::2 40001 typ host"
    changed = through_relays(only, lambda server: (server[0], 6000))
    assert "c=IN IP6 2001:db8::2\n" in changed
    assert "\na=candidate:1 1 udp 2130706431 2001:db8::2 6000 typ host\n" in changed


def test_a_refused_section_stays_refused() -> None:
    changed = through_relays(
        "v=0\nm=audio 0 X 0\n" + ANSWER.replace("\r", "")[4:], lambda _server: ("192.0.2.2", 1)
    )
    assert "m=audio 0 X 0\n" in changed


@pytest.mark.parametrize(
    "text", ["v=0\r\n", "v=0\r\nm=video 9 X 97\r\na=candidate:b 1 udp 5 x.local 4 typ host\r\n"]
)
def test_an_answer_that_a_relay_cannot_stand_for_is_refused(text) -> None:
    with pytest.raises(ValueError, match="candidate"):
        through_relays(text, lambda _server: ("192.0.2.2", 1))


def test_an_offer_loses_its_candidates_and_nothing_else() -> None:
    stripped = without_candidates(ANSWER)
    lines = [line for line in ANSWER.splitlines() if "candidate" not in line]
    assert stripped == "\r\n".join([*lines, ""])
    assert without_candidates("a=mid:0\r\na=candidate:1 1 udp 1 192.0.2.2 4 typ host\r\n") == "a=mid:0\r\n"
