"""Packets encrypted with little around it, compared with what pylibsrtp makes of them."""

from __future__ import annotations

from types import SimpleNamespace

import pylibsrtp
import pytest
from aiortc.rtp import RtpPacket
from pylibsrtp import Policy, Session

from vizstream.server import srtp
from vizstream.server.srtp import MAX_PACKET_BYTES, protector

#: Of the profiles that DTLS negotiates: bytes of key and salt.
PROFILES = {
    Policy.SRTP_PROFILE_AEAD_AES_256_GCM: 44,
    Policy.SRTP_PROFILE_AEAD_AES_128_GCM: 28,
    Policy.SRTP_PROFILE_AES128_CM_SHA1_80: 30,
}


def _sessions(profile: int = Policy.SRTP_PROFILE_AES128_CM_SHA1_80) -> tuple[Session, Session, Session]:
    key = bytes(range(PROFILES[profile]))
    kinds = (Policy.SSRC_ANY_OUTBOUND, Policy.SSRC_ANY_OUTBOUND, Policy.SSRC_ANY_INBOUND)
    one, other, back = [Session(Policy(key=key, ssrc_type=kind, srtp_profile=profile)) for kind in kinds]
    return one, other, back


def _packet(number: int, size: int) -> bytes:
    return RtpPacket(payload_type=102, sequence_number=number, ssrc=7, payload=bytes(size)).serialize()


def test_pylibsrtp_is_as_it_was_read() -> None:
    """Otherwise it is only slower; but somebody should look."""
    session, *_others = _sessions()
    assert protector(session) != session.protect


@pytest.mark.parametrize("profile", PROFILES)
def test_the_same_as_by_pylibsrtp(profile: int) -> None:
    ours, theirs, back = _sessions(profile)
    protect = protector(ours)
    for number, size in enumerate((1140, 0, 3, MAX_PACKET_BYTES - 12)):
        packet = _packet(number, size)
        encrypted = protect(packet)
        assert encrypted != packet
        if size < 1300:  # pylibsrtp's own place is shorter
            assert encrypted == theirs.protect(packet)
            assert back.unprotect(encrypted) == packet


def test_a_session_lives_as_long_as_its_function() -> None:
    protect = protector(_sessions()[0])
    assert len(protect(_packet(1, 100))) > 112


def test_what_is_no_packet_is_refused() -> None:
    protect = protector(_sessions()[0])
    with pytest.raises(ValueError, match="too long"):
        protect(bytes(MAX_PACKET_BYTES + 1))
    with pytest.raises(pylibsrtp.Error):
        protect(b"short")
    assert len(protect(_packet(1, 100))) > 112


def test_another_pylibsrtp_serves_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    session, *_others = _sessions()
    monkeypatch.setattr(srtp, "_binding", None)
    assert protector(session) == session.protect
    monkeypatch.undo()
    plain = SimpleNamespace(protect=print)
    assert protector(plain) is print
