"""Serves a folder on a free port of the loopback address, and writes its address to a file once it answers.

usage: files.py FOLDER ADDRESS_FILE
"""

import functools
import http.server
import os
import sys


class Handler(http.server.SimpleHTTPRequestHandler):
    """Says that files may be kept, as package indexes do: pip keeps nothing else."""

    def end_headers(self):
        self.send_header("Cache-Control", "max-age=600")
        super().end_headers()


folder, address = sys.argv[1:]
handler = functools.partial(Handler, directory=folder)
with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
    # Renamed into place, so that a reader never sees half of it.
    with open(address + ".new", "w", encoding="ascii") as file:
        print(f"http://127.0.0.1:{server.server_port}", file=file)
    os.replace(address + ".new", address)
    server.serve_forever()
