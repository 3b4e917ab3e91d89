"""The watch board: what is due, what needs a human and how the sync is, as pages and as JSON, from the state store alone.

Starlette, uvicorn and Authlib come with the extra `web` and are imported by nothing outside this room.
"""
