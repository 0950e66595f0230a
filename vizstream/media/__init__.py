"""From pixels to packets: colour conversion, encoders and packetizers (the only user of ``av``)."""
