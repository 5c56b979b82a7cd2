"""The program that pytest-xdist starts in place of Python for each worker (:mod:`.fork_server`).

It passes its standard streams to the server, which forks the worker, and exits with it. It is run
as a file and imports next to nothing, because each worker waits for it.
"""

import os
import signal
import socket
import sys


def main(path: str) -> None:
    """Ask the server at this socket path to fork a worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the worker receives it itself
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(path)
        socket.send_fds(server, [b"worker"], [0, 1, 2])
        for stream in (0, 1):  # only the worker may hold them open
            os.close(stream)
        server.recv(1)  # the server sends nothing and closes when the worker exits


if __name__ == "__main__":
    main(sys.argv[1])
