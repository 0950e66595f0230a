"""What crosses between the main process and the server process: frames, input, state, wake-ups.

Nothing here waits for the other process, holds a lock that a killed process could keep, or leaves a
name behind in the file system.
"""
