"""Let others in from elsewhere: tunnel programs, and the address as a picture for a phone's camera."""
