"""The server process: web application, WHEP sessions, fan-out to the viewers.

Imports neither VTK nor anything of the user's script.
"""
