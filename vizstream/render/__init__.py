"""The render side: offscreen windows, readback, input, what to draw when, and the loop that does it."""
